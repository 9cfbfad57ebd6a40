import { Numbering } from './flat-history.js'
import { Promises, type PromisingOptions } from './promises.js'

/** The producers of a history, numbered as they are named, and what each promises of the records that it sends next. */
export class PromisingProducers {
  readonly #names = new Numbering<string>()
  readonly #options: PromisingOptions[] = []
  readonly #promised: number[] = []
  readonly #promises = new Promises()

  get count(): number {
    return this.#names.keys.length
  }

  /** Returns the number of a producer. One that was not named before has Kafka's defaults. */
  of(name: string): number {
    const producer = this.#names.of(name)
    if (producer === this.#options.length) {
      this.#options.push({})
      this.#promised.push(this.#promises.of({}))
    }
    return producer
  }

  /** Sets options of a producer; those that are not given stay. Throws a BrokenOperation for what Kafka refuses. */
  set(producer: number, given: PromisingOptions | null): void {
    const options = { ...this.#options[producer], ...given }
    this.#promised[producer] = this.#promises.of(options)
    this.#options[producer] = options
  }

  /** Returns the bits of PROMISES for a record, which may be sent with options of its own. */
  promises(producer: number, own: PromisingOptions | null): number {
    return own === null ? this.#promised[producer]! : this.#promises.of({ ...this.#options[producer], ...own })
  }
}
