import type { Timers } from '../../actor/event-loop.js'
import type { Clock } from '../../base/clock.js'
import {
  DEAD_LETTER_BACKLOG_BYTES_EACH,
  DEAD_LETTER_BACKLOG_BYTES_MAX,
  DEAD_LETTER_BYTES_PER_WRITE,
  DEAD_LETTER_SINK_MS_MAX,
  DEAD_LETTERS_PER_WRITE_MAX,
} from '../../base/config/internal-limits.js'
import { deferred } from '../../base/deferred.js'
import { KafkaError, TimeoutError } from '../../base/errors.js'
import { throwLater } from '../../base/throw-later.js'
import { asError } from '../../base/thrown.js'
import { attachTo, causeOf } from './dead-letter-cause.js'
import {
  type DeadLetter,
  type DeadLetterCause,
  type DeadLetterFailure,
  type DeadLetterSink,
  letterBytes,
} from './dead-letters.js'

/**
 * Between a producer and its sink: has what failed written, and only then lets it be told. Lives on the application's
 * thread.
 *
 * Failures wait in line, in their order, as what they are: a batch in the memory of the producer, a call with the
 * user's records. Letters are made of them for one write at a time, so many failures cost the memory of one write and
 * not of all.
 *
 * A sink that does not settle must not keep the failures from being told: after a while its write has failed. The sink
 * gets no other write until it does settle, so what fails in the meantime is not kept either. That time is the
 * process's and not the clock's, which a simulation stops for what is outside of it. A sink that lives in the cluster
 * needs none: its clients have deadlines of their own.
 *
 * A producer that has no more time to close, or whose cluster has none, does not wait for its sink either: what has
 * failed is told then, written or not. What waits in line still goes to the sink, one write behind the other, as long
 * as the process lives; nobody waits for it.
 */
export interface DeadLetterOfficeParts {
  readonly sink: DeadLetterSink
  readonly clock: Clock
  /** Tells the host of what happens outside of it; a simulation stands still until that has happened. */
  readonly outside: Outside
  /**
   * The timers of the process, whatever the clock says; they keep it alive, for nothing else may while a sink hangs.
   */
  readonly after: Timers['after']
  /** Called when letters were not kept. */
  readonly onFailure: (failure: DeadLetterFailure) => void
}

export type Outside = <Value>(promise: Promise<Value>) => Promise<Value>

/** Makes the letters of something that failed, when it is their turn. */
export type LettersOf = (cause: DeadLetterCause, failedAt: number) => IterableIterator<DeadLetter>

interface Waiting {
  readonly letters: Iterator<DeadLetter>
  readonly error: unknown
  readonly tell: () => void
  /** Why some of its letters are not kept. */
  failure: Error | null
}

interface Piece {
  readonly letters: DeadLetter[]
  /** All failures that have letters in it, or have none. */
  readonly from: Waiting[]
  /** How many of those have no letters beyond it. */
  finished: number
}

/** Has failures kept before they are told. */
export type KeepsFailures = Pick<DeadLetterOffice, 'now' | 'keep' | 'keepThrown' | 'idle' | 'giveUp' | 'close'>

/** The office of a producer without a sink: nothing is kept, so everything is told at once. */
export const NO_OFFICE: KeepsFailures = {
  // Nobody makes a letter that says when.
  now: () => 0,
  keep: (_error, _lettersOf, tell) => tell(),
  keepThrown: (_error, _lettersOf, tell) => tell(),
  idle: async () => {},
  giveUp: () => {},
  close: async () => {},
}

export class DeadLetterOffice {
  readonly #parts: DeadLetterOfficeParts
  readonly #outside: Outside
  /** Whether a write has not settled in time, and not since. */
  #isStuck = false
  /** Why nobody waits for the sink any more. */
  #over: Error | null = null
  /** Functions that end the waits for the sink. */
  readonly #waits = new Set<(why: Error) => void>()
  /** Resolves when the sink has settled whatever it was asked. */
  #sinkIdle: Promise<void> = Promise.resolve()
  #line: Waiting[] = []
  #writing: Promise<void> | null = null
  #backlogBytes = 0

  constructor(parts: DeadLetterOfficeParts) {
    this.#parts = parts
    this.#outside = parts.sink.livesInCluster === true ? (promise) => promise : parts.outside
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Math.floor(this.#parts.clock.now())
  }

  /** Has the letters written, and then calls `tell`. If they could not be, the error says so when it is told. */
  keep(error: unknown, lettersOf: LettersOf, tell: () => void): void {
    const letters = lettersOf(causeOf(error), this.now())
    this.#line.push({ letters, error, tell, failure: null })
    this.#writing ??= this.#writeAll()
  }

  /**
   * As `keep`, for a caller that waits for nothing and may use the record's buffers again. Nothing holds it back, so
   * there is a limit: what is beyond it is not kept, and told as a failure of the sink is.
   */
  keepThrown(error: unknown, lettersOf: LettersOf, tell: () => void): void {
    const letters = [...lettersOf(causeOf(error), this.now())]
    const bytes = letters.reduce((sum, letter) => sum + DEAD_LETTER_BACKLOG_BYTES_EACH + letterBytes(letter), 0)
    if (this.#backlogBytes + bytes > DEAD_LETTER_BACKLOG_BYTES_MAX) {
      this.#drop(error, letters)
      return tell()
    }
    this.#backlogBytes += bytes
    const kept = (): void => {
      this.#backlogBytes -= bytes
      tell()
    }
    this.keep(error, () => letters.values(), kept)
  }

  /** Resolves when all that has failed so far was told. */
  async idle(): Promise<void> {
    await this.#writing
  }

  /** Waits for the sink no more: what has failed is told. */
  giveUp(): void {
    this.#over ??= new TimeoutError('The sink of the dead letters had not ended when the time to close was over')
    for (const endWait of this.#waits) endWait(this.#over)
  }

  async close(): Promise<void> {
    await this.idle()
    const { sink, onFailure } = this.#parts
    try {
      if (this.#over !== null) this.#behind(() => sink.close())
      else await this.#inTime('close', sink.close())
    } catch (thrown) {
      onFailure({ error: asError(thrown), letters: [] })
    }
  }

  async #writeAll(): Promise<void> {
    // What fails in one piece of synchronous code goes together.
    await null
    while (this.#line.length > 0) await this.#writePiece(this.#nextPiece())
    this.#writing = null
  }

  async #writePiece({ letters, from, finished }: Piece): Promise<void> {
    const failure = letters.length === 0 ? null : await this.#write(letters)
    for (const waiting of from) waiting.failure ??= failure
    for (const waiting of from.slice(0, finished)) {
      if (waiting.failure !== null) attachTo(waiting.error, waiting.failure)
      try {
        waiting.tell()
      } catch (thrown) {
        throwLater(thrown)
      }
    }
  }

  async #write(letters: readonly DeadLetter[]): Promise<Error | null> {
    const { sink, onFailure } = this.#parts
    try {
      if (this.#over !== null) {
        this.#behind(() => sink.write(letters))
        throw this.#over
      }
      if (this.#isStuck) throw new TimeoutError('The sink of the dead letters has not ended an earlier write yet')
      await this.#inTime('write', sink.write(letters))
      return null
    } catch (thrown) {
      const error = asError(thrown)
      onFailure({ error, letters })
      return error
    }
  }

  /** Settles as the sink's promise does; rejects when that takes too long. */
  async #inTime(what: 'write' | 'close', promise: Promise<void>): Promise<void> {
    const { sink, after } = this.#parts
    const answer = deferred<void>()
    const settled = Promise.resolve(promise).then(answer.resolve, answer.reject)
    this.#sinkIdle = settled
    const endWait = (why: Error): void => {
      this.#noteStuck(settled)
      answer.reject(why)
    }
    const says = `The sink of the dead letters did not ${what} within ${DEAD_LETTER_SINK_MS_MAX} ms`
    const isTimed = sink.livesInCluster !== true
    const timer = isTimed ? after(DEAD_LETTER_SINK_MS_MAX, () => endWait(new TimeoutError(says))) : null
    this.#waits.add(endWait)
    try {
      await this.#outside(answer.promise)
    } finally {
      this.#waits.delete(endWait)
      timer?.cancel()
    }
  }

  #noteStuck(settled: Promise<void>): void {
    this.#isStuck = true
    settled.then(() => {
      this.#isStuck = false
    })
  }

  /** Asks it of the sink when that has settled whatever it was asked before. */
  #behind(ask: () => Promise<void>): void {
    const settled = (): void => {}
    this.#sinkIdle = this.#sinkIdle.then(ask).then(settled, settled)
  }

  #drop(error: unknown, letters: readonly DeadLetter[]): void {
    const says = `More than ${DEAD_LETTER_BACKLOG_BYTES_MAX} bytes of records that produce has thrown for wait to be written`
    const failure = new KafkaError('UNKNOWN_SERVER_ERROR', says)
    attachTo(error, failure)
    this.#parts.onFailure({ error: failure, letters })
  }

  #nextPiece(): Piece {
    const piece: Piece = { letters: [], from: [], finished: 0 }
    let bytes = 0
    const isFull = (): boolean =>
      piece.letters.length >= DEAD_LETTERS_PER_WRITE_MAX || bytes >= DEAD_LETTER_BYTES_PER_WRITE
    while (piece.finished < this.#line.length && !isFull()) {
      const waiting = this.#line[piece.finished] as Waiting
      piece.from.push(waiting)
      let letter = this.#nextLetter(waiting)
      for (; letter !== null; letter = isFull() ? null : this.#nextLetter(waiting)) {
        piece.letters.push(letter)
        bytes += letterBytes(letter)
      }
      if (!isFull()) piece.finished += 1
    }
    this.#line = this.#line.slice(piece.finished)
    return piece
  }

  /** The next letter; null: there are no more, or none can be made. */
  #nextLetter(waiting: Waiting): DeadLetter | null {
    try {
      const next = waiting.letters.next()
      return next.done === true ? null : next.value
    } catch (thrown) {
      const error = asError(thrown)
      waiting.failure = error
      this.#parts.onFailure({ error, letters: [] })
      return null
    }
  }
}
