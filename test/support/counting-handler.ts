import type { EachBatchPayload, RecordHandler } from '../../src/index.js'

/** A handler module: counts records and adds up their values, numbers as text, in shared memory. */
export default function makeHandler({
  shared,
  failAt = -1,
}: {
  shared: SharedArrayBuffer
  failAt?: number
}): RecordHandler {
  const [COUNT, SUM] = [0, 1]
  const totals = new Int32Array(shared)
  return {
    eachBatch({ batch }: EachBatchPayload) {
      for (const record of batch) {
        if (Number(record.value) === failAt) throw new Error(`${failAt} is not wanted`)
        Atomics.add(totals, SUM, Number(record.value))
        Atomics.add(totals, COUNT, 1)
      }
    },
  }
}
