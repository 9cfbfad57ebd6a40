import { existsSync, readdirSync } from 'node:fs'
import { PRODUCER_MEMORIES } from '../../src/client/batches/producer-memory.js'
import type { Cluster } from '../../src/index.js'

/** The state of the process at one moment, when nothing is under way. Bytes are in megabytes, 10^6. */
export interface ChurnReading {
  /** The number of things that have come and gone. */
  readonly count: number
  /** Resident memory: the median of ten readings, each after a collection. */
  readonly residentMegabytes: number
  /** Threads of the operating system, V8's and Node's included; null if it does not say. */
  readonly threads: number | null
  /** Shared memory that the product holds. */
  readonly sharedMegabytes: number
}

const READINGS = 10
const TASKS = '/proc/self/task'

export async function readingAt(count: number, cluster: Cluster | null): Promise<ChurnReading> {
  const resident: number[] = []
  for (let reading = 0; reading < READINGS; reading++) {
    globalThis.gc?.()
    // Collected memory is given back in later turns of the event loop.
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
