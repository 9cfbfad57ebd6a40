// KafkaJS. See story.mjs for what a program says and asks.
import assert from 'node:assert'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { ask, complete, deferred, messages, plainSteps, SECURE, SERVERS, tell, until, withKills } from '../telling.mjs'

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'
const require = createRequire(import.meta.url)
const { CompressionTypes, ConfigResourceTypes, Kafka, logLevel, PartitionAssigners } = require('kafkajs')
const { version } = JSON.parse(readFileSync(require.resolve('kafkajs/package.json'), 'utf8'))
const kafka = new Kafka({
  brokers: SERVERS,
  logCreator:
    () =>
    ({ label, log: { timestamp: _, ...said } }) =>
      process.stderr.write(`${label} ${JSON.stringify(said)}\n`),
  retry: { retries: 20, maxRetryTime: 2_000 },
})
const admin = kafka.admin()

const create = (topic, numPartitions) =>
  admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 3 }], waitForLeaders: true })

async function producing(work, options = {}) {
  const producer = kafka.producer(options)
  await producer.connect()
  try {
    return await work(producer)
  } finally {
    await producer.disconnect()
  }
}

const write = (topic, count, rest = {}) =>
  producing((producer) => producer.send({ topic, messages: messages(count), ...rest }))

/** A member of a group that notes what it reads and what it was given. */
async function member(groupId, topic, options = {}, run = {}) {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, heartbeatInterval: 500, ...options })
  const read = []
  const noted = { consumer, read, assigned: [], crashes: [] }
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    noted.assigned = payload.memberAssignment[topic] ?? []
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => noted.crashes.push(payload.error))
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommit: true,
    eachMessage: async ({ partition, message }) => void read.push({ partition, ...message }),
    ...run,
  })
  return noted
}

const values = ({ read }) => read.map(({ value }) => String(value))

async function readsAll(topic, count) {
  const one = await member(`readers-of-${topic}`, topic)
  await until(
    () => `${count} records, there are ${one.read.length}`,
    () => one.read.length >= count,
  )
  await one.consumer.disconnect()
  complete(values(one), count)
}

const described = async (topic) => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions

async function topics() {
  await create('topics', 3)
  assert.ok((await admin.listTopics()).includes('topics'))
  assert.equal((await described('topics')).length, 3)
  assert.equal((await described('topics'))[0].isr.length, 3)
  assert.equal(await create('topics', 3), false)
  await admin.deleteTopics({ topics: ['topics'] })
  assert.ok(!(await admin.listTopics()).includes('topics'))
}

async function partitions() {
  await create('partitions', 3)
  await admin.createPartitions({ topicPartitions: [{ topic: 'partitions', count: 5 }] })
  assert.equal((await described('partitions')).length, 5)
}

const { acks, codec } = plainSteps({ create, write, readsAll })

async function records() {
  await create('records-of-odradek', 1)
  await ask('write-records records-of-odradek')
  const one = await member('records', 'records-of-odradek')
  await until(
    () => 'three records',
    () => one.read.length >= 3,
  )
  await one.consumer.disconnect()
  const text = (bytes) => (bytes === null ? null : String(bytes))
  const told = one.read.map(({ timestamp, key, value, headers }) => {
    const named = Object.entries(headers).map(([name, given]) => [name, [given].flat().map(text)])
    return [timestamp, text(key), text(value), named]
  })
  assert.deepEqual(told, [
    ['1600000000000', 'a tombstone', null, []],
    [
      '1600000001000',
      null,
      'no key',
      [
        ['name', ['one', 'two']],
        ['empty', ['']],
      ],
    ],
    ['1600000002000', 'é', 'ü', [['null', [null]]]],
  ])
  await create('records', 1)
  await producing((producer) =>
    producer.send({
      topic: 'records',
      messages: [
        { key: 'a tombstone', value: null, timestamp: '1600000000000' },
        { value: 'no key', headers: { name: ['one', 'two'], empty: '' }, timestamp: '1600000001000' },
        { key: 'é', value: 'ü', timestamp: '1600000002000' },
      ],
    }),
  )
  // A header of nothing is left out by this client.
  await ask('check-records records').catch((error) => {
    if (!error.message.includes('"key":"é","value":"ü","headers":[],"timestamp":1600000002000')) throw error
  })
}

async function large() {
  await create('large', 1)
  const value = 'x'.repeat(900_000)
  await producing(async (producer) => {
    await producer.send({ topic: 'large', messages: [{ value }] })
    const tooLarge = producer.send({ topic: 'large', messages: [{ value: 'x'.repeat(2_000_000) }] })
    await assert.rejects(tooLarge, { type: 'MESSAGE_TOO_LARGE' })
    await producer.send({ topic: 'large', messages: [{ value }] })
  })
  const one = await member('large', 'large')
  await until(
    () => 'two records',
    () => one.read.length >= 2,
  )
  await one.consumer.disconnect()
  for (const record of one.read) assert.equal(String(record.value), value)
}

async function seek() {
  await create('seek', 1)
  const stamped = messages(100).map((message, index) => ({
    ...message,
    partition: 0,
    timestamp: String(1_700_000_000_000 + index * 1000),
  }))
  await producing((producer) => producer.send({ topic: 'seek', messages: stamped }))
  const [all] = await admin.fetchTopicOffsets('seek')
  assert.deepEqual([all.low, all.high], ['0', '100'])
  assert.equal((await admin.fetchTopicOffsetsByTimestamp('seek', 1_700_000_025_500))[0].offset, '26')
  const one = await member('seek', 'seek')
  const seeks = async (offset, count) => {
    one.read.length = 0
    one.consumer.seek({ topic: 'seek', partition: 0, offset: String(offset) })
    await until(
      () => `${count} records from ${offset}, there are ${one.read.length}`,
      () => one.read.length >= count,
    )
    return Number(one.read[0].offset)
  }
  await until(
    () => 'all records',
    () => one.read.length >= 100,
  )
  assert.equal(await seeks(40, 60), 40)
  assert.equal(await seeks(0, 100), 0)
  // Out of range: from the beginning, as it was subscribed.
  assert.equal(await seeks(5000, 100), 0)
  await one.consumer.disconnect()
}

async function pause() {
  await create('pause', 2)
  await write('pause', 200)
  const ends = await admin.fetchTopicOffsets('pause')
  const of1 = Number(ends.find(({ partition }) => partition === 1).high)
  const isPaused = deferred()
  const consumer = kafka.consumer({ groupId: 'pause', maxWaitTimeInMs: 50 })
  const read = []
  let rounds = 0
  consumer.on(consumer.events.FETCH, () => {
    rounds += 1
  })
  consumer.on(consumer.events.GROUP_JOIN, () => {
    consumer.pause([{ topic: 'pause', partitions: [0] }])
    isPaused.resolve()
  })
  await consumer.connect()
  await consumer.subscribe({ topic: 'pause', fromBeginning: true })
  await consumer.run({ eachMessage: async ({ partition }) => void read.push(partition) })
  await isPaused.promise
  await until(
    () => 'the other partition',
    () => read.length >= of1,
  )
  const before = rounds
  await until(
    () => 'some more fetches',
    () => rounds > before + 5,
  )
  assert.deepEqual([...new Set(read)], [1])
  assert.equal(read.length, of1)
  consumer.resume([{ topic: 'pause' }])
  await until(
    () => 'all records',
    () => read.length >= 200,
  )
  await consumer.disconnect()
}

/** What the group of a topic has committed, over all partitions. */
async function committed(name) {
  const [{ partitions }] = await admin.fetchOffsets({ groupId: name, topics: [name] })
  return partitions.reduce((sum, { offset }) => sum + Math.max(Number(offset), 0), 0)
}

async function group() {
  await create('group', 4)
  await write('group', 400)
  const options = { partitionAssigners: [PartitionAssigners.roundRobin] }
  const first = await member('group', 'group', options)
  await until(
    () => 'four partitions',
    () => first.assigned.length === 4,
  )
  const second = await member('group', 'group', options)
  await until(
    () => 'two partitions each',
    () => first.assigned.length === 2 && second.assigned.length === 2,
  )
  await producing((producer) => producer.send({ topic: 'group', messages: messages(800, 400) }))
  const both = () => [...values(first), ...values(second)]
  await until(
    () => `800 records, there are ${new Set(both()).size}`,
    () => new Set(both()).size === 800,
  )
  await second.consumer.disconnect()
  await until(
    () => 'four partitions again',
    () => first.assigned.length === 4,
  )
  await first.consumer.disconnect()
  assert.equal(await committed('group'), 800)
  assert.deepEqual([...first.crashes, ...second.crashes], [])
}

async function commit() {
  await create('commit', 1)
  await write('commit', 100)
  const first = await member('commit', 'commit', {}, { autoCommit: false })
  await until(
    () => 'all records',
    () => first.read.length >= 100,
  )
  await first.consumer.commitOffsets([{ topic: 'commit', partition: 0, offset: '20', metadata: 'told' }])
  await first.consumer.disconnect()
  const [{ partitions }] = await admin.fetchOffsets({ groupId: 'commit', topics: ['commit'] })
  assert.deepEqual(partitions, [{ partition: 0, offset: '20', metadata: 'told' }])
  const second = await member('commit', 'commit')
  await until(
    () => 'the rest',
    () => second.read.length >= 80,
  )
  assert.equal(second.read[0].offset, '20')
  await second.consumer.disconnect()
}

async function idempotent() {
  await create('idempotent', 2)
  await producing(
    async (producer) => {
      for (let from = 0; from < 1000; from += 50)
        await producer.send({ topic: 'idempotent', messages: messages(from + 50, from) })
    },
    { idempotent: true, maxInFlightRequests: 1 },
  )
  await ask('check idempotent 1000')
}

async function leaderFailover() {
  await create('leader', 1)
  const one = await member('leader', 'leader')
  await producing(
    async (producer) => {
      for (let from = 0; from < 2000; from += 20) {
        if (from === 600) await ask('kill leader leader')
        await producer.send({ topic: 'leader', messages: messages(from + 20, from) })
      }
    },
    { idempotent: true, maxInFlightRequests: 1 },
  )
  await until(
    () => `2,000 records, there are ${new Set(values(one)).size}`,
    () => new Set(values(one)).size === 2000,
  )
  await one.consumer.disconnect()
  await ask('check leader 2000')
}

async function coordinatorFailover() {
  await create('coordinator', 2)
  const one = await member('coordinator', 'coordinator')
  await write('coordinator', 500)
  await until(
    () => '500 records',
    () => one.read.length >= 500,
  )
  await ask('kill coordinator coordinator')
  await producing((producer) => producer.send({ topic: 'coordinator', messages: messages(1000, 500) }))
  await until(
    () => `1,000 records, there are ${new Set(values(one)).size}`,
    () => new Set(values(one)).size === 1000,
  )
  await until(
    () => 'all to be committed',
    async () => (await committed('coordinator')) === 1000,
  )
  await one.consumer.disconnect()
}

async function groups() {
  await create('groups', 2)
  await write('groups', 10)
  const one = await member('groups', 'groups')
  await until(
    () => '10 records',
    () => one.read.length >= 10,
  )
  assert.ok((await admin.listGroups()).groups.some(({ groupId }) => groupId === 'groups'))
  const {
    groups: [described],
  } = await admin.describeGroups(['groups'])
  assert.equal(described.state, 'Stable')
  assert.deepEqual(
    described.members.map(({ clientId, clientHost }) => [clientId, clientHost]),
    [['kafkajs', '/127.0.0.1']],
  )
  await one.consumer.disconnect()
  await admin.setOffsets({ groupId: 'groups', topic: 'groups', partitions: [{ partition: 0, offset: '1' }] })
  const [{ partitions }] = await admin.fetchOffsets({ groupId: 'groups', topics: ['groups'] })
  assert.equal(partitions.find(({ partition }) => partition === 0).offset, '1')
  await admin.resetOffsets({ groupId: 'groups', topic: 'groups', earliest: true })
  await admin.deleteGroups(['groups'])
  assert.ok(!(await admin.listGroups()).groups.some(({ groupId }) => groupId === 'groups'))
}

async function configs() {
  await create('configs', 1)
  const resource = { type: ConfigResourceTypes.TOPIC, name: 'configs' }
  const policy = async () => {
    const { resources } = await admin.describeConfigs({ resources: [resource] })
    return resources[0].configEntries.find(({ configName }) => configName === 'cleanup.policy').configValue
  }
  assert.equal(await policy(), 'delete')
  const configEntries = [{ name: 'cleanup.policy', value: 'compact' }]
  await admin.alterConfigs({ resources: [{ ...resource, configEntries }] })
  assert.equal(await policy(), 'compact')
}

async function deleteRecords() {
  await create('delete-records', 1)
  await write('delete-records', 100)
  // This client deletes only from topics that it has asked for before.
  await admin.fetchTopicOffsets('delete-records')
  await admin.deleteTopicRecords({ topic: 'delete-records', partitions: [{ partition: 0, offset: '40' }] })
  assert.equal((await admin.fetchTopicOffsets('delete-records'))[0].low, '40')
  const one = await member('delete-records', 'delete-records')
  await until(
    () => '60 records',
    () => one.read.length >= 60,
  )
  await one.consumer.disconnect()
  assert.equal(one.read[0].offset, '40')
}

async function cluster() {
  const { brokers, controller, clusterId } = await admin.describeCluster()
  assert.deepEqual(brokers.map(({ host, port }) => `${host}:${port}`).sort(), [...SERVERS].sort())
  assert.ok(controller !== null && clusterId !== null)
}

async function secure() {
  const { servers, ca, username, password } = SECURE
  const ssl = { ca: readFileSync(ca) }
  const as = (given) => {
    const sasl = { mechanism: 'plain', username, password: given }
    return new Kafka({ brokers: servers, ssl, sasl, logLevel: logLevel.NOTHING, retry: { retries: 2 } })
  }
  const [producer, securedAdmin] = [as(password).producer(), as(password).admin()]
  await Promise.all([producer.connect(), securedAdmin.connect()])
  await producer.send({ topic: 'secure', messages: messages(100) })
  assert.equal((await securedAdmin.fetchTopicOffsets('secure'))[0].high, '100')
  await Promise.all([producer.disconnect(), securedAdmin.disconnect()])
  await assert.rejects(as('wrong').admin().connect(), /Invalid username or password/)
}

await admin.connect()
await tell(version, {
  topics,
  partitions,
  acks,
  'codec-none': () => codec('none', CompressionTypes.None),
  'codec-gzip': () => codec('gzip', CompressionTypes.GZIP),
  records,
  large,
  seek,
  pause,
  group,
  commit,
  idempotent,
  'leader-failover': () => withKills(leaderFailover),
  'coordinator-failover': () => withKills(coordinatorFailover),
  groups,
  configs,
  'delete-records': deleteRecords,
  cluster,
  secure,
})
