import { NEVER, type Timestamp, timestamp } from '../base/ids.js'

/** What is to be done a little later, always equally long after it was asked for. Owned by the gateway's thread. */
export class HeldBack {
  readonly #delayMs: number
  /** In the order in which they are due. */
  readonly #waiting: { readonly at: Timestamp; readonly run: () => void }[] = []

  constructor(delayMs: number) {
    this.#delayMs = delayMs
  }

  add(now: Timestamp, run: () => void): void {
    this.#waiting.push({ at: timestamp(now + this.#delayMs), run })
  }

  /** When the next one is due. */
  get due(): Timestamp {
    return this.#waiting[0]?.at ?? NEVER
  }

  /** Does what is due. */
  run(now: Timestamp): void {
    while (this.due <= now) this.#waiting.shift()?.run()
  }
}
