/**
 * The log against the plainest of models: an array of batches. Every step is chosen by fast-check, death included;
 * after each the log must read back what the model holds, and no lent slice may have changed.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leaderEpoch, offset, timestamp } from '../../../src/base/ids.js'
import type { Memory } from '../../../src/base/memory.js'
import type { LogOptions, LogPoint, LogSlice } from '../../../src/log/types.js'
import { batchBytes } from '../../../src/record/record-batch.js'
import {
  allRecords,
  batchOf,
  type GivenLog,
  givenLog,
  Killed,
  type ReadRecord,
  recordsOf,
  recovered,
} from './given-log.js'

const KILL_POINTS = [
  'append-begun',
  'append-copied',
  'append-stamped',
  'append-published',
  'segment-opened',
  'segment-unlinked',
] as const
const ISOLATIONS = ['LOG_END', 'HIGH_WATERMARK'] as const

/** Fractions stand for offsets: what they mean depends on how long the log is by then. */
const fraction = fc.double({ min: 0, max: 1, noNaN: true })
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 4 }),
      bytes: fc.nat(120),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('advance' as const), to: fraction }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('read' as const),
      from: fraction,
      bytesMax: fc.nat(800),
      isolation: fc.constantFrom(...ISOLATIONS),
      isLeased: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constantFrom('release' as const, 'abandon' as const), which: fc.nat() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('truncate' as const, 'delete' as const, 'anew' as const),
      to: fraction,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('expire' as const), ageMs: fc.nat(50) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('die' as const),
      at: fc.constantFrom(...KILL_POINTS, 'between' as const),
      bytes: fc.nat(120),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

interface ModelBatch {
  readonly baseOffset: number
  readonly nextOffset: number
  readonly values: readonly string[]
}
interface Lent {
  readonly memory: Memory
  readonly slice: LogSlice
  readonly bytes: Buffer
  /** False: the broker that lent it is dead, so it is never given back and never changes. */
  isReturnable: boolean
}

class Checked {
  readonly #options: Partial<LogOptions>
  #given: GivenLog
  #killPoint: string | null = null
  #batches: ModelBatch[] = []
  #highWatermark = 0
  #logStartOffset = 0
  #appended = 0
  #lent: Lent[] = []

  constructor(options: Partial<LogOptions>) {
    this.#options = options
    this.#given = givenLog(options, undefined, this.#point)
  }

  run(step: Step): void {
    const { log } = this.#given
    switch (step.type) {
      case 'append':
        this.#append(step.count, step.bytes)
        break
      case 'advance':
        this.#highWatermark += Math.floor(step.to * (this.#end - this.#highWatermark + 0.999))
        this.#highWatermark = this.#boundaryAtOrBelow(this.#highWatermark)
        log.advanceHighWatermark(offset(this.#highWatermark))
        break
      case 'read':
        this.#read(step)
        break
      case 'release':
      case 'abandon':
        this.#giveBack(step.which, step.type)
        break
      case 'truncate':
        this.#truncate(this.#at(step.to))
        break
      case 'anew':
        this.#startAnew(Math.floor(step.to * (this.#end + 10)))
        break
      case 'delete':
        this.#deleteBefore(this.#at(step.to))
        break
      case 'expire':
        log.deleteExpired(timestamp(this.#appended + step.ageMs))
        break
      case 'die':
        this.#die(step.at, step.bytes)
    }
  }

  check(): void {
    const { log, pool } = this.#given
    log.checkInvariants()
    log.checkBatches()
    pool.checkInvariants()
    this.#checkRetention()
    const highWatermark = this.#highWatermark
    expect(log).toMatchObject({
      highWatermark,
      logEndOffset: this.#end,
      logStartOffset: this.#logStartOffset,
    })
    expect(allRecords(log)).toEqual(this.#recordsFrom(this.#logStartOffset))
    for (const { memory, slice, bytes } of this.#lent) {
      expect(memory.bytes.subarray(slice.position, slice.position + slice.bytes).equals(bytes)).toBe(true)
    }
  }

  get #end(): number {
    return this.#batches.at(-1)?.nextOffset ?? this.#logStartOffset
  }

  #at(fraction: number): number {
    return this.#logStartOffset + Math.floor(fraction * (this.#end - this.#logStartOffset + 0.999))
  }

  #boundaryAtOrBelow(target: number): number {
    const batch = this.#batches.find(({ nextOffset }) => nextOffset > target)
    return batch === undefined ? this.#end : Math.max(batch.baseOffset, this.#given.log.highWatermark)
  }

  #recordsFrom(from: number): ReadRecord[] {
    const records = this.#batches.flatMap(({ baseOffset, values }) =>
      values.map((value, index) => ({ offset: baseOffset + index, value })),
    )
    return records.filter((record) => record.offset >= from)
  }

  /** What a batch will be, with values that no other batch has. */
  #nextBatch(count: number, bytes: number): ModelBatch {
    this.#appended++
    const values = Array.from({ length: count }, (_, n) => `${this.#appended}-${n}`.padEnd(bytes, '.'))
    return { baseOffset: this.#end, nextOffset: this.#end + count, values }
  }

  #append(count: number, bytes: number): void {
    const batch = this.#nextBatch(count, bytes)
    const timestamps = batch.values.map(() => this.#appended)
    const source = batchOf(batch.values, { timestamps })
    const appended = this.#given.log.append(source, 0, batchBytes(source, 0), leaderEpoch(0))
    if (appended === 'full') return
    expect(appended).toBe(batch.baseOffset)
    this.#batches.push(batch)
  }

  #read(step: Extract<Step, { type: 'read' }>): void {
    const { log } = this.#given
    const from = this.#at(step.from)
    const upper = step.isolation === 'LOG_END' ? this.#end : this.#highWatermark
    const slice = log.read(offset(from), step)
    const expected = this.#batches.filter(({ baseOffset, nextOffset }) => nextOffset > from && baseOffset < upper)
    if (slice === null) return expect(from).toBeGreaterThanOrEqual(upper)
    if (slice === 'OFFSET_OUT_OF_RANGE') return expect.unreachable('The offset lies in the log')
    const memory = log.memoryOf(slice.segment)
    const values = recordsOf(memory, slice).map((record) => record.value)
    expect(values).toEqual(expected.flatMap((batch) => batch.values).slice(0, values.length))
    expect(slice.baseOffset).toBe(expected[0]?.baseOffset)
    expect(values.length).toBeGreaterThanOrEqual(expected[0]!.values.length)
    if (values.length > expected[0]!.values.length) expect(slice.bytes).toBeLessThanOrEqual(step.bytesMax)
    if (!step.isLeased) return
    log.lease(slice)
    const bytes = Buffer.from(memory.bytes.subarray(slice.position, slice.position + slice.bytes))
    this.#lent.push({ memory, slice, bytes, isReturnable: true })
  }

  #giveBack(which: number, how: 'release' | 'abandon'): void {
    const returnable = this.#lent.filter((lent) => lent.isReturnable)
    const lent = returnable[which % returnable.length]
    if (lent === undefined) return
    this.#given.log[how](lent.slice.segment)
    lent.isReturnable = false
    if (how === 'release') this.#lent.splice(this.#lent.indexOf(lent), 1)
  }

  #truncate(to: number): void {
    const end = this.#given.log.truncate(offset(to))
    const expected = this.#batches.find(({ nextOffset }) => nextOffset > to)?.baseOffset ?? this.#end
    expect(end).toBe(to === this.#logStartOffset && to < this.#end ? to : expected)
    this.#batches = this.#batches.filter(({ baseOffset }) => baseOffset < end)
    if (this.#batches.at(-1)?.nextOffset !== end) this.#batches = []
    this.#logStartOffset = Math.min(this.#logStartOffset, end)
    this.#highWatermark = Math.min(this.#highWatermark, end)
  }

  #startAnew(start: number): void {
    this.#given.log.truncateFullyAndStartAt(offset(start))
    this.#batches = []
    this.#logStartOffset = start
    this.#highWatermark = start
  }

  #deleteBefore(before: number): void {
    const answer = this.#given.log.deleteRecordsBefore(offset(before))
    if (before > this.#highWatermark) return expect(answer).toBe('OFFSET_OUT_OF_RANGE')
    expect(answer).toBe(before)
    this.#logStartOffset = before
  }

  /**
   * The log alone decides when its oldest segment goes; then it must be by whole batches, replicated and over a limit.
   */
  #checkRetention(): void {
    const { logStartOffset } = this.#given.log
    if (logStartOffset === this.#logStartOffset) return
    expect(logStartOffset).toBeGreaterThan(this.#logStartOffset)
    expect(logStartOffset).toBeLessThanOrEqual(this.#highWatermark)
    this.#batches = this.#batches.filter(({ nextOffset }) => nextOffset > logStartOffset)
    expect(this.#batches[0]?.baseOffset ?? logStartOffset).toBe(logStartOffset)
    this.#logStartOffset = logStartOffset
  }

  #die(at: (typeof KILL_POINTS)[number] | 'between', bytes: number): void {
    this.#killPoint = at
    const batch = this.#nextBatch(1, bytes)
    const source = batchOf(batch.values, { timestamps: [this.#appended] })
    let isAppended = false
    try {
      const bytes = batchBytes(source, 0)
      if (at !== 'between') isAppended = typeof this.#given.log.append(source, 0, bytes, leaderEpoch(0)) === 'number'
    } catch (error) {
      if (!(error instanceof Killed)) throw error
      isAppended = at === 'append-published'
    }
    this.#killPoint = null
    const isEmpty = this.#given.handles.length === 0
    this.#given = recovered(this.#given.handles, this.#options, this.#point)
    for (const lent of this.#lent) lent.isReturnable = false
    if (isAppended) this.#batches.push(batch)
    // A log that never had memory starts at 0 again.
    if (isEmpty) this.#logStartOffset = this.#highWatermark = 0
  }

  readonly #point: LogPoint = (name) => {
    if (name === this.#killPoint) throw new Killed()
  }
}

const retentions: Partial<LogOptions>[] = [
  { retentionBytes: -1 },
  { retentionBytes: 2000, retentionMs: 20 },
  { retentionBytes: 0, whenFull: 'block' },
  { retentionBytes: 1500, whenFull: 'block', indexIntervalBytes: 0 },
]

test.each(retentions)('a log with %o is an array of batches, whatever happens to it', (options) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const checked = new Checked(options)
      for (const next of steps) {
        checked.run(next)
        checked.check()
      }
    }),
    { numRuns: 200 },
  )
})
