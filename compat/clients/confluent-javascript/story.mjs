// @confluentinc/kafka-javascript: librdkafka for Node, with KafkaJS's shape. See story.mjs for what a program says and
// asks.
import assert from 'node:assert'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ask, complete, messages, plainSteps, SERVERS, tell, until, withKills } from '../telling.mjs'

const require = createRequire(join(process.cwd(), 'package.json'))
const { KafkaJS, librdkafkaVersion } = require('@confluentinc/kafka-javascript')
const { version } = require('@confluentinc/kafka-javascript/package.json')
const logged =
  (level) =>
  (...said) =>
    process.stderr.write(
      `${level} ${said.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(' ')}\n`,
    )
const logger = {
  info: logged('INFO'),
  error: logged('ERROR'),
  warn: logged('WARN'),
  debug: () => {},
  namespace: () => logger,
  setLogLevel: () => {},
}
const kafka = new KafkaJS.Kafka({ kafkaJS: { brokers: SERVERS, logger } })
const admin = kafka.admin()

const create = (topic, numPartitions) =>
  admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 3 }] })

async function producing(work, options = {}, raw = {}) {
  const producer = kafka.producer({ kafkaJS: options, ...raw })
  await producer.connect()
  try {
    return await work(producer)
  } finally {
    await producer.disconnect()
  }
}

const write = (topic, count, options = {}) =>
  producing((producer) => producer.send({ topic, messages: messages(count) }), options)

/** A member of a group that notes what it reads. */
async function member(groupId, topic, options = {}, raw = {}) {
  const consumer = kafka.consumer({
    kafkaJS: { groupId, fromBeginning: true, heartbeatInterval: 500, ...options },
    ...raw,
  })
  const read = []
  await consumer.connect()
  await consumer.subscribe({ topic })
  await consumer.run({ eachMessage: async ({ partition, message }) => void read.push({ partition, ...message }) })
  return { consumer, read, mine: () => consumer.assignment().length }
}

const values = ({ read }) => read.map(({ value }) => String(value))
const reads = (one, count) =>
  until(
    () => `${count} records, there are ${new Set(values(one)).size}`,
    () => new Set(values(one)).size >= count,
  )

async function readsAll(topic, count) {
  const one = await member(`readers-of-${topic}`, topic)
  await reads(one, count)
  await one.consumer.disconnect()
  complete(values(one), count)
}

async function committed(name) {
  const [{ partitions }] = await admin.fetchOffsets({ groupId: name, topics: [name] })
  return partitions.reduce((sum, { offset }) => sum + Math.max(Number(offset), 0), 0)
}

async function topics() {
  await create('topics', 3)
  assert.ok((await admin.listTopics()).includes('topics'))
  const described = await admin.fetchTopicMetadata({ topics: ['topics'] })
  assert.equal((described.topics ?? described)[0].partitions.length, 3)
  await admin.deleteTopics({ topics: ['topics'] })
  assert.ok(!(await admin.listTopics()).includes('topics'))
}

const { acks, codec } = plainSteps({ create, write, readsAll })

async function large() {
  await create('large', 1)
  const value = 'x'.repeat(900_000)
  await producing(
    async (producer) => {
      await producer.send({ topic: 'large', messages: [{ value }] })
      await assert.rejects(producer.send({ topic: 'large', messages: [{ value: 'x'.repeat(2_000_000) }] }))
      await producer.send({ topic: 'large', messages: [{ value }] })
    },
    {},
    { 'message.max.bytes': 5_000_000 },
  )
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
  await write('seek', 100)
  const one = await member('seek', 'seek')
  await reads(one, 100)
  one.read.length = 0
  one.consumer.seek({ topic: 'seek', partition: 0, offset: '40' })
  await reads(one, 60)
  await one.consumer.disconnect()
  assert.equal(one.read[0].offset, '40')
  const [{ low, high }] = await admin.fetchTopicOffsets('seek')
  assert.deepEqual([low, high], ['0', '100'])
}

async function group(name, assigner) {
  await create(name, 4)
  await write(name, 400)
  const options = { partitionAssigners: [assigner] }
  const first = await member(name, name, options)
  await until(
    () => 'four partitions',
    () => first.mine() === 4,
  )
  const second = await member(name, name, options)
  await until(
    () => 'two partitions each',
    () => first.mine() === 2 && second.mine() === 2,
  )
  await producing((producer) => producer.send({ topic: name, messages: messages(800, 400) }))
  const both = {
    get read() {
      return [...first.read, ...second.read]
    },
  }
  await reads(both, 800)
  await second.consumer.disconnect()
  await until(
    () => 'four partitions again',
    () => first.mine() === 4,
  )
  await first.consumer.disconnect()
  assert.equal(await committed(name), 800)
}

async function commit() {
  await create('commit', 1)
  await write('commit', 100)
  const first = await member('commit', 'commit', { autoCommit: false })
  await reads(first, 100)
  await first.consumer.commitOffsets([{ topic: 'commit', partition: 0, offset: '20' }])
  await first.consumer.disconnect()
  assert.equal(await committed('commit'), 20)
  const second = await member('commit', 'commit')
  await reads(second, 80)
  await second.consumer.disconnect()
  assert.equal(second.read[0].offset, '20')
}

async function idempotent() {
  await create('idempotent', 2)
  await write('idempotent', 3000, { idempotent: true })
  await ask('check idempotent 3000')
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
    { idempotent: true },
  )
  await reads(one, 2000)
  await one.consumer.disconnect()
  await ask('check leader 2000')
}

async function coordinatorFailover() {
  await create('coordinator', 2)
  const one = await member('coordinator', 'coordinator', { autoCommitInterval: 100 })
  await write('coordinator', 500)
  await reads(one, 500)
  await ask('kill coordinator coordinator')
  await producing((producer) => producer.send({ topic: 'coordinator', messages: messages(1000, 500) }))
  await reads(one, 1000)
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
  await reads(one, 10)
  assert.ok((await admin.listGroups()).groups.some(({ groupId }) => groupId === 'groups'))
  const {
    groups: [described],
  } = await admin.describeGroups(['groups'])
  assert.equal(described.members.length, 1)
  assert.equal(described.members[0].clientHost, '/127.0.0.1')
  await one.consumer.disconnect()
  await admin.deleteGroups(['groups'])
  assert.ok(!(await admin.listGroups()).groups.some(({ groupId }) => groupId === 'groups'))
}

async function deleteRecords() {
  await create('delete-records', 1)
  await write('delete-records', 100)
  await admin.deleteTopicRecords({ topic: 'delete-records', partitions: [{ partition: 0, offset: '40' }] })
  const [{ low }] = await admin.fetchTopicOffsets('delete-records')
  assert.equal(low, '40')
}

await admin.connect()
const { PartitionAssigners } = KafkaJS
await tell(`${version} (librdkafka ${librdkafkaVersion})`, {
  topics,
  acks,
  'codec-none': () => codec('none'),
  'codec-gzip': () => codec('gzip'),
  'codec-snappy': () => codec('snappy'),
  'codec-lz4': () => codec('lz4'),
  'codec-zstd': () => codec('zstd'),
  large,
  seek,
  group: () => group('group', PartitionAssigners.range),
  cooperative: () => group('cooperative', PartitionAssigners.cooperativeSticky),
  commit,
  idempotent,
  'leader-failover': () => withKills(leaderFailover),
  'coordinator-failover': () => withKills(coordinatorFailover),
  groups,
  'delete-records': deleteRecords,
})
