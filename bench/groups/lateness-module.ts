import type { BatchHandler } from '../../src/index.js'

export interface LatenessOptions {
  /** For each partition the longest lateness in microseconds. */
  readonly shared: SharedArrayBuffer
}

/** Milliseconds that all threads count alike. */
const now = (): number => performance.timeOrigin + performance.now()

/** A handler that notes how late records are. */
export default function makeHandler({ shared }: LatenessOptions): BatchHandler {
  const longest = new Int32Array(shared)
  return {
    eachBatch: ({ batch }) => {
      const { partition } = batch
      batch.forEach(({ value }) => {
        const micros = Math.ceil((now() - (value?.readDoubleBE(0) ?? 0)) * 1_000)
        if (micros > Atomics.load(longest, partition)) Atomics.store(longest, partition, micros)
      })
    },
  }
}

/** What the handlers of all members share, and what is read of it. */
export function sharedLateness(partitions: number): {
  readonly options: LatenessOptions
  /** A value that says when it was sent. */
  stamp(): Buffer
  begin(): void
  /** Milliseconds, since `begin`. */
  of(partition: number): number
} {
  const shared = new SharedArrayBuffer(partitions * 4)
  const longest = new Int32Array(shared)
  return {
    options: { shared },
    stamp() {
      const value = Buffer.alloc(8)
      value.writeDoubleBE(now())
      return value
    },
    begin: () => void longest.fill(0),
    of: (partition) => Atomics.load(longest, partition) / 1_000,
  }
}
