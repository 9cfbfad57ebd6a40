import { describe, expect, test } from 'vitest'
import {
  Cluster,
  deadLetterTopic,
  type GivenConsumerOptions,
  type GivenProducerOptions,
  type ProducerExtras,
  SimulatedCluster,
} from '../../src/index.js'
import { given, HOSTS } from '../support/given.js'

describe.each(HOSTS)('bad input (%s)', (host) => {
  // ConfigException: thrown if the user supplies an invalid configuration.
  test.each([
    ['an unknown option', { 'linger.mss': 5 }, 'There is no producer option linger.mss: the nearest one is linger.ms'],
    [
      'a name of KafkaJS',
      { idempotent: true },
      'There is no producer option idempotent: it is called enable.idempotence',
    ],
    [
      'another one',
      { maxInFlightRequests: 1 },
      'There is no producer option maxInFlightRequests: it is called max.in.flight.requests.per.connection',
    ],
    [
      'a name of KafkaJS for what is no option here',
      { rebalanceTimeout: 1 },
      'There is no producer option rebalanceTimeout',
    ],
    ['a value of the wrong type', { acks: 2 }, 'Cannot set acks to 2: it must be 0, 1 or all'],
    ['a value out of range', { 'linger.ms': -1 }, 'Cannot set linger.ms to -1'],
    [
      'a batch that no buffer holds',
      { 'batch.size': 2048, 'buffer.memory': 1024 },
      'the buffer must hold at least one batch',
    ],
    [
      'a delivery that ends before its request',
      { 'delivery.timeout.ms': 10, 'request.timeout.ms': 20 },
      'it must be at least linger.ms + request.timeout.ms, which is 20',
    ],
  ])('a producer refuses %s', async (_, config, says) => {
    const cluster = await given({ host })
    expect(() => cluster.producer(config as GivenProducerOptions)).toThrow(says)
  })

  test('a consumer refuses an unknown option', async () => {
    const cluster = await given({ host })
    expect(() => cluster.consumer({ 'group.ids': 'g' } as GivenConsumerOptions)).toThrow(
      'There is no consumer option group.ids: the nearest one is group.id',
    )
  })

  test('a cluster refuses impossible options, and nothing is left of it', async () => {
    const start = host === 'threads' ? Cluster.start : SimulatedCluster.start
    await expect(start({ brokers: 0 })).rejects.toThrow('start with brokers 0: it must be a whole number from 1 to 64')
    const options = { 'broker.session.timeout.ms': 10, 'broker.heartbeat.interval.ms': 20 }
    await expect(start(options)).rejects.toMatchObject({ name: 'ConfigError', option: 'broker.session.timeout.ms' })
  })

  test('an unknown topic is refused where topics are not created by asking', async () => {
    const cluster = await given({ host, 'auto.create.topics.enable': false })
    const producer = cluster.producer()
    const unknown = { code: 'UNKNOWN_TOPIC_OR_PARTITION' }

    await expect(cluster.run(producer.send({ topic: 'nowhere', messages: [{ value: 'v' }] }))).rejects.toMatchObject(
      unknown,
    )
    await expect(cluster.run(cluster.consumer().subscribe({ topic: 'nowhere' }))).rejects.toMatchObject(unknown)
    await expect(cluster.run(cluster.admin().fetchTopicOffsets('nowhere'))).rejects.toMatchObject(unknown)
    expect(await cluster.run(cluster.admin().listTopics())).toEqual([])
  })

  test.each([[undefined], [null], [5], [/t/], [{}], [['orders']]])(
    'a topic named by %s is a wrong argument wherever topics are named, and nobody ends over it',
    async (name) => {
      const cluster = await given({ host, topics: { orders: 1 } })
      const [producer, consumer, admin] = [cluster.producer(), cluster.consumer(), cluster.admin()]
      const topic = name as unknown as string
      const offsets = { topic, partition: 0 }
      const wrong = (option: string) => ({
        name: 'ConfigError',
        option,
        message: expect.stringMatching(/a string|name of a topic/),
      })
      const refused = async (call: Promise<unknown>, option: string): Promise<void> =>
        void (await expect(cluster.run(call)).rejects.toMatchObject(wrong(option)))

      expect(() => producer.produce({ topic, value: 'v' })).toThrow(expect.objectContaining(wrong('topic')))
      expect(() => consumer.position(offsets)).toThrow(expect.objectContaining(wrong('topic')))
      expect(() => deadLetterTopic(cluster, topic)).toThrow(expect.objectContaining(wrong('topic')))
      await refused(producer.send({ topic, messages: [{ value: 'v' }] }), 'topic')
      await refused(consumer.subscribe({ topics: [topic] }), 'topics[0]')
      await refused(consumer.assign([offsets]), 'assignments[0].topic')
      await refused(consumer.pause([offsets]), 'partitions[0].topic')
      await refused(consumer.seek({ ...offsets, offset: 0 }), 'topic')
      await refused(admin.createTopics({ topics: [{ topic }] }), 'topics[0].topic')
      await refused(admin.deleteTopics({ topics: [topic] }), 'topics[0]')
      await refused(admin.fetchTopicMetadata({ topics: [topic] }), 'topics[0]')
      await refused(admin.fetchTopicOffsets(topic), 'topic')
      expect(await cluster.send(producer, 'orders', ['v'])).toBe(0)
    },
  )

  test.each([-1, 0.5, Number.NaN, 2 ** 31, 2 ** 32 - 1, 2 ** 53, '2147483648', '1.5', 'first', {}, true])(
    'the partition %s of a record is a wrong argument, as in the constructor of ProducerRecord',
    async (given_) => {
      const cluster = await given({ host, topics: { orders: 1 } })
      const producer = cluster.producer()
      const partition = given_ as number
      const wrong = { name: 'ConfigError', option: 'partition' }

      const sent = producer.send({ topic: 'orders', messages: [{ value: 'v', partition }] })
      await expect(cluster.run(sent)).rejects.toMatchObject(wrong)
      expect(() => producer.produce({ topic: 'orders', value: 'v', partition })).toThrow(expect.objectContaining(wrong))
    },
  )

  test.each([
    ['headers', 5],
    ['headers', [null]],
    ['headers', { attempt: 5 }],
    ['timestamp', 'yesterday'],
    ['timestamp', {}],
    ['timestamp', -5],
  ])('the %s %j of a record are a wrong argument', async (field, value) => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    const message = { value: 'v', [field]: value }
    const wrong = { name: 'ConfigError', option: field }

    await expect(cluster.run(producer.send({ topic: 'orders', messages: [message] }))).rejects.toMatchObject(wrong)
    expect(() => producer.produce({ topic: 'orders', ...message })).toThrow(expect.objectContaining(wrong))
  })

  test('a topic that was refused can be written once it is there', async () => {
    const cluster = await given({ host, 'auto.create.topics.enable': false })
    const producer = cluster.producer()
    await expect(cluster.run(producer.send({ topic: 'late', messages: [{ value: 'v' }] }))).rejects.toThrow()

    await cluster.run(cluster.admin().createTopics({ topics: [{ topic: 'late' }] }))

    expect(await cluster.send(producer, 'late', ['v'])).toBe(0)
  })

  test('the callback tells of a topic that was refused, and the next record asks again', async () => {
    const cluster = await given({ host, 'auto.create.topics.enable': false })
    const producer = cluster.producer()
    const told: unknown[] = []
    const produce = (): boolean =>
      producer.produce({ topic: 'late', value: 'v' }, (error, record) => told.push(error?.code ?? record?.offset))
    expect(produce()).toBe(true)
    await cluster.run(producer.flush())
    expect(told).toEqual(['UNKNOWN_TOPIC_OR_PARTITION'])

    await cluster.run(cluster.admin().createTopics({ topics: [{ topic: 'late' }] }))

    expect(produce()).toBe(true)
    await cluster.run(producer.flush())
    expect(told).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', 0])
  })

  test('a partition that is not there is refused', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const unknown = { code: 'UNKNOWN_TOPIC_OR_PARTITION' }

    const sent = cluster.producer().send({ topic: 'orders', messages: [{ value: 'v', partition: 2 }] })
    await expect(cluster.run(sent)).rejects.toMatchObject(unknown)
    await expect(cluster.run(cluster.consumer().assign([{ topic: 'orders', partition: 2 }]))).rejects.toMatchObject(
      unknown,
    )
  })

  test.each([
    [
      'a partitioner that is no function',
      { partitioner: 'sticky' },
      'Cannot call producer with partitioner "sticky": it must be a function',
    ],
    [
      'a serializer that is no function',
      { serializers: { key: 5 } },
      'Cannot call producer with serializers.key 5: it must be a function',
    ],
    [
      'interceptors that are no array',
      { interceptors: {} },
      'Cannot call producer with interceptors {}: it must be a list of at most 1000 interceptors',
    ],
    [
      'an interceptor whose method is no function',
      { interceptors: [{ onSend: 'x' }] },
      'Cannot call producer with interceptors[0].onSend "x": it must be a function',
    ],
    [
      'an interceptor that is not there',
      { interceptors: [null] },
      'Cannot call producer with interceptors[0] null: it must be an object',
    ],
    [
      'a sink that cannot write',
      { deadLetters: { close: () => {} } },
      'Cannot call producer without deadLetters.write: it must be a function',
    ],
    [
      'what it does not know',
      { serializer: {} },
      'Cannot call producer with serializer: there is no such field, only serializers, partitioner',
    ],
  ])('a producer refuses %s, and no thread is left of it', async (_, extras, says) => {
    const cluster = await given({ host })
    const threads = (await cluster.run(cluster.describe())).threads.length
    expect(() => cluster.producer({}, extras as ProducerExtras<unknown, unknown>)).toThrow(says)
    expect((await cluster.run(cluster.describe())).threads).toHaveLength(threads)
  })

  test('a send with other acks than the producer has is refused', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const sent = cluster.producer({ acks: 1 }).send({ topic: 'orders', acks: 0, messages: [{ value: 'v' }] })
    await expect(cluster.run(sent)).rejects.toThrow('this producer was made with acks 1')
  })

  test.each([-1, 1.5, Number.NaN, 2 ** 53])('a seek to %d is refused', async (offset) => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = cluster.consumer()
    await cluster.run(consumer.assign([{ topic: 'orders', partition: 0 }]))
    await expect(cluster.run(consumer.seek({ topic: 'orders', partition: 0, offset }))).rejects.toThrow(
      `Cannot call seek with offset ${offset}: it must be 'earliest', 'latest' or a whole number from 0`,
    )
  })

  test.each([{}, { offset: 0, timestamp: 0 }])('a seek to %o is refused: it is one place', async (place) => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = cluster.consumer()
    await cluster.run(consumer.assign([{ topic: 'orders', partition: 0 }]))
    await expect(
      cluster.run(consumer.seek({ topic: 'orders', partition: 0, ...(place as { readonly offset: number }) })),
    ).rejects.toThrow('with exactly one of offset or timestamp')
  })

  test('a consumer hands out its records in one way at a time', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', ['v'])
    const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    expect(await cluster.run(consumer.poll(5_000))).not.toBeNull()
    await expect(cluster.run(consumer.run({ eachMessage: () => {} }))).rejects.toThrow(
      'Cannot run after poll has handed out',
    )
  })

  test.each([{}, { eachMessage: () => {}, eachBatch: () => {} }])(
    'a handler has eachMessage or eachBatch, and not both',
    async (handler) => {
      const cluster = await given({ host, topics: { orders: 1 } })
      const consumer = cluster.consumer()
      // @ts-expect-error neither, or both: the types refuse it as well
      await expect(cluster.run(consumer.run(handler))).rejects.toThrow('Cannot run without a handler, or with two')
      await cluster.run(consumer.run({ eachMessage: () => {} }))
    },
  )

  test('options that cannot be handed to a handler module are refused, and others may follow', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const module = new URL('../support/counting-handler.js', import.meta.url)

    await expect(cluster.run(consumer.run({ module, options: { log: () => {} } }))).rejects.toMatchObject({
      name: 'ConfigError',
      option: 'options',
    })
    await cluster.run(consumer.run({ eachMessage: () => {} }))
  })

  test('a client that was closed says so', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const [producer, consumer, admin] = [cluster.producer(), cluster.consumer(), cluster.admin()]
    await cluster.run(Promise.all([producer.close(), consumer.close(), admin.close()]))

    const closed = { name: 'ClosedError' }
    await expect(producer.send({ topic: 'orders', messages: [{ value: 'v' }] })).rejects.toMatchObject(closed)
    expect(() => producer.produce({ topic: 'orders', value: 'v' })).toThrow('The producer is closed')
    await expect(consumer.subscribe({ topic: 'orders' })).rejects.toMatchObject(closed)
    await expect(admin.listTopics()).rejects.toMatchObject(closed)
  })
})
