import type { HandedRecord, TrialMember } from './trial-member.js'

/** How a handler keeps a record that comes again from having its effect twice. */
export type Guard =
  /** Not at all. */
  | 'naive'
  /** It remembers the last sequence number of each account, in the memory of its own member. */
  | 'in memory'
  /** It keeps the last sequence number of each account beside the account's effects, in one transaction. */
  | 'sequence'
  /** It keeps the time of the last record there instead. */
  | 'timestamp'

/** All handlers, the naive one first. */
export const GUARDS: readonly Guard[] = ['naive', 'in memory', 'sequence', 'timestamp']

/** The last number or time that a handler has seen of each account; an account is a partition here. */
type Last = Map<number, number>

/**
 * The effects of records under each guard, as if four groups of handlers had been handed the same records in the same
 * order. It stands for a database that all members use, so that it outlives each of them.
 */
export class Effects {
  readonly #shared: Readonly<Record<'sequence' | 'timestamp', Last>> = { sequence: new Map(), timestamp: new Map() }
  readonly #ofMembers = new Map<TrialMember, Last>()
  /** How often each record has had its effect, for each guard, by `partition offset`. */
  readonly #times = new Map(GUARDS.map((guard) => [guard, new Map<string, number>()]))

  /** Lets every handler handle the record. Returns whether the one with a sequence number has applied it. */
  apply(member: TrialMember, record: HandedRecord): boolean {
    const inMemory: Last = this.#ofMembers.get(member) ?? new Map()
    this.#ofMembers.set(member, inMemory)
    this.#count('naive', record)
    if (isNext(inMemory, record.partition, record.number)) this.#count('in memory', record)
    if (isNext(this.#shared.timestamp, record.partition, record.timestamp)) this.#count('timestamp', record)
    const isApplied = isNext(this.#shared.sequence, record.partition, record.number)
    if (isApplied) this.#count('sequence', record)
    return isApplied
  }

  /** The number of effects, each as often as it is there. */
  total(guard: Guard): number {
    return [...this.#timesOf(guard)].reduce((sum, times) => sum + times, 0)
  }

  /** The number of records whose effect is there several times. */
  repeated(guard: Guard): number {
    return [...this.#timesOf(guard)].filter((times) => times > 1).length
  }

  /** The number of records whose effect is there. */
  once(guard: Guard): number {
    return [...this.#timesOf(guard)].length
  }

  #timesOf(guard: Guard): Iterable<number> {
    return this.#times.get(guard)?.values() ?? []
  }

  #count(guard: Guard, { partition, offset }: HandedRecord): void {
    const times = this.#times.get(guard)
    const key = `${partition} ${offset}`
    times?.set(key, (times.get(key) ?? 0) + 1)
  }
}

/** Notes the number or time of a record, if it is later than the last one of the account; false: it is not. */
function isNext(last: Last, account: number, at: number): boolean {
  if (at <= (last.get(account) ?? Number.NEGATIVE_INFINITY)) return false
  last.set(account, at)
  return true
}
