import { parentPort } from 'node:worker_threads'
import { ACKNOWLEDGE_EVERY } from './credit.js'
import { ConsecutiveCheck } from './numbered-values.js'

/** The receiving thread of every channel: checks each record and tells the sender how far it has come. */
export class Receiver {
  readonly #check = new ConsecutiveCheck()
  #acknowledgeAt = ACKNOWLEDGE_EVERY

  /** Says that this thread listens; call it after the listener is in place. */
  ready(): void {
    this.acknowledge()
  }

  take(bytes: Uint8Array, at: number): void {
    this.#check.take(bytes, at)
    if (this.#check.taken < this.#acknowledgeAt) return
    this.#acknowledgeAt += ACKNOWLEDGE_EVERY
    this.acknowledge()
  }

  acknowledge(): void {
    parentPort?.postMessage(this.#check.taken)
  }
}

/** Sent behind the last record, so that the receiver acknowledges what a full thousand would not. */
export const END = 'end'
