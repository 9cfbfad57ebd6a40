/**
 * A compacted log against everything that was ever appended to it. Every step is chosen by fast-check: appends,
 * compaction by a few bytes, truncations, deletions, loans, and death at each point. After each step, whoever reads the
 * log knows of each key what somebody knows who has read everything.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { switchOff } from '../../../src/base/guards.js'
import { leaderEpoch, offset, timestamp } from '../../../src/base/ids.js'
import { LOG_POINTS, type LogOptions, type LogPoint } from '../../../src/log/types.js'
import { GZIP } from '../../../src/record/layout.js'
import { batchBytes } from '../../../src/record/record-batch.js'
import { batchesFrom, compacted, type Keyed, keyed } from './given-compaction.js'
import { type GivenLog, givenLog, Killed, recovered } from './given-log.js'

const RETENTION_MS = 40
const fraction = fc.double({ min: 0, max: 1, noNaN: true })
const record = fc.record({ key: fc.integer({ min: -1, max: 5 }), bytes: fc.nat(90), isTombstone: fc.boolean() })
const appended = {
  records: fc.array(record, { minLength: 1, maxLength: 4 }),
  producer: fc.integer({ min: -1, max: 2 }),
  isGzip: fc.boolean(),
}
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ type: fc.constant('append' as const), ...appended }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('commit' as const), to: fraction }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant('compact' as const), bytes: fc.nat(3_000) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat(2 * RETENTION_MS) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('elect' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('lend' as const, 'return' as const), to: fraction }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('truncate' as const, 'lose' as const, 'delete' as const),
      to: fraction,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('die' as const),
      at: fc.constantFrom(...LOG_POINTS, 'between' as const),
      during: fc.constantFrom('append' as const, 'compact' as const),
      ...appended,
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never
type Append = Pick<Extract<Step, { type: 'append' }>, 'records' | 'producer' | 'isGzip'>

/** A batch as it was appended. */
interface Appended {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly epoch: number
  readonly producer: number
  readonly baseSequence: number
  readonly at: number
  readonly records: readonly Keyed[]
}

class Checked {
  readonly #options: Partial<LogOptions>
  #given: GivenLog
  #killPoint: string | null = null
  #batches: Appended[] = []
  #names = 0
  #epoch = 0
  #now = 1_000
  #lent: { segment: number; memory: { bytes: Buffer }; from: number; bytes: Buffer; isReturnable: boolean }[] = []

  constructor(options: Partial<LogOptions>) {
    this.#options = options
    this.#given = givenLog(options, undefined, this.#point)
  }

  run(step: Step): void {
    const { log } = this.#given
    const at = (to: number): number =>
      log.logStartOffset + Math.floor(to * (log.logEndOffset - log.logStartOffset + 0.999))
    if (step.type === 'append') this.#append(step)
    else if (step.type === 'commit') this.#commit(at(step.to))
    else if (step.type === 'compact') log.compaction?.step(step.bytes, timestamp(this.#now))
    else if (step.type === 'wait') this.#now += step.ms
    else if (step.type === 'elect') this.#epoch += 1
    else if (step.type === 'lend' || step.type === 'return') this.#lendOrReturn(step.type, at(step.to))
    else if (step.type === 'die') this.#die(step)
    else if (step.type === 'truncate') this.#truncate(Math.max(log.highWatermark, at(step.to)))
    else if (step.type === 'lose') this.#truncate(at(step.to))
    else log.deleteRecordsBefore(offset(Math.min(log.highWatermark, at(step.to))))
  }

  check(): void {
    const { log, pool } = this.#given
    log.checkInvariants()
    log.checkBatches()
    pool.checkInvariants()
    this.#checkBatches()
    for (const end of [log.highWatermark, log.logEndOffset])
      expect(latestOf(this.#held(), log.logStartOffset, end)).toEqual(latestOf(this.#batches, log.logStartOffset, end))
    this.#checkEpochs()
    this.#checkProducers()
    for (const { memory, from, bytes } of this.#lent)
      expect(memory.bytes.subarray(from, from + bytes.length).equals(bytes)).toBe(true)
  }

  /** What the log holds, as if it had been appended so. */
  #held(): Appended[] {
    return batchesFrom(this.#given.log, this.#given.log.logStartOffset, 400).map(({ baseOffset, records }) => {
      const before = this.#batches.find((batch) => batch.baseOffset === baseOffset) as Appended
      const left: Keyed[] = before.records.map(() => ['', ''])
      for (const row of records) {
        const [, at, key, value] = /^(\d+) ([^=]*)=(.*)$/s.exec(row) as unknown as [string, string, string, string]
        left[Number(at) - baseOffset] = [key === '-' ? null : key, value === '-' ? null : value]
      }
      return { ...before, records: left }
    })
  }

  /** What is left of a batch is what was appended; nothing goes before its time. */
  #checkBatches(): void {
    const { log } = this.#given
    const seen = new Map(batchesFrom(log).map((batch) => [batch.baseOffset, batch]))
    for (const { baseOffset, lastOffset, records, at } of this.#batches) {
      const rows = records.map(([key, value], index) => `${baseOffset + index} ${key ?? '-'}=${value ?? '-'}`)
      const left = seen.get(baseOffset)
      seen.delete(baseOffset)
      if (left !== undefined) {
        expect(left.lastOffset).toBe(lastOffset)
        expect(rows).toEqual(expect.arrayContaining([...left.records]))
      }
      if (lastOffset < log.logStartOffset) continue
      if (lastOffset >= log.highWatermark) expect(left?.records).toEqual(rows)
      const isYoung = this.#now < at + RETENTION_MS
      for (const [index, [key, value]] of records.entries()) {
        const isLatest = latestAt(this.#batches, key) === baseOffset + index
        if (key !== null && isLatest && (value !== null || isYoung)) expect(left?.records).toContain(rows[index])
      }
    }
    expect([...seen]).toEqual([])
  }

  #checkEpochs(): void {
    const { log } = this.#given
    const starts = new Map<number, number>()
    for (const { epoch, baseOffset } of this.#batches) if (!starts.has(epoch)) starts.set(epoch, baseOffset)
    const epochs = [...starts.keys()]
    epochs.forEach((epoch, index) => {
      const endOffset = starts.get(epochs[index + 1] as number) ?? log.logEndOffset
      if (endOffset <= log.logStartOffset) return
      expect(log.endOfEpoch(leaderEpoch(epoch))).toEqual({ leaderEpoch: epoch, endOffset })
    })
  }

  #checkProducers(): void {
    const { log } = this.#given
    for (const producer of [0, 1, 2]) {
      const last = this.#batches.findLast((batch) => batch.producer === producer)
      if (last === undefined || last.baseOffset < log.logStartOffset) continue
      const again = keyed(last.records, { producerId: producer, producerEpoch: 0, baseSequence: last.baseSequence })
      expect(log.producers.check(again, 0)).toMatchObject({
        baseOffset: last.baseOffset,
        endOffset: last.lastOffset + 1,
      })
    }
  }

  #next({ records, producer }: Append): Appended {
    const named = records.map(({ key, bytes, isTombstone }): Keyed => {
      this.#names += 1
      return [key < 0 ? null : `k${key}`, isTombstone ? null : `${this.#names}`.padEnd(bytes, '.')]
    })
    const last = this.#batches.findLast((batch) => batch.producer === producer)
    const baseOffset = this.#given.log.logEndOffset
    return {
      baseOffset,
      lastOffset: baseOffset + records.length - 1,
      epoch: this.#epoch,
      producer,
      baseSequence: last === undefined ? 0 : last.baseSequence + last.records.length,
      at: this.#now,
      records: named,
    }
  }

  #append(step: Append, next = this.#next(step)): void {
    const { records, producer, baseSequence, at } = next
    const timestamps = records.map(() => at)
    const sequence = producer < 0 ? {} : { producerId: producer, producerEpoch: 0, baseSequence }
    const source = keyed(records, { timestamps, ...sequence, ...(step.isGzip ? { attributes: GZIP } : {}) })
    const { log } = this.#given
    if (typeof log.append(source, 0, batchBytes(source, 0), leaderEpoch(this.#epoch)) === 'number')
      this.#batches.push(next)
  }

  /** Below the high watermark, what is cut off may have been all that was left of a key. */
  #truncate(to: number): void {
    const { log } = this.#given
    const isLost = to < log.highWatermark
    const end = log.truncate(offset(to))
    expect(end).toBeLessThanOrEqual(to)
    this.#batches = this.#batches.filter(({ lastOffset }) => lastOffset < end)
    if (isLost) this.#batches = this.#held()
  }

  /** Commits whole batches. */
  #commit(to: number): void {
    const { log } = this.#given
    const ends = this.#batches.map(({ lastOffset }) => lastOffset + 1)
    log.advanceHighWatermark(offset(Math.max(log.highWatermark, ...ends.filter((end) => end <= to))))
  }

  #lendOrReturn(type: 'lend' | 'return', from: number): void {
    const { log } = this.#given
    if (type === 'return') return this.#return()
    const slice = log.read(offset(from), { bytesMax: 500, isolation: 'LOG_END' })
    if (slice === null || slice === 'OFFSET_OUT_OF_RANGE') return
    log.lease(slice)
    const memory = log.memoryOf(slice.segment)
    const bytes = Buffer.from(memory.bytes.subarray(slice.position, slice.position + slice.bytes))
    this.#lent.push({ segment: slice.segment, memory, from: slice.position, bytes, isReturnable: true })
  }

  #return(): void {
    const index = this.#lent.findIndex(({ isReturnable }) => isReturnable)
    if (index >= 0) for (const { segment } of this.#lent.splice(index, 1)) this.#given.log.release(segment)
  }

  #die(step: Extract<Step, { type: 'die' }>): void {
    const next = this.#next(step)
    const { log } = this.#given
    this.#killPoint = step.at
    try {
      if (step.during === 'append' && step.at !== 'between') this.#append(step, next)
      else if (step.at !== 'between') log.compaction?.step(5_000, timestamp(this.#now))
    } catch (error) {
      if (!(error instanceof Killed)) throw error
      if (step.at === 'append-published') this.#batches.push(next)
    }
    this.#killPoint = null
    const { highWatermark, logStartOffset } = log
    const isEmpty = this.#given.handles.length === 0
    this.#given = recovered(this.#given.handles, this.#options, this.#point)
    for (const lent of this.#lent) lent.isReturnable = false
    if (!isEmpty) expect(this.#given.log).toMatchObject({ highWatermark, logStartOffset })
  }

  readonly #point: LogPoint = (name) => {
    if (name === this.#killPoint) throw new Killed()
  }
}

/** The latest value of each key among these offsets. */
function latestOf(batches: readonly Appended[], from: number, end: number): Record<string, string> {
  const latest: Record<string, string> = {}
  for (const { baseOffset, records } of batches) {
    for (const [index, [key, value]] of records.entries()) {
      if (baseOffset + index < from || baseOffset + index >= end || key === null || key === '') continue
      if (value === null) delete latest[key]
      else latest[key] = value
    }
  }
  return latest
}

function latestAt(batches: readonly Appended[], wanted: string | null): number {
  let at = -1
  for (const { baseOffset, records } of batches)
    for (const [index, [key]] of records.entries()) if (key === wanted) at = baseOffset + index
  return at
}

const COMPACTIONS = [
  compacted({ deleteRetentionMs: RETENTION_MS }),
  compacted({ deleteRetentionMs: RETENTION_MS, lagMsMax: 20 }, { indexIntervalBytes: 0 }),
  compacted({ deleteRetentionMs: RETENTION_MS, minDirtyRatio: 0.5, lagMsMin: 10 }),
]

function check(options: Partial<LogOptions>, how: fc.Parameters<[Step[]]>): void {
  const property = fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
    const checked = new Checked(options)
    for (const next of steps) {
      checked.run(next)
      checked.check()
    }
  })
  fc.assert(property, how)
}

test.each(COMPACTIONS)('a log with %o tells of each key what was appended last, whatever happens to it', (options) => {
  check(options, { numRuns: 40 })
})

test.each(['latest-value-stays', 'tombstones-wait', 'compacts-committed'] as const)(
  'the model finds out that the guard %s is missing',
  (guard) => {
    switchOff([guard])
    const options = compacted({ deleteRetentionMs: RETENTION_MS, lagMsMax: 20 })
    expect(() => check(options, { numRuns: 1_000, seed: 1, endOnFailure: true })).toThrow()
    switchOff([])
  },
)
