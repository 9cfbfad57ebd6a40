import { batchBytes } from '../../../src/record/record-batch.js'
import { batchOf } from '../log/given-log.js'

/** A batch as a client sends it: without the padding that it has in memory. */
export function sentBatch(...values: readonly string[]): Buffer {
  const memory = batchOf(values)
  return Buffer.from(memory.bytes.subarray(0, batchBytes(memory, 0)))
}
