import type { GroupStep } from './group-step.js'
import type { BatchStep, FetchStep, LogEntry } from './timeline.js'

/** One line of a timeline. */
export interface TimelineEntry {
  /** Milliseconds since the start, or since the leader was killed; negative before that. */
  readonly atMs: number
  /** The actor: `producer`, `consumer`, `controller` or a broker's address. */
  readonly actor: string
  readonly event: string
  readonly says: string
  /** The batch of a `closed`, `sent` or `answered` event. */
  readonly batch?: BatchStep
  /** The record of a `log` event. */
  readonly record?: LogEntry
  /** The doing of a group's member, in an event of its name. */
  readonly group?: GroupStep
  /** The answer of a `fetched` event. */
  readonly fetch?: FetchStep
}

export type MarkKind = 'send' | 'acknowledged' | 'failed' | 'read'

/** One record at one moment, in the lane of whoever did it. */
export interface Mark {
  readonly atMs: number
  readonly kind: MarkKind
}

/** The controller's view of the partition, from a moment on. */
export interface PartitionView {
  readonly leader: number
  readonly leaderEpoch: number
  readonly isr: readonly number[]
  /** Brokers that are not fenced. */
  readonly alive: readonly number[]
}

export type Dated<Value> = Value & { readonly atMs: number }

/** The most records of one run that have marks: a drawing of more shows less. */
const MARKS_MAX = 2_000

/**
 * Everything that is told and drawn of one run. It keeps times as the host's clock has them, and hands them out counted
 * from the start, or the kill.
 */
export class Recording {
  readonly #entries: TimelineEntry[] = []
  readonly #marks: Mark[] = []
  readonly #views: Dated<PartitionView>[] = []
  readonly #highWatermarks: Dated<{ readonly offset: number }>[] = []
  #startedAt = 0
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** Milliseconds since the start, or since the kill. */
  get nowMs(): number {
    return round(this.#now() - this.#startedAt)
  }

  get timeline(): readonly TimelineEntry[] {
    return this.#entries.map((entry) => this.#since(entry)).sort((a, b) => a.atMs - b.atMs)
  }

  get marks(): readonly Mark[] {
    return this.#marks.map((mark) => this.#since(mark))
  }

  /** The views of the partition; each one holds until the next. */
  get views(): readonly Dated<PartitionView>[] {
    return this.#views.map((view) => this.#since(view))
  }

  /** High watermarks as the consumer's fetches had them, exclusive. */
  get highWatermarks(): readonly Dated<{ readonly offset: number }>[] {
    return this.#highWatermarks.map((one) => this.#since(one))
  }

  /** Tells an event. Returns its time in milliseconds since the start, or the kill. */
  tell(actor: string, event: string, says: string): number {
    return this.#tell({ atMs: this.#now(), actor, event, says })
  }

  /**
   * Adds a step of a batch, or a record of the log at the end. `atMs` is its time on the host's clock; default: now.
   */
  add(entry: Omit<TimelineEntry, 'atMs'>, atMs = this.#now()): void {
    this.#tell({ atMs, ...entry })
  }

  /** Time is counted from here. */
  startNow(): void {
    this.#startedAt = this.#now()
  }

  /** Time is counted from here. */
  tellKill(actor: string, says: string): void {
    this.startNow()
    this.#tell({ atMs: this.#startedAt, actor, event: 'kill', says })
  }

  mark(kind: MarkKind): void {
    if (this.#marks.length < MARKS_MAX) this.#marks.push({ atMs: this.#now(), kind })
  }

  /** Tells what has changed since the last look. */
  see(view: PartitionView): void {
    const last = this.#views.at(-1)
    if (last !== undefined && isSame(last, view)) return
    const atMs = this.#now()
    this.#views.push({ ...view, atMs })
    const tell = (event: string, says: string): void => void this.#tell({ atMs, actor: 'controller', event, says })
    if (last === undefined) {
      tell('leader', `broker-${view.leader} leads in epoch ${view.leaderEpoch}, isr ${list(view.isr)}`)
      return
    }
    for (const gone of last.alive.filter((id) => !view.alive.includes(id)))
      tell('fenced', `broker-${gone} is known to be down`)
    for (const back of view.alive.filter((id) => !last.alive.includes(id)))
      tell('unfenced', `broker-${back} is in again`)
    if (view.leaderEpoch !== last.leaderEpoch && view.leader !== last.leader) {
      const says = view.leader < 0 ? 'nobody leads' : `broker-${view.leader} leads in epoch ${view.leaderEpoch}`
      tell('elected', `${says}, isr ${list(view.isr)}`)
    } else if (list(view.isr) !== list(last.isr)) tell('isr', `the isr is ${list(view.isr)}`)
  }

  sawHighWatermark(offset: number): void {
    if ((this.#highWatermarks.at(-1)?.offset ?? -1) < offset) this.#highWatermarks.push({ offset, atMs: this.#now() })
  }

  #tell(entry: TimelineEntry): number {
    this.#entries.push(entry)
    return this.#since(entry).atMs
  }

  #since<Value extends { readonly atMs: number }>(one: Value): Value {
    return { ...one, atMs: round(one.atMs - this.#startedAt) }
  }
}

function isSame(a: PartitionView, b: PartitionView): boolean {
  return a.leaderEpoch === b.leaderEpoch && list(a.isr) === list(b.isr) && list(a.alive) === list(b.alive)
}

const list = (ids: readonly number[]): string => [...ids].sort((a, b) => a - b).join(', ') || 'empty'

/** Microseconds are as fine as any clock here. */
const round = (ms: number): number => Math.round(ms * 1_000) / 1_000
