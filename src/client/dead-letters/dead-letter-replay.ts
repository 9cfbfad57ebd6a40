import { signature } from '../../base/arguments/shape.js'
import { flag, objectOfMethods, objectWith, optional } from '../../base/arguments/shapes.js'
import { DEAD_LETTER_BYTES_PER_WRITE, DEAD_LETTERS_PER_WRITE_MAX } from '../../base/config/internal-limits.js'
import { deferred } from '../../base/deferred.js'
import { KafkaError } from '../../base/errors.js'
import { asError } from '../../base/thrown.js'
import { counted } from '../../base/words.js'
import type { Lifetime } from '../lifetime.js'
import type { Outside } from './dead-letter-office.js'
import { type DeadLetter, type DeadLetterSink, letterBytes } from './dead-letters.js'

/** Where letters are read from; every sink is one. */
export type DeadLetterSource = Pick<DeadLetterSink, 'read' | 'remove' | 'livesInCluster'>

export interface ReplayOptions {
  /**
   * Whether letters are given up once their records are acknowledged. False keeps them all, for another replay. Default
   * true.
   */
  readonly remove?: boolean
}

/** What became of the letters. Those that were not sent are still where they were. */
export interface DeadLetterReplay {
  /** Letters acknowledged as the producer's `acks` says. */
  readonly sent: number
  /** Letters that failed again. */
  readonly failed: number
  /** Letters not tried, because they have no bytes to send: a serializer had refused them. */
  readonly unsendable: number
  /** The first hundred that failed again, and why. */
  readonly failures: readonly { readonly letter: DeadLetter; readonly error: unknown }[]
}

/** What has ended a replay early. */
const STOPPED = {
  read: 'but not all could be read',
  remove: 'but not all of those could be given up, and another replay will send them again',
} as const

/**
 * Not all letters could be read, or not all that were sent could be given up: `cause` says why, `replay` what was done.
 */
export class DeadLetterReplayError extends KafkaError {
  override readonly name = 'DeadLetterReplayError'
  readonly replay: DeadLetterReplay

  constructor(cause: Error, replay: DeadLetterReplay, what: keyof typeof STOPPED = 'read') {
    const code = cause instanceof KafkaError ? cause.code : 'UNKNOWN_SERVER_ERROR'
    super(code, `Sent ${counted(replay.sent, 'dead letter')}, ${STOPPED[what]}: ${cause.message}`, { cause })
    this.replay = replay
  }
}

const FAILURES_MAX = 100

export const REPLAY = signature(
  'replayDeadLetters',
  ['source', objectOfMethods<DeadLetterSource>({ read: 'needed', remove: 'optional' })],
  ['', objectWith({ remove: optional(flag) })],
)

export interface ReplayParts {
  readonly source: DeadLetterSource
  /** Sends the letter's record, and rejects when that fails again. No new letter is written then. */
  readonly send: (letter: DeadLetter) => Promise<unknown>
  readonly outside: Outside
  /** The life of the producer: the replay ends with it, whatever the source is at. */
  readonly life: Pick<Lifetime, 'onEnd'>
}

/**
 * Sends letters again, piece by piece: one piece is acknowledged and given up before the next one is read. A letter is
 * given up after its acknowledgement, so a replay that was interrupted and is repeated may send the last piece twice:
 * at least once.
 *
 * A record that fails again keeps its old letter and gets no new one. So a producer may replay the very sink that it
 * writes to: each letter is tried once, since only those are read that were there when the replay began.
 */
export async function replayDeadLetters(parts: ReplayParts, options: ReplayOptions): Promise<DeadLetterReplay> {
  const { source, send, life } = parts
  const { remove = true } = options
  const waits = new SourceWaits(source.livesInCluster === true ? (promise) => promise : parts.outside)
  const forget = life.onEnd((error) => waits.end(error))
  let step: keyof typeof STOPPED = 'read'
  const done = { sent: 0, failed: 0, unsendable: 0, failures: [] as { letter: DeadLetter; error: unknown }[] }
  const sendPiece = async (piece: readonly DeadLetter[]): Promise<void> => {
    const sendable = piece.filter((letter) => letter.isSerialized)
    done.unsendable += piece.length - sendable.length
    const outcomes = await Promise.allSettled(sendable.map(send))
    const sent = sendable.filter((_, index) => outcomes[index]?.status === 'fulfilled')
    done.sent += sent.length
    done.failed += sendable.length - sent.length
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled' || done.failures.length >= FAILURES_MAX) continue
      done.failures.push({ letter: sendable[index] as DeadLetter, error: outcome.reason })
    }
    if (!remove || sent.length === 0) return
    step = 'remove'
    await waits.for(source.remove?.(sent))
    step = 'read'
  }
  try {
    for await (const piece of piecesOf(source, waits)) await sendPiece(piece)
  } catch (thrown) {
    throw new DeadLetterReplayError(asError(thrown), done, step)
  } finally {
    forget()
  }
  return done
}

/** What was read before the source threw is a piece as well. */
async function* piecesOf(source: DeadLetterSource, waits: SourceWaits): AsyncGenerator<readonly DeadLetter[]> {
  const letters = source.read()[Symbol.asyncIterator]()
  let piece: DeadLetter[] = []
  let bytes = 0
  try {
    for (;;) {
      const next = await waits.for(letters.next())
      if (next.done === true) break
      piece.push(next.value)
      bytes += letterBytes(next.value)
      if (piece.length < DEAD_LETTERS_PER_WRITE_MAX && bytes < DEAD_LETTER_BYTES_PER_WRITE) continue
      yield piece
      piece = []
      bytes = 0
    }
  } catch (thrown) {
    if (!waits.haveEnded) yield piece
    throw thrown
  } finally {
    await waits.for(letters.return?.())
  }
  yield piece
}

/** Waits for what a source is asked, which is one thing at a time; an end breaks them off. */
class SourceWaits {
  readonly #outside: Outside
  #why: Error | null = null
  #breakOff: (why: Error) => void = () => {}

  constructor(outside: Outside) {
    this.#outside = outside
  }

  get haveEnded(): boolean {
    return this.#why !== null
  }

  for<Value>(promise: Value | PromiseLike<Value>): Promise<Value> {
    const answer = deferred<Value>()
    if (this.#why !== null) answer.reject(this.#why)
    this.#breakOff = answer.reject
    Promise.resolve(promise).then(answer.resolve, answer.reject)
    return this.#outside(answer.promise)
  }

  end(why: Error): void {
    this.#why = why
    this.#breakOff(why)
  }
}
