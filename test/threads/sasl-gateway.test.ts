/** Clients that must authenticate, at the ports of a cluster on threads. */
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Cluster } from '../../src/index.js'
import { apiVersions } from '../../src/protocol/apis/api-versions.js'
import { listGroups } from '../../src/protocol/apis/list-groups.js'
import { saslAuthenticate } from '../../src/protocol/apis/sasl-authenticate.js'
import { saslHandshake } from '../../src/protocol/apis/sasl-handshake.js'
import { givenWarnings } from '../support/given-warnings.js'
import { heardWarning } from '../support/heard-warning.js'
import { RawClient } from '../support/raw-client.js'
import { allOf, METADATA, PRODUCE } from '../support/raw-requests.js'

let cluster: Cluster
const USERS = { alice: 'open sesame', bob: 'pässwörd' }

beforeAll(async () => {
  cluster = await Cluster.start({ listen: { sasl: { users: USERS } } })
})
afterAll(async () => {
  const { unexpectedExits } = cluster
  await cluster.close()
  expect(unexpectedExits).toEqual([])
})

const ASKS_METADATA = allOf('nothing')
const PLAIN = { mechanism: 'PLAIN' }
const token = (user: string, password: string, authorizationId = '') => ({
  authBytes: Buffer.from(`${authorizationId}\0${user}\0${password}`),
})

async function rawClient(of = cluster): Promise<RawClient> {
  const client = await RawClient.to(of.bootstrapServers)
  onTestFinished(() => client.close())
  return client
}

/** One that is in. */
async function knownClient(of = cluster): Promise<RawClient> {
  const client = await rawClient(of)
  await client.ask(saslHandshake, 1, PLAIN)
  await client.ask(saslAuthenticate, 2, token('alice', USERS.alice))
  return client
}

const admin = (password: string) =>
  new Kafka({
    brokers: cluster.bootstrapServers.split(','),
    sasl: { mechanism: 'plain', username: 'bob', password },
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin()

describe('KafkaJS', () => {
  test('comes in with the right password', async () => {
    const right = admin(USERS.bob)
    await right.connect()
    onTestFinished(() => right.disconnect())
    expect(await right.listTopics()).toEqual([])
  })

  test('hears that its password is wrong', async () => {
    const heard = heardWarning('its user or its password is wrong')
    await expect(admin('wrong').connect()).rejects.toThrow('Invalid username or password')
    expect(await heard).toContain('was closed')
  })
})

describe('a client that authenticates', () => {
  test.each([0, 1, 2])('is let in with SaslAuthenticate v%i, and asks for what it likes', async (version) => {
    const client = await rawClient()
    const told = await client.ask(apiVersions, 3, { clientSoftwareName: 'raw', clientSoftwareVersion: '1' })
    expect(told.apiKeys).toContainEqual({ apiKey: 36, minVersion: 0, maxVersion: 2 })
    expect(await client.ask(saslHandshake, 1, PLAIN)).toEqual({ errorCode: 'NONE', mechanisms: ['PLAIN'] })
    const answer = await client.ask(saslAuthenticate, version, token('alice', USERS.alice, 'alice'))
    expect(answer).toMatchObject({ errorCode: 'NONE', errorMessage: null, sessionLifetimeMs: 0 })
    expect(answer.authBytes).toHaveLength(0)
    expect(await client.ask(METADATA, 12, ASKS_METADATA)).toMatchObject({ topics: [{ name: 'nothing' }] })
    expect(await client.ask(apiVersions, 0, { clientSoftwareName: '', clientSoftwareVersion: '' })).toMatchObject({
      errorCode: 'NONE',
    })
  })

  test('may send its token bare after SaslHandshake v0, in the same bytes as what follows', async () => {
    const client = await rawClient()
    await client.ask(saslHandshake, 0, PLAIN)
    const { authBytes } = token('alice', USERS.alice)
    const length = Buffer.alloc(4)
    length.writeInt32BE(authBytes.length)
    client.socket.write(Buffer.concat([length, authBytes, client.frame(METADATA, 12, ASKS_METADATA)]))
    expect(await client.nextFrame()).toHaveLength(0)
    expect(await client.answer(METADATA, 12)).toMatchObject({ topics: [{ name: 'nothing' }] })
  })

  test('is told later that this is not the time to do it again, and goes on', async () => {
    const client = await knownClient()
    expect(await client.ask(saslHandshake, 1, PLAIN)).toEqual({ errorCode: 'ILLEGAL_SASL_STATE', mechanisms: [] })
    expect(await client.ask(saslAuthenticate, 2, token('bob', USERS.bob))).toMatchObject({
      errorCode: 'ILLEGAL_SASL_STATE',
      errorMessage: 'SaslAuthenticate request received after successful authentication',
    })
    expect(await client.ask(METADATA, 12, ASKS_METADATA)).toMatchObject({ topics: [{ name: 'nothing' }] })
  })
})

describe('a client that does not come in is cut off, with a line in the log that shows no password', () => {
  const unknownMechanism = (client: RawClient) => client.ask(saslHandshake, 1, { mechanism: 'SCRAM-SHA-256' })

  test('for a mechanism that there is not', async () => {
    const heard = heardWarning('a mechanism of SASL that is not PLAIN')
    const client = await rawClient()
    expect(await unknownMechanism(client)).toEqual({
      errorCode: 'UNSUPPORTED_SASL_MECHANISM',
      mechanisms: ['PLAIN'],
    })
    expect(await client.ended).toBe('closed')
    await heard
  })

  const MALFORMED = 'Authentication failed during authentication due to invalid credentials with SASL mechanism PLAIN'
  const WRONG = 'Authentication failed: Invalid username or password'
  test.each([
    ['a wrong password', token('alice', 'hunter2'), WRONG],
    ['an unknown user', token('nobody', 'hunter2'), WRONG],
    ["a name of every object's", token('constructor', 'hunter2'), WRONG],
    ['no user', token('', 'hunter2'), MALFORMED],
    ['no password', token('alice', ''), MALFORMED],
    ['no token', { authBytes: Buffer.alloc(0) }, MALFORMED],
    [
      'another user to be',
      token('alice', USERS.alice, 'bob'),
      'Authentication failed: Client requested an authorization id that is different from username',
    ],
  ])('for %s', async (_, message, says) => {
    const warnings = givenWarnings()
    const heard = heardWarning('was closed')
    const client = await rawClient()
    await client.ask(saslHandshake, 1, PLAIN)
    expect(await client.ask(saslAuthenticate, 1, message)).toMatchObject({
      errorCode: 'SASL_AUTHENTICATION_FAILED',
      errorMessage: says,
    })
    expect(await client.ended).toBe('closed')
    await heard
    expect(warnings.join()).not.toMatch(/hunter2|sesame/)
  })

  test('for a bare token that is wrong, which has no answer', async () => {
    const client = await rawClient()
    await client.ask(saslHandshake, 0, PLAIN)
    client.socket.write(Buffer.from('\0\0\0\x04\0a\0b', 'latin1'))
    await expect(client.nextFrame()).rejects.toThrow('The connection is over')
  })

  test.each([
    ['Metadata', 12, METADATA, ASKS_METADATA],
    ['SaslAuthenticate', 2, saslAuthenticate, token('alice', USERS.alice)],
    ['Produce', 9, PRODUCE, { transactionalId: null, acks: 1, timeoutMs: 1, topicData: [] }],
  ])('for %s v%i before SaslHandshake', async (name, version, api, message) => {
    const heard = heardWarning(`it asks for ${name} before it has authenticated, which clients of this port must`)
    const client = await rawClient()
    await expect(client.ask(api as typeof METADATA, version, message as never)).rejects.toThrow('is over')
    await heard
  })

  test('for a frame that is too long for somebody unknown', async () => {
    const client = await rawClient()
    const heard = heardWarning('its frame is too long')
    client.socket.write(Buffer.from('00080001', 'hex'))
    await heard
    expect(['closed', 'reset']).toContain(await client.ended)
    const LONG_NAME = { name: 'x'.repeat(249), topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }
    const known = await knownClient()
    const long = { ...ASKS_METADATA, topics: Array.from({ length: 2_200 }, () => LONG_NAME) }
    expect((await known.ask(METADATA, 12, long)).topics).not.toHaveLength(0)
  })

  test('for ApiVersions a second time', async () => {
    const client = await rawClient()
    const asks = { clientSoftwareName: 'raw', clientSoftwareVersion: '1' }
    expect(await client.ask(apiVersions, 3, { ...asks, clientSoftwareName: ' ' })).toMatchObject({
      errorCode: 'INVALID_REQUEST',
    })
    await client.ask(apiVersions, 3, asks)
    await expect(client.ask(apiVersions, 3, asks)).rejects.toThrow('The connection is over')
  })
})

describe('in the middle of authenticating, other requests are answered ILLEGAL_SASL_STATE and end the connection', () => {
  async function inTheMiddle(): Promise<RawClient> {
    const client = await rawClient()
    await client.ask(saslHandshake, 1, PLAIN)
    return client
  }

  test('Metadata, for each of its topics', async () => {
    const client = await inTheMiddle()
    expect(await client.ask(METADATA, 12, ASKS_METADATA)).toMatchObject({
      brokers: [],
      topics: [{ errorCode: 'ILLEGAL_SASL_STATE', name: 'nothing' }],
    })
    expect(await client.ended).toBe('closed')
  })

  test('ListGroups, SaslHandshake and ApiVersions', async () => {
    const asks = { clientSoftwareName: 'raw', clientSoftwareVersion: '1' }
    const [lists, shakes, versions] = await Promise.all([inTheMiddle(), inTheMiddle(), inTheMiddle()])
    expect(await lists.ask(listGroups, 5, { statesFilter: [], typesFilter: [] } as never)).toMatchObject({
      errorCode: 'ILLEGAL_SASL_STATE',
    })
    expect(await shakes.ask(saslHandshake, 1, PLAIN)).toMatchObject({ errorCode: 'ILLEGAL_SASL_STATE' })
    expect(await versions.ask(apiVersions, 3, asks)).toMatchObject({ errorCode: 'ILLEGAL_SASL_STATE', apiKeys: [] })
    expect(await Promise.all([lists.ended, shakes.ended, versions.ended])).toEqual(['closed', 'closed', 'closed'])
  })
})

test('where nobody must authenticate, SaslHandshake and SaslAuthenticate are told so', async () => {
  const open = await Cluster.start({ listen: {} })
  onTestFinished(() => open.close())
  const client = await rawClient(open)
  expect(await client.ask(saslHandshake, 1, PLAIN)).toMatchObject({ errorCode: 'ILLEGAL_SASL_STATE' })
  expect(await client.ask(saslAuthenticate, 2, token('alice', 'x'))).toMatchObject({ errorCode: 'ILLEGAL_SASL_STATE' })
  expect(await client.ask(METADATA, 12, ASKS_METADATA)).toMatchObject({ topics: [{ name: 'nothing' }] })
})

describe('with connections.max.reauth.ms', () => {
  const given = async (sessionMs: number): Promise<Cluster> => {
    const own = await Cluster.start({
      listen: { sasl: { users: USERS } },
      'connections.max.reauth.ms': sessionMs,
      'connection.failed.authentication.delay.ms': 0,
    })
    onTestFinished(() => own.close())
    return own
  }

  test('a client is told how long it is in, and comes in again on the same connection', async () => {
    const client = await rawClient(await given(3_600_000))
    await client.ask(saslHandshake, 1, PLAIN)
    const first = await client.ask(saslAuthenticate, 2, token('alice', USERS.alice))
    expect(first.sessionLifetimeMs).toBe(3_600_000)
    expect(await client.ask(saslHandshake, 1, PLAIN)).toMatchObject({ errorCode: 'NONE' })
    expect(await client.ask(saslAuthenticate, 2, token('alice', USERS.alice))).toMatchObject({ errorCode: 'NONE' })
    expect(await client.ask(METADATA, 12, ASKS_METADATA)).toMatchObject({ topics: [{ name: 'nothing' }] })
  })

  test('nobody becomes another user', async () => {
    const client = await knownClient(await given(3_600_000))
    await client.ask(saslHandshake, 1, PLAIN)
    expect(await client.ask(saslAuthenticate, 2, token('bob', USERS.bob))).toMatchObject({
      errorCode: 'SASL_AUTHENTICATION_FAILED',
      errorMessage: 'Cannot change principals during re-authentication from User.alice: User.bob',
    })
    expect(await client.ended).toBe('closed')
  })

  test('a client that does not come in again is cut off with its next request', async () => {
    const client = await knownClient(await given(1))
    const heard = heardWarning('although its session is over')
    const asking = async (): Promise<void> => {
      for (;;) await client.ask(METADATA, 12, ASKS_METADATA)
    }
    await expect(asking()).rejects.toThrow('The connection is over')
    await heard
  })
})

describe('users that cannot be are refused, and no error shows a password', () => {
  test.each([
    ['no password', { users: { alice: '' } }, 'with this listen.sasl.users.alice: it must be a password'],
    ['a password that is a number', { users: { alice: 4711 } }, 'with this listen.sasl.users.alice: it must be a pass'],
    ['a user without a name', { users: { '': '4711' } }, 'with this listen.sasl.users: it must be an object of users'],
    ['nobody', { users: {} }, 'with this listen.sasl.users: it must be an object of users'],
    ['a text', 'alice:4711', 'with this listen.sasl: it must be an object with users'],
    ['the options of KafkaJS', { mechanism: 'plain', username: 'alice', password: '4711' }, 'there is no such field'],
  ])('%s', async (_, sasl, says) => {
    const refused = await Cluster.start({ listen: { sasl: sasl as never } }).catch((error: Error) => error)
    expect(refused).toMatchObject({ name: 'ConfigError' })
    expect(String(refused)).toContain(says)
    expect(String(refused)).not.toContain('4711')
  })
})
