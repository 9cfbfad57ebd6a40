import { earliest, NEVER, type Timestamp } from '../base/ids.js'

/**
 * Requests that wait, and which of them watch which subject: news of a subject concerns only those who watch it,
 * however many others wait (Kafka: `DelayedOperationPurgatory` and its watchers). They stand in lists, in no order: to
 * enter one and to leave it costs the same however long it is.
 *
 * No map or set changes with a request: V8 links each table that one outgrows to the next table, so that its
 * collector takes all of them for old, and one record in a hundred comes some milliseconds later.
 */
export class Purgatory<Request extends { readonly deadline: Timestamp }, Subject> {
  readonly #waiting: Place<Request>[] = []
  /** Lists of watchers, each kept for as long as its subject is here. */
  readonly #watchers = new Map<Subject, Place<Request>[]>()
  /** The requests of which there is news. */
  readonly #stirred: Waiting<Request>[] = []
  #nextDeadline = NEVER

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  get hasStirred(): boolean {
    return this.#stirred.length > 0
  }

  /** The moment when the next request is due, or earlier. */
  get nextDeadline(): Timestamp {
    return this.#nextDeadline
  }

  /** A subject may be watched twice. */
  enter(request: Request, watched: readonly Subject[]): void {
    const waiting = new Waiting(request)
    waiting.enter(this.#waiting)
    for (const subject of watched) waiting.enter(this.#watchersOf(subject))
    this.#nextDeadline = earliest(this.#nextDeadline, request.deadline)
  }

  stir(subject: Subject): void {
    for (const { waiting } of this.#watchers.get(subject) ?? []) this.#stir(waiting)
  }

  /** Calls `note` with every request that waits. None may enter or leave meanwhile. */
  noteAll(note: (request: Request) => void): void {
    for (const { waiting } of this.#waiting) note(waiting.request)
  }

  stirThose(isMeant: (request: Request) => boolean): void {
    for (const { waiting } of this.#waiting) if (isMeant(waiting.request)) this.#stir(waiting)
  }

  stirOverdue(now: Timestamp): void {
    if (now < this.#nextDeadline) return
    this.#nextDeadline = NEVER
    for (const { waiting } of this.#waiting) {
      if (waiting.request.deadline <= now) this.#stir(waiting)
      else this.#nextDeadline = earliest(this.#nextDeadline, waiting.request.deadline)
    }
  }

  /** The subject is gone: whoever watches it may leave at once, and nobody else comes. */
  forget(subject: Subject): void {
    this.stir(subject)
    this.#watchers.delete(subject)
  }

  /** Lets go of the requests that have news and are served. */
  serveStirred(serve: (request: Request) => boolean): void {
    const stirred = this.#stirred
    // Taken one by one: a list that is emptied at once is made anew for the next one.
    for (let waiting = stirred.pop(); waiting !== undefined; waiting = stirred.pop()) {
      waiting.isStirred = false
      if (!waiting.hasLeft && serve(waiting.request)) waiting.leave()
    }
  }

  /** Lets go of the requests that are meant. */
  release(isMeant: (request: Request) => boolean): void {
    for (const { waiting } of [...this.#waiting]) if (isMeant(waiting.request)) waiting.leave()
  }

  #watchersOf(subject: Subject): Place<Request>[] {
    let watchers = this.#watchers.get(subject)
    if (watchers === undefined) {
      watchers = []
      this.#watchers.set(subject, watchers)
    }
    return watchers
  }

  #stir(waiting: Waiting<Request>): void {
    if (waiting.isStirred) return
    waiting.isStirred = true
    this.#stirred.push(waiting)
  }
}

class Waiting<Request> {
  readonly request: Request
  isStirred = false
  hasLeft = false
  /** Places in the lists in which it stands. */
  #places: Place<Request> | null = null

  constructor(request: Request) {
    this.request = request
  }

  enter(list: Place<Request>[]): void {
    this.#places = { waiting: this, list, index: list.length, next: this.#places }
    list.push(this.#places)
  }

  /** The last one of each list takes its place there. */
  leave(): void {
    this.hasLeft = true
    for (let place = this.#places; place !== null; place = place.next) {
      const last = place.list.pop() as Place<Request>
      if (last === place) continue
      place.list[place.index] = last
      last.index = place.index
    }
  }
}

interface Place<Request> {
  readonly waiting: Waiting<Request>
  readonly list: Place<Request>[]
  index: number
  /** Another place of the same request, in another list. */
  readonly next: Place<Request> | null
}
