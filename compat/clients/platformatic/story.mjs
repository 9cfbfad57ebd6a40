// @platformatic/kafka, 1.x and 2.x. See story.mjs for what a program says and asks.
import assert from 'node:assert'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import {
  ask,
  complete,
  deferred,
  messages,
  plainSteps,
  SECURE,
  SERVERS,
  skip,
  tell,
  until,
  withKills,
} from '../telling.mjs'

/** The package of the project in which the story is told. */
const main = createRequire(join(process.cwd(), 'package.json')).resolve('@platformatic/kafka')
const { Admin, Consumer, ProduceAcks, Producer, compressionsAlgorithms, stringDeserializers, stringSerializers } =
  await import(pathToFileURL(main).href)
const { version } = createRequire(main)(join(dirname(main), '..', 'package.json'))
const base = { clientId: 'platformatic', bootstrapBrokers: SERVERS, retries: 20, retryDelay: 250 }
const admin = new Admin(base)

const create = (topic, partitions) => admin.createTopics({ topics: [topic], partitions, replicas: 3 })

async function producing(work, options = {}) {
  const producer = new Producer({ ...base, serializers: stringSerializers, ...options })
  try {
    return await work(producer)
  } finally {
    await producer.close()
  }
}

const on = (topic, records) => records.map((record) => ({ topic, ...record }))
/** This client's default is acks=1: the high watermark may come later then, and a leader's death may lose records. */
const send = (producer, given) => producer.send({ acks: ProduceAcks.ALL, ...given })
const write = (topic, count, rest = {}) =>
  producing((producer) => send(producer, { messages: on(topic, messages(count)), ...rest }))

/** A member of a group that notes what it reads. */
async function member(groupId, topic, options = {}, stream = {}) {
  const consumer = new Consumer({
    ...base,
    groupId,
    deserializers: stringDeserializers,
    maxWaitTime: 100,
    heartbeatInterval: 500,
    ...options,
  })
  const noted = { consumer, read: [], errors: [], mine: () => partitionsOf(consumer, topic) }
  consumer.on('consumer:heartbeat:error', ({ error }) => process.stderr.write(`WARN heartbeat: ${error.message}\n`))
  noted.stream = await consumer.consume({ topics: [topic], mode: 'committed', fallbackMode: 'earliest', ...stream })
  noted.stream.on('data', (message) => noted.read.push(message))
  noted.stream.on('error', (error) => {
    process.stderr.write(`ERROR stream: ${inspect(error, { depth: 5 })}\n`)
    noted.errors.push(error)
  })
  return noted
}

/**
 * A member that is made again when it has failed, and reads all again then: this client commits what lies in its stream,
 * which is lost with the stream. This client asks a broker that is dead for as long as it retries, and
 * 1.x throws where nobody catches it when its coordinator is not among the brokers any more.
 */
async function keptMember(groupId, topic) {
  const kept = { read: [], errors: [], times: 0 }
  let isOver = false
  let current = null
  let fail = () => {}
  const uncaught = (error) => {
    process.stderr.write(`WARN uncaught: ${inspect(error)}\n`)
    fail()
  }
  process.on('uncaughtException', uncaught)
  const run = async () => {
    while (!isOver) {
      const failed = deferred()
      fail = failed.resolve
      kept.times += 1
      try {
        current = await member(
          groupId,
          topic,
          { retries: 3, sessionTimeout: 6_000, timeout: 30_000 },
          { mode: 'earliest' },
        )
        current.stream.on('data', (message) => kept.read.push(message))
        current.stream.on('error', () => failed.resolve())
        await failed.promise
      } catch (error) {
        process.stderr.write(`WARN made again: ${inspect(error)}\n`)
      }
      await current?.consumer.close(true).catch(() => {})
    }
    process.off('uncaughtException', uncaught)
  }
  const running = run()
  kept.close = () => {
    isOver = true
    fail()
    return running
  }
  return kept
}

/** Sends, and asks again for metadata where the leader was not there. */
async function sendAnyway(producer, given) {
  for (;;) {
    try {
      return await send(producer, given)
    } catch (error) {
      if (!error.findBy?.('canRetry', true)) throw error
      process.stderr.write(`WARN sent again: ${error.message}\n`)
      producer.clearMetadata()
    }
  }
}

const partitionsOf = ({ assignments }, topic) =>
  (assignments ?? []).filter((one) => one.topic === topic).flatMap(({ partitions }) => partitions)

const leave = ({ consumer }) => consumer.close(true)
const values = ({ read }) => read.map(({ value }) => value)
const reads = (one, count) =>
  until(
    () => `${count} records, there are ${new Set(values(one)).size}`,
    () => one.errors.length > 0 || new Set(values(one)).size >= count,
  ).then(() => assert.deepEqual(one.errors, []))

async function readsAll(topic, count) {
  const one = await member(`readers-of-${topic}`, topic)
  await reads(one, count)
  await leave(one)
  complete(values(one), count)
}

const described = async (topic) => {
  const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true })
  return topics.get(topic).partitions
}

async function topics() {
  await create('topics', 3)
  assert.ok((await admin.listTopics()).includes('topics'))
  assert.equal((await described('topics')).length, 3)
  assert.equal((await described('topics'))[0].isr.length, 3)
  await assert.rejects(create('topics', 3))
  await admin.deleteTopics({ topics: ['topics'] })
  assert.ok(!(await admin.listTopics()).includes('topics'))
}

async function partitions() {
  await create('partitions', 3)
  await admin.createPartitions({ topics: [{ name: 'partitions', count: 5, assignments: null }] })
  assert.equal((await described('partitions')).length, 5)
}

const { acks, writesCodec, readsCodec } = plainSteps({ create, write, readsAll })

async function codec(name) {
  if (!compressionsAlgorithms[name].available) skip(`not on Node ${process.versions.node}`)
  await writesCodec(name)
  if (name === 'snappy' && version.startsWith('1.'))
    skip("writes it, and cannot read it in the framing of Kafka's own client")
  await readsCodec(name)
}

async function records() {
  await create('records-of-odradek', 1)
  await ask('write-records records-of-odradek')
  const one = await member('records', 'records-of-odradek', { deserializers: undefined })
  await until(
    () => 'three records',
    () => one.read.length >= 3,
  )
  await leave(one)
  const text = (bytes) => (bytes === null || bytes === undefined ? null : String(bytes))
  const told = one.read.map(({ timestamp, key, value, headers }) => [
    Number(timestamp),
    text(key),
    text(value),
    [...headers].map(([name, given]) => [text(name), text(given)]),
  ])
  assert.deepEqual(told, [
    [1600000000000, 'a tombstone', null, []],
    [
      1600000001000,
      null,
      'no key',
      [
        ['name', 'one'],
        ['name', 'two'],
        ['empty', ''],
      ],
    ],
    [1600000002000, 'é', 'ü', [['null', null]]],
  ])
}

async function large() {
  await create('large', 1)
  const value = 'x'.repeat(900_000)
  await producing(async (producer) => {
    await send(producer, { messages: [{ topic: 'large', value }] })
    await assert.rejects(send(producer, { messages: [{ topic: 'large', value: 'x'.repeat(2_000_000) }] }))
    await send(producer, { messages: [{ topic: 'large', value }] })
  })
  const one = await member('large', 'large')
  await until(
    () => 'two records',
    () => one.read.length >= 2,
  )
  await leave(one)
  for (const record of one.read) assert.equal(record.value, value)
}

async function seek() {
  await create('seek', 1)
  const stamped = messages(100).map((message, index) => ({
    ...message,
    partition: 0,
    timestamp: BigInt(1_700_000_000_000 + index * 1000),
  }))
  await producing((producer) => send(producer, { messages: on('seek', stamped) }))
  const from = async (stream, count) => {
    const one = await member(`seek-from-${stream.mode}`, 'seek', {}, stream)
    await reads(one, count)
    await leave(one)
    return Number(one.read[0].offset)
  }
  assert.equal(await from({ mode: 'earliest' }, 100), 0)
  const consumer = new Consumer({ ...base, groupId: 'seekers' })
  const ends = await consumer.listOffsets({ topics: ['seek'] })
  assert.deepEqual(ends.get('seek'), [100n])
  const at = await consumer.listOffsetsWithTimestamps({ topics: ['seek'], timestamp: 1_700_000_025_500n })
  assert.equal(at.get('seek').get(0).offset, 26n)
  await consumer.close()
  const one = await member(
    'seek-by-hand',
    'seek',
    {},
    {
      mode: 'manual',
      offsets: [{ topic: 'seek', partition: 0, offset: 40n }],
    },
  )
  await reads(one, 60)
  await leave(one)
  assert.equal(Number(one.read[0].offset), 40)
}

async function pause() {
  await create('pause', 1)
  await write('pause', 100)
  const one = await member('pause', 'pause')
  await reads(one, 100)
  one.stream.pause()
  await producing((producer) => send(producer, { messages: on('pause', messages(200, 100)) }))
  const fetched = deferred()
  one.stream.once('fetch', () => fetched.resolve())
  assert.equal(one.read.length, 100)
  one.stream.resume()
  await reads(one, 200)
  await leave(one)
}

async function committed(groupId, topic) {
  const [{ topics }] = await admin.listConsumerGroupOffsets({ groups: [groupId] })
  const partitions = topics.find(({ name }) => name === topic)?.partitions ?? []
  return partitions.reduce((sum, { committedOffset }) => sum + Number(committedOffset), 0)
}

async function group() {
  await create('group', 4)
  await write('group', 400)
  const first = await member('group', 'group')
  await until(
    () => 'four partitions',
    () => first.mine().length === 4,
  )
  const second = await member('group', 'group')
  await until(
    () => 'two partitions each',
    () => first.mine().length === 2 && second.mine().length === 2,
  )
  await producing((producer) => send(producer, { messages: on('group', messages(800, 400)) }))
  const both = {
    errors: [],
    get read() {
      return [...first.read, ...second.read]
    },
  }
  await reads(both, 800)
  await leave(second)
  await until(
    () => 'four partitions again',
    () => first.mine().length === 4,
  )
  await until(
    () => 'all to be committed',
    async () => (await committed('group', 'group')) === 800,
  )
  await leave(first)
  assert.deepEqual([...first.errors, ...second.errors], [])
}

async function commit() {
  await create('commit', 1)
  await write('commit', 100)
  const first = await member('commit', 'commit', { autocommit: false })
  await reads(first, 100)
  await first.consumer.commit({ offsets: [{ topic: 'commit', partition: 0, offset: 20n, leaderEpoch: 0 }] })
  await leave(first)
  assert.equal(await committed('commit', 'commit'), 20)
  const second = await member('commit', 'commit')
  await reads(second, 80)
  assert.equal(Number(second.read[0].offset), 20)
  await leave(second)
}

async function idempotent() {
  await create('idempotent', 2)
  await producing(
    async (producer) => {
      for (let from = 0; from < 1000; from += 50)
        await send(producer, { messages: on('idempotent', messages(from + 50, from)) })
    },
    { idempotent: true },
  )
  await ask('check idempotent 1000')
}

async function leaderFailover() {
  await create('leader', 1)
  const one = await keptMember('leader', 'leader')
  await producing(
    async (producer) => {
      for (let from = 0; from < 2000; from += 20) {
        if (from === 600) await ask('kill leader leader')
        await sendAnyway(producer, { messages: on('leader', messages(from + 20, from)) })
      }
    },
    { retries: 2 },
  )
  await reads(one, 2000)
  await one.close()
  await ask('check-some leader 2000')
}

async function coordinatorFailover() {
  await create('coordinator', 2)
  const one = await keptMember('coordinator', 'coordinator')
  await write('coordinator', 500)
  await reads(one, 500)
  await ask('kill coordinator coordinator')
  await producing((producer) => sendAnyway(producer, { messages: on('coordinator', messages(1000, 500)) }), {
    retries: 2,
  })
  await reads(one, 1000)
  await until(
    () => 'all to be committed',
    async () => (await committed('coordinator', 'coordinator')) === 1000,
  )
  await one.close()
}

async function groups() {
  await create('groups', 2)
  await write('groups', 10)
  const one = await member('groups', 'groups')
  await reads(one, 10)
  assert.ok((await admin.listGroups()).has('groups'))
  const found = (await admin.describeGroups({ groups: ['groups'] })).get('groups')
  // 1.x: STABLE.
  assert.equal(found.state.toUpperCase(), 'STABLE')
  assert.deepEqual(
    [...found.members.values()].map(({ clientId, clientHost }) => [clientId, clientHost]),
    [['platformatic', '/127.0.0.1']],
  )
  await leave(one)
  await admin.alterConsumerGroupOffsets({
    groupId: 'groups',
    topics: [{ name: 'groups', partitionOffsets: [{ partition: 0, offset: 1n }] }],
  })
  await admin.deleteConsumerGroupOffsets({ groupId: 'groups', topics: [{ name: 'groups', partitionIndexes: [1] }] })
  assert.equal(await committed('groups', 'groups'), 1)
  await admin.deleteGroups({ groups: ['groups'] })
  assert.ok(!(await admin.listGroups()).has('groups'))
}

async function configs() {
  await create('configs', 1)
  const resource = { resourceType: 2, resourceName: 'configs' }
  const policy = async () => {
    const [{ configs: found }] = await admin.describeConfigs({
      resources: [{ ...resource, configurationKeys: ['cleanup.policy'] }],
    })
    return found[0].value
  }
  assert.equal(await policy(), 'delete')
  const change = { name: 'cleanup.policy', configOperation: 0, value: 'compact' }
  await admin.incrementalAlterConfigs({ resources: [{ ...resource, configs: [change] }] })
  assert.equal(await policy(), 'compact')
}

async function deleteRecords() {
  await create('delete-records', 1)
  await write('delete-records', 100)
  const [{ partitions }] = await admin.deleteRecords({
    topics: [{ name: 'delete-records', partitions: [{ partition: 0, offset: 40n }] }],
  })
  assert.equal(partitions[0].lowWatermark, 40n)
  const one = await member('delete-records', 'delete-records')
  await reads(one, 60)
  await leave(one)
  assert.equal(Number(one.read[0].offset), 40)
}

async function cluster() {
  const { brokers, controllerId, id } = await admin.metadata({ topics: [] })
  assert.deepEqual([...brokers.values()].map(({ host, port }) => `${host}:${port}`).sort(), [...SERVERS].sort())
  assert.ok(controllerId > 0 && id !== '')
}

async function secure() {
  const { servers, ca, username, password } = SECURE
  const as = (given) => ({
    ...base,
    retries: 2,
    bootstrapBrokers: servers,
    tls: { ca: readFileSync(ca) },
    sasl: { mechanism: 'PLAIN', username, password: given },
  })
  const producer = new Producer({ ...as(password), serializers: stringSerializers, autocreateTopics: true })
  const { offsets } = await send(producer, { messages: on('secure', messages(100)) })
  await producer.close()
  assert.equal(offsets.length, 1)
  const stranger = new Admin(as('wrong'))
  const refusal = await stranger.metadata({ topics: [] }).catch((error) => error)
  assert.match(inspect(refusal, { depth: 9 }), /PLT_KFK_AUTHENTICATION/)
  await stranger.close()
}

await tell(version, {
  topics,
  partitions,
  acks,
  'codec-none': () => codec('none'),
  'codec-gzip': () => codec('gzip'),
  'codec-snappy': () => codec('snappy'),
  'codec-lz4': () => codec('lz4'),
  'codec-zstd': () => codec('zstd'),
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
