import vm from 'node:vm'
import { describe, expect, test } from 'vitest'
import {
  deadLetterTopic,
  type Producer,
  type ProducerInterceptor,
  type ProducerMessage,
  SimulatedCluster,
} from '../../src/index.js'
import { type GivenCluster, given, HOSTS } from '../support/given.js'

/** What a caller without a compiler gives. */
const as = <Wanted>(value: unknown): Wanted => value as Wanted

async function valuesOf(cluster: GivenCluster, topic: string): Promise<string[]> {
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
  await cluster.run(consumer.subscribe({ topic }))
  const batch = await cluster.run(consumer.poll(5_000))
  return [...(batch ?? [])].map(({ value }) => String(value))
}

describe.each(HOSTS)('an argument with one meaning is taken (%s)', (host) => {
  // KafkaJS's offsets are strings.
  test.each(['5', 5n, 5])('an offset %o is the offset 5', async (offset) => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', ['0', '1', '2', '3', '4', '5', '6'])
    const [sought, assigned] = [cluster.consumer(), cluster.consumer()]
    const name = { topic: 'orders', partition: 0 }

    await cluster.run(sought.subscribe({ topic: 'orders' }))
    await cluster.run(sought.seek({ ...name, offset }))
    await cluster.run(assigned.assign([{ ...name, offset }]))

    expect([sought.position(name), assigned.position(name)]).toEqual([5, 5])
    for (const consumer of [sought, assigned]) {
      const batch = await cluster.run(consumer.poll(5_000))
      expect([...(batch ?? [])].map((record) => record.offset)).toEqual([5, 6])
    }
  })

  test('messages are any iterable', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    function* generated(): Generator<ProducerMessage> {
      yield { value: 'b' }
      yield { value: 'c' }
    }
    for (const messages of [new Set([{ value: 'a' }]), generated(), vm.runInNewContext('[{ value: "d" }]')]) {
      await cluster.run(producer.send({ topic: 'orders', messages }))
    }
    expect(await valuesOf(cluster, 'orders')).toEqual(['a', 'b', 'c', 'd'])
  })

  test('bytes of another realm are bytes', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const value = vm.runInNewContext('new Uint8Array([104, 105])')
    await cluster.run(cluster.producer().send({ topic: 'orders', messages: [{ value }] }))
    expect(await valuesOf(cluster, 'orders')).toEqual(['hi'])
  })

  test('numbers of partitions are texts and BigInts as well', async () => {
    const cluster = await given({ host })
    const admin = cluster.admin()
    const topics = [
      { topic: 'a', numPartitions: as<number>('2') },
      { topic: 'b', numPartitions: as<number>(3n) },
    ]
    await cluster.run(admin.createTopics({ topics }))
    const described = await cluster.run(admin.fetchTopicMetadata({ topics: ['a', 'b'] }))
    expect(described.topics.map(({ partitions }) => partitions.length)).toEqual([2, 3])
  })

  test('a topic that is named twice is read once', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topics: ['orders', 'orders'], topic: 'orders' }))
    expect(consumer.assignment).toHaveLength(1)
  })
})

describe.each(HOSTS)('an argument without a meaning is refused, and nothing is done (%s)', (host) => {
  test('a text where a list is expected', async () => {
    const cluster = await given({ host, topics: { a: 1, b: 1 } })
    const [admin, consumer] = [cluster.admin(), cluster.consumer()]
    const says = 'it must be a list'
    await expect(cluster.run(admin.deleteTopics({ topics: as('ab') }))).rejects.toThrow(says)
    await expect(cluster.run(admin.fetchTopicMetadata({ topics: as('ab') }))).rejects.toThrow(says)
    await expect(cluster.run(consumer.subscribe({ topics: as('ab') }))).rejects.toThrow(says)
    await expect(cluster.run(consumer.assign(as('ab')))).rejects.toThrow(says)
    await expect(cluster.run(cluster.producer().send({ topic: 'a', messages: as('ab') }))).rejects.toThrow(says)
    expect(await cluster.run(admin.listTopics())).toEqual(['a', 'b'])
  })

  test('a field that nobody knows', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const [admin, consumer, producer] = [cluster.admin(), cluster.consumer(), cluster.producer()]
    const says = 'there is no such field'
    const topics = [as<{ topic: string }>({ topic: 'a', configEntries: [] })]
    await expect(cluster.run(admin.createTopics({ topics }))).rejects.toThrow(says)
    await expect(cluster.run(consumer.run(as({ eachMessage() {}, concurrency: 3 })))).rejects.toThrow(says)
    await expect(cluster.run(consumer.close(as({ timeout: 3 })))).rejects.toThrow(says)
    await expect(cluster.run(cluster.killBroker(1, as({ loseMemory: true })))).rejects.toThrow(says)
    await expect(cluster.run(producer.send(as({ topic: 'orders', messages: [], compression: 1 })))).rejects.toThrow(
      says,
    )
    expect(() => producer.produce(as({ topic: 'orders', value: 'v', Key: 'k' }))).toThrow(says)
    expect(await cluster.run(admin.listTopics())).toEqual(['orders'])
    expect(await recordsOf(cluster)).toBe(0)
  })

  test('an event, a kind of election or a callback that does not exist', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    expect(() => producer.on(as('error'), () => {})).toThrow(
      "with event \"error\": it must be 'drain', 'undelivered' or",
    )
    expect(() => producer.on('drain', as('listener'))).toThrow('it must be a function')
    expect(() => producer.produce({ topic: 'orders', value: 'v' }, as('callback'))).toThrow('it must be a function')
    const election = cluster.admin().electLeaders({ electionType: as('foo') })
    await expect(cluster.run(election)).rejects.toThrow("it must be 'preferred' or 'unclean'")
    expect(await recordsOf(cluster)).toBe(0)
  })

  // KafkaConsumer: InvalidGroupIdException; ConsumerConfig.maybeOverrideEnableAutoCommit.
  test('a group without a name, and what only a group can do', async () => {
    const cluster = await given({ host })
    const nameless = { name: 'InvalidGroupIdError', code: 'INVALID_GROUP_ID' }
    expect(() => cluster.consumer({ 'group.id': '' })).toThrow(expect.objectContaining(nameless))
    expect(() => cluster.consumer({ 'enable.auto.commit': true })).toThrow('without a group.id')
    expect(() => cluster.consumer({ 'group.id': null, 'enable.auto.commit': false })).not.toThrow()
    const consumer = cluster.consumer()
    await expect(cluster.run(consumer.commitSync())).rejects.toMatchObject(nameless)
    await expect(cluster.run(consumer.subscribe({ pattern: /a/ }))).rejects.toMatchObject(nameless)
    const member = cluster.consumer({ 'group.id': 'g' })
    await expect(cluster.run(member.subscribe({ pattern: '(' }))).rejects.toMatchObject({
      code: 'INVALID_REGULAR_EXPRESSION',
    })
  })

  test('options that are not an object', async () => {
    const cluster = await given({ host })
    for (const options of [null, 'acks', [], new Map([['acks', 1]]), 5n]) {
      expect(() => cluster.producer(as(options))).toThrow('for producer options: they are an object')
    }
  })

  test('one partition at two offsets', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const name = { topic: 'orders', partition: 0 }
    const consumer = cluster.consumer()
    const twice = [
      { ...name, offset: 1 },
      { ...name, offset: 2 },
    ]
    await expect(cluster.run(consumer.assign(twice))).rejects.toThrow(
      'Cannot assign orders-0 twice with different offsets: 1 and 2',
    )
    await cluster.run(
      consumer.assign([
        { ...name, offset: '1' },
        { ...name, offset: 1 },
      ]),
    )
    expect(consumer.assignment).toEqual([name])
  })

  test('an argument more than a method takes', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 1 } })
    const producer = cluster.producer()
    const says = 'as well: it takes'
    const send = producer.send.bind(producer) as (...args: unknown[]) => Promise<unknown>
    const list = cluster.admin().listTopics as (...args: unknown[]) => Promise<string[]>
    await expect(cluster.run(list.call(cluster.admin(), {}, {}))).rejects.toThrow(says)
    await expect(cluster.run(send({ topic: 'orders', messages: [{ value: 'v' }] }, { timeout: 1 }))).rejects.toThrow(
      says,
    )
    await expect(
      cluster.run((producer.flush as (...args: unknown[]) => Promise<void>).call(producer, 'x')),
    ).rejects.toThrow('Cannot call flush with "x" as well: it takes no argument')
    await cluster.run(producer.flush(...([undefined] as never[])))
    expect(await recordsOf(cluster)).toBe(0)
  })

  test('an interceptor without a method, and a record of one with a field that no record has', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    for (const interceptor of [{}, { onsend() {} }]) {
      expect(() => cluster.producer({}, { interceptors: [as<ProducerInterceptor>(interceptor)] })).toThrow(
        'it must be an object with one of the methods onSend, onAcknowledgement, close',
      )
    }
    const adding = { onSend: (record: object) => as<never>({ ...record, foo: 1 }) }
    const producer = cluster.producer({}, { interceptors: [adding] })
    await cluster.run(producer.send({ topic: 'orders', messages: [{ value: 'sent' }] }))
    producer.produce({ topic: 'orders', value: 'produced' })
    await cluster.run(producer.flush())
    expect(await recordsOf(cluster)).toBe(2)
  })

  test('a dead letter that is not made of bytes', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const letter = { topic: 'orders', partition: null, isPartitionNamed: false, key: null, headers: [], timestamp: 5 }
    const values = [{ type: 'Buffer', data: [104] }, 5, true, { length: 1000 }]
    const letters = values.map((value) => ({ ...letter, value, isSerialized: true }))
    async function* read(): AsyncGenerator<never> {
      yield* as<never[]>(letters)
    }
    const replay = await cluster.run(cluster.producer().replayDeadLetters({ read }))
    expect(replay).toMatchObject({ sent: 0, failed: 4 })
    expect(await recordsOf(cluster)).toBe(0)
  })
})

test('a topic for dead letters has a name that a topic can have', async () => {
  const cluster = await given({ host: 'simulation' })
  for (const topic of ['not a name', '', '..', '__consumer_offsets']) {
    expect(() => deadLetterTopic(cluster, topic)).toThrow(expect.objectContaining({ code: 'INVALID_TOPIC_EXCEPTION' }))
  }
})

test('a listener that was taken off hears nothing more', async () => {
  const cluster = await given({ host: 'simulation', 'auto.create.topics.enable': false })
  const producer = cluster.producer()
  const heard: string[] = []
  const [first, second] = [() => heard.push('first'), () => heard.push('second')]
  producer.on('undelivered', first).on('undelivered', second).off('undelivered', first)
  producer.produce({ topic: 'nowhere', value: 'v' })
  await cluster.run(producer.flush())
  expect(heard).toEqual(['second'])
  expect(() => producer.off(as('error'), first)).toThrow('with event "error"')
})

describe.each(HOSTS)('what user code does while it is asked (%s)', (host) => {
  test('a list and a record may be used again when send has returned', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    const message = { value: 'a' }
    const messages = [message, { value: 'b' }]
    // It waits for the metadata of its topic.
    const sent = producer.send({ topic: 'orders', messages })
    message.value = 'changed'
    messages.length = 0
    await cluster.run(sent)
    expect(await valuesOf(cluster, 'orders')).toEqual(['a', 'b'])
  })

  test('a partitioner that closes its producer leaves nothing pending', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    let isClosing = false
    const producer: Producer = cluster.producer(
      {},
      {
        partitioner: () => {
          if (isClosing) producer.close({ timeoutMs: 0 })
          return 0
        },
      },
    )
    await cluster.run(producer.send({ topic: 'orders', messages: [{ value: 'v' }] }))
    isClosing = true
    const sent = producer.send({ topic: 'orders', messages: [{ value: 'v' }] })
    await expect(cluster.run(sent)).rejects.toMatchObject({ name: 'ClosedError' })
  })

  test('a serializer or an interceptor that gives a promise ends no process when it rejects, of whatever realm', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const failing = vm.runInNewContext('async () => { throw new Error("later") }')
    const serializing = cluster.producer({}, { serializers: { value: failing } })
    const intercepted = cluster.producer({}, { interceptors: [{ onSend: failing, onAcknowledgement: failing }] })
    const request = { topic: 'orders', messages: [{ value: 'v' }] }
    await expect(cluster.run(serializing.send(request))).rejects.toMatchObject({ name: 'SerializationError' })
    await cluster.run(intercepted.send(request))
    expect(await valuesOf(cluster, 'orders')).toEqual(['v'])
  })

  test('acks may be said again for a call, as it was said to the producer', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ acks: 'all' })
    for (const acks of ['all', -1, '-1']) {
      await cluster.run(producer.send({ topic: 'orders', messages: [{ value: 'v' }], acks: as<number>(acks) }))
    }
    await expect(cluster.run(producer.send({ topic: 'orders', messages: [], acks: 1 }))).rejects.toThrow('with acks 1')
    expect(await recordsOf(cluster)).toBe(3)
  })
})

test('killBroker refuses a loss that it does not know, and names those that it knows and what an old name means', async () => {
  const cluster = await SimulatedCluster.start({ brokers: 2 })
  const kill = cluster.killBroker as (...args: unknown[]) => Promise<void>
  await expect(kill.call(cluster, 2, { losesMemory: true })).rejects.toThrow(
    "there is no such field, only loses; losesMemory: true is loses: 'unwritten' now",
  )
  await expect(kill.call(cluster, 2, { loses: 'memory' })).rejects.toThrow(
    `Cannot call killBroker with loses "memory": it must be 'nothing', 'unwritten', 'unflushed' or 'everything'`,
  )
  await cluster.close()
})

test('stopBroker takes no word on whether its broker loses its memory', async () => {
  const cluster = await SimulatedCluster.start({ brokers: 2 })
  const stop = cluster.stopBroker as (...args: unknown[]) => Promise<void>
  await expect(stop.call(cluster, 2, { loses: 'everything' })).rejects.toThrow('as well: it takes one argument')
  await cluster.close()
})

/** How many records `orders` has. */
async function recordsOf(cluster: GivenCluster): Promise<number> {
  const offsets = await cluster.run(cluster.admin().fetchTopicOffsets('orders'))
  return offsets.reduce((sum, { high }) => sum + high, 0)
}
