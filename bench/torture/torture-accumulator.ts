import { Worker } from 'node:worker_threads'
import { ControlBlock } from '../../src/actor/control-block.js'
import { assert } from '../../src/base/assert.js'
import { timestamp } from '../../src/base/ids.js'
import { Memory } from '../../src/base/memory.js'
import { AccumulatorMemory } from '../../src/client/batches/accumulator-memory.js'
import { slotsOf } from '../../src/client/batches/buffer-memory.js'
import { PartitionAccumulator } from '../../src/client/batches/partition-accumulator.js'
import { RecordAccumulator } from '../../src/client/batches/record-accumulator.js'
import type { ClosingFigures, ClosingStart } from './closing-thread.js'
import { endOfTime, numberedValue, timestampOf } from './numbered-value.js'

export interface TortureOptions {
  readonly records: number
  readonly batchBytes: number
  readonly bufferBytes: number
  readonly valueBytesMax: number
  readonly seed: string
}

export interface TortureFigures extends ClosingFigures {
  /** Records that the application's reports account for. */
  readonly reported: number
}

/** The application looks again after so long if nobody rings. */
const PARK_MS = 100

/**
 * Appends numbered records on this thread, with RecordAccumulator as it is. Another thread closes batches at moments
 * that a seed decides, reads what it closed, and reports. Blocks until all records were reported or a fault was found.
 */
export async function tortureAccumulator(options: TortureOptions): Promise<TortureFigures> {
  const { batchBytes, bufferBytes } = options
  const sizes = { 'batch.size': batchBytes, 'buffer.memory': bufferBytes, 'max.request.size': batchBytes }
  const { slotBytes, slots } = slotsOf(sizes)
  const shared = AccumulatorMemory.allocate(slots)
  const pool = Memory.allocate(slotBytes * slots)
  const own = new ControlBlock()
  const closing = new ControlBlock()
  const start: ClosingStart = {
    ...options,
    slots,
    shared: shared.memory.shared,
    pool: pool.shared,
    ownControl: closing.memory.shared,
    applicationControl: own.memory.shared,
  }
  const worker = new Worker(new URL('./closing-thread.js', import.meta.url), { workerData: start, execArgv: [] })
  const ended = new Promise<ClosingFigures>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  await new Promise((resolve) => worker.once('online', resolve))
  const accumulator = new RecordAccumulator({
    options: sizes,
    shared,
    pool,
    clock: { now: () => timestamp(0) },
    senderBell: closing,
    lend: () => assert(false, 'No record is larger than a slot'),
  })
  const reported = appendAll(accumulator, own, options)
  const figures = await ended
  await worker.terminate()
  return { ...figures, reported }
}

/** Returns how many records were reported. */
function appendAll(accumulator: RecordAccumulator, own: ControlBlock, options: TortureOptions): number {
  const target = new PartitionAccumulator('tortured', 1, 0)
  let reported = 0
  let hasFailed = false
  const takeReports = (): boolean =>
    accumulator.takeReports((report) => {
      reported += report.recordCount
      hasFailed ||= report.error !== 'NONE'
    }) > 0
  const waitForReports = (): void => {
    const bell = own.prepareToPark()
    if (!takeReports()) own.park(bell, PARK_MS)
    own.unpark()
  }
  /** Appends some of the records that follow at once, if they share their time. Returns how many. */
  const appendRow = (first: number): number => {
    const end = Math.min(endOfTime(first), options.records) - 1
    const count = Math.max(0, end - first - (first % 5))
    const values = Array.from({ length: count }, (_, index) =>
      Uint8Array.from(numberedValue(first + index, options.valueBytesMax)),
    )
    return accumulator.appendValuesToOpen(target, values, 0, timestampOf(first), null)
  }
  accumulator.setFlushing(true)
  for (let record = 0; record < options.records && !hasFailed; record++) {
    record += appendRow(record)
    const value = numberedValue(record, options.valueBytesMax)
    while (!hasFailed && accumulator.append(target, null, value, null, timestampOf(record), null) === 'full')
      waitForReports()
    if (accumulator.outstanding > 1) takeReports()
  }
  while (!hasFailed && accumulator.outstanding > 0) waitForReports()
  return reported
}
