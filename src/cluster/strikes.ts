/**
 * Keeps what makes something go wrong apart from resets, which make everything whole: neither begins while the other is
 * under way. Otherwise a reset would wait for ever for a broker that was killed behind its back.
 *
 * Lives on the application's thread.
 */
export class Strikes {
  readonly #underWay = new Set<Promise<unknown>>()
  /** Settles with the reset that runs; null: none does. */
  #reset: Promise<unknown> | null = null

  /** Makes something go wrong: now, or behind the reset that runs. */
  make<Outcome>(strike: () => Promise<Outcome>): Promise<Outcome> {
    const begin = (): Promise<Outcome> => {
      const made = strike()
      const forget = (): unknown => this.#underWay.delete(made)
      this.#underWay.add(made)
      made.then(forget, forget)
      return made
    }
    return this.#reset === null ? begin() : this.#reset.then(begin, begin)
  }

  /** Nothing is begun before this promise has settled. Settles like it. */
  async behind(reset: Promise<void>): Promise<void> {
    this.#reset = reset
    try {
      await reset
    } finally {
      if (this.#reset === reset) this.#reset = null
    }
  }

  /** Resolves when what was under way is over. */
  async over(): Promise<void> {
    await Promise.allSettled([...this.#underWay])
  }
}
