import { leaderEpoch, offset } from '../../../../../src/base/ids.js'
import { align8, Memory } from '../../../../../src/base/memory.js'
import type { FetchedSlice, SliceSource } from '../../../../../src/client/consumer/fetching/fetched-slice.js'
import { buildBatch } from '../../../../../src/record/batch-builder.js'
import { batchBytes } from '../../../../../src/record/record-batch.js'

export interface GivenSlice extends FetchedSlice {
  returns: number
}

/**
 * A slice of batches with these values, lying somewhere in a memory, the first one at offset `baseOffset`, written in a
 * leader epoch. `attributes`: of each batch.
 */
export function givenSlice(
  batches: readonly (readonly string[])[],
  options: Partial<FetchedSlice> & { baseOffset?: number; writtenIn?: number; attributes?: readonly number[] } = {},
): GivenSlice {
  const { baseOffset = 100, writtenIn = -1, attributes = [], ...said } = options
  let next = baseOffset
  const built = batches.map((values, index) => {
    const memory = buildBatch(
      values.map((value) => ({ key: `k${value}`, value, timestamp: 5 })),
      { baseOffset: offset(next), leaderEpoch: leaderEpoch(writtenIn), attributes: attributes[index] ?? 0 },
    )
    next += values.length
    return memory
  })
  const position = 64
  const memory = Memory.allocate(position + built.reduce((sum, { size }) => sum + size, 0))
  let end = position
  for (const batch of built) {
    memory.bytes.set(batch.bytes, end)
    end += align8(batchBytes(batch, 0))
  }
  const where = { topic: 'orders', partition: 3, index: 1, epoch: 0, error: 'NONE' as const, memory, position }
  const slice: GivenSlice = {
    ...where,
    bytes: end - position,
    fetchOffset: baseOffset,
    highWatermark: next,
    ...said,
    returns: 0,
    giveBack() {
      slice.returns += 1
    },
  }
  return slice
}

/** Hands out slices of one partition in turn. One of another epoch than the partition's was sought away from. */
export class GivenSource implements SliceSource {
  slices: FetchedSlice[]
  epoch = 0
  /** How far each slice was said to be handled, in the order in which that was said. */
  readonly handledTo: number[] = []
  arePaused = false

  constructor(...slices: FetchedSlice[]) {
    this.slices = slices
  }

  take(): FetchedSlice | null {
    return this.arePaused ? null : (this.slices.shift() ?? null)
  }

  at(): { readonly epoch: number; readonly isPaused: boolean } | undefined {
    return { epoch: this.epoch, isPaused: this.arePaused }
  }

  handled(_slice: FetchedSlice, nextOffset: number): void {
    this.handledTo.push(nextOffset)
  }

  putBack(slice: FetchedSlice): void {
    this.slices = [slice, ...this.slices]
  }
}
