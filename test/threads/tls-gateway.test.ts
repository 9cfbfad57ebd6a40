/** Clients that speak TLS, at the ports of a cluster on threads. */
import { createPrivateKey } from 'node:crypto'
import { type ConnectionOptions, connect } from 'node:tls'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { deferred } from '../../src/base/deferred.js'
import { CertificateAuthority } from '../../src/gateway/tls/certificate-authority.js'
import { Cluster } from '../../src/index.js'
import { heardWarning } from '../support/heard-warning.js'
import { RawClient } from '../support/raw-client.js'
import { allOf, FETCH, METADATA, PRODUCE, toFetch, toProduce } from '../support/raw-requests.js'
import { sentBatch } from '../unit/gateway/sent-batch.js'

let cluster: Cluster

beforeAll(async () => {
  cluster = await Cluster.start({ brokers: 2, listen: { tls: true }, 'default.replication.factor': 2 })
})
afterAll(async () => {
  const { unexpectedExits } = cluster
  await cluster.close()
  expect(unexpectedExits).toEqual([])
})

async function rawClient(index = 0, of = cluster, tls: ConnectionOptions = {}): Promise<RawClient> {
  const client = await RawClient.to(of.bootstrapServers, index, { ca: of.certificate, ...tls })
  onTestFinished(() => client.close())
  return client
}

/** One that speaks plaintext. */
async function plainClient(): Promise<RawClient> {
  const client = await RawClient.to(cluster.bootstrapServers)
  onTestFinished(() => client.close())
  return client
}

/** A topic with one partition, and where its leader is among the bootstrap servers. */
async function givenTopic(name: string): Promise<{ readonly leader: number; readonly topicId: string }> {
  const admin = cluster.admin()
  await admin.createTopics({ topics: [{ topic: name, numPartitions: 1 }] })
  await admin.close()
  const client = await rawClient()
  const { topics } = await client.ask(METADATA, 12, allOf(name))
  return { leader: (topics[0]?.partitions[0]?.leaderId ?? 0) - 1, topicId: topics[0]?.topicId ?? '' }
}

const isServed = async (client: RawClient): Promise<void> => {
  expect(await client.ask(METADATA, 12, allOf('nothing'))).toMatchObject({ topics: [{ name: 'nothing' }] })
}

describe('a certificate that was made at the start', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('serves a client that trusts it, with %s', async (version) => {
    await isServed(await rawClient(1, cluster, { minVersion: version, maxVersion: version }))
  })

  test.each(['localhost', '127.0.0.1'])('is that of %s', async (servername) => {
    const [, port] = (cluster.bootstrapServers.split(',')[0] as string).split(':')
    const socket = connect({ host: servername, port: Number(port), ca: cluster.certificate })
    onTestFinished(() => void socket.destroy())
    const secured = deferred<void>()
    socket.once('secureConnect', () => secured.resolve()).once('error', (error) => secured.reject(error))
    await secured.promise
    expect(socket.authorized).toBe(true)
  })

  test('KafkaJS writes and reads, with a password too, while a leader is killed', async () => {
    process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'
    const sasl = { users: { alice: 'open sesame' } }
    const own = await Cluster.start({
      brokers: 3,
      listen: { tls: true, sasl },
      'default.replication.factor': 2,
      'offsets.topic.replication.factor': 2,
    })
    onTestFinished(() => own.close())
    const kafka = new Kafka({
      brokers: own.bootstrapServers.split(','),
      ssl: { ca: own.certificate },
      sasl: { mechanism: 'plain', username: 'alice', password: 'open sesame' },
      logLevel: logLevel.NOTHING,
      retry: { retries: 20 },
    })
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 1 }] })
    const [partition] = await admin
      .fetchTopicMetadata({ topics: ['orders'] })
      .then(({ topics }) => topics[0]!.partitions)
    await admin.disconnect()
    const producer = kafka.producer()
    await producer.connect()
    onTestFinished(() => producer.disconnect())
    await producer.send({ topic: 'orders', messages: [{ value: 'before' }] })
    await own.killBroker(partition!.leader)
    await producer.send({ topic: 'orders', messages: [{ value: 'after' }] })
    const consumer = kafka.consumer({ groupId: 'readers', maxWaitTimeInMs: 100 })
    await consumer.connect()
    onTestFinished(() => consumer.disconnect())
    await consumer.subscribe({ topic: 'orders', fromBeginning: true })
    const read: string[] = []
    const done = deferred<void>()
    await consumer.run({
      eachMessage: async ({ message }) => {
        if (read.push(String(message.value)) === 2) done.resolve()
      },
    })
    await done.promise
    expect(read).toEqual(['before', 'after'])
  })
})

describe('streams', () => {
  test('what is lent to a client that reads late arrives as it was written, and others are served meanwhile', async () => {
    const { leader, topicId } = await givenTopic('late')
    const [writer, late] = [await rawClient(leader), await rawClient(leader)]
    const batches = Array.from({ length: 8 }, (_, index) => sentBatch(String(index).repeat(900_000)))
    for (const batch of batches) await writer.ask(PRODUCE, 12, toProduce('late', batch))
    late.socket.pause()
    for (const offset of batches.keys()) late.socket.write(late.frame(FETCH, 13, toFetch('', topicId, offset)))
    await isServed(await rawClient(leader))
    late.socket.resume()
    for (const batch of batches) {
      const { responses } = await late.answer(FETCH, 13)
      const records = Buffer.from(responses[0]?.partitions[0]?.records as Uint8Array)
      // Behind what the broker stamps.
      expect(records.subarray(16, batch.length).equals(batch.subarray(16))).toBe(true)
    }
  })

  test('a frame may come in many records of TLS', async () => {
    const client = await rawClient()
    for (const byte of client.frame(METADATA, 9, allOf('nothing'))) client.socket.write(Buffer.of(byte))
    expect(await client.answer(METADATA, 9)).toMatchObject({ topics: [{ name: 'nothing' }] })
  })

  test('clients that go in the middle of an answer, or never read one, disturb nobody', async () => {
    const { leader, topicId } = await givenTopic('left')
    const neighbour = await rawClient(leader)
    for (let count = 0; count < 4; count++)
      await neighbour.ask(PRODUCE, 12, toProduce('left', sentBatch('x'.repeat(900_000))))
    for (let index = 0; index < 6; index++) {
      const client = await rawClient(leader)
      if (index % 2 === 0) client.socket.pause()
      for (let count = 0; count < 20; count++) client.socket.write(client.frame(FETCH, 13, toFetch('', topicId)))
      if (index % 2 === 1) await client.nextFrame()
      client.socket.destroy()
      await client.ended
    }
    await isServed(neighbour)
  })

  test('the connections of a broker that is killed are reset, also those in their handshake', async () => {
    const own = await Cluster.start({ listen: { tls: true } })
    onTestFinished(() => own.close())
    const inside = await rawClient(0, own)
    await isServed(inside)
    const entering = await RawClient.to(own.bootstrapServers)
    onTestFinished(() => entering.close())
    await own.killBroker(1)
    expect(await Promise.all([inside.ended, entering.ended])).toEqual(['reset', 'reset'])
  })
})

describe('what is not TLS ends its own connection alone, with a line in the log', () => {
  const kafka = Buffer.from('0000001a001200030000000100', 'hex')
  test.each([
    ["Kafka's protocol in plaintext", kafka],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['garbage', Buffer.from('ffffffff', 'hex')],
  ])('%s', async (says, bytes) => {
    const neighbour = await rawClient()
    const heard = heardWarning(`it looks like ${says}, and this port speaks TLS`)
    const client = await plainClient()
    client.socket.write(bytes)
    expect(['closed', 'reset']).toContain(await client.ended)
    expect(await heard).toContain('was closed')
    await isServed(neighbour)
  })

  test('a handshake that is broken', async () => {
    const heard = heardWarning('its handshake of TLS has failed: ')
    const client = await plainClient()
    client.socket.write(Buffer.from('1603010005ffffffffff', 'hex'))
    expect(['closed', 'reset']).toContain(await client.ended)
    await heard
  })

  test('HTTP in TLS', async () => {
    const heard = heardWarning("it looks like HTTP, and this port speaks Kafka's protocol")
    const client = await rawClient()
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await client.ended).toBe('closed')
    await heard
  })

  test('a client that does not trust the certificate', async () => {
    const heard = heardWarning('as clients do that do not trust the certificate')
    await expect(rawClient(0, cluster, { ca: [] })).rejects.toThrow('certificate')
    await heard
  })

  test('a client that comes and goes without a word is not worth one', async () => {
    const client = await plainClient()
    client.close()
    await isServed(await rawClient())
  })
})

const ENCRYPTED = { cipher: 'aes-256-cbc', passphrase: 'open sesame' }

describe('a certificate that was given', () => {
  const authority = new CertificateAuthority(Date.now())
  const given = authority.forServer(['127.0.0.1'])
  const start = (tls: object): Promise<Cluster> => Cluster.start({ listen: { tls: tls as never } })

  test('is shown to clients, whose key may be encrypted, and which may be bytes', async () => {
    const key = createPrivateKey(given.key).export({ ...ENCRYPTED, type: 'pkcs8', format: 'pem' })
    const own = await start({ key: Buffer.from(key), cert: given.cert, passphrase: ENCRYPTED.passphrase })
    onTestFinished(() => own.close())
    expect(own.certificate).toBe(given.cert)
    await isServed(await rawClient(0, own, { ca: authority.certificate }))
  })

  const other = new CertificateAuthority(Date.now()).forServer(['127.0.0.1'])
  const encrypted = createPrivateKey(given.key).export({ ...ENCRYPTED, type: 'pkcs8', format: 'pem' })
  test.each([
    ['not of its key', { ...given, key: other.key }, 'listen.tls.cert', 'is not the certificate of listen.tls.key'],
    ['not one', { ...given, cert: '-----BEGIN NOTHING-----' }, 'listen.tls.cert', 'is not a certificate'],
    ['without PEM', { ...given, cert: 'cert.pem' }, 'listen.tls.cert', 'it must be a certificate as PEM'],
    [
      'without a key',
      { cert: given.cert },
      'listen.tls.key',
      'without listen.tls.key: it must be a private key as PEM',
    ],
    ['with a key that is none', { ...given, key: given.cert }, 'listen.tls.key', 'is not a private key'],
    ['with an encrypted key', { ...given, key: encrypted }, 'listen.tls.key', 'listen.tls.passphrase is missing'],
    [
      'with a wrong passphrase',
      { ...given, key: encrypted, passphrase: 'hunter2' },
      'listen.tls.key',
      'is not a private key with this passphrase',
    ],
    ['with an authority that is none', { ...given, ca: '-----BEGIN X-----' }, 'listen.tls.ca', 'is not a certificate'],
  ])('%s is refused at the start', async (_, tls, option, says) => {
    const refused = await start(tls).catch((error: Error) => error)
    expect(refused).toMatchObject({ name: 'ConfigError', option })
    expect(String(refused)).toContain(says)
    expect(String(refused)).not.toMatch(/hunter2|PRIVATE KEY/)
  })
})

describe('clientAuth: required', () => {
  test('lets those in whose certificate is of the authority, and nobody else', async () => {
    const authority = new CertificateAuthority(Date.now())
    const server = authority.forServer(['127.0.0.1'])
    const own = await Cluster.start({
      listen: { tls: { ...server, ca: authority.certificate, clientAuth: 'required' } },
    })
    onTestFinished(() => own.close())
    const ca = authority.certificate
    await isServed(await rawClient(0, own, { ca, ...authority.forServer(['client']) }))
    const strange = heardWarning('its certificate is not trusted here: ')
    const stranger = await rawClient(0, own, { ca, ...new CertificateAuthority(Date.now()).forServer(['client']) })
    await Promise.all([strange, stranger.ended])
    const without = heardWarning('it shows no certificate')
    const nobody = await rawClient(0, own, { ca })
    await Promise.all([without, nobody.ended])
  })
})

test('a cluster that speaks plaintext has no certificate', async () => {
  const plain = await Cluster.start({ listen: {} })
  onTestFinished(() => plain.close())
  expect(() => plain.certificate).toThrow('start it with listen.tls')
})
