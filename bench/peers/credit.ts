import type { Worker } from 'node:worker_threads'

/** The receiver tells its progress after this many records … */
export const ACKNOWLEDGE_EVERY = 1_000
/** … and the sender is never further ahead than this: it bounds the memory of channels that would queue without end. */
export const RECORDS_AHEAD_MAX = 32 * ACKNOWLEDGE_EVERY

/**
 * Back pressure for channels that have none. The sending thread owns it; the receiving worker posts the number of
 * records it has taken, the first time with 0 when it is ready. An error or exit of the worker rejects all waiting.
 */
export class Credit {
  #acknowledged = -1
  #failure: Error | undefined
  #wake: () => void = () => {}

  constructor(receiver: Worker) {
    receiver.on('message', (taken: number) => {
      this.#acknowledged = taken
      this.#wake()
    })
    receiver.on('error', (error) => this.#fail(error))
    receiver.on('exit', (code) => this.#fail(new Error(`The receiving thread exited with code ${code}`)))
  }

  /** The receiver has taken at least this many records. */
  async acknowledged(records: number): Promise<void> {
    while (this.#acknowledged < records) {
      if (this.#failure !== undefined) throw this.#failure
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#wake()
  }
}
