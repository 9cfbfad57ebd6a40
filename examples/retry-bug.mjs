// A service sends payments with KafkaJS. Once, the answer of the broker is lost: the payment is in the topic, but the
// service cannot know that, and sends it again. The test of that bug takes five lines: lose an answer, let the service
// send, and count. An idempotent producer does not have it.
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { Cluster } from 'odradek'

const cluster = await Cluster.start({ brokers: 3, listen: { port: 0 } })
const kafka = new Kafka({
  clientId: 'payments-service',
  brokers: cluster.bootstrapServers.split(','),
  requestTimeout: 500, // so long the service waits for an answer
  logLevel: logLevel.NOTHING,
})
try {
  await survivesALostAnswer('payments', {})
  await survivesALostAnswer('payments-once', { idempotent: true, maxInFlightRequests: 1 })
  await survivesABrokerThatIsCutOff()
} finally {
  await cluster.close()
}

/** The service under test. */
async function pay(topic, options) {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...options })
  await producer.connect()
  await producer.send({ topic, messages: [{ key: 'invoice 17', value: '100 crowns' }] })
  await producer.disconnect()
}

async function survivesALostAnswer(topic, options) {
  await createTopic(topic)
  const from = { clientId: 'payments-service' }
  const fault = await cluster.faults.add({ api: 'Produce', action: 'dropResponse', once: true, from })
  await pay(topic, options)
  console.log(`${fault.count} answer was lost, and ${topic} has ${await recordsIn(topic)} of 1 payment`)
  await fault.remove()
}

/** The other way round: nothing is lost, but nothing gets through for a while. */
async function survivesABrokerThatIsCutOff() {
  await createTopic('payments-late')
  const { topics } = await cluster.describe()
  const partitions = topics.flatMap((topic) => (topic.name === 'payments-late' ? topic.partitions : []))
  const [leader = 0] = partitions.map((partition) => partition.leader)
  await cluster.cutLink({ clientId: 'payments-service' }, leader)
  const paid = pay('payments-late', { idempotent: true, maxInFlightRequests: 1 })
  await cluster.killBroker(leader) // another broker leads from now on, and can be reached
  await paid
  console.log(`the leader was cut off, and payments-late has ${await recordsIn('payments-late')} of 1 payment`)
}

async function createTopic(topic) {
  await cluster.admin().createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 3 }] })
}

async function recordsIn(topic) {
  const admin = kafka.admin()
  await admin.connect()
  const offsets = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  return offsets.reduce((sum, { high }) => sum + Number(high), 0)
}
