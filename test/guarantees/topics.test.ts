import { describe, expect, test } from 'vitest'
import { given, HOSTS, textsOf, values } from '../support/given.js'

describe.each(HOSTS)('topics (%s)', (host) => {
  // auto.create.topics.enable: enable auto creation of topic on the server; num.partitions: the default number of them.
  test('a topic is created when it is first written, with num.partitions', async () => {
    const cluster = await given({ host, 'num.partitions': 3 })

    await cluster.send(cluster.producer(), 'orders', ['v'])

    const { topics } = await cluster.run(cluster.admin().fetchTopicMetadata({ topics: ['orders'] }))
    expect(topics[0]?.partitions).toHaveLength(3)
  })

  // Topic.hasCollision, Topic.isInternal
  test.each(['a_b', '__consumer_offsets'])(
    'the name %s is refused, also where writing would create it',
    async (topic) => {
      const cluster = await given({ host, topics: { 'a.b': 1 } })
      const refused = { code: 'INVALID_TOPIC_EXCEPTION' }
      const messages = [{ value: 'v' }]

      await expect(cluster.run(cluster.admin().createTopics({ topics: [{ topic }] }))).rejects.toMatchObject(refused)
      await expect(cluster.run(cluster.producer().send({ topic, messages }))).rejects.toMatchObject(refused)
      expect(await cluster.run(cluster.admin().listTopics())).toEqual(['a.b'])
    },
  )

  test('a topic is created when it is first subscribed to', async () => {
    const cluster = await given({ host })
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const read = await cluster.collect(consumer)

    await cluster.send(cluster.producer(), 'orders', ['v'])
    await cluster.until(() => read.length === 1)

    expect(textsOf(read)).toEqual(['v'])
  })

  // ConsumerConfig allow.auto.create.topics: allow automatic topic creation on the broker when subscribing.
  test('a consumer that may not create topics does not', async () => {
    const cluster = await given({ host })
    const subscribed = cluster.consumer({ 'allow.auto.create.topics': false }).subscribe({ topic: 'orders' })
    await expect(cluster.run(subscribed)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
  })

  // StripedReplicaPlacer: leaders are spread over the brokers.
  test('the partitions of a topic are led by the brokers in turn', async () => {
    const cluster = await given({ host, brokers: 3, topics: { orders: 9 } })

    const { topics } = await cluster.run(cluster.describe())

    const leaders = topics[0]?.partitions.map(({ leader }) => leader) ?? []
    for (const broker of [1, 2, 3]) expect(leaders.filter((leader) => leader === broker)).toHaveLength(3)
  })

  test('every partition can be written and read, whoever leads it', async () => {
    const cluster = await given({ host, brokers: 3, topics: { orders: 6 } })
    const producer = cluster.producer()

    for (let partition = 0; partition < 6; partition++)
      await cluster.send(producer, { topic: 'orders', partition }, [`in ${partition}`])

    const read = await cluster.readAll('orders')
    expect(textsOf(read).sort()).toEqual([0, 1, 2, 3, 4, 5].map((partition) => `in ${partition}`))
    for (const { partition, value } of read) expect(String(value)).toBe(`in ${partition}`)
  })

  test('topics are listed until they are deleted', async () => {
    const cluster = await given({ host, brokers: 2, topics: { a: 1, b: 2 } })
    const admin = cluster.admin()
    expect((await cluster.run(admin.listTopics())).sort()).toEqual(['a', 'b'])

    await cluster.run(admin.deleteTopics({ topics: ['a'] }))

    expect(await cluster.run(admin.listTopics())).toEqual(['b'])
    await expect(cluster.run(admin.deleteTopics({ topics: ['a'] }))).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
  })

  // KIP-516: a topic that is created again has another id.
  test('a topic that is deleted and created again is empty', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const admin = cluster.admin()
    await cluster.send(cluster.producer(), 'orders', values(10))

    await cluster.run(admin.deleteTopics({ topics: ['orders'] }))
    await cluster.run(admin.createTopics({ topics: [{ topic: 'orders' }] }))

    expect(await cluster.run(admin.fetchTopicOffsets('orders'))).toEqual([
      { topic: 'orders', partition: 0, low: 0, high: 0 },
    ])
    expect(await cluster.send(cluster.producer(), 'orders', ['new'])).toBe(0)
    expect(textsOf(await cluster.readAll('orders'))).toEqual(['new'])
  })

  // KafkaProducer: records wait under the topic's name, whatever its id is by then.
  test('a record for a topic that was deleted fails with its error within max.block.ms, and so does the next', async () => {
    const cluster = await given({ host, 'auto.create.topics.enable': false, topics: { orders: 1 } })
    const producer = cluster.producer({ 'max.block.ms': 5_000 })
    await cluster.send(producer, 'orders', values(10))
    const refused = { code: 'UNKNOWN_TOPIC_OR_PARTITION' }
    const told: unknown[] = []

    await cluster.run(cluster.admin().deleteTopics({ topics: ['orders'] }))

    producer.produce({ topic: 'orders', value: 'produced' }, (error) => told.push(error?.code))
    await expect(cluster.send(producer, 'orders', ['sent'])).rejects.toMatchObject(refused)
    await expect(cluster.send(producer, 'orders', ['then'])).rejects.toMatchObject(refused)
    await cluster.run(producer.flush())
    expect(told).toEqual([refused.code])
  })

  // Kafka's producer asks for a topic with leave to create it, whenever it has records for it.
  test('a record for a topic that was deleted makes it again, where writing makes topics', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', values(10))
    await cluster.run(cluster.admin().deleteTopics({ topics: ['orders'] }))

    expect(await cluster.send(producer, 'orders', ['new'])).toBe(0)

    expect(textsOf(await cluster.readAll('orders'))).toEqual(['new'])
  })

  test('a producer goes on with a topic that is deleted and created again', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 1 } })
    const admin = cluster.admin()
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', values(10))

    await cluster.run(admin.deleteTopics({ topics: ['orders'] }))
    await cluster.run(admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 2 }] }))

    expect(await cluster.send(producer, { topic: 'orders', partition: 0 }, ['new'])).toBe(0)
    expect(textsOf(await cluster.readAll('orders'))).toEqual(['new'])
  })

  test('a consumer goes on with a topic that is deleted and created again, with other partitions', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 1 } })
    const admin = cluster.admin()
    const consumer = cluster.consumer({ 'allow.auto.create.topics': false })
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const read = await cluster.collect(consumer)
    await cluster.send(cluster.producer(), 'orders', values(10))
    await cluster.until(() => read.length === 10)

    await cluster.run(admin.deleteTopics({ topics: ['orders'] }))
    await cluster.run(admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 2 }] }))
    const producer = cluster.producer()
    for (const partition of [0, 1]) await cluster.send(producer, { topic: 'orders', partition }, ['new'])
    await cluster.until(() => read.length === 12)

    expect(textsOf(read).slice(10)).toEqual(['new', 'new'])
    expect(consumer.assignment).toHaveLength(2)
    expect(consumer.position({ topic: 'orders', partition: 0 })).toBe(1)
  })

  // CreateTopics: TopicExistsException.
  test('creating says whether anything was created', async () => {
    const cluster = await given({ host })
    const create = (): Promise<boolean> => cluster.run(cluster.admin().createTopics({ topics: [{ topic: 'orders' }] }))
    expect(await create()).toBe(true)
    expect(await create()).toBe(false)
  })

  test('validateOnly creates nothing', async () => {
    const cluster = await given({ host })
    await cluster.run(cluster.admin().createTopics({ topics: [{ topic: 'orders' }], validateOnly: true }))
    expect(await cluster.run(cluster.admin().listTopics())).toEqual([])
  })

  test.each([
    ['more replicas than brokers', { topic: 'orders', replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR'],
    ['no partition', { topic: 'orders', numPartitions: 0 }, 'INVALID_PARTITIONS'],
    ['a name with a slash', { topic: 'a/b' }, 'INVALID_TOPIC_EXCEPTION'],
    ['a name that is a folder', { topic: '..' }, 'INVALID_TOPIC_EXCEPTION'],
    ['an unknown option', { topic: 'orders', configs: { 'retention.byte': 5 } as object }, 'INVALID_CONFIG'],
  ])('a topic with %s is refused', async (_, topic, code) => {
    const cluster = await given({ host, brokers: 2 })
    await expect(cluster.run(cluster.admin().createTopics({ topics: [topic] }))).rejects.toMatchObject({ code })
    expect(await cluster.run(cluster.admin().listTopics())).toEqual([])
  })

  // ClusterControlManager.usableBrokers: those that are fenced get replicas as well.
  test('while a broker is dead a topic can have replicas on it, and a group can begin', async () => {
    const cluster = await given({ host, brokers: 3 })
    await cluster.killBroker(2)
    await cluster.run(cluster.admin().createTopics({ topics: [{ topic: 'orders', replicationFactor: 3 }] }))
    await cluster.send(cluster.producer({ acks: 'all' }), 'orders', ['v'])
    const member = cluster.consumer({ 'group.id': 'tea', 'auto.offset.reset': 'earliest' })
    await cluster.run(member.subscribe({ topic: 'orders' }))
    const read = await cluster.collect(member)
    await cluster.until(() => read.length === 1)
    await cluster.restartBroker(2)
    const { topics } = await cluster.run(cluster.admin().fetchTopicMetadata({ topics: ['orders'] }))
    expect(topics[0]?.partitions[0]?.replicas.toSorted()).toEqual([1, 2, 3])
  })

  test('an option of a topic comes before that of its broker', async () => {
    const configs = { 'max.message.bytes': 5000 }
    const cluster = await given({ host, 'message.max.bytes': 200, topics: { small: 1, large: { configs } } })
    const producer = cluster.producer()

    await expect(
      cluster.run(producer.send({ topic: 'small', messages: [{ value: Buffer.alloc(1000) }] })),
    ).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    expect(await cluster.send(producer, 'large', [Buffer.alloc(1000)])).toBe(0)
  })

  // TopicConfig message.timestamp.type.
  // TopicConfig message.timestamp.after.max.ms: an hour since Kafka 4.0 (KIP-1030).
  test('a record whose timestamp is microseconds is refused, and those beside it are not', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    const now = host === 'simulation' ? cluster.simulated.now : Date.now()
    const send = (timestamp: number): Promise<unknown> =>
      cluster.run(producer.send({ topic: 'orders', messages: [{ value: 'v', timestamp }] }))

    await send(now)
    const refused = { code: 'INVALID_TIMESTAMP', message: expect.stringContaining('message.timestamp.after.max.ms') }
    await expect(send(now * 1000)).rejects.toMatchObject(refused)
    await send(now - 86_400_000)

    expect(await cluster.readAll('orders')).toHaveLength(2)
  })

  // KAFKA-6817: the age of a record is nothing to the memory of its producer.
  test('a retry of records older than producer.id.expiration.ms is not written twice', async () => {
    const configs = { 'retention.ms': -1 }
    const topics = { orders: { numPartitions: 1, configs } }
    const cluster = await given({ host, 'log.retention.check.interval.ms': 50, topics })
    const producer = cluster.producer({ 'request.timeout.ms': 400 })
    const timestamp = 1_000_000_000_000
    const send = (value: string): Promise<unknown> =>
      cluster.run(producer.send({ topic: 'orders', messages: [{ value, timestamp }] }))

    await send('first')
    await cluster.addFault({ api: 'Produce', action: 'dropResponse', once: true })
    await send('second')

    expect(textsOf(await cluster.readAll('orders'))).toEqual(['first', 'second'])
  })

  test('LogAppendTime stamps the time of the append, CreateTime keeps that of the producer', async () => {
    const configs = { 'message.timestamp.type': 'LogAppendTime' as const }
    const cluster = await given({ host, topics: { created: 1, appended: { configs } } })
    const producer = cluster.producer()

    const messages = [{ value: 'v', timestamp: 5000 }]
    const [created] = await cluster.run(producer.send({ topic: 'created', messages }))
    const [appended] = await cluster.run(producer.send({ topic: 'appended', messages }))

    expect(created?.logAppendTime).toBe(-1)
    expect((await cluster.readAll('created'))[0]?.timestamp).toBe(5000)
    expect(appended?.logAppendTime).toBeGreaterThan(5000)
    expect((await cluster.readAll('appended'))[0]?.timestamp).toBe(appended?.logAppendTime)
  })
})
