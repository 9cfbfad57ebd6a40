import { type Deferred, deferred } from '../client/pending-calls.js'

/** Says that a supervisor ended before it answered. */
const ENDED = Symbol('ended')

interface Incarnation<Surface> {
  readonly surface: Deferred<Surface>
  readonly ended: Deferred<typeof ENDED>
}

/**
 * The application's line to the supervisor, whichever incarnation that is. A question that an incarnation takes with it is
 * asked again of the next one: so only what may be asked twice is asked here.
 */
export class SupervisorLine<Surface> {
  #incarnation = newIncarnation<Surface>()
  /** Rejects when there is no next one. */
  readonly #over = deferred<never>()

  constructor() {
    this.#over.promise.catch(() => {})
  }

  /** An incarnation was started. */
  renew(surface: Surface): void {
    this.lost()
    this.#incarnation.surface.resolve(surface)
  }

  /** The incarnation has ended. */
  lost(): void {
    this.#incarnation.ended.resolve(ENDED)
    this.#incarnation = newIncarnation()
  }

  /** There is no next incarnation: every question rejects. */
  end(error: Error): void {
    this.#over.reject(error)
  }

  /** The promise, or the end of the line if that comes first. */
  whileThereIsOne<Value>(promise: Promise<Value>): Promise<Value> {
    return Promise.race([promise, this.#over.promise])
  }

  async ask<Value>(question: (surface: Surface) => Value | Promise<Value>): Promise<Value> {
    for (;;) {
      const { surface, ended } = this.#incarnation
      const answer = await Promise.race([this.#over.promise, surface.promise.then(question), ended.promise])
      if (answer !== ENDED) return answer
    }
  }
}

function newIncarnation<Surface>(): Incarnation<Surface> {
  return { surface: deferred(), ended: deferred() }
}
