import type { Connection } from '../actor/types.js'
import { FIRST_FRAME_BYTES_MAX } from '../base/config/internal-limits.js'
import type { BatchReference } from '../protocol/apis/produce.js'
import { requestHeadOf } from '../protocol/codec.js'
import { MalformedMessageError } from '../protocol/wire/wire-reader.js'
import { bareToken } from './apis/sasl.js'
import { type BadFrame, type FrameHead, FrameReader } from './frame-reader.js'
import { type ExchangeHost, framed, OpenExchange } from './open-exchange.js'
import { outOfTurn, type Passage, type VersionedPassage } from './passage.js'
import { answersUnknownVersions, answerToUnknownVersion, passageFor, passageNamed } from './passages.js'
import type { ReceiveBlocks } from './receive-blocks.js'
import type { ReceiveBlock } from './receive-memory.js'

/** A request that was read, or why what comes next is none. */
export type NextRequest = { readonly exchange: OpenExchange; readonly message: object } | BadFrame

interface TakenFrame {
  readonly frame: Buffer
  readonly version: number
  readonly block: ReceiveBlock | null
}

/** How long a frame may be. */
export interface ReadLimits {
  readonly frameBytesMax: number
  /** As long as its client has not authenticated. */
  readonly strangerBytesMax: number
}

/**
 * Makes requests of a client's bytes. What is not one is known by its head, before the rest of it has come. Until the
 * first of them is understood, only short frames are taken, but for Produce; and so they are until its client has
 * authenticated. Nothing is read of a request that is not to be served.
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

  /** Null: the next frame has not come. `held back`: it has, and is not to be begun yet. */
  next(
    host: ExchangeHost,
    connection: Connection,
    isHeldBack: (passage: Passage) => boolean,
  ): NextRequest | 'held back' | null {
    const { authenticator } = host
    const isToken = authenticator?.takesBareToken === true
    const head = this.#frames.peek(this.#bytesMaxFor(host), isToken ? 0 : undefined)
    if (head === null || 'says' in head) return head
    if (isToken) return head.isWhole ? this.#opened(host, bareToken, this.#privateFrame(0)) : null
    const { bytes, apiKey, apiVersion } = head
    const admission = authenticator?.admission(apiKey, host.now) ?? 'served'
    if (admission === 'out of turn') return head.isWhole ? this.#refused(host, head) : null
    if (admission !== 'served') return { says: `it asks for ${passageNamed(apiKey)} ${admission.says}` }
    const found = passageFor(apiKey, apiVersion)
    if (found === 'no such API') return { says: `it asks for API ${apiKey}, which is not served here` }
    // KafkaJS opens connections whose first request is a Produce, of any length.
    const mayBeLong = this.#hasUnderstood || (found !== 'no such version' && found.passage.isLent === true)
    if (!mayBeLong && bytes > FIRST_FRAME_BYTES_MAX) return this.#frames.badLength(bytes, FIRST_FRAME_BYTES_MAX)
    if (found === 'no such version') return this.#answerUnknown(host, head)
    if (!head.isWhole) return null
    if (isHeldBack(found.passage)) return 'held back'
    if (found.passage.isLent !== true) return this.#opened(host, found, this.#privateFrame(apiVersion))
    const block = this.#blocks.take(bytes, connection)
    const from = this.#blocks.phase
    this.#frames.takePieces((piece, at) => block.memory.copyIn(from + at, piece))
    this.#lentFrom = from
    const frame = block.memory.bytes.subarray(from, from + bytes)
    const next = this.#opened(host, found, { frame, version: apiVersion, block })
    if ('says' in next) this.#blocks.give(block, connection)
    return next
  }

  /** Notes where the batches of the last request lie that may be lent. */
  noteBatches(batches: readonly BatchReference[]): void {
    const first = batches.find(({ bytes }) => bytes > 0)
    if (first !== undefined) this.#blocks.noteRecords(first.position - this.#lentFrom)
  }

  #bytesMaxFor({ authenticator }: ExchangeHost): number {
    const { frameBytesMax, strangerBytesMax } = this.#limits
    return authenticator?.isOpen === false ? Math.min(frameBytesMax, strangerBytesMax) : frameBytesMax
  }

  /** A request while its client authenticates: all that it is read for is its answer. */
  #refused(host: ExchangeHost, { apiKey, apiVersion }: FrameHead): NextRequest {
    const found = passageFor(apiKey, apiVersion)
    if (typeof found === 'string') return { says: `it asks for ${passageNamed(apiKey)} while it authenticates` }
    const passage = outOfTurn(found.passage, 'ILLEGAL_SASL_STATE')
    return this.#opened(host, { passage, codec: found.codec }, this.#privateFrame(apiVersion))
  }

  /** A version that is unknown has an answer in one API, whose requests everybody can understand. */
  #answerUnknown(host: ExchangeHost, { apiKey, apiVersion: version, isWhole }: FrameHead): NextRequest | null {
    if (!answersUnknownVersions(apiKey))
      return { says: `it asks for ${passageNamed(apiKey)} in version ${version}, which is not served here` }
    if (!isWhole) return null
    const frame = this.#frames.take()
    const { correlationId } = requestHeadOf(frame)
    const { passage, bytes } = answerToUnknownVersion(correlationId)
    const given = { version, correlationId, bytes: frame.length, block: null, clientId: null }
    const exchange = new OpenExchange(host, passage, given)
    exchange.outcome = framed([bytes])
    return { exchange, message: {} }
  }

  #privateFrame(version: number): TakenFrame {
    return { frame: this.#frames.take(), version, block: null }
  }

  #opened(host: ExchangeHost, found: VersionedPassage, { frame, version, block }: TakenFrame): NextRequest {
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
