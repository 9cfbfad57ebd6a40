import { existsSync, readdirSync } from 'node:fs'
import { PRODUCER_MEMORIES } from '../../src/client/batches/producer-memory.js'
import type { Cluster } from '../../src/index.js'

/** What the process is at one moment, when nothing is under way. Bytes are in megabytes, 10^6. */
export interface ChurnReading {
  /** How many have come and gone. */
  readonly count: number
  /** Median of ten readings, each after a collection. */
  readonly residentMegabytes: number
  /** Of the operating system, V8's and Node's included; null: it does not say. */
  readonly threads: number | null
  /** What the product holds. */
  readonly sharedMegabytes: number
}

const READINGS = 10
const TASKS = '/proc/self/task'

export async function readingAt(count: number, cluster: Cluster | null): Promise<ChurnReading> {
  const resident: number[] = []
  for (let reading = 0; reading < READINGS; reading++) {
    globalThis.gc?.()
    // What was collected is given back in later turns of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 20))
    resident.push(process.memoryUsage.rss() / 1e6)
  }
  resident.sort((a, b) => a - b)
  const kept = (await cluster?.describe())?.memory ?? {
    connections: 0,
    segments: 0,
    producers: PRODUCER_MEMORIES.bytes,
  }
  return {
    count,
    residentMegabytes: resident[READINGS / 2] as number,
    threads: existsSync(TASKS) ? readdirSync(TASKS).length : null,
    sharedMegabytes: (kept.connections + kept.segments + kept.producers) / 1e6,
  }
}
