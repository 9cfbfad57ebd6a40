/** What `kit.ts` times: a process that starts a Kafka for tests, and reads one record by a group of KafkaJS's. */
import { Kafka, logLevel } from 'kafkajs'
import { startKafka } from '../src/testing.js'
import type { KitTimes } from './kit.js'

const before = process.cpuUsage()
const start = performance.now()
const kafka = await startKafka({ brokers: Number(process.argv[2] ?? 3) })
const started = performance.now() - start
const client = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING })
const [producer, consumer] = [client.producer(), client.consumer({ groupId: 'first', maxWaitTimeInMs: 100 })]
await producer.connect()
await producer.send({ topic: 'first', messages: [{ value: 'record' }] })
await consumer.connect()
await consumer.subscribe({ topic: 'first', fromBeginning: true })
const firstRecord = await new Promise<number>((resolve) => {
  consumer.run({ eachMessage: async () => resolve(performance.now() - start) }).catch(() => {})
})
const { user, system } = process.cpuUsage(before)
const cpu = (user + system) / 1e3
process.stdout.write(JSON.stringify({ started, firstRecord, cpu } satisfies KitTimes))
await Promise.all([consumer.disconnect(), producer.disconnect()])
await kafka.stop()
