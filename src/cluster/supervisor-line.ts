import { type Deferred, deferred } from '../base/deferred.js'

/** A question that is not answered yet. */
interface Pending<Surface> {
  /** Asks it of a new incarnation. */
  readonly ask: (surface: Surface) => void
  readonly reject: (error: Error) => void
}

/**
 * The application's line to the supervisor, whichever incarnation that is. A question that an incarnation takes with it
 * is asked again of the next one: so only what may be asked twice is asked here.
 */
export class SupervisorLine<Surface> {
  /** The surface that is asked; null: there is none at the moment. */
  #surface: Surface | null = null
  /** Why there is no next one. */
  #over: Error | null = null
  /**
   * A set, not a promise that all of them race with: what has raced with a promise is kept for as long as that one is
   * pending, and this one may be for hours.
   */
  readonly #pending = new Set<Pending<Surface>>()
  readonly #onAsked: () => void

  /** `onAsked` is called with each question. */
  constructor(onAsked: () => void = () => {}) {
    this.#onAsked = onAsked
  }

  get hasPending(): boolean {
    return this.#pending.size > 0
  }

  /** An incarnation was started. */
  renew(surface: Surface): void {
    this.#surface = surface
    for (const { ask } of [...this.#pending]) ask(surface)
  }

  /** The incarnation has ended. */
  lost(): void {
    this.#surface = null
  }

  /** There is no next incarnation: every question rejects. Only the first reason counts. */
  end(error: Error): void {
    this.#over ??= error
    for (const { reject } of [...this.#pending]) reject(this.#over)
  }

  /** The promise, or the end of the line if that comes first. `givenUp`: see `ask`. */
  whileThereIsOne<Value>(promise: Promise<Value>, givenUp?: Promise<never>): Promise<Value> {
    const answer = deferred<Value>()
    promise.then(answer.resolve, answer.reject)
    givenUp?.catch(answer.reject)
    return this.#settled(answer, () => {})
  }

  /** `givenUp` rejects when nobody waits for the answer any more: the question is not pending then. */
  ask<Value>(question: (surface: Surface) => Value | Promise<Value>, givenUp?: Promise<never>): Promise<Value> {
    const answer = deferred<Value>()
    givenUp?.catch(answer.reject)
    return this.#settled(answer, (surface) => {
      new Promise<Value>((resolve) => resolve(question(surface))).then(answer.resolve, answer.reject)
    })
  }

  async #settled<Value>(answer: Deferred<Value>, ask: Pending<Surface>['ask']): Promise<Value> {
    const pending: Pending<Surface> = { ask, reject: answer.reject }
    this.#pending.add(pending)
    this.#onAsked()
    try {
      if (this.#over !== null) answer.reject(this.#over)
      else if (this.#surface !== null) ask(this.#surface)
      return await answer.promise
    } finally {
      this.#pending.delete(pending)
    }
  }
}
