// Compiled under each resolver of TypeScript, in both formats, with all declarations checked.
import { Cluster, KafkaError, type Producer, SimulatedCluster } from 'odradek'
import { startKafka, type TestKafka } from 'odradek/testing'

export async function firstValue(): Promise<string | null | undefined> {
  const kafka: TestKafka = await startKafka({ brokers: 3 })
  const producer: Producer = kafka.cluster.producer()
  await producer.close()
  const [record] = await kafka.records('orders')
  await kafka.stop()
  return record?.value
}

export async function program(): Promise<number> {
  const cluster = await Cluster.start({ brokers: 3, 'log.segment.bytes': 1_048_576 })
  const producer: Producer = cluster.producer({ acks: 'all', 'linger.ms': 5 })
  try {
    await producer.send({ topic: 'orders', messages: [{ value: 'one tea' }] })
    // @ts-expect-error: the brokers are a number
    await SimulatedCluster.start({ brokers: 'three' })
    return 0
  } catch (error) {
    return error instanceof KafkaError ? error.code.length : 1
  } finally {
    await cluster.close()
  }
}
