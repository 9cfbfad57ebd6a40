/**
 * Every way in which a run can choose, one after the other: a run asks `choose` wherever it could go on differently,
 * and is repeated from its beginning until `advance` says that all ways were gone.
 */
export class Choices {
  readonly #made: { readonly chosen: number; readonly of: number }[] = []
  #next = 0

  /** A number from 0 up to and without `of`. */
  choose(of: number): number {
    if (this.#next === this.#made.length) this.#made.push({ chosen: 0, of })
    const made = this.#made[this.#next++] as { readonly chosen: number; readonly of: number }
    return made.chosen
  }

  advance(): boolean {
    this.#next = 0
    for (let last = this.#made.pop(); last !== undefined; last = this.#made.pop()) {
      if (last.chosen + 1 === last.of) continue
      this.#made.push({ chosen: last.chosen + 1, of: last.of })
      return true
    }
    return false
  }
}
