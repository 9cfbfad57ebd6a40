import type { Connection, Context } from '../actor/types.js'
import {
  CONVERSATION_END_MS_MAX,
  UNANSWERED_BYTES_MAX,
  UNANSWERED_REQUESTS_MAX,
} from '../base/config/internal-limits.js'
import { KafkaError } from '../base/errors.js'
import { NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import { type Response, refusalTo } from '../protocol/api.js'
import type { ByteStream, StreamListener } from './byte-stream.js'
import type { SeenCluster } from './exchange.js'
import type { Answer, ExchangeHost, OpenExchange, Question } from './open-exchange.js'
import { ReceiveBlocks } from './receive-blocks.js'
import type { ReceiveMemory } from './receive-memory.js'
import { type NextRequest, type ReadLimits, RequestReader } from './request-reader.js'
import { Authenticator, type AuthenticatorParts } from './sasl/authenticator.js'

/**
 * One client's stream, joined with a connection to its broker: so its requests are served in their order, and how many
 * may be on their way means what the client says.
 *
 *     joining   the connection was asked for. talking, ending, over: there is no such broker at the moment
 *     talking   frames are read, asked of the broker, and answered. ending, over: the broker is gone
 *     ending    the stream is over, but the broker may still read or lend memory. over
 *     over      nothing is left of it
 *
 * A frame is not begun while too much is unanswered, the ring is full, or the stream takes no more answers: then the
 * stream is not read either, and the client's own buffers fill. What the stream tells comes between turns and is only
 * noted; all else happens in turns.
 *
 * Owned by the gateway's thread.
 */
export interface ConversationParts {
  readonly stream: ByteStream
  readonly cluster: SeenCluster
  readonly memory: ReceiveMemory
  readonly limits: ReadLimits & { readonly idleMs: number }
  /** How the client authenticates; null: it need not. */
  readonly sasl: AuthenticatorParts | null
  /** Runs it in a later turn, when clients that have failed to authenticate are answered. */
  readonly later: (run: () => void) => void
  /** Asks for a turn. */
  readonly wake: (conversation: Conversation) => void
  /** Writes a line into the log. */
  readonly warn: (says: string) => void
}

/** After so long without requests that lend memory, the memory for them goes back. */
const BLOCKS_IDLE_MS = 5_000

export class Conversation implements StreamListener, ExchangeHost {
  readonly cluster: SeenCluster
  readonly clientHost: string
  readonly authenticator: Authenticator | null
  now: Timestamp = timestamp(0)
  readonly #parts: ConversationParts
  readonly #blocks: ReceiveBlocks
  readonly #reader: RequestReader
  #state: 'joining' | 'talking' | 'ending' | 'over' = 'joining'
  #connection: Connection | null = null
  #isStreamOver = false
  /** Begun and not written, oldest first. */
  #unanswered: OpenExchange[] = []
  #unansweredBytes = 0
  /** The request behind which none may be begun; null: there is none. */
  #unsettled: OpenExchange | null = null
  /** Questions in the ring, in the order of their answers, and those that did not fit yet. */
  #asked: Question[] = []
  #unasked: Question[] = []
  #correlationId = 0
  #hasHeard = true
  #lastHeard: Timestamp = timestamp(0)
  #endBy: Timestamp = NEVER

  constructor(parts: ConversationParts) {
    this.#parts = parts
    this.cluster = parts.cluster
    this.clientHost = `/${parts.stream.host}`
    this.#blocks = new ReceiveBlocks(parts.memory)
    this.#reader = new RequestReader(this.#blocks, parts.limits)
    this.authenticator = parts.sasl && new Authenticator(parts.sasl)
  }

  get isOver(): boolean {
    return this.#state === 'over'
  }

  data(chunk: Buffer): void {
    this.#hasHeard = true
    if (this.#isStreamOver) return
    this.#reader.push(chunk)
    this.#parts.wake(this)
  }

  drained(): void {
    this.#parts.wake(this)
  }

  closed(): void {
    this.#isStreamOver = true
    this.#parts.wake(this)
  }

  /** The connection that was asked for. */
  join(connection: Connection): void {
    this.#connection = connection
    if (this.#state === 'joining') this.#state = 'talking'
    // The stream was over before: nobody has asked for anything.
    else connection.close()
  }

  /** The broker is gone, or was not there: its clients see a connection that was reset. */
  lost(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    if (!this.#isStreamOver) this.#parts.stream.reset()
    this.#isStreamOver = true
    for (const { outcome } of this.#unanswered.splice(0)) if (outcome !== null && outcome !== 'none') outcome.written()
    this.#asked = []
    this.#unasked = []
    this.#blocks.end()
  }

  /** The client sees a connection that was reset. What is lent is waited for; see `isOver`. */
  reset(): void {
    if (this.#isStreamOver) return
    this.#isStreamOver = true
    this.#parts.stream.reset()
    this.#parts.wake(this)
  }

  /** The broker's answer to the oldest question. */
  receive(response: Response): void {
    const question = this.#asked.shift() as Question
    const { request, answered, exchange } = question
    const refused = response.api === 'Refused' ? refusalTo(request, response.error, response.says) : null
    this.#guarded(exchange, () => answered(refused ?? response))
  }

  /** Takes in what the stream has brought, as far as there is room, and writes what is answered. */
  turn(context: Context): void {
    this.now = context.now
    if (this.#hasHeard) this.#lastHeard = context.now
    this.#hasHeard = false
    if (this.#state === 'talking' && !this.#isStreamOver) this.#talk()
    if (this.#isStreamOver && (this.#state === 'joining' || this.#state === 'talking')) this.#end(context)
    if (this.#state === 'ending') this.#closeWhenDone()
  }

  /** Ends what has been silent for too long, or takes too long to end. */
  sweep({ now }: Context): void {
    if (this.#state === 'ending' && now >= this.#endBy) this.#connection?.close()
    if (this.#state !== 'talking' || this.#unanswered.length > 0) return
    const silentMs = now - this.#lastHeard
    if (silentMs >= BLOCKS_IDLE_MS && this.#connection !== null) this.#blocks.giveBackFree(this.#connection)
    if (silentMs >= this.#parts.limits.idleMs) this.hangUp(null)
  }

  ask(question: Question): void {
    const { request, exchange } = question
    if (request.api === 'Produce' && exchange.block !== null) this.#reader.noteBatches(request.batches)
    if (this.#state === 'talking') this.#unasked.push(question)
    this.#askAll()
  }

  settle(exchange: OpenExchange): void {
    if (this.#unsettled === exchange) this.#unsettled = null
  }

  later(run: () => void): void {
    this.#parts.later(() => {
      run()
      this.#parts.wake(this)
    })
  }

  finish({ block }: OpenExchange): void {
    if (block !== null) this.#blocks.give(block)
  }

  hangUp(why: string | null): void {
    if (this.#isStreamOver) return
    this.#isStreamOver = true
    const { stream, warn, wake } = this.#parts
    if (why !== null) warn(`The connection of ${stream.peer} was closed: ${why}`)
    stream.close()
    wake(this)
  }

  giveBack(lease: number): void {
    this.#connection?.giveBack(0, lease)
  }

  memory(memoryId: number): Memory {
    return (this.#connection as Connection).memory(memoryId)
  }

  #talk(): void {
    this.#askAll()
    while (this.#mayBegin && this.#begin()) this.#askAll()
    this.#write()
    if (this.#isStreamOver) return
    if (this.#mayBegin) this.#parts.stream.resume()
    else this.#parts.stream.pause()
  }

  get #mayBegin(): boolean {
    const hasRoom =
      this.#unanswered.length < UNANSWERED_REQUESTS_MAX &&
      (this.#unansweredBytes < UNANSWERED_BYTES_MAX || this.#unanswered.length === 0)
    return (
      hasRoom &&
      !this.#isStreamOver &&
      this.#unsettled === null &&
      this.#unasked.length === 0 &&
      !this.#parts.stream.isFull
    )
  }

  /** False: there is no whole frame, or none that can be read. */
  #begin(): boolean {
    const next: NextRequest | null = this.#reader.next(this, this.#connection as Connection)
    if (next === null) return false
    if ('says' in next) {
      this.hangUp(next.says)
      return false
    }
    const { exchange, message } = next
    this.#unanswered.push(exchange)
    this.#unansweredBytes += exchange.bytes
    if (exchange.outcome !== null) return true
    this.#unsettled = exchange
    this.#guarded(exchange, () => exchange.passage.serve(message, exchange))
    return true
  }

  /** An answer that its version cannot carry is our mistake, and costs one client its connection. */
  #guarded(exchange: OpenExchange, run: () => void): void {
    try {
      run()
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      exchange.answerNothing()
      this.hangUp(error.message)
    }
  }

  /** Writes answers in the order of their requests, as far as they are there. */
  #write(): void {
    while (this.#unanswered.length > 0) {
      const { outcome, bytes } = this.#unanswered[0] as OpenExchange
      if (outcome === null) return
      this.#unanswered.shift()
      this.#unansweredBytes -= bytes
      if (outcome !== 'none') this.#send(outcome)
    }
  }

  #send({ parts, written, ends }: Answer): void {
    if (this.#isStreamOver) written()
    else if (parts.length > 0) this.#parts.stream.write(parts, written)
    if (ends !== undefined) this.hangUp(ends)
  }

  #askAll(): void {
    const connection = this.#connection
    if (connection === null || connection.isClosed) return
    while (this.#unasked.length > 0) {
      const question = this.#unasked[0] as Question
      if (!this.#put(question, connection)) return
      this.#unasked.shift()
    }
  }

  /** False: the ring is full. */
  #put(question: Question, connection: Connection): boolean {
    const { request, exchange, answered } = question
    try {
      if (connection.send(this.#correlationId, request) !== 'sent') return false
      this.#correlationId = (this.#correlationId + 1) & 0x7fffffff
      this.#asked.push(question)
    } catch (error) {
      const refusal = error instanceof KafkaError ? refusalTo(request, 'INVALID_REQUEST', error.message) : null
      if (refusal === null) throw error
      this.#guarded(exchange, () => answered(refusal))
    }
    return true
  }

  /** The stream is over. What is lent is waited for; a fetch that waits is hurried by a request behind it. */
  #end(context: Context): void {
    this.#state = 'ending'
    this.#endBy = timestamp(context.now + CONVERSATION_END_MS_MAX)
    this.#unasked = []
    if (this.#asked.length > 0 && this.#isLending) {
      const hurry = { request: { api: 'ReadNoMore' as const, partitions: [] }, exchange: this.#asked[0]!.exchange }
      this.#put({ ...hurry, answered: () => {} }, this.#connection as Connection)
    }
  }

  get #isLending(): boolean {
    return this.#asked.some(({ exchange }) => exchange.passage.lends === true)
  }

  #closeWhenDone(): void {
    this.#write()
    if (this.#connection !== null && !this.#isLending) this.#connection.close()
  }
}
