import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import CliTable3 from 'cli-table3'
import { Cluster } from '../src/index.js'
import { type Spread, spreadOf } from '../src/lab/measure/bench-result.js'
import { threeDigits } from '../src/lab/numbers.js'

/** Millions of acknowledged records a second, of producers on either thread. */
export interface AttachedFigure {
  readonly where: string
  readonly rate: Spread
}

export interface AttachedOptions {
  readonly records: number
  readonly recordBytes: number
  readonly repeats: number
  readonly onTurn: (where: string, repeat: number) => void
}

const TOPIC = 'orders'
/** In turns, so that whatever else the machine is at meets both of them. */
const PLACES = [
  ['in the thread that has started the cluster', rateHere],
  ['in a thread that has attached', rateInWorker],
] as const

export async function runAttached({ repeats, onTurn, ...load }: AttachedOptions): Promise<AttachedFigure[]> {
  const rates = PLACES.map((): number[] => [])
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [index, [where, rateOf]] of PLACES.entries()) {
      onTurn(where, repeat + 1)
      const cluster = await Cluster.start()
      await cluster.admin().createTopics({ topics: [{ topic: TOPIC }] })
      rates[index]?.push(await rateOf(cluster, load))
      await cluster.close()
    }
  }
  return PLACES.map(([where], index) => ({ where, rate: spreadOf(rates[index] as number[]) }))
}

export interface Load {
  readonly records: number
  readonly recordBytes: number
}

/** Millions of records a second, from the first `produce` until all are acknowledged, after as many to warm up. */
export async function rateHere(cluster: Pick<Cluster, 'producer'>, { records, recordBytes }: Load): Promise<number> {
  const producer = cluster.producer({ acks: 1, 'batch.size': 65_536, 'linger.ms': 5, 'buffer.memory': 67_108_864 })
  const value = Buffer.alloc(recordBytes, 'x')
  const move = async (): Promise<void> => {
    for (let left = records; left > 0; left--) {
      if (!producer.produce({ topic: TOPIC, value })) await producer.drained()
    }
    await producer.flush()
  }
  await move()
  const began = performance.now()
  await move()
  const rate = records / (performance.now() - began) / 1e3
  await producer.close()
  return rate
}

async function rateInWorker(cluster: Cluster, load: Load): Promise<number> {
  const handle = cluster.handle()
  const file = new URL('./attached-worker.js', import.meta.url)
  const worker = new Worker(file, { workerData: { handle, load }, transferList: handle.transfer, execArgv: [] })
  const [rate] = (await once(worker, 'message')) as [number]
  await once(worker, 'exit')
  return rate
}

export function attachedTable(figures: readonly AttachedFigure[]): string {
  const table = new CliTable3({
    head: ['a producer, M records/s', 'min', 'median', 'max'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const { where, rate } of figures)
    table.push([where, threeDigits(rate.min), threeDigits(rate.median), threeDigits(rate.max)])
  return table.toString()
}
