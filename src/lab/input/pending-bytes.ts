import type { FailAt } from './input-error.js'
import { INPUT_RECORD_BYTES_MAX } from './input-record.js'

/** The beginning of a piece whose end has not arrived yet: a bounded list of chunks, joined once. */
export class PendingBytes {
  readonly #fail: FailAt
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(fail: FailAt) {
    this.#fail = fail
  }

  get isEmpty(): boolean {
    return this.#bytes === 0
  }

  /** Keeps a chunk of the piece that starts at `line`. Throws InputError when the piece grows beyond the limit. */
  hold(chunk: Buffer, line: number): void {
    this.#bytes += chunk.length
    if (this.#bytes > INPUT_RECORD_BYTES_MAX) {
      throw this.#fail(
        line,
        `the record is longer than ${INPUT_RECORD_BYTES_MAX} bytes; split it, or check the line ends`,
      )
    }
    if (chunk.length > 0) this.#chunks.push(chunk)
  }

  /** Returns all that is held, followed by `last`, and empties the list. Copies nothing when nothing is held. */
  join(last: Buffer): Buffer {
    if (this.#bytes === 0) return last
    this.#chunks.push(last)
    const joined = Buffer.concat(this.#chunks)
    this.#chunks = []
    this.#bytes = 0
    return joined
  }
}
