import type { Address } from '../../../actor/address.js'
import { NetworkClient } from '../../../actor/network-client.js'
import type { Context, Message } from '../../../actor/types.js'
import { ERRORS, type ErrorCode } from '../../../base/error-code.js'
import { earliest, type Timestamp } from '../../../base/ids.js'
import { isInternalTopic } from '../../../base/internal-topics.js'
import type { MetadataResponse } from '../../../protocol/apis/metadata.js'
import type { SubscribeRequest } from '../../../protocol/inner/group-words.js'
import type { Metadata } from '../../metadata.js'
import { MetadataUpdater } from '../../metadata-updater.js'
import type { ConsumerPart } from '../parts/part-list.js'
import { byText } from './assignors/assignor.js'
import type { MemberOptions } from './group-options.js'

export interface SubscriptionParts {
  readonly options: MemberOptions
  readonly bootstrap: readonly Address[]
  readonly metadata: Metadata
  /** Called when the application wants other topics. */
  readonly onSubscribed: (context: Context) => void
  /** Called with each answer: topics may have come, gone, or grown. */
  readonly onMetadata: (context: Context) => void
  /** Called when a topic that is subscribed to can never be read. */
  readonly onRefused: (error: ErrorCode, says: string, context: Context) => void
}

/**
 * What the application has subscribed to, by names or by a pattern, and the metadata of it. A leader also keeps those
 * of what its group wants. (`SubscriptionState`, `ConsumerMetadata`)
 */
export class Subscription implements ConsumerPart {
  readonly serves = ['Subscribe'] as const
  readonly #parts: SubscriptionParts
  readonly #network: NetworkClient
  readonly #updater: MetadataUpdater
  #request: SubscribeRequest | null = null
  #pattern: RegExp | null = null
  /** The topics that are subscribed to, each once, in their order. */
  #topics: readonly string[] = []
  #isNamed: ReadonlySet<string> = new Set()
  /** All topics that the members of the group want, while this one leads. */
  #watched: readonly string[] = []
  /** Whether the metadata of all that is wanted have come since it is. */
  #isFresh = false

  constructor(parts: SubscriptionParts) {
    const { options, bootstrap, metadata } = parts
    this.#parts = parts
    this.#network = new NetworkClient(() => {}, options)
    this.#updater = new MetadataUpdater({
      metadata,
      bootstrap,
      network: this.#network,
      options,
      onUpdate: (response, context) => this.#updated(response, context),
    })
  }

  get isSubscribed(): boolean {
    return this.#request !== null
  }

  get topics(): readonly string[] {
    return this.#topics
  }

  /** Where partitions begin of which the group has committed nothing; null: as auto.offset.reset says. */
  get reset(): SubscribeRequest['reset'] {
    return this.#request?.reset ?? null
  }

  /** Whether it is known which topics a pattern names. */
  get isResolved(): boolean {
    return this.#pattern === null || this.#isFresh
  }

  /** Whether the metadata of all that is watched have come. */
  get isFresh(): boolean {
    return this.#isFresh
  }

  includes(topic: string): boolean {
    return this.#isNamed.has(topic) || this.#pattern?.test(topic) === true
  }

  receive(message: Message, context: Context): boolean {
    if (message.type !== 'request') return this.#network.receive(message, context)
    const { connection, correlationId, body } = message
    if (body.api !== 'Subscribe') return false
    this.#subscribe(body)
    connection.reply(correlationId, { api: 'Subscribe' })
    this.#parts.onSubscribed(context)
    return true
  }

  tick(context: Context): Timestamp {
    return earliest(this.#updater.tick(context), this.#network.tick(context))
  }

  /** Asks for metadata again: they did not fit. */
  noteStale(): void {
    this.#updater.noteStale()
  }

  /** Keeps the metadata of these topics as well, and says whether they are there already. A leader does. */
  watch(topics: readonly string[]): void {
    const watched = new Set(this.#watched)
    const isKnown = topics.every((topic) => this.#isNamed.has(topic) || watched.has(topic))
    this.#watched = topics
    if (!isKnown && this.#pattern === null) this.#want()
  }

  /** Subscribes to nothing any more. */
  clear(): void {
    this.#request = null
    this.#pattern = null
    this.#name([])
    this.#watched = []
    this.#want()
  }

  stop(): void {
    this.clear()
  }

  #subscribe(request: SubscribeRequest): void {
    this.#request = request
    // A topic's whole name is to match, as in Kafka.
    this.#pattern = request.pattern === null ? null : wholeMatch(request.pattern.source, request.pattern.flags)
    this.#name(request.topics)
    this.#want()
  }

  #want(): void {
    this.#isFresh = false
    if (this.#pattern !== null) this.#updater.wantAll()
    else this.#updater.want([...new Set([...this.#topics, ...this.#watched])])
  }

  #updated(response: MetadataResponse, context: Context): void {
    const request = this.#request
    if (request === null) return
    const failed = response.topics.find(({ error }) => error !== 'NONE')
    if (failed !== undefined && !ERRORS[failed.error].retriable && this.#isNamed.has(failed.name))
      return this.#parts.onRefused(failed.error, `The topic '${failed.name}' cannot be read`, context)
    // A topic that is not there yet may come.
    if (failed !== undefined) this.#updater.noteStale()
    this.#isFresh = true
    if (this.#pattern !== null) this.#resolve(request, response)
    this.#parts.onMetadata(context)
  }

  #resolve({ topics }: SubscribeRequest, response: MetadataResponse): void {
    const matching = response.topics.filter(({ error, name }) => error === 'NONE' && this.#matches(name))
    this.#name([...topics, ...matching.map(({ name }) => name)])
  }

  /** Whoever has joined with the same topics sees from the list that nothing has changed. */
  #name(topics: readonly string[]): void {
    const now = [...new Set(topics)].sort(byText)
    if (now.length === this.#topics.length && now.every((topic, index) => topic === this.#topics[index])) return
    this.#topics = now
    this.#isNamed = new Set(now)
  }

  #matches(topic: string): boolean {
    if (this.#parts.options['exclude.internal.topics'] && isInternalTopic(topic)) return false
    return this.#pattern?.test(topic) === true
  }
}

/** Without the flags by which a pattern remembers where it was. */
function wholeMatch(source: string, flags: string): RegExp {
  return new RegExp(`^(?:${source})$`, flags.replace(/[gy]/g, ''))
}
