// A group that grows from one consumer to four, and shrinks to one again. Each step prints who reads what, and how far
// behind: the lag of a partition is its end offset less the position of its reader. With cooperative-sticky a consumer
// keeps what it has as far as it may, so nobody stops who loses nothing.
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from 'odradek'

const [PARTITIONS, PER_STEP] = [8, 200]
const cluster = await Cluster.start()
const group = [] // { name, consumer }
const read = new Map() // partition@offset -> how often it was read
let [started, sent] = [0, 0]
try {
  await cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions: PARTITIONS }] })
  const producer = cluster.producer({ acks: 'all' })

  for (const size of [1, 2, 3, 4, 3, 2, 1]) {
    while (group.length < size) group.push(await startConsumer())
    for (const { consumer } of group.splice(0, group.length - size)) await consumer.close() // commits, and leaves
    await until(isShared)

    const messages = Array.from({ length: PER_STEP }, () => ({ partition: sent++ % PARTITIONS, value: 'one tea' }))
    await producer.send({ topic: 'orders', messages })
    console.log(`\n${size} of 4 consumers`)
    await until(() => group.every(({ consumer }) => consumer.assignment.every((p) => consumer.position(p) >= 0)))
    await printLag()
    await until(isCommitted)
  }
  await group[0].consumer.close()
  const repeated = [...read.values()].filter((times) => times > 1).length
  console.log(`\n${read.size} of ${sent} records were read, ${repeated} of them more than once`)
} finally {
  await cluster.close()
}

async function startConsumer() {
  const name = `consumer-${++started}`
  const consumer = cluster.consumer({
    'group.id': 'kitchen',
    'auto.offset.reset': 'earliest',
    'partition.assignment.strategy': 'cooperative-sticky',
    'auto.commit.interval.ms': 50,
    'heartbeat.interval.ms': 100, // a member hears with its next heartbeat that others came or went; Kafka's default: 3 s
  })
  await consumer.subscribe({ topics: ['orders'] })
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      await sleep(1) // makes tea
      const place = `${partition}@${message.offset}`
      read.set(place, (read.get(place) ?? 0) + 1)
    },
  })
  return { name, consumer }
}

/** Whether each partition has a reader, and no consumer has two partitions more than another. */
function isShared() {
  const counts = group.map(({ consumer }) => consumer.assignment.length)
  const all = new Set(group.flatMap(({ consumer }) => consumer.assignment.map((p) => p.partition)))
  return all.size === PARTITIONS && Math.max(...counts) - Math.min(...counts) <= 1
}

/** Whether all is committed. Whoever is closed in the middle of a record leaves it to the others, who read it again. */
async function isCommitted() {
  const offsets = await Promise.all(group.map(({ consumer }) => consumer.committed(consumer.assignment)))
  return offsets.flat().reduce((sum, committed) => sum + (committed?.offset ?? 0), 0) === sent
}

async function printLag() {
  const ends = Object.fromEntries((await cluster.admin().fetchTopicOffsets('orders')).map((p) => [p.partition, p.high]))
  for (const { name, consumer } of group) {
    const places = consumer.assignment.toSorted((one, other) => one.partition - other.partition)
    const lags = places.map((place) => ends[place.partition] - consumer.position(place))
    console.log(`${name} reads ${places.map((p) => p.partition).join(' ')} and is ${lags.join(' ')} records behind`)
  }
}

async function until(isTrue) {
  while (!(await isTrue())) await sleep(5)
}
