import { mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type DeadLetterFailure,
  type DeadLetterSink,
  deadLetterFile,
  deadLetterTable,
  deadLetterTopic,
  type ProducerInterceptor,
  type RecordData,
} from '../../src/index.js'
import { type GivenCluster, given, HOSTS, noise, textsOf, values } from '../support/given.js'
import {
  errorOf,
  errorsOf,
  givenPath,
  heardOfOrders,
  ListSink,
  readAll,
  refuseOnce,
  sendOne,
} from '../support/letters.js'

const SINKS = {
  file: () => deadLetterFile(givenPath('letters')),
  table: () => deadLetterTable(givenPath('letters')),
  topic: (cluster) => deadLetterTopic(cluster, 'dead'),
} as const satisfies Record<string, (cluster: GivenCluster) => DeadLetterSink>
const SINK_NAMES = ['file', 'table', 'topic'] as const

const LIMITS = { 'request.timeout.ms': 400, 'delivery.timeout.ms': 600, 'max.block.ms': 300 }

/** Every Produce request is lost until the function that is returned is called. */
async function losingAll(cluster: GivenCluster): Promise<() => Promise<void>> {
  const fault = await cluster.addFault({ api: 'Produce', action: 'drop', until: 'removed' })
  return () => cluster.run(fault.remove())
}

describe.each(HOSTS)('dead letters (%s)', (host) => {
  test.each(SINK_NAMES)(
    'a refused record is in the %s when its promise rejects, and a replay sends it',
    async (name) => {
      const cluster = await given({ host, topics: { orders: 2, dead: 1 } })
      const sink = SINKS[name](cluster)
      const producer = cluster.producer({}, { deadLetters: sink })
      const headers = { h: ['1', null] }
      const record = { key: 'k', value: Buffer.from([0xff]), headers, partition: 1, timestamp: 77 }
      await refuseOnce(cluster)

      const error = await cluster.run(errorOf(producer.send({ topic: 'orders', messages: [record] })))
      const { letters } = await cluster.run(readAll(sink))

      expect(error).toMatchObject({ code: 'INVALID_RECORD' })
      expect(error).not.toHaveProperty('deadLetterError')
      const kept = {
        partition: 1,
        timestamp: 77,
        key: Buffer.from('k'),
        value: Buffer.from([0xff]),
        headers: [
          { key: 'h', value: Buffer.from('1') },
          { key: 'h', value: null },
        ],
      }
      const cause = { name: 'KafkaError', code: 'INVALID_RECORD', retriable: false }
      expect(letters).toMatchObject([
        { ...kept, topic: 'orders', isPartitionNamed: true, isSerialized: true, attempts: 1, error: cause },
      ])
      expect(await cluster.run(producer.replayDeadLetters(sink))).toMatchObject({ sent: 1, failed: 0, unsendable: 0 })
      expect(await cluster.run(producer.replayDeadLetters(sink))).toMatchObject({ sent: 0 })
      expect(await cluster.readAll('orders')).toMatchObject([kept])
    },
  )

  test('the callback of produce is called when the letter is kept', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const sink = new ListSink()
    const producer = cluster.producer({ 'linger.ms': 1_000 }, { deadLetters: sink })
    await heardOfOrders(cluster, producer)
    await refuseOnce(cluster)
    const kept: number[] = []

    for (const value of ['a', 'b']) {
      producer.produce({ topic: 'orders', value }, (error) => error !== null && kept.push(sink.letters.length))
    }
    await cluster.run(producer.flush())

    expect(kept).toEqual([2, 2])
    expect(textsOf(sink.letters)).toEqual(['a', 'b'])
    expect(sink.letters[0]).toMatchObject({ partition: 0, isPartitionNamed: false })
  })

  test('a record that fails before it is sent is kept too, once and in the order of failure', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const sink = new ListSink()
    const value = (_: string, input: unknown): string => {
      if (typeof input !== 'string') throw new TypeError('not a text')
      return input
    }
    const producer = cluster.producer<RecordData, unknown>(
      { 'max.request.size': 1_000 },
      { deadLetters: sink, serializers: { value } },
    )
    await cluster.run(producer.send({ topic: 'orders', messages: [{ value: 'taken' }] }))

    const large = 'x'.repeat(2_000)
    const errors = await cluster.run(
      errorsOf([
        producer.send({
          topic: 'orders',
          messages: [{ value: 'not sent' }, { value: { n: 1 } }, { value: 'behind it' }],
        }),
        producer.send({ topic: 'orders', messages: [{ value: large }] }),
        producer.send({ topic: 'orders', messages: [{ value: 'nowhere', partition: 7 }] }),
        producer.send({ topic: 'orders', messages: [{ value: 'other acks' }], acks: 1 }),
      ]),
    )
    expect(() => producer.produce({ topic: 'orders', value: 17 })).toThrow('not a text')
    await cluster.run(producer.flush())

    expect(errors.map((error) => error?.code)).toEqual([
      'INVALID_RECORD',
      'MESSAGE_TOO_LARGE',
      'UNKNOWN_TOPIC_OR_PARTITION',
      'INVALID_CONFIG',
    ])
    // A record that cannot be serialized takes its whole call with it. A partition that is not known is asked for first.
    const texts = ['not sent', '{"n":1}', 'behind it', large, 'other acks', 'nowhere', '17']
    expect(textsOf(sink.letters)).toEqual(texts)
    expect(sink.letters.map(({ isSerialized }) => isSerialized)).toEqual([true, false, true, true, true, true, false])
    expect(sink.letters.map(({ partition }) => partition)).toEqual([null, null, null, null, null, 7, null])
    expect(sink.letters.every(({ attempts }) => attempts === 0)).toBe(true)
    expect(sink.letters[0]?.error).toMatchObject({
      name: 'SerializationError',
      code: 'INVALID_RECORD',
      retriable: false,
    })
  })

  test.each(['file', 'table'] as const)(
    'what nobody could have sent is kept in the %s, and takes nothing with it',
    async (name) => {
      const cluster = await given({ host, topics: { orders: 1 } })
      const sink = SINKS[name]()
      const producer = cluster.producer({}, { deadLetters: sink })
      await heardOfOrders(cluster, producer)

      // None of these calls passes a compiler.
      const calls = [
        { messages: [{ value: 'no topic' }] },
        { topic: 17, messages: [{ value: 'a number for a topic' }] },
        { topic: 'orders', messages: [{ value: 'text', partition: '99' }] },
        { topic: 'orders', messages: [{ value: 'large', partition: 99n }] },
        { topic: 'orders', messages: [{ value: 'nowhere', partition: Number.NaN }] },
        { topic: 'orders', messages: [{ value: 'when', timestamp: Symbol('when') }] },
        { topic: 'orders', messages: [{ value: 'before' }, undefined, { value: 'behind' }] },
        { topic: 'orders' },
        { topic: 'orders', messages: [{ value: 'a neighbor', partition: 7 }] },
      ] as unknown as Parameters<typeof producer.send>[0][]
      const errors = await cluster.run(errorsOf(calls.map((call) => producer.send(call))))
      const { letters, error } = await readAll(sink)

      expect(errors.filter((thrown) => thrown === null || thrown.deadLetterError !== undefined)).toEqual([])
      expect(error).toBeNull()
      expect(
        letters.map(({ topic, partition, value }) => [topic, partition, value === null ? null : `${value}`]),
      ).toEqual([
        ['', null, 'no topic'],
        ['', null, 'a number for a topic'],
        ['orders', null, 'nowhere'],
        ['orders', null, 'when'],
        ['orders', null, 'before'],
        ['orders', null, null],
        ['orders', null, 'behind'],
        ['orders', 99, 'text'],
        ['orders', 99, 'large'],
        ['orders', 7, 'a neighbor'],
      ])
      expect(letters.map(({ isSerialized }) => isSerialized).indexOf(false)).toBe(5)
    },
  )

  test('no record is lost where memory and time run out, and a replay brings each to the topic once', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const sink = deadLetterFile(givenPath('letters'))
    const config = { ...LIMITS, 'batch.size': 1_024, 'buffer.memory': 4_096 }
    const producer = cluster.producer(config, { deadLetters: sink })
    await heardOfOrders(cluster, producer)
    const accept = await losingAll(cluster)

    const sent = values(1_000, 'a value of some length ')
    const errors = await cluster.run(errorsOf(sent.map((value) => sendOne(producer, value))))
    await accept()
    const { letters } = await cluster.run(readAll(sink))
    const patient = cluster.producer({}, { deadLetters: sink })
    const replay = await cluster.run(patient.replayDeadLetters(sink))

    expect(new Set(errors.map((error) => error?.code))).toEqual(new Set(['REQUEST_TIMED_OUT']))
    expect(new Set(letters.map(({ attempts }) => attempts === 0))).toEqual(new Set([true, false]))
    expect(textsOf(letters).sort()).toEqual([...sent].sort())
    expect(replay).toEqual({ sent: 1_000, failed: 0, unsendable: 0, failures: [] })
    expect(textsOf(await cluster.readAll('orders')).sort()).toEqual([...sent].sort())
  })

  test('many failures are written in few pieces', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const sink = new ListSink()
    const producer = cluster.producer(LIMITS, { deadLetters: sink })
    await heardOfOrders(cluster, producer)
    await losingAll(cluster)

    for (const value of values(20_000)) expect(producer.produce({ topic: 'orders', value })).toBe(true)
    await cluster.run(producer.flush())

    expect(textsOf(sink.letters).sort()).toEqual(values(20_000).sort())
    expect(Math.max(...sink.writes)).toBeLessThanOrEqual(1_000)
    expect(sink.writes.length).toBeLessThan(200)
  })

  test('a sink that fails is told beside the error of the send, and records that fail later are kept', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const path = givenPath('folder/letters')
    mkdirSync(dirname(path))
    const producer = cluster.producer({}, { deadLetters: deadLetterFile(path) })
    const failures: DeadLetterFailure[] = []
    producer.on('deadLetterFailed', (failure) => failures.push(failure))

    rmdirSync(dirname(path))
    await refuseOnce(cluster)
    const error = await cluster.run(errorOf(sendOne(producer, 'lost')))
    mkdirSync(dirname(path))
    await refuseOnce(cluster)
    const later = await cluster.run(errorOf(sendOne(producer, 'kept')))

    expect(error).toMatchObject({ code: 'INVALID_RECORD', deadLetterError: { code: 'ENOENT' } })
    expect(failures).toMatchObject([{ error: error?.deadLetterError, letters: [{ value: Buffer.from('lost') }] }])
    expect(later).toMatchObject({ code: 'INVALID_RECORD' })
    expect(later).not.toHaveProperty('deadLetterError')
    expect(readFileSync(path, 'utf8')).toContain('"value":"kept"')
  })

  test.each([
    ['nobody', 0],
    ['the listeners of deadLetterFailed', 1],
  ])(
    'the first failure of a sink is a warning, which says that later ones are told to %s',
    async (hears, listeners) => {
      const cluster = await given({ host, topics: { orders: 1 } })
      const path = givenPath('folder/letters')
      mkdirSync(dirname(path))
      const producer = cluster.producer({}, { deadLetters: deadLetterFile(path) })
      rmdirSync(dirname(path))
      for (let left = listeners; left > 0; left--) producer.on('deadLetterFailed', () => {})
      const warned = new Promise<Error & { readonly detail?: string }>((resolve) => process.once('warning', resolve))

      await refuseOnce(cluster)
      await cluster.run(errorOf(sendOne(producer, 'lost')))

      const { message, detail } = await warned
      expect(message).toContain('Could not keep 1 dead letter of a producer: ENOENT')
      expect(detail).toContain(`Later failures are told to ${hears}`)
    },
  )

  test('close waits for letters that are being written', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const path = givenPath('letters')
    const producer = cluster.producer({}, { deadLetters: deadLetterFile(path) })
    await cluster.send(producer, 'orders', ['first'])
    await refuseOnce(cluster)

    producer.produce({ topic: 'orders', value: 'a' })
    producer.produce({ topic: 'orders', value: 'b', partition: 7 })
    await cluster.run(producer.close())

    expect(textsOf((await readAll(deadLetterFile(path))).letters).sort()).toEqual(['a', 'b'])
  })

  test('the close of the cluster waits until what was pending is kept', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const path = givenPath('letters')
    const producer = cluster.producer({ 'linger.ms': 1_000 }, { deadLetters: deadLetterFile(path) })
    await heardOfOrders(cluster, producer)

    const errors = errorsOf(values(3).map((value) => sendOne(producer, value)))
    await cluster.close()

    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(4)
    expect((await errors).map((error) => error?.name)).toEqual(values(3).map(() => 'ClosedError'))
  })

  test('a record that a dead sender had in its hands is kept', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const sink = new ListSink()
    const producer = cluster.producer({}, { deadLetters: sink })
    await cluster.send(producer, 'orders', ['first'])
    await losingAll(cluster)

    const sent = errorsOf(values(3).map((value) => sendOne(producer, value)))
    const { threads } = await cluster.run(cluster.describe())
    await cluster.kill(threads.find(({ address }) => address.startsWith('sender-'))!.address)

    expect(await cluster.run(sent)).toMatchObject(values(3).map(() => ({ name: 'WorkerDiedError' })))
    expect(textsOf(sink.letters)).toEqual(values(3))
    expect(sink.letters[0]).toMatchObject({ attempts: null, error: { code: 'NETWORK_EXCEPTION' } })
  })
})

describe.each(HOSTS)('dead letters of batches that were changed on their way (%s)', (host) => {
  test('a batch that was compressed where it lies is kept as it was given', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const sink = new ListSink()
    const config = { 'compression.type': 'gzip', 'linger.ms': 1_000 } as const
    const producer = cluster.producer(config, { deadLetters: sink })
    await heardOfOrders(cluster, producer)
    await refuseOnce(cluster)

    const given100 = values(100, 'a value that is easily compressed ')
    for (const value of given100) producer.produce({ topic: 'orders', key: 'k', value, headers: { h: value } })
    await cluster.run(producer.flush())

    expect(producer.metrics()['compression-rate-avg']).toBeLessThan(0.5)
    expect(sink.letters.map(({ key, value, headers }) => [`${key}`, `${value}`, `${headers[0]?.value}`])).toEqual(
      given100.map((value) => ['k', value, value]),
    )
  })

  test.each(['none', 'gzip'] as const)(
    'the records of a split batch that were not written are kept (%s)',
    async (codec) => {
      const topics = { orders: { numPartitions: 1, configs: { 'max.message.bytes': 400 } } }
      const cluster = await given({ host, topics })
      const sink = new ListSink()
      const config = { 'batch.size': 8_192, 'linger.ms': 1_000, 'compression.type': codec }
      const producer = cluster.producer(config, { deadLetters: sink })
      await heardOfOrders(cluster, producer)
      const large = [Buffer.from(noise(1_500)), Buffer.from(noise(1_200))]
      const small = values(60, 'an order ')
      const sent = [...small.slice(0, 20), large[0]!, ...small.slice(20, 40), large[1]!, ...small.slice(40)]
      const told = new Map<RecordData, boolean>()

      for (const value of sent) {
        producer.produce({ topic: 'orders', value }, (error) => told.set(value, error === null))
      }
      await cluster.run(producer.flush())

      expect(sink.letters.map(({ value }) => value)).toEqual(large)
      expect(sink.letters).toMatchObject(
        large.map(() => ({ attempts: 1, partition: 0, error: { code: 'MESSAGE_TOO_LARGE' } })),
      )
      expect(sent.map((value) => told.get(value))).toEqual(sent.map((value) => typeof value === 'string'))
      expect(textsOf(await cluster.readAll('orders'))).toEqual(small)
    },
  )
})

describe.each(HOSTS)('dead letters and interceptors (%s)', (host) => {
  test('interceptors are told of a failed record when it is kept, however it failed', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const sink = new ListSink()
    const kept: number[] = []
    const witness: ProducerInterceptor = {
      onSend: (record) => ({ ...record, headers: { seen: 'once' } }),
      onAcknowledgement: (_, error) => error !== null && kept.push(sink.letters.length),
    }
    const producer = cluster.producer({}, { deadLetters: sink, interceptors: [witness] })
    await cluster.send(producer, 'orders', ['first'])

    await refuseOnce(cluster)
    await cluster.run(errorOf(sendOne(producer, 'refused')))
    await cluster.run(errorOf(producer.send({ topic: 'orders', messages: [{ value: 'nowhere', partition: 7 }] })))
    await cluster.run(errorOf(sendOne(producer, 17 as unknown as string)))
    expect(() => producer.produce({ topic: 'orders', value: 18 as unknown as string })).toThrow()
    await cluster.run(producer.flush())

    expect(kept).toEqual([1, 2, 3, 4])
    expect(textsOf(sink.letters)).toEqual(['refused', 'nowhere', '17', '18'])
    expect(sink.letters.map(({ headers }) => `${headers[0]?.value}`)).toEqual(['once', 'once', 'once', 'once'])
  })
})
