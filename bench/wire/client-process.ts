/** What `node-clients.ts` times: a process that is a client of a server, and tells how long it took. */
import { percentileOf } from '../percentile.js'
import { type BenchedClient, kafkajsClient, platformaticClient } from './benched-clients.js'
import { type Clocks, clocksOf, timed } from './process-reading.js'
import { ReadingWatch } from './reading-watch.js'
import type { Server } from './servers.js'

export interface ClientTask {
  readonly task: 'produce' | 'consume' | 'latency'
  readonly client: 'kafkajs' | 'platformatic'
  readonly server: Pick<Server, 'address' | 'pid'>
  readonly topic: string
  /** Records that come before those which count. */
  readonly warmUp: number
  readonly records: number
}

/** `cpuMs` is that of the server. */
export interface ClientTimes extends Clocks {
  /** Milliseconds until a record was acknowledged; 0 where nobody waits for a single one. */
  readonly percentiles: { readonly p50: number; readonly p99: number }
}

const VALUE = Buffer.alloc(100, 'x')
const RECORDS_A_CALL = 1_000
const CALLS_AT_ONCE = 5

const task = JSON.parse(process.argv[2] ?? '{}') as ClientTask
const { client: name, topic, records, warmUp } = task
const client = name === 'kafkajs' ? kafkajsClient(task.server.address) : platformaticClient(task.server.address)
process.stdout.write(JSON.stringify((await run(client)) satisfies ClientTimes))

function run(client: BenchedClient): Promise<ClientTimes> {
  switch (task.task) {
    case 'produce':
      return produce(client)
    case 'consume':
      return consume(client)
    case 'latency':
      return latency(client)
  }
}

async function produce(client: BenchedClient): Promise<ClientTimes> {
  const producer = await client.producer(topic)
  const send = async (count: number): Promise<void> => {
    let left = count
    const sender = async (): Promise<void> => {
      while (left > 0) {
        const values = Array.from({ length: Math.min(RECORDS_A_CALL, left) }, () => VALUE)
        left -= values.length
        await producer.send(values, 1)
      }
    }
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, sender))
  }
  await send(warmUp)
  const times = await timed(task.server.pid, () => send(records))
  await producer.close()
  return { ...times, percentiles: { p50: 0, p99: 0 } }
}

async function consume(client: BenchedClient): Promise<ClientTimes> {
  const watch = new ReadingWatch(() => clocksOf(task.server.pid), { warmUp, records })
  const close = await client.consume(topic, (count) => watch.note(count))
  const times = await watch.times
  await close()
  return { ...times, percentiles: { p50: 0, p99: 0 } }
}

async function latency(client: BenchedClient): Promise<ClientTimes> {
  const producer = await client.producer(topic)
  const all = -1
  for (let sent = 0; sent < warmUp; sent++) await producer.send([VALUE], all)
  const waits: number[] = []
  const times = await timed(task.server.pid, async () => {
    for (let sent = 0; sent < records; sent++) {
      const start = performance.now()
      await producer.send([VALUE], all)
      waits.push(performance.now() - start)
    }
  })
  await producer.close()
  return { ...times, percentiles: { p50: percentileOf(waits, 50), p99: percentileOf(waits, 99) } }
}
