/** Clients that authenticate, byte by byte, at a gateway on a stage. */
import { describe, expect, test } from 'vitest'
import type { SaslData } from '../../../../src/gateway/gateway.js'
import { credentialsData } from '../../../../src/gateway/sasl/credentials.js'
import { apiVersions } from '../../../../src/protocol/apis/api-versions.js'
import { saslAuthenticate } from '../../../../src/protocol/apis/sasl-authenticate.js'
import { saslHandshake } from '../../../../src/protocol/apis/sasl-handshake.js'
import { codecOf, type NamedApi, type Wire } from '../../../../src/protocol/codec.js'
import { allOf, METADATA } from '../../../support/raw-requests.js'
import { frameOf, GivenGateway, HEARTBEAT, heartbeatFrame } from '../given-gateway.js'
import type { ScriptedStream } from '../scripted-stream.js'

const DELAY_MS = 100
const USERS = new Map([
  ['alice', 'open sesame'],
  ['bob', 'pässwörd'],
])

const saslData = (sessionMs: number): SaslData => ({
  credentials: credentialsData(new Uint8Array(32).fill(7), USERS),
  sessionMs,
  failureDelayMs: DELAY_MS,
})
const given = (sessionMs = 0): GivenGateway => new GivenGateway({ strangerBytesMax: 1_000 }, saslData(sessionMs))

const token = (user: string, password: string): Buffer => Buffer.from(`\0${user}\0${password}`)
const RIGHT = token('alice', 'open sesame')

function framedToken(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** What a client sends, by name. */
const SENDS = {
  versions: [apiVersions, 0, { clientSoftwareName: '', clientSoftwareVersion: '' }],
  handshake: [saslHandshake, 1, { mechanism: 'PLAIN' }],
  'old handshake': [saslHandshake, 0, { mechanism: 'PLAIN' }],
  'other handshake': [saslHandshake, 1, { mechanism: 'OAUTHBEARER' }],
  token: [saslAuthenticate, 2, { authBytes: RIGHT }],
  'wrong token': [saslAuthenticate, 2, { authBytes: token('alice', 'wrong') }],
  "bob's token": [saslAuthenticate, 2, { authBytes: token('bob', 'pässwörd') }],
  metadata: [METADATA, 12, allOf('nothing')],
} as const
type Sent = keyof typeof SENDS
type Spoken<Told = { readonly errorCode: string }> = readonly [NamedApi & { readonly wire: Wire<object, Told> }, number]

function frame(sent: Sent): Buffer {
  const [api, version, message] = SENDS[sent]
  return frameOf(api, version, message)
}

const requestsOf = ({ broker }: GivenGateway): number => broker.messages.filter(({ type }) => type === 'request').length

/** A client, and the answers that it has not looked at. */
class Client {
  readonly #gateway: GivenGateway
  readonly #stream: ScriptedStream
  readonly #frames: Buffer[] = []

  constructor(gateway: GivenGateway) {
    this.#gateway = gateway
    this.#stream = gateway.client()
  }

  get state(): ScriptedStream['state'] {
    return this.#stream.state
  }

  send(...bytes: readonly Uint8Array[]): void {
    this.#gateway.say(this.#stream, ...bytes)
  }

  leave(): void {
    this.#stream.vanish()
    this.#gateway.stage.settle()
  }

  /** The next answer; null: there is none. */
  nextFrame(): Buffer | null {
    this.#stream.take()
    this.#frames.push(...this.#stream.frames())
    return this.#frames.shift() ?? null
  }

  answer<Told>(...[api, version]: Spoken<Told>): Told | undefined {
    const bytes = this.nextFrame()
    const codec = codecOf(api, version)
    if (codec === 'UNSUPPORTED_VERSION') throw new Error(`${api.name} has no version ${version}`)
    return bytes === null ? undefined : codec.decodeResponse(bytes).message
  }

  /** The error of the next answer; undefined: there is none. */
  error(sent: Sent): string | undefined {
    const [api, version] = SENDS[sent] as unknown as Spoken
    return this.answer(api, version)?.errorCode
  }

  /** Sends, and says what comes of it: at once, or late. */
  outcome(sent: Sent): string {
    const asked = requestsOf(this.#gateway)
    this.send(frame(sent))
    if (requestsOf(this.#gateway) > asked) return 'asked of the broker'
    if (this.state === 'closed') return 'closed'
    const error = this.error(sent)
    if (error !== undefined) return error
    this.#gateway.stage.pass(DELAY_MS - 1)
    if (this.state !== 'open' || this.nextFrame() !== null) return 'too early'
    this.#gateway.stage.pass(1)
    return `late ${this.error(sent) ?? 'nothing'}, ${this.state}`
  }
}

/** A client that has sent all of that, and has its answers. */
function clientAfter(gateway: GivenGateway, ...sent: readonly Sent[]): Client {
  const client = new Client(gateway)
  for (const one of sent) {
    client.send(frame(one))
    expect(client.error(one)).toBe('NONE')
  }
  return client
}

const LATE = (error: string): string => `late ${error}, closed`
const OUT_OF_TURN = LATE('ILLEGAL_SASL_STATE')
const CLOSED = 'closed'

/** What comes of each request in each state, as `SaslServerAuthenticator` and `KafkaApis` have it. */
const STATES: readonly (readonly [string, readonly Sent[], Readonly<Record<Sent, string>>])[] = [
  [
    'beginning',
    [],
    {
      versions: 'NONE',
      handshake: 'NONE',
      'old handshake': 'NONE',
      'other handshake': LATE('UNSUPPORTED_SASL_MECHANISM'),
      token: CLOSED,
      'wrong token': CLOSED,
      "bob's token": CLOSED,
      metadata: CLOSED,
    },
  ],
  [
    'versioned',
    ['versions'],
    {
      versions: CLOSED,
      handshake: 'NONE',
      'old handshake': 'NONE',
      'other handshake': LATE('UNSUPPORTED_SASL_MECHANISM'),
      token: CLOSED,
      'wrong token': CLOSED,
      "bob's token": CLOSED,
      metadata: CLOSED,
    },
  ],
  [
    'tokens',
    ['versions', 'handshake'],
    {
      versions: OUT_OF_TURN,
      handshake: OUT_OF_TURN,
      'old handshake': OUT_OF_TURN,
      'other handshake': OUT_OF_TURN,
      token: 'NONE',
      'wrong token': LATE('SASL_AUTHENTICATION_FAILED'),
      "bob's token": 'NONE',
      metadata: LATE('NONE'),
    },
  ],
  [
    'bare tokens',
    ['old handshake'],
    {
      versions: LATE('nothing'),
      handshake: LATE('nothing'),
      'old handshake': LATE('nothing'),
      'other handshake': LATE('nothing'),
      token: LATE('nothing'),
      'wrong token': LATE('nothing'),
      "bob's token": LATE('nothing'),
      metadata: LATE('nothing'),
    },
  ],
  [
    'open',
    ['handshake', 'token'],
    {
      versions: 'NONE',
      handshake: 'ILLEGAL_SASL_STATE',
      'old handshake': 'ILLEGAL_SASL_STATE',
      'other handshake': 'ILLEGAL_SASL_STATE',
      token: 'ILLEGAL_SASL_STATE',
      'wrong token': 'ILLEGAL_SASL_STATE',
      "bob's token": 'ILLEGAL_SASL_STATE',
      metadata: 'asked of the broker',
    },
  ],
]

describe.each(STATES)('in the state "%s"', (_, before, outcomes) => {
  test.each(Object.entries(outcomes) as [Sent, string][])('%s: %s', (sent, outcome) => {
    const gateway = given()
    const client = clientAfter(gateway, ...before)
    expect(client.outcome(sent)).toBe(outcome)
    expect(gateway.log).toHaveLength(client.state === 'closed' ? 1 : 0)
  })
})

describe('while the answer to a client that has failed waits', () => {
  function failed(gateway: GivenGateway): Client {
    const client = clientAfter(gateway, 'handshake')
    client.send(frame('wrong token'))
    return client
  }

  test.each(['wrong token', 'metadata'] as const)(
    'nothing behind it is served, not even the right password: %s',
    (sent) => {
      const gateway = given()
      const client = clientAfter(gateway, 'handshake')
      client.send(frame(sent), frame('token'), frame('metadata'))
      gateway.stage.pass(DELAY_MS)
      expect(client.error(sent)).toBeDefined()
      expect([client.state, client.nextFrame(), requestsOf(gateway)]).toEqual(['closed', null, 0])
      expect(gateway.log).toHaveLength(1)
    },
  )

  test('other clients are served', () => {
    const gateway = given()
    failed(gateway)
    expect(clientAfter(gateway, 'handshake', 'token').outcome('versions')).toBe('NONE')
  })

  test('the gateway sleeps until it is due', () => {
    const gateway = given()
    failed(gateway)
    expect(gateway.stage.sleepMs('gateway-1')).toBe(DELAY_MS)
    gateway.stage.pass(DELAY_MS)
    expect(gateway.stage.sleepMs('gateway-1')).toBeGreaterThan(DELAY_MS)
  })

  test('many that fail at different times are each answered in their time', () => {
    const gateway = given()
    const clients = Array.from({ length: 5 }, () => {
      const client = failed(gateway)
      gateway.stage.pass(10)
      return client
    })
    gateway.stage.pass(DELAY_MS - 50)
    for (const index of clients.keys()) {
      const answered = clients.filter((client) => client.nextFrame() !== null)
      expect(answered.map((client) => clients.indexOf(client))).toEqual([index])
      expect(clients.map(({ state }) => state)).toEqual(clients.map((_, at) => (at <= index ? 'closed' : 'open')))
      gateway.stage.pass(10)
    }
  })

  test('it may go, and so may its broker', () => {
    const gateway = given()
    const [gone, left] = [failed(gateway), failed(gateway)]
    gone.leave()
    gateway.stage.kill('broker-1')
    gateway.stage.release('broker-1')
    gateway.stage.pass(DELAY_MS)
    expect([gone.state, left.state, left.nextFrame()]).toEqual(['closed', 'reset', null])
  })
})

describe('a client may send all of it at once', () => {
  test('and is answered in order', () => {
    const gateway = given()
    const client = new Client(gateway)
    const sent: readonly Sent[] = ['versions', 'handshake', 'token', 'versions', 'metadata']
    client.send(...sent.map((one) => frame(one)))
    for (const one of sent.slice(0, 4)) expect(client.error(one)).toBe('NONE')
    expect(gateway.broker.messages.at(-1)).toMatchObject({ body: { api: 'Metadata' } })
  })

  test('with its token bare', () => {
    const gateway = given()
    const client = new Client(gateway)
    client.send(frame('old handshake'), framedToken(RIGHT), frame('versions'))
    expect(client.error('old handshake')).toBe('NONE')
    expect(client.nextFrame()).toHaveLength(0)
    expect(client.error('versions')).toBe('NONE')
  })

  test('byte by byte', () => {
    const gateway = given()
    const client = new Client(gateway)
    const sent: readonly Sent[] = ['handshake', 'token']
    for (const byte of Buffer.concat(sent.map(frame))) client.send(Buffer.of(byte))
    for (const one of sent) expect(client.error(one)).toBe('NONE')
  })
})

describe('a frame of somebody unknown', () => {
  test.each([
    ['is short', 1_001, 'its frame is too long: 1,001 bytes of at most 1,000'],
    ['has room for a request', 7, 'a frame of 7 bytes, which has no room for a request'],
  ])('%s', (_, bytes, says) => {
    const gateway = given()
    const client = new Client(gateway)
    client.send(framedToken(Buffer.alloc(bytes)))
    expect(client.state).toBe('closed')
    expect(gateway.log.join()).toContain(says)
  })

  test('may be empty where a bare token is expected, and is none', () => {
    const gateway = given()
    const client = clientAfter(gateway, 'old handshake')
    client.send(framedToken(Buffer.alloc(0)))
    gateway.stage.pass(DELAY_MS)
    expect([client.state, client.nextFrame()]).toEqual(['closed', null])
  })

  test.each(['handshake', 'token'] as const)('is not read beyond what it promises: %s', (sent) => {
    const gateway = given()
    const client = clientAfter(gateway, ...(sent === 'token' ? (['handshake'] as const) : []))
    const bytes = frame(sent)
    // The length of the text or of the bytes that are in it, behind the header.
    bytes.writeUInt8(0x7f, sent === 'token' ? 20 : 19)
    client.send(bytes)
    expect(client.state).toBe('closed')
    expect(gateway.log.join()).not.toContain('sesame')
  })
})

describe('where sessions end', () => {
  const SESSION_MS = 10_000

  test('a client is told when, and is cut off with its next request afterwards', () => {
    const gateway = given(SESSION_MS)
    const client = clientAfter(gateway, 'handshake')
    client.send(frame('token'))
    expect(client.answer(saslAuthenticate, 2)).toMatchObject({ sessionLifetimeMs: SESSION_MS })
    gateway.stage.pass(SESSION_MS)
    expect(client.outcome('versions')).toBe('NONE')
    gateway.stage.pass(1)
    expect(client.state).toBe('open')
    expect(client.outcome('versions')).toBe('closed')
  })

  test('a client that authenticates again is in for as long again, even if it is late', () => {
    const gateway = given(SESSION_MS)
    const client = clientAfter(gateway, 'handshake', 'token')
    for (let round = 0; round < 3; round++) {
      gateway.stage.pass(SESSION_MS + 1)
      for (const sent of ['handshake', 'token', 'versions'] as const) expect(client.outcome(sent)).toBe('NONE')
    }
  })

  test('a client may begin again once a second', () => {
    const gateway = given(SESSION_MS)
    const client = clientAfter(gateway, 'handshake', 'token', 'handshake', 'token')
    gateway.stage.pass(999)
    expect(client.outcome('handshake')).toBe('ILLEGAL_SASL_STATE')
    gateway.stage.pass(1)
    expect(client.outcome('handshake')).toBe('NONE')
  })

  test.each<[Sent, string]>([
    ['wrong token', LATE('SASL_AUTHENTICATION_FAILED')],
    ["bob's token", LATE('SASL_AUTHENTICATION_FAILED')],
    ['metadata', LATE('NONE')],
  ])('in the middle of beginning again, %s: %s', (sent, outcome) => {
    const gateway = given(SESSION_MS)
    const client = clientAfter(gateway, 'handshake', 'token', 'handshake')
    expect(client.outcome(sent)).toBe(outcome)
  })

  test('another mechanism than before has no answer', () => {
    const gateway = given(SESSION_MS)
    const client = clientAfter(gateway, 'handshake', 'token')
    expect(client.outcome('other handshake')).toBe(LATE('nothing'))
  })

  test('what was asked for before is answered before the connection is closed', () => {
    const gateway = given(SESSION_MS)
    const client = clientAfter(gateway, 'handshake', 'token')
    client.send(heartbeatFrame('orders'), frame('handshake'), frame('wrong token'))
    gateway.stage.pass(DELAY_MS)
    expect([client.state, client.nextFrame()]).toEqual(['open', null])
    gateway.refuse()
    expect(client.answer(HEARTBEAT, 0)).toMatchObject({ errorCode: 'UNKNOWN_SERVER_ERROR' })
    expect(client.error('handshake')).toBe('NONE')
    expect(client.error('wrong token')).toBe('SASL_AUTHENTICATION_FAILED')
    expect(client.state).toBe('closed')
  })
})
