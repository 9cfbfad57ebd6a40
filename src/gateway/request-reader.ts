import type { Connection } from '../actor/types.js'
import { FIRST_FRAME_BYTES_MAX } from '../base/config/internal-limits.js'
import type { BatchReference } from '../protocol/apis/produce.js'
import { requestHeadOf } from '../protocol/codec.js'
import { MalformedMessageError } from '../protocol/wire/wire-reader.js'
import { type BadFrame, FrameReader } from './frame-reader.js'
import { type ExchangeHost, framed, OpenExchange } from './open-exchange.js'
import { answerToUnknownVersion, isLentByRequests, passageFor, passageNamed } from './passages.js'
import type { ReceiveBlocks } from './receive-blocks.js'
import type { ReceiveBlock } from './receive-memory.js'

/** A request that was read, or why what comes next is none. */
export type NextRequest = { readonly exchange: OpenExchange; readonly message: object } | BadFrame

/**
 * Makes requests of a client's bytes. A frame that is the first, and asks for nothing that is served, must be short.
 *
 * Owned by the gateway's thread.
 */
export class RequestReader {
  readonly #frames = new FrameReader()
  readonly #blocks: ReceiveBlocks
  readonly #bytesMax: number
  readonly #firstBytesMax: number
  #hasUnderstood = false
  /** Where the last request that may be lent begins in its block. */
  #lentFrom = 0

  constructor(blocks: ReceiveBlocks, bytesMax: number) {
    this.#blocks = blocks
    this.#bytesMax = bytesMax
    this.#firstBytesMax = Math.min(bytesMax, FIRST_FRAME_BYTES_MAX)
  }

  push(chunk: Buffer): void {
    this.#frames.push(chunk)
  }

  /**
   * Whether what comes next may be a long frame. KafkaJS opens connections whose first request is a Produce, of any
   * length: a head that asks for something that is served is enough.
   */
  get #isOfTheProtocol(): boolean {
    const asks = this.#hasUnderstood ? null : this.#frames.asks
    return asks === null || typeof passageFor(asks.apiKey, asks.apiVersion) !== 'string'
  }

  /** Null: the next frame is not whole yet. */
  next(host: ExchangeHost, connection: Connection): NextRequest | null {
    const whole = this.#frames.peek(this.#isOfTheProtocol ? this.#bytesMax : this.#firstBytesMax)
    if (whole === null || 'says' in whole) return whole
    const { bytes, apiKey } = whole
    if (!isLentByRequests(apiKey)) return this.#read(host, this.#frames.take(), null)
    const block = this.#blocks.take(bytes, connection)
    const from = this.#blocks.phase
    this.#frames.takePieces((piece, at) => block.memory.copyIn(from + at, piece))
    this.#lentFrom = from
    const next = this.#read(host, block.memory.bytes.subarray(from, from + bytes), block)
    if ('says' in next) this.#blocks.give(block)
    return next
  }

  /** Notes where the batches of the last request lie that may be lent. */
  noteBatches(batches: readonly BatchReference[]): void {
    const first = batches[0]
    if (first !== undefined) this.#blocks.noteRecords(first.position - this.#lentFrom)
  }

  #read(host: ExchangeHost, frame: Buffer, block: ReceiveBlock | null): NextRequest {
    const { apiKey, apiVersion: version, correlationId } = requestHeadOf(frame)
    const found = passageFor(apiKey, version)
    if (found === 'no such API') return { says: `it asks for API ${apiKey}, which is not served here` }
    const given = { version, correlationId, bytes: frame.length, block }
    if (found === 'no such version') {
      const answer = answerToUnknownVersion(apiKey, correlationId)
      if (answer === null)
        return { says: `it asks for ${passageNamed(apiKey)} in version ${version}, which is not served here` }
      const exchange = new OpenExchange(host, answer.passage, { ...given, clientId: null })
      exchange.outcome = framed([answer.bytes])
      return { exchange, message: {} }
    }
    try {
      const { clientId, message } = found.codec.decodeRequest(frame)
      this.#hasUnderstood = true
      return { exchange: new OpenExchange(host, found, { ...given, clientId }), message }
    } catch (error) {
      if (error instanceof MalformedMessageError) return { says: error.message }
      throw error
    }
  }
}
