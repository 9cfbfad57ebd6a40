/** What `startup.ts` times: a process that starts a cluster of so many brokers and reads one record. */
import { Cluster } from '../src/index.js'
import type { StartupTimes } from './startup.js'

const brokers = Number(process.argv[2] ?? 3)
const start = performance.now()
const cluster = await Cluster.start({ brokers })
const started = performance.now() - start
const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
const producer = cluster.producer({ acks: 1 })
const sent = producer.send({ topic: 'first', messages: [{ value: 'record' }] })
await consumer.subscribe({ topics: ['first'] })
const handled = new Promise<number>((resolve) => {
  consumer.run({ eachMessage: () => resolve(performance.now() - start) }).catch(() => {})
})
await sent
const times: StartupTimes = { started, firstRecord: await handled }
process.stdout.write(JSON.stringify(times))
await cluster.close()
