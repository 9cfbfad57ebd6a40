import type { ByteStream, StreamListener } from '../../../src/gateway/byte-stream.js'

/**
 * A client's stream of which the test is the other end: it says what comes, sees what was written, and decides when the
 * stream takes it.
 */
export class ScriptedStream implements ByteStream {
  readonly peer = '127.0.0.1:50000'
  readonly host = '127.0.0.1'
  /** The other end takes no more, as long as the test says so. */
  isFull = false
  isPaused = true
  state: 'open' | 'closing' | 'closed' | 'reset' = 'open'
  listener: StreamListener | null = null
  #written: Uint8Array[] = []
  #untaken: (() => void)[] = []

  /** Bytes come in, unless nobody reads. */
  say(...bytes: readonly Uint8Array[]): void {
    if (this.isPaused) throw new Error('Nobody reads the stream')
    this.listener?.data(Buffer.concat(bytes))
  }

  /** The other end says nothing any more, but still listens. */
  sayNoMore(): void {
    this.listener?.ended()
  }

  /** The other end is gone. */
  vanish(): void {
    this.#over('closed')
  }

  /** Takes what was written, in order; copies it at this moment. */
  take(): void {
    for (const taken of this.#untaken.splice(0)) taken()
    if (this.state === 'closing') this.#over('closed')
  }

  get untaken(): number {
    return this.#untaken.length
  }

  drain(): void {
    this.isFull = false
    this.take()
    this.listener?.drained()
  }

  /** The frames that were written and not looked at yet, without their lengths. */
  frames(): Buffer[] {
    const bytes = Buffer.concat(this.#written.splice(0))
    const frames: Buffer[] = []
    for (let at = 0; at < bytes.length; ) {
      const end = at + 4 + bytes.readInt32BE(at)
      frames.push(bytes.subarray(at + 4, end))
      at = end
    }
    return frames
  }

  write(parts: readonly Uint8Array[], written: () => void): void {
    if (this.state !== 'open') throw new Error('Nothing is written to a stream that is over')
    this.#written.push(...parts)
    this.#untaken.push(written)
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  close(): void {
    if (this.state !== 'open') return
    this.state = 'closing'
    if (this.#untaken.length === 0) this.#over('closed')
  }

  reset(): void {
    this.#over('reset')
  }

  #over(how: 'closed' | 'reset'): void {
    if (this.state === 'closed' || this.state === 'reset') return
    this.state = how
    for (const taken of this.#untaken.splice(0)) taken()
    this.listener?.closed()
  }
}
