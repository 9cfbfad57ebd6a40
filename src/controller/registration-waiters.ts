interface Waiter {
  readonly count: number
  readonly done: () => void
}

/** Holds whoever waits until so many brokers are in. */
export class RegistrationWaiters {
  #waiters: readonly Waiter[] = []

  add(waiter: Waiter): void {
    this.#waiters = [...this.#waiters, waiter]
  }

  /** So many brokers are in, and know of one another. */
  answer(brokers: number): void {
    const ready = this.#waiters.filter(({ count }) => brokers >= count)
    if (ready.length === 0) return
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter))
    for (const { done } of ready) done()
  }
}
