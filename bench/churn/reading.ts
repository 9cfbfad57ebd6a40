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
  /**
   * Shared memory that the product holds: the most after one of the last twenty, since a log that is full has a segment
   * more or less.
   */
  readonly sharedMegabytes: number
}

const READINGS = 10
const TASKS = '/proc/self/task'

/** Shared memory at this moment, in bytes. */
export interface HeldMemory {
  /** What the product holds. */
  readonly bytes: number
  /** What the present connections and producers use of it. */
  readonly used: number
}

export async function heldNow(cluster: Cluster | null): Promise<HeldMemory> {
  if (cluster === null) return { bytes: PRODUCER_MEMORIES.bytes, used: 0 }
  const { connections, segments, producers, unused } = (await cluster.describe()).memory
  return { bytes: connections + segments + producers, used: connections + producers - unused }
}

/** `held`: bytes of shared memory after each of the last ones. */
export async function readingAt(count: number, held: readonly number[]): Promise<ChurnReading> {
  const resident: number[] = []
  for (let reading = 0; reading < READINGS; reading++) {
    globalThis.gc?.()
    // Collected memory is given back in later turns of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 20))
    resident.push(process.memoryUsage.rss() / 1e6)
  }
  resident.sort((a, b) => a - b)
  return {
    count,
    residentMegabytes: resident[READINGS / 2] as number,
    threads: existsSync(TASKS) ? readdirSync(TASKS).length : null,
    sharedMegabytes: Math.max(...held) / 1e6,
  }
}
