/**
 * The cost of one append for the broker's thread, and of one read: no other thread runs, and the copy's source stays in
 * the cache. The ring has been round once, so no page is new. A ring that fits the cache shows the cost of the log
 * itself, a larger one that of the memory.
 */
import { fileURLToPath } from 'node:url'
import { Bench } from 'tinybench'
import { leaderEpoch, type Offset, offset } from '../../src/base/ids.js'
import type { Memory } from '../../src/base/memory.js'
import { SegmentPool } from '../../src/log/segment-pool.js'
import { SharedLog } from '../../src/log/shared-log.js'
import { buildBatch } from '../../src/record/batch-builder.js'
import { batchBytes } from '../../src/record/record-batch.js'

const MEBIBYTE = 1024 * 1024
const EPOCH = leaderEpoch(0)
const RINGS = [
  { name: 'cached ring', segmentBytes: 2 * MEBIBYTE, retentionBytes: 4 * MEBIBYTE },
  { name: 'large ring', segmentBytes: 16 * MEBIBYTE, retentionBytes: 64 * MEBIBYTE },
]
const BATCH_BYTES = [1024, 16 * 1024, 64 * 1024]

/** Batches of 100-byte records; the name of an append says how many bytes it moves. */
export function logBench(): Bench {
  const bench = new Bench({ name: 'log', time: 800, warmupTime: 100 })
  for (const ring of RINGS) {
    for (const bytesMax of BATCH_BYTES) {
      const batch = batchUpTo(bytesMax)
      const bytes = batchBytes(batch, 0)
      const log = fullLog(ring, batch, bytes)
      bench.add(`append ${bytes} B, ${ring.name}`, () => {
        log.append(batch, 0, bytes, EPOCH)
        log.advanceHighWatermark(log.logEndOffset)
      })
      if (ring !== RINGS[0]) continue
      const limits = { bytesMax: MEBIBYTE, isolation: 'HIGH_WATERMARK' } as const
      let from: Offset = log.logStartOffset
      bench.add(`read 1 MiB of ${bytes} B`, () => {
        const slice = log.read(from, limits)
        from = slice === null || typeof slice === 'string' ? log.logStartOffset : offset(from + 1000)
      })
    }
  }
  return bench
}

function batchUpTo(bytesMax: number): Memory {
  const value = 'x'.repeat(100)
  const count = Math.max(1, Math.floor((bytesMax - 61) / 108))
  return buildBatch(Array.from({ length: count }, () => ({ value })))
}

/** A log that has been round its ring once. */
function fullLog(ring: (typeof RINGS)[number], batch: Memory, bytes: number): SharedLog {
  const { segmentBytes, retentionBytes } = ring
  const pool = new SegmentPool({ segmentBytes })
  const options = {
    retentionBytes,
    retentionMs: -1,
    indexIntervalBytes: 4096,
    whenFull: 'delete',
  } as const
  const log = new SharedLog(pool, options, { oldestNeeded: () => offset(0) }, () => {})
  for (let written = 0; written < retentionBytes + 2 * segmentBytes; written += bytes) {
    log.append(batch, 0, bytes, EPOCH)
    log.advanceHighWatermark(log.logEndOffset)
  }
  return log
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bench = logBench()
  await bench.run()
  console.table(bench.table())
}
