import { NEVER, type Offset, type Timestamp, timestamp } from '../../src/base/ids.js'
import type { RecordCodec } from '../../src/log/record-log.js'
import type { Asked, Replied, StateDecision, StateMachine } from '../../src/log/state-machine.js'

/** A counter has got to a value. An open one counts on by itself after a while. */
export interface Counted {
  readonly name: string
  readonly value: number
  readonly isOpen: boolean
}

/**
 * `count` and `twice` count and are told the value; `read` is told it, and `offset` where its record stands. `next`
 * counts and opens the counter, and is told the value that comes after its own, whoever brings that about.
 */
export interface CounterRequest {
  readonly type: 'count' | 'twice' | 'read' | 'offset' | 'next'
  readonly name: string
}

/** How long an open counter waits for somebody else to count. */
export const PATIENCE_MS = 100

/** The reply to a `next` when the value that it would have been told could not be written. */
export const PUT_OFF = -1

type Reply = Replied<CounterRequest, number>
type CounterDecision = StateDecision<Counted, CounterRequest, number>

const NOTHING = { value: 0, isOpen: false, at: -1 }

/**
 * Counters with names: the smallest state that tells a lost record, one that was replayed twice, and one that was told
 * too early; with parked requests and timers, as coordinators have them.
 */
export class Counters implements StateMachine<Counted, CounterRequest, number> {
  /** What has happened to it, in order. */
  readonly life: string[] = []
  readonly #counters = new Map<string, typeof NOTHING>()
  readonly #timers = new Map<string, Timestamp>()
  #waiting: Asked<CounterRequest>[] = []
  /** Those to whom the last decision replies, in case that it is refused. */
  #replied: Asked<CounterRequest>[] = []
  #lastOffset = -1

  decide(asked: Asked<CounterRequest>, now: Timestamp): CounterDecision {
    const { type, name } = asked.request
    const { value, at } = this.#counter(name)
    if (type === 'read' || type === 'offset')
      return { records: [], replies: [{ to: asked, reply: type === 'read' ? value : at }] }
    if (type !== 'next') return this.#count(name, { times: type === 'twice' ? 2 : 1, asked })
    const decision = this.#count(name, { isOpen: true })
    this.#waiting.push(asked)
    this.#timers.set(name, timestamp(now + PATIENCE_MS))
    return decision
  }

  get nextDeadline(): Timestamp {
    return timestamp(Math.min(NEVER, ...this.#timers.values()))
  }

  expire(now: Timestamp): CounterDecision {
    const [name] = [...this.#timers].find(([, at]) => at <= now) ?? []
    if (name === undefined) throw new Error('No timer is due')
    return this.#count(name)
  }

  refused(asked: Asked<CounterRequest> | null): readonly Reply[] {
    this.#waiting = this.#waiting.filter((one) => one !== asked)
    if (asked !== null && !this.#counter(asked.request.name).isOpen) this.#timers.delete(asked.request.name)
    return this.#replied.map((to) => ({ to, reply: PUT_OFF }))
  }

  replay({ name, value, isOpen }: Counted, at: Offset): void {
    if (value !== this.#counter(name).value + 1) throw new Error(`${name} goes to ${value}`)
    if (at <= this.#lastOffset) throw new Error(`The record at ${at} comes behind that at ${this.#lastOffset}`)
    this.#lastOffset = at
    this.#counters.set(name, { value, isOpen, at })
    if (!isOpen) this.#timers.delete(name)
  }

  load(now: Timestamp): void {
    this.life.push('load')
    for (const [name, { isOpen }] of this.#counters) if (isOpen) this.#timers.set(name, timestamp(now + PATIENCE_MS))
  }

  unload(): void {
    this.life.push('unload')
  }

  #count(
    name: string,
    { times = 1, isOpen = false, asked }: { times?: number; isOpen?: boolean; asked?: Asked<CounterRequest> } = {},
  ): CounterDecision {
    const { value } = this.#counter(name)
    const records = Array.from({ length: times }, (_, index) => ({ name, value: value + index + 1, isOpen }))
    this.#replied = this.#waiting.filter(({ request }) => request.name === name)
    this.#waiting = this.#waiting.filter(({ request }) => request.name !== name)
    const told = asked === undefined ? this.#replied : [...this.#replied, asked]
    return { records, replies: told.map((to) => ({ to, reply: value + times })) }
  }

  #counter(name: string): typeof NOTHING {
    return this.#counters.get(name) ?? NOTHING
  }
}

export const COUNTER_CODEC: RecordCodec<Counted> = {
  encode: ({ name, value, isOpen }) => ({ key: name, value: JSON.stringify({ value, isOpen }) }),
  decode: (key, value) =>
    key === null || value === null ? null : { name: key.toString(), ...JSON.parse(String(value)) },
}
