import type { Address } from '../../../actor/address.js'
import { NetworkClient } from '../../../actor/network-client.js'
import type { Part } from '../../../actor/part.js'
import type { Context, Message } from '../../../actor/types.js'
import { earliest, type Timestamp, timestamp } from '../../../base/ids.js'
import { topicUuidOf } from '../../../protocol/topic-uuid.js'
import type { Metadata } from '../../metadata.js'
import { MetadataUpdater } from '../../metadata-updater.js'
import type { MemberOptions } from './group-options.js'

export interface TopicIdsParts {
  readonly options: MemberOptions
  readonly bootstrap: readonly Address[]
  readonly metadata: Metadata
}

/**
 * The ids by which commits name topics (KIP-848). Those of topics that are read are known; a commit may be about any
 * other topic, and that one is asked for. Nobody creates a topic by committing.
 */
export class TopicIds implements Part {
  readonly #metadata: Metadata
  readonly #network: NetworkClient
  readonly #updater: MetadataUpdater
  readonly #backoffMs: number
  /** What was asked for and has not been answered. */
  #asked: readonly string[] = []
  /** Topics of which the last answer said that there are none. */
  #absent: ReadonlySet<string> = new Set()
  /** Until when that answer counts: a topic may come. */
  #absentUntil: Timestamp = timestamp(0)

  constructor({ options, bootstrap, metadata }: TopicIdsParts) {
    this.#metadata = metadata
    this.#backoffMs = options['retry.backoff.ms']
    this.#network = new NetworkClient(() => {}, options)
    this.#updater = new MetadataUpdater({
      metadata,
      bootstrap,
      network: this.#network,
      options: { ...options, 'allow.auto.create.topics': false },
      onUpdate: (_, context) => {
        this.#absent = new Set(this.#asked.filter((topic) => metadata.topic(topic) === undefined))
        this.#absentUntil = timestamp(context.now + this.#backoffMs)
        this.#asked = []
        this.#updater.want([])
        context.noteWork()
      },
    })
  }

  /** Whether the ids of these topics are known, or it is known that there are none. */
  areKnown(topics: readonly string[], context: Context): boolean {
    const isAbsent = (topic: string): boolean => context.now < this.#absentUntil && this.#absent.has(topic)
    const unknown = topics.filter((topic) => this.#metadata.topic(topic) === undefined && !isAbsent(topic))
    if (unknown.length === 0) return true
    if (unknown.every((topic) => this.#asked.includes(topic))) return false
    this.#asked = [...new Set([...this.#asked, ...unknown])]
    this.#updater.want(this.#asked)
    // The updater may have had its turn.
    context.noteWork()
    return false
  }

  /** Undefined: the topic is not known. */
  uuidOf(topic: string): string | undefined {
    const known = this.#metadata.topic(topic)
    return known === undefined ? undefined : topicUuidOf(known.topicId)
  }

  receive(message: Message, context: Context): boolean {
    return message.type !== 'request' && this.#network.receive(message, context)
  }

  tick(context: Context): Timestamp {
    return earliest(this.#updater.tick(context), this.#network.tick(context))
  }
}
