import type { ConsumerOptions } from '../../../base/config/consumer-options.js'
import type { ErrorCode } from '../../../base/error-code.js'
import { align8, Memory } from '../../../base/memory.js'
import { BatchReader, CorruptRecordError } from '../../../record/batch-reader.js'
import { decompressedRecords, errorOfUnopened, writeDecompressed } from '../../../record/compressed-batch.js'
import { BATCH_OVERHEAD, COMPRESSION_MASK } from '../../../record/layout.js'
import { attributes, batchBytes, isCrcValid } from '../../../record/record-batch.js'
import type { FetchedSlice } from './fetched-slice.js'

/** The smallest memory that is kept for slices. */
const MEMORY_BYTES_MIN = 65_536

/** The options of a decompressor. A slice may be larger than they say: its first batch is always there. */
export type DecompressorOptions = Pick<
  ConsumerOptions,
  'check.crcs' | 'odradek.decompressed.bytes.max' | 'max.partition.fetch.bytes'
>

/** A batch of the slice to be made: its records, where they were compressed. */
interface Batch {
  readonly at: number
  readonly records: Uint8Array | null
  /** The size of the whole batch, decompressed. */
  readonly bytes: number
}

/**
 * Makes slices whose batches are compressed into slices whose batches are not: all that reads records reads them in
 * place, and lies behind this. (Kafka decompresses while it iterates: `CompletedFetch`,
 * `DefaultRecordBatch.compressedIterator`.)
 *
 * A slice that is made lies in a memory of the consumer's own, used again once the slice is given back: so there is as
 * much of it as was in use at once. Its batches keep their headers, with the CRC of what was compressed.
 *
 * Owned by the consumer's thread; the application reads what it is passed, and does not write.
 */
export class Decompressor {
  readonly #options: DecompressorOptions
  readonly #free: Memory[] = []

  constructor(options: DecompressorOptions) {
    this.#options = options
  }

  /**
   * The slice's batches decompressed, as many as go into one slice, and the lent slice given back; or what is wrong
   * with the first of them. Sound batches in front of a broken one are handed out, and it is fetched again.
   */
  expand(slice: FetchedSlice): FetchedSlice | ErrorCode {
    const batches = this.#open(slice)
    const expanded = typeof batches === 'string' ? batches : this.#copy(slice, batches)
    slice.giveBack()
    return expanded
  }

  #open({ memory, position, bytes }: FetchedSlice): Batch[] | ErrorCode {
    const batches: Batch[] = []
    let total = 0
    for (let at = position; at < position + bytes; at = align8(at + batchBytes(memory, at))) {
      const batch = this.#openBatch(memory, at)
      if (typeof batch === 'string') return batches.length === 0 ? batch : batches
      if (batches.length > 0 && total + batch.bytes > this.#options['max.partition.fetch.bytes']) break
      batches.push(batch)
      total += align8(batch.bytes)
    }
    return batches
  }

  #openBatch(memory: Memory, at: number): Batch | ErrorCode {
    const { 'check.crcs': checkCrcs, 'odradek.decompressed.bytes.max': batchBytesMax } = this.#options
    if (checkCrcs && !isCrcValid(memory, at)) return 'CORRUPT_MESSAGE'
    const codec = attributes(memory, at) & COMPRESSION_MASK
    if (codec === 0) return { at, records: null, bytes: batchBytes(memory, at) }
    const records = decompressedRecords(memory, at, batchBytesMax)
    return typeof records === 'string'
      ? errorOfUnopened(records)
      : { at, records, bytes: BATCH_OVERHEAD + records.length }
  }

  #copy(slice: FetchedSlice, batches: readonly Batch[]): FetchedSlice | ErrorCode {
    const memory = this.#take(batches.reduce((sum, { bytes }) => sum + align8(bytes), 0))
    const reader = new BatchReader(memory)
    let end = 0
    for (const { at, records, bytes } of batches) {
      if (records === null) memory.bytes.set(slice.memory.bytes.subarray(at, at + bytes), end)
      else {
        writeDecompressed(slice.memory, at, records, memory, end)
        if (!isSound(reader.reset(memory, end))) break
      }
      end += align8(bytes)
    }
    const giveBack = (): void => void this.#free.push(memory)
    if (end > 0) return { ...slice, memory, position: 0, bytes: end, giveBack }
    giveBack()
    return 'CORRUPT_MESSAGE'
  }

  #take(bytes: number): Memory {
    const fitting = this.#free.findIndex(({ size }) => size >= bytes)
    if (fitting >= 0) return this.#free.splice(fitting, 1)[0] as Memory
    // One that is too small makes room for one that fits the next time as well.
    this.#free.shift()
    return Memory.allocate(Math.max(MEMORY_BYTES_MIN, 2 ** Math.ceil(Math.log2(bytes))))
  }
}

/** The codec's bits of the slice's first batch, which is the one that an error of `expand` is about. */
export function codecBitsOf({ memory, position }: FetchedSlice): number {
  return attributes(memory, position) & COMPRESSION_MASK
}

/** Whether one of the slice's batches is compressed. */
export function isCompressed({ memory, position, bytes }: FetchedSlice): boolean {
  for (let at = position; at < position + bytes; at = align8(at + batchBytes(memory, at))) {
    if ((attributes(memory, at) & COMPRESSION_MASK) !== 0) return true
  }
  return false
}

/** Whether there are as many records as the header says, and nothing else. */
function isSound(reader: BatchReader): boolean {
  try {
    while (reader.next());
    return true
  } catch (error) {
    if (error instanceof CorruptRecordError) return false
    throw error
  }
}
