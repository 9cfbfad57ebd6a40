import { earliest, NEVER, type Timestamp } from '../../base/ids.js'
import type { Partition } from '../partition.js'

/**
 * The fetches that wait, and who of them watches which partition: news of one concerns those who wait for that one alone, however many
 * others wait (Kafka: `DelayedOperationPurgatory` and its watchers). They stand in lists, in no order: to enter one and to leave it costs the
 * same however long it is.
 *
 * No map or set changes with a request: of the tables that they outgrow V8 links each to the next one, so that its collector takes all of
 * them for old, and one record in a hundred comes some milliseconds later.
 */
export class FetchPurgatory<Fetch extends { readonly deadline: Timestamp }> {
  readonly #waiting: Place<Fetch>[] = []
  /** Kept for as long as the partition is here. */
  readonly #watchers = new Map<Partition, Place<Fetch>[]>()
  /** Those of which there is news. */
  readonly #stirred: Waiting<Fetch>[] = []
  #nextDeadline = NEVER

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  get hasStirred(): boolean {
    return this.#stirred.length > 0
  }

  /** When the next one is due, or earlier. */
  get nextDeadline(): Timestamp {
    return this.#nextDeadline
  }

  enter(fetch: Fetch, watched: readonly Partition[]): void {
    const waiting = new Waiting(fetch)
    waiting.enter(this.#waiting)
    for (const partition of watched) waiting.enter(this.#watchersOf(partition))
    this.#nextDeadline = earliest(this.#nextDeadline, fetch.deadline)
  }

  stir(partition: Partition): void {
    for (const { waiting } of this.#watchers.get(partition) ?? []) this.#stir(waiting)
  }

  stirThose(isMeant: (fetch: Fetch) => boolean): void {
    for (const { waiting } of this.#waiting) if (isMeant(waiting.fetch)) this.#stir(waiting)
  }

  stirOverdue(now: Timestamp): void {
    if (now < this.#nextDeadline) return
    this.#nextDeadline = NEVER
    for (const { waiting } of this.#waiting) {
      if (waiting.fetch.deadline <= now) this.#stir(waiting)
      else this.#nextDeadline = earliest(this.#nextDeadline, waiting.fetch.deadline)
    }
  }

  /** The partition is gone: whoever watches it may leave at once, and nobody else comes. */
  forget(partition: Partition): void {
    this.stir(partition)
    this.#watchers.delete(partition)
  }

  /** Lets go of those of which there is news and that are served. */
  serveStirred(serve: (fetch: Fetch) => boolean): void {
    const stirred = this.#stirred
    // Taken one by one: a list that is emptied at once is made anew for the next one.
    for (let waiting = stirred.pop(); waiting !== undefined; waiting = stirred.pop()) {
      waiting.isStirred = false
      if (!waiting.hasLeft && serve(waiting.fetch)) waiting.leave()
    }
  }

  /** Lets go of those. */
  release(isMeant: (fetch: Fetch) => boolean): void {
    for (const { waiting } of [...this.#waiting]) if (isMeant(waiting.fetch)) waiting.leave()
  }

  #watchersOf(partition: Partition): Place<Fetch>[] {
    let watchers = this.#watchers.get(partition)
    if (watchers === undefined) {
      watchers = []
      this.#watchers.set(partition, watchers)
    }
    return watchers
  }

  #stir(waiting: Waiting<Fetch>): void {
    if (waiting.isStirred) return
    waiting.isStirred = true
    this.#stirred.push(waiting)
  }
}

class Waiting<Fetch> {
  readonly fetch: Fetch
  isStirred = false
  hasLeft = false
  /** In the lists in which it stands. */
  #places: Place<Fetch> | null = null

  constructor(fetch: Fetch) {
    this.fetch = fetch
  }

  enter(list: Place<Fetch>[]): void {
    this.#places = { waiting: this, list, index: list.length, next: this.#places }
    list.push(this.#places)
  }

  /** The last one of each list takes its place there. */
  leave(): void {
    this.hasLeft = true
    for (let place = this.#places; place !== null; place = place.next) {
      const last = place.list.pop() as Place<Fetch>
      if (last === place) continue
      place.list[place.index] = last
      last.index = place.index
    }
  }
}

interface Place<Fetch> {
  readonly waiting: Waiting<Fetch>
  readonly list: Place<Fetch>[]
  index: number
  /** Of the same fetch, in another list. */
  readonly next: Place<Fetch> | null
}
