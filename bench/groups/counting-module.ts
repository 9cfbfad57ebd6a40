import type { BatchHandler } from '../../src/index.js'

export interface CountOptions {
  readonly shared: SharedArrayBuffer
  readonly records: number
}

/** What reading everything has taken, from the first record to the last. */
export interface ReadingTime {
  readonly ms: number
  /** Milliseconds of all threads of the process. */
  readonly cpuMs: number
}

/** The words: microseconds, and those of all threads; 0: not all records were seen. */
const [MICROS, CPU_MICROS, WORDS] = [0, 1, 2]

/** Counts records down, and takes the time. */
export class Watch {
  readonly #records: number
  #left: number
  #began = 0
  #cpu = process.cpuUsage()

  constructor(records: number) {
    this.#records = records
    this.#left = records
  }

  /** The time, once all records were noted; null before. */
  note(records: number): ReadingTime | null {
    if (this.#left === this.#records) {
      this.#began = performance.now()
      this.#cpu = process.cpuUsage()
    }
    this.#left -= records
    if (this.#left > 0) return null
    const { user, system } = process.cpuUsage(this.#cpu)
    return { ms: performance.now() - this.#began, cpuMs: (user + system) / 1_000 }
  }
}

/** A handler that says what so many records have taken. */
export default function makeHandler({ shared, records }: CountOptions): BatchHandler {
  const words = new Int32Array(shared)
  const watch = new Watch(records)
  return {
    eachBatch: ({ batch }) => {
      let count = 0
      batch.forEach(() => {
        count += 1
      })
      const time = watch.note(count)
      if (time === null) return
      Atomics.store(words, CPU_MICROS, Math.ceil(time.cpuMs * 1_000))
      Atomics.store(words, MICROS, Math.ceil(time.ms * 1_000))
      Atomics.notify(words, MICROS)
    },
  }
}

/** What the handler is given, and the time that comes back. */
export function sharedCount(records: number): { readonly options: CountOptions; time(): Promise<ReadingTime> } {
  const shared = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)
  const words = new Int32Array(shared)
  const ms = (word: number): number => Atomics.load(words, word) / 1_000
  return {
    options: { shared, records },
    async time() {
      await Atomics.waitAsync(words, MICROS, 0).value
      return { ms: ms(MICROS), cpuMs: ms(CPU_MICROS) }
    },
  }
}
