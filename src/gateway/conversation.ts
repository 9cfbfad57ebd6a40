import type { Connection, Context } from '../actor/types.js'
import { CONVERSATION_END_MS_MAX, REQUESTS_PER_TURN } from '../base/config/internal-limits.js'
import { NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import { type Response, refusalTo } from '../protocol/api.js'
import { AnswerQueue } from './answer-queue.js'
import { BrokerLine } from './broker-line.js'
import type { ByteStream, StreamListener } from './byte-stream.js'
import type { ClientLink } from './client-link.js'
import type { SeenCluster } from './exchange.js'
import type { FetchSessionCache } from './fetch-sessions/fetch-session-cache.js'
import type { ExchangeHost, LastWord, OpenExchange, Question } from './open-exchange.js'
import { ReceiveBlocks } from './receive-blocks.js'
import type { ReceiveMemory } from './receive-memory.js'
import { guarded, RequestIntake } from './request-intake.js'
import { type ReadLimits, RequestReader } from './request-reader.js'
import { Authenticator, type AuthenticatorParts } from './sasl/authenticator.js'

/**
 * One client's stream, joined with a connection to its broker: so its requests are served in their order, and how many
 * may be on their way means what the client says.
 *
 *     joining   the connection was asked for. talking, ending, over: there is no such broker at the moment
 *     talking   frames are read, asked of the broker, and answered. ending, over: the broker is gone
 *     ending    the stream is over or was closed, but it still has to take answers, or the broker may still read or
 *               lend memory. over
 *     over      nothing is left of it
 *
 * A frame is not begun while too much is unanswered, the ring is full, or the stream takes no more answers: then the
 * stream is not read either, and the client's own buffers fill. Whatever ends a stream, be it a frame that cannot be
 * read or a client that says no more, has its turn behind the answers to what was said before it. What the stream tells
 * comes between turns and is only noted; all else happens in turns.
 *
 * What the broker has lent is given back in the order in which it was lent. So an answer that is not written gives
 * nothing back before the stream is over, since one before it may still be read by the socket.
 *
 * Owned by the gateway's thread.
 */
export interface ConversationParts {
  readonly stream: ByteStream
  readonly cluster: SeenCluster
  readonly memory: ReceiveMemory
  readonly fetchSessions: FetchSessionCache
  readonly link: ClientLink
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
  readonly fetchSessions: FetchSessionCache
  now: Timestamp = timestamp(0)
  readonly #parts: ConversationParts
  readonly #blocks: ReceiveBlocks
  readonly #reader: RequestReader
  readonly #intake: RequestIntake
  readonly #broker = new BrokerLine()
  readonly #answers: AnswerQueue
  #state: 'joining' | 'talking' | 'ending' | 'over' = 'joining'
  #isStreamOver = false
  /** The client says nothing any more: the stream is closed when all that it has said is answered. */
  #hasEnded = false
  /** More requests may have come than were begun in this turn. */
  #isCutShort = false
  #hasHeard = true
  #lastHeard: Timestamp = timestamp(0)
  /** When the stream is closed, or given up, that has begun to end. */
  #endBy: Timestamp = NEVER

  constructor(parts: ConversationParts) {
    this.#parts = parts
    this.cluster = parts.cluster
    this.fetchSessions = parts.fetchSessions
    this.clientHost = `/${parts.stream.host}`
    this.#blocks = new ReceiveBlocks(parts.memory)
    this.#reader = new RequestReader(this.#blocks, parts.limits)
    this.authenticator = parts.sasl && new Authenticator(parts.sasl)
    this.#answers = new AnswerQueue(() => this.#answerTaken())
    this.#intake = new RequestIntake({ reader: this.#reader, answers: this.#answers, link: parts.link })
  }

  get isOver(): boolean {
    return this.#state === 'over'
  }

  data(chunk: Buffer): void {
    this.#hasHeard = true
    if (this.#state === 'ending' || this.#state === 'over') return
    this.#reader.push(chunk)
    this.#parts.wake(this)
  }

  drained(): void {
    this.#hasHeard = true
    this.#parts.wake(this)
  }

  ended(): void {
    this.#hasEnded = true
    this.#parts.wake(this)
  }

  closed(): void {
    this.#isStreamOver = true
    this.#parts.wake(this)
  }

  /** The connection that was asked for. */
  join(connection: Connection): void {
    this.#broker.join(connection)
    if (this.#state === 'joining') this.#state = 'talking'
    // The stream was over before: nobody has asked for anything.
    else connection.close()
  }

  /** The broker is gone, or was not there: its clients see a connection that was reset. */
  lost(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    if (!this.#isStreamOver) this.#parts.stream.reset()
    this.#answers.drop()
    this.#broker.lost()
    this.#blocks.end()
  }

  /** The client sees a connection that was reset. What is lent is waited for; see `isOver`. */
  reset(): void {
    if (this.#isStreamOver) return
    this.#isStreamOver = true
    this.#parts.stream.reset()
    this.#parts.wake(this)
  }

  /**
   * The broker's answer to a question. Where one is lost its client waits for it, and for all that it asks for behind
   * it.
   */
  receive(correlationId: number, response: Response): void {
    const question = this.#broker.takeAnswered(correlationId)
    if (question === undefined || question.exchange === null) return
    const { request, answered, exchange } = question
    const refused = response.api === 'Refused' ? refusalTo(request, response.error, response.says) : null
    guarded(exchange, () => answered(refused ?? response))
  }

  /** Takes in what the stream has brought, as far as there is room, and writes what is answered. */
  turn(context: Context): void {
    this.now = context.now
    if (this.#hasHeard) this.#lastHeard = context.now
    this.#hasHeard = false
    if (this.#state === 'talking' && !this.#isStreamOver) this.#talk(context)
    if (this.#isStreamOver && (this.#state === 'joining' || this.#state === 'talking')) this.#end(context)
    if (this.#state === 'ending') this.#leaveWhenDone()
  }

  /** Ends what has been silent for too long, or takes too long to end. */
  sweep(context: Context): void {
    const { now } = context
    if (this.#state === 'ending' && now >= this.#endBy) this.#giveUp()
    if (this.#state !== 'talking') return
    if (now >= this.#endBy) return this.#close(this.#intake.noRequest, context)
    if (!this.#answers.isEmpty) return
    const silentMs = now - this.#lastHeard
    const { connection } = this.#broker
    if (silentMs >= BLOCKS_IDLE_MS && connection !== null) this.#blocks.giveBackFree(connection)
    if (silentMs >= this.#parts.limits.idleMs) this.#close(null, context)
  }

  ask(question: Question): void {
    const { request, exchange } = question
    if (request.api === 'Produce' && exchange !== null && exchange.block !== null)
      this.#reader.noteBatches(request.batches)
    if (this.#state === 'talking') this.#broker.ask(question)
  }

  settle(exchange: OpenExchange): void {
    this.#intake.settle(exchange)
  }

  later(run: () => void): void {
    this.#parts.later(() => {
      run()
      this.#parts.wake(this)
    })
  }

  finish({ block }: OpenExchange): void {
    const { connection } = this.#broker
    if (block !== null && connection !== null) this.#blocks.give(block, connection)
  }

  giveBack(lease: number): void {
    this.#broker.connection?.giveBack(0, lease)
  }

  memory(memoryId: number): Memory {
    return (this.#broker.connection as Connection).memory(memoryId)
  }

  #talk(context: Context): void {
    this.#broker.askAll()
    this.#intake.resume()
    const lastWord = this.#beginAndWrite()
    if (lastWord !== null) return this.#close(lastWord, context)
    const { stream, wake } = this.#parts
    // What came with the others must have its turn without anything that comes later.
    if (this.#isCutShort) wake(this)
    if (this.#isFinishing) this.#finish(context)
    else if (this.#mayBegin) stream.resume()
    else stream.pause()
  }

  /** Begins what may be begun, and writes what is answered. Returns the last word if it was said. */
  #beginAndWrite(): LastWord | null {
    this.#isCutShort = false
    for (let count = 0; count < REQUESTS_PER_TURN; count++) {
      // What is written makes room.
      const lastWord = this.#mayBegin ? null : this.#write()
      if (lastWord !== null) return lastWord
      if (!this.#mayBegin || !this.#intake.begin(this, this.#broker.connection as Connection)) return this.#write()
      this.#broker.askAll()
    }
    this.#isCutShort = true
    return this.#write()
  }

  #write(): LastWord | null {
    return this.#parts.link.isCut('responses') ? null : this.#answers.writeTo(this.#parts.stream)
  }

  get #mayBegin(): boolean {
    return this.#answers.hasRoom && this.#intake.isOpen && !this.#broker.isFull && !this.#parts.stream.isFull
  }

  /** Whether nothing of what comes is of interest any more. */
  get #isFinishing(): boolean {
    return this.#intake.noRequest !== null || this.#hasEnded
  }

  /** Closes the stream once everything is answered; whoever waits for that is hurried. */
  #finish(context: Context): void {
    this.#parts.stream.pause()
    const { noRequest } = this.#intake
    const hasBegunAll = noRequest !== null || (this.#mayBegin && !this.#isCutShort)
    if (hasBegunAll && this.#answers.isEmpty) return this.#close(noRequest, context)
    if (this.#endBy === NEVER) this.#endBy = timestamp(context.now + CONVERSATION_END_MS_MAX)
    this.#broker.hurry()
  }

  #answerTaken(): void {
    this.#hasHeard = true
    this.#intake.answerTaken()
    this.#parts.wake(this)
  }

  #close(lastWord: LastWord | null, context: Context): void {
    const { stream, warn } = this.#parts
    if (lastWord !== null && lastWord.why !== null) warn(`The connection of ${stream.peer} was closed: ${lastWord.why}`)
    stream.close()
    this.#end(context)
  }

  /** The stream is over, or will be. What it still has to take, and what is lent, is waited for. */
  #end(context: Context): void {
    this.#state = 'ending'
    this.#endBy = timestamp(context.now + CONVERSATION_END_MS_MAX)
    this.#broker.end()
  }

  #leaveWhenDone(): void {
    if (!this.#isStreamOver) return
    this.#answers.drop()
    if (!this.#broker.isLending) this.#broker.connection?.close()
  }

  /** Nobody has taken the last answers, or the broker has not answered. */
  #giveUp(): void {
    if (this.#isStreamOver) this.#broker.connection?.close()
    else this.#parts.stream.reset()
  }
}
