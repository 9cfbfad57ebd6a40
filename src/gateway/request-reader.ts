import type { Connection } from '../actor/types.js'
import { FIRST_FRAME_BYTES_MAX } from '../base/config/internal-limits.js'
import type { BatchReference } from '../protocol/apis/produce.js'
import { requestHeadOf } from '../protocol/codec.js'
import { MalformedMessageError } from '../protocol/wire/wire-reader.js'
import { bareToken } from './apis/sasl.js'
import { type BadFrame, FrameReader } from './frame-reader.js'
import { type ExchangeHost, framed, OpenExchange } from './open-exchange.js'
import { outOfTurn, type VersionedPassage } from './passage.js'
import { answerToUnknownVersion, isLentByRequests, passageFor, passageNamed } from './passages.js'
import type { ReceiveBlocks } from './receive-blocks.js'
import type { ReceiveBlock } from './receive-memory.js'

/** A request that was read, or why what comes next is none. */
export type NextRequest = { readonly exchange: OpenExchange; readonly message: object } | BadFrame

/** How long a frame may be. */
export interface ReadLimits {
  readonly frameBytesMax: number
  /** As long as its client has not authenticated. */
  readonly strangerBytesMax: number
}

/**
 * Makes requests of a client's bytes. A frame that is the first, and asks for nothing that is served, must be short; so
 * must be all frames of a client that is yet to authenticate. Nothing is read of a request that is not to be served.
 *
 * Owned by the gateway's thread.
 */
export class RequestReader {
  readonly #frames = new FrameReader()
  readonly #blocks: ReceiveBlocks
  readonly #limits: ReadLimits
  #hasUnderstood = false
  /** Where the last request that may be lent begins in its block. */
  #lentFrom = 0

  constructor(blocks: ReceiveBlocks, limits: ReadLimits) {
    this.#blocks = blocks
    this.#limits = limits
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
    const { authenticator } = host
    const isToken = authenticator?.takesBareToken === true
    const whole = this.#frames.peek(this.#bytesMaxFor(host), isToken ? 0 : undefined)
    if (whole === null || 'says' in whole) return whole
    if (isToken) return this.#opened(host, bareToken, { frame: this.#frames.take(), version: 0, block: null })
    const { bytes, apiKey } = whole
    const admission = authenticator?.admission(apiKey, host.now) ?? 'served'
    if (admission === 'out of turn') return this.#refused(host, this.#frames.take())
    if (admission !== 'served') return { says: `it asks for ${passageNamed(apiKey)} ${admission.says}` }
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

  #bytesMaxFor({ authenticator }: ExchangeHost): number {
    const { frameBytesMax, strangerBytesMax } = this.#limits
    if (authenticator?.isOpen === false) return Math.min(frameBytesMax, strangerBytesMax)
    return this.#isOfTheProtocol ? frameBytesMax : Math.min(frameBytesMax, FIRST_FRAME_BYTES_MAX)
  }

  /** A request while its client authenticates: all that it is read for is its answer. */
  #refused(host: ExchangeHost, frame: Buffer): NextRequest {
    const { apiKey, apiVersion } = requestHeadOf(frame)
    const found = passageFor(apiKey, apiVersion)
    if (typeof found === 'string') return { says: `it asks for ${passageNamed(apiKey)} while it authenticates` }
    const passage = outOfTurn(found.passage, 'ILLEGAL_SASL_STATE')
    return this.#opened(host, { passage, codec: found.codec }, { frame, version: apiVersion, block: null })
  }

  #read(host: ExchangeHost, frame: Buffer, block: ReceiveBlock | null): NextRequest {
    const { apiKey, apiVersion: version, correlationId } = requestHeadOf(frame)
    const found = passageFor(apiKey, version)
    if (found === 'no such API') return { says: `it asks for API ${apiKey}, which is not served here` }
    if (found !== 'no such version') return this.#opened(host, found, { frame, version, block })
    const answer = answerToUnknownVersion(apiKey, correlationId)
    if (answer === null)
      return { says: `it asks for ${passageNamed(apiKey)} in version ${version}, which is not served here` }
    const given = { version, correlationId, clientId: null, bytes: frame.length, block }
    const exchange = new OpenExchange(host, answer.passage, given)
    exchange.outcome = framed([answer.bytes])
    return { exchange, message: {} }
  }

  #opened(
    host: ExchangeHost,
    found: VersionedPassage,
    {
      frame,
      version,
      block,
    }: { readonly frame: Buffer; readonly version: number; readonly block: ReceiveBlock | null },
  ): NextRequest {
    try {
      const { message, ...head } = found.codec.decodeRequest(frame)
      this.#hasUnderstood = true
      return { exchange: new OpenExchange(host, found, { ...head, version, bytes: frame.length, block }), message }
    } catch (error) {
      if (error instanceof MalformedMessageError) return { says: error.message }
      throw error
    }
  }
}
