// A tour through the library as its users call it: every check runs this one. `odradek` is what was required or imported;
// TOUR_FOLDER, where this file lies, because a bundle lies elsewhere.
const assert = require('node:assert')
const { mkdtempSync, rmSync } = require('node:fs')
const { createRequire, isBuiltin } = require('node:module')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')

const RECORDS = 1_000
const TOPIC = 'orders'
const values = Array.from({ length: RECORDS }, (_, index) => `order ${index}`)
const sorted = (texts) => [...texts].sort((a, b) => Number(a.split(' ')[1]) - Number(b.split(' ')[1]))

exports.onThreads = async (odradek) => {
  const cluster = await odradek.Cluster.start({ brokers: 3 })
  try {
    const replicated = { topic: TOPIC, numPartitions: 3, replicationFactor: 3, configs: { 'min.insync.replicas': 2 } }
    await cluster.admin().createTopics({ topics: [replicated] })
    const producer = cluster.producer({ acks: 'all', 'compression.type': 'gzip' })
    await producer.send({ topic: TOPIC, messages: values.map((value, index) => ({ key: `${index % 10}`, value })) })
    await cluster.killBroker(1)
    for (const read of [iterated, polled, handled, handledByModule])
      assert.deepStrictEqual(sorted(await read(cluster)), values, read.name)
  } finally {
    await cluster.close()
  }
}

const consumerOf = async (cluster) => {
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
  await consumer.subscribe({ topics: [TOPIC] })
  return consumer
}

async function iterated(cluster) {
  const texts = []
  for await (const { value } of await consumerOf(cluster)) if (texts.push(String(value)) === RECORDS) break
  return texts
}

async function polled(cluster) {
  const [consumer, texts] = [await consumerOf(cluster), []]
  while (texts.length < RECORDS) for (const { value } of (await consumer.poll(1_000)) ?? []) texts.push(String(value))
  await consumer.close()
  return texts
}

async function handled(cluster) {
  const [consumer, texts] = [await consumerOf(cluster), []]
  await new Promise((resolve, reject) => {
    const eachMessage = ({ message }) => {
      if (texts.push(String(message.value)) === RECORDS) resolve()
    }
    consumer.run({ eachMessage }).catch(reject)
    consumer.stopped.catch(reject)
  })
  await consumer.close()
  return texts
}

/** The handler runs in a thread of its own and counts in shared memory. */
async function handledByModule(cluster) {
  const consumer = await consumerOf(cluster)
  const count = new Int32Array(new SharedArrayBuffer(4))
  const module = pathToFileURL(join(process.env.TOUR_FOLDER, 'handler.cjs'))
  await consumer.run({ module, options: { count: count.buffer } })
  const failed = consumer.stopped.then(() => assert.fail('the consumer has stopped'))
  while (Atomics.load(count, 0) < RECORDS)
    await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 5))])
  failed.catch(() => {})
  await consumer.close()
  return values
}

exports.errors = async (odradek) => {
  const { Cluster, ConfigError, KafkaError, RecordTooLargeError } = odradek
  const cluster = await Cluster.start()
  try {
    await cluster.admin().createTopics({ topics: [{ topic: TOPIC }] })
    const tooLarge = [{ value: 'x'.repeat(2_000) }]
    const producer = cluster.producer({ 'max.request.size': 1_000 })
    const error = await producer.send({ topic: TOPIC, messages: tooLarge }).catch((thrown) => thrown)
    assert.ok(
      error instanceof RecordTooLargeError && error instanceof KafkaError && error instanceof Error,
      String(error),
    )
    assert.throws(() => cluster.producer({ acks: 7 }), ConfigError)
  } finally {
    await cluster.close()
  }
}

exports.deadLetters = async (odradek) => {
  const folder = mkdtempSync(join(tmpdir(), 'odradek-tour-'))
  const cluster = await odradek.Cluster.start()
  try {
    await cluster.admin().createTopics({ topics: [{ topic: TOPIC }] })
    const table = () => odradek.deadLetterTable(join(folder, 'letters.db'))
    const sinks = [odradek.deadLetterFile(join(folder, 'letters.ndjson')), ...(hasSqlite() ? [table()] : [])]
    if (!hasSqlite()) assert.throws(table, /npm install libsql/)
    for (const deadLetters of sinks) {
      const producer = cluster.producer({ 'max.request.size': 1_000 }, { deadLetters })
      await assert.rejects(producer.send({ topic: TOPIC, messages: [{ value: 'y'.repeat(2_000) }] }))
      const { sent, failed } = await cluster.producer().replayDeadLetters(deadLetters)
      assert.deepStrictEqual({ sent, failed }, { sent: 1, failed: 0 })
      await producer.close()
      await deadLetters.close()
    }
  } finally {
    await cluster.close()
    rmSync(folder, { recursive: true })
  }
}

function hasSqlite() {
  // So that no bundler follows it.
  const requireLater = createRequire(join(process.env.TOUR_FOLDER, 'tour.cjs'))
  try {
    requireLater(isBuiltin('node:sqlite') ? 'node:sqlite' : 'libsql')
    return true
  } catch {
    return false
  }
}

exports.simulated = async (odradek) => {
  const digests = []
  for (let times = 0; times < 2; times++) {
    const cluster = await odradek.SimulatedCluster.start({ brokers: 3, seed: 7 })
    await cluster.run(cluster.admin().createTopics({ topics: [{ topic: TOPIC, replicationFactor: 3 }] }))
    const producer = cluster.producer({ acks: 'all' })
    const sending = producer.send({ topic: TOPIC, messages: values.map((value) => ({ value })) })
    await cluster.run(cluster.killBroker(1))
    await cluster.run(sending)
    assert.deepStrictEqual(sorted(await cluster.run(iterated(cluster))), values)
    digests.push(cluster.trace.digest)
    await cluster.close()
  }
  assert.strictEqual(digests[0], digests[1])
}
