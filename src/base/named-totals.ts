import { type SampledShape, SampledTotals, type SampleWindow } from './sampled-totals.js'

/** The names of the numbers that are counted: totals, maxima of samples, and states, which are set. */
export interface NumberNames<Total extends string, Maximum extends string, State extends string> {
  readonly totals: readonly Total[]
  readonly maxima: readonly Maximum[]
  readonly states: readonly State[]
}

/** Where numbers lie; they take `NamedTotals.bytesOf` there. */
export interface NumbersPlace {
  readonly shared: SharedArrayBuffer
  readonly from: number
}

/** What came within a window: its sums by name, its maxima (NaN where there was nothing), and its length. */
export interface NamedWindow<Total extends string, Maximum extends string> {
  readonly seconds: number
  readonly sums: Readonly<Record<Total, number>>
  readonly maxima: Readonly<Record<Maximum, number>>
}

/**
 * Totals and maxima with names, over Kafka's window: see SampledTotals. For what happens a few times for each slice of
 * records, or less; one thread counts, and others may read at any time.
 */
export class NamedTotals<Total extends string, Maximum extends string = never, State extends string = never> {
  readonly #names: NumberNames<Total, Maximum, State>
  readonly #indexes: ReadonlyMap<Total | State, number>
  readonly #maximaIndexes: ReadonlyMap<Maximum, number>
  readonly #counts: SampledTotals

  constructor(names: NumberNames<Total, Maximum, State>, window: SampleWindow, place?: NumbersPlace) {
    this.#names = names
    this.#indexes = new Map([...names.totals, ...names.states].map((name, index) => [name, index]))
    this.#maximaIndexes = new Map(names.maxima.map((name, index) => [name, index]))
    this.#counts = new SampledTotals(shapeOf(names), window, place?.shared, place?.from)
  }

  static bytesOf(names: NumberNames<string, string, string>, window: SampleWindow): number {
    return SampledTotals.bytesOf(shapeOf(names), window)
  }

  /** Writer: something happens now. To be called before it is counted. */
  happens(now: number): void {
    this.#counts.happens(now)
  }

  add(name: Total, amount = 1): void {
    this.#counts.add(this.#indexes.get(name) as number, amount)
  }

  max(name: Maximum, value: number): void {
    this.#counts.max(this.#maximaIndexes.get(name) as number, value)
  }

  set(name: State, value: number): void {
    this.#counts.set(this.#indexes.get(name) as number, value)
  }

  /** Writer: has counted nothing. */
  restart(): void {
    this.#counts.restart()
  }

  /** The total since the beginning, or the state. */
  ever(name: Total | State): number {
    return this.#counts.total(this.#indexes.get(name) as number)
  }

  within(now: number): NamedWindow<Total, Maximum> {
    const { seconds, sum, max } = this.#counts.within(now)
    return { seconds, sums: byName(this.#names.totals, sum), maxima: byName(this.#names.maxima, max) }
  }
}

const shapeOf = ({ totals, maxima, states }: NumberNames<string, string, string>): SampledShape => ({
  totals: totals.length + states.length,
  maxima: maxima.length,
})

function byName<Name extends string>(
  names: readonly Name[],
  at: (index: number) => number,
): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name, index) => [name, at(index)])) as Record<Name, number>
}
