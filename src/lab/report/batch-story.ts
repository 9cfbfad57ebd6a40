import type { TimelineEntry } from '../experiments/recording.js'
import type { BatchStep } from '../experiments/timeline.js'

/**
 * The parts of a timeline that a drawing of batches needs: see `BatchStep`. Moments are indexes into `moments`, and the
 * unit of all else.
 */
export interface BatchStory {
  /**
   * Different times, ascending, in milliseconds. They count from the first, unless the run counts from a moment of its
   * own.
   */
  readonly moments: readonly number[]
  /** The entries of each moment, without the records of the log. */
  readonly entries: readonly ToldEntry[]
  readonly closed: readonly ClosedBatch[]
  /** Flights, one for each batch of each request; batches that share a request stand behind one another. */
  readonly flights: readonly Flight[]
  readonly orders: readonly RecordOrder[]
}

export interface ToldEntry {
  readonly at: number
  readonly actor: string
  readonly event: string
  readonly says: string
}

export interface ClosedBatch {
  readonly at: number
  readonly name: string
  readonly partition: number
}

export interface Flight {
  readonly name: string
  /** The connection, as in `sender of producer 0 to broker-1`. */
  readonly connection: string
  /** The moment of sending; null when it was before the timeline begins. */
  readonly from: number | null
  /** The moment of the answer; null when there was none by the timeline's end. */
  readonly until: number | null
  readonly attempt: number
  /** The error, `NONE` or one of Kafka's; null without an answer. */
  readonly error: string | null
  readonly baseOffset: number
  readonly partition: number
}

/** The records of one partition, in the order of sending and as the log has them. */
export interface RecordOrder {
  readonly partition: number
  readonly sent: readonly SentRecord[]
  /** The records of the log, by offset. */
  readonly log: readonly LoggedRecord[]
}

export interface SentRecord {
  readonly name: string
  /** The moment at which its batch was closed. */
  readonly at: number
  readonly isInLog: boolean
}

export interface LoggedRecord {
  readonly name: string
  readonly offset: number
  /**
   * The moment at which the producer heard of it, or else at which the first request with it had come to its end.
   */
  readonly at: number
  /** The record's place among the sent; -1 when nobody told of its sending. */
  readonly sentIndex: number
  /** Whether another record of its producer has changed places with it. */
  readonly hasMoved: boolean
  /** Whether the log has it before this place, too. */
  readonly isAgain: boolean
}

/**
 * Returns what the log holds where nobody told of batches, beside the order in which each producer counted its records.
 */
export function ordersOfLog(timeline: readonly TimelineEntry[]): readonly RecordOrder[] {
  const numbered = (batch: BatchStep): TimelineEntry => ({ atMs: 0, actor: 'sender', event: 'closed', says: '', batch })
  const counted = timeline
    .flatMap(({ record }) => record ?? [])
    .sort((a, b) => a.producer - b.producer || a.number - b.number)
    .map(({ producer, partition, number }) =>
      numbered({ batch: 0, producer, partition, numbers: [number], attempt: 0 }),
    )
  const all = [...counted, ...timeline]
  return ordersOf(all, () => 0, namerOf(all))
}

/** Returns the story of a timeline; null when it tells of no batches. */
export function batchStoryOf(timeline: readonly TimelineEntry[]): BatchStory | null {
  const entries = timeline.filter(({ record }) => record === undefined)
  if (!entries.some(({ batch }) => batch !== undefined)) return null
  const origin = Math.max(0, entries[0]?.atMs ?? 0)
  const times = [...new Set(entries.map(({ atMs }) => atMs))].sort((a, b) => a - b)
  const place = new Map(times.map((atMs, index) => [atMs, index]))
  const at = ({ atMs }: TimelineEntry): number => place.get(atMs) ?? times.length - 1
  const nameOf = namerOf(timeline)
  const flights = flightsOf(entries, at, nameOf)
  return {
    moments: times.map((atMs) => atMs - origin),
    entries: entries.map((entry) => ({ at: at(entry), actor: entry.actor, event: entry.event, says: entry.says })),
    closed: entries.flatMap((entry) => {
      const { batch } = entry
      if (entry.event !== 'closed' || batch === undefined) return []
      return [{ at: at(entry), name: nameOf(batch), partition: batch.partition }]
    }),
    flights,
    orders: ordersOf(timeline, at, nameOf),
  }
}

type Names = (records: Pick<BatchStep, 'producer' | 'numbers'>) => string

/** Names records: `3`, `3–5`, `3, 7`; with the producer before them, `0:3`, where there are several. */
function namerOf(timeline: readonly TimelineEntry[]): Names {
  const producers = new Set(timeline.flatMap(({ batch, record }) => batch?.producer ?? record?.producer ?? []))
  return ({ producer, numbers }) => {
    const [first, last] = [numbers[0], numbers.at(-1)]
    const before = producers.size > 1 ? `${producer}:` : ''
    if (first === undefined || last === undefined) return `${before}?`
    if (first === last) return `${before}${first}`
    return `${before}${last - first + 1 === numbers.length ? `${first}–${last}` : numbers.join(', ')}`
  }
}

type At = (entry: TimelineEntry) => number

function flightsOf(entries: readonly TimelineEntry[], at: At, nameOf: Names): Flight[] {
  const flights = new Map<string, Flight>()
  for (const entry of entries) {
    const { batch } = entry
    if (batch === undefined || (entry.event !== 'sent' && entry.event !== 'answered')) continue
    const key = `${batch.batch} ${batch.attempt}`
    const begun = flights.get(key)
    flights.set(key, {
      name: nameOf(batch),
      connection: `producer ${batch.producer} to ${batch.broker ?? 'a broker'}`,
      from: entry.event === 'sent' ? at(entry) : (begun?.from ?? null),
      until: entry.event === 'answered' ? at(entry) : null,
      attempt: batch.attempt,
      error: batch.error ?? null,
      baseOffset: batch.baseOffset ?? -1,
      partition: batch.partition,
    })
  }
  return [...flights.values()]
}

function ordersOf(timeline: readonly TimelineEntry[], at: At, nameOf: Names): RecordOrder[] {
  const partitions = new Set(timeline.flatMap(({ batch, record }) => record?.partition ?? batch?.partition ?? []))
  return [...partitions].sort((a, b) => a - b).map((partition) => orderOf(partition, timeline, at, nameOf))
}

function orderOf(partition: number, timeline: readonly TimelineEntry[], at: At, nameOf: Names): RecordOrder {
  const log = timeline
    .flatMap(({ record }) => (record?.partition === partition ? [record] : []))
    .sort((a, b) => a.offset - b.offset)
  const inLog = new Set(log.map(keyOf))
  const sent = new Map<string, SentRecord>()
  const heard = new Map<number, number>()
  const answered = new Map<string, number>()
  for (const entry of timeline) {
    const { batch } = entry
    if (batch?.partition !== partition) continue
    for (const [index, number] of batch.numbers.entries()) {
      const key = keyOf({ producer: batch.producer, number })
      const name = nameOf({ producer: batch.producer, numbers: [number] })
      if (!sent.has(key)) sent.set(key, { name, at: at(entry), isInLog: inLog.has(key) })
      if (entry.event === 'answered' && !answered.has(key)) answered.set(key, at(entry))
      const offset = (batch.baseOffset ?? -1) + index
      if (offset >= index) heard.set(offset, at(entry))
    }
  }
  const places = new Map([...sent.keys()].map((key, index) => [key, index]))
  const moved = movedIn(log)
  const seen = new Set<string>()
  return {
    partition,
    sent: [...sent.values()],
    log: log.map((record) => {
      const key = keyOf(record)
      const isAgain = seen.has(key)
      seen.add(key)
      return {
        name: nameOf({ producer: record.producer, numbers: [record.number] }),
        offset: record.offset,
        at: heard.get(record.offset) ?? answered.get(key) ?? 0,
        sentIndex: places.get(key) ?? -1,
        hasMoved: moved.has(record.offset),
        isAgain,
      }
    }),
  }
}

type Named = { readonly producer: number; readonly number: number }
const keyOf = ({ producer, number }: Named): string => `${producer}:${number}`

/**
 * Returns offsets of records that stand behind a later one of their producer, or before an earlier one. A record that
 * is in the log again has its place where it was first.
 */
function movedIn(log: readonly (Named & { readonly offset: number })[]): ReadonlySet<number> {
  const firsts = [...new Map([...log].reverse().map((record) => [keyOf(record), record])).values()].reverse()
  const moved = new Set<number>()
  const pass = (
    records: readonly (Named & { readonly offset: number })[],
    isWrong: (a: number, b: number) => boolean,
  ) => {
    const extremes = new Map<number, number>()
    for (const { producer, number, offset } of records) {
      const extreme = extremes.get(producer)
      if (extreme !== undefined && isWrong(number, extreme)) moved.add(offset)
      else extremes.set(producer, number)
    }
  }
  pass(firsts, (number, highest) => number < highest)
  pass([...firsts].reverse(), (number, lowest) => number > lowest)
  return moved
}
