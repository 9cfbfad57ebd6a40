import type { Address } from '../../actor/address.js'
import type { NetworkClient } from '../../actor/network-client.js'
import type { Connection, Context } from '../../actor/types.js'
import { assert } from '../../base/assert.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import { earliest, NEVER, type Timestamp, type TopicId, timestamp } from '../../base/ids.js'
import type { Response } from '../../protocol/api.js'
import type { MetadataRequest } from '../../protocol/apis/metadata.js'
import { Metadata } from '../metadata.js'
import { MetadataUpdater } from '../metadata-updater.js'

export interface SenderMetadataParts {
  readonly bootstrap: readonly Address[]
  readonly network: NetworkClient
  readonly options: ProducerOptions
  /** Called when something was learnt of the cluster. */
  readonly onUpdate: (now: Timestamp) => void
}

interface Question {
  readonly connection: Connection
  readonly correlationId: number
  readonly request: MetadataRequest
}

/**
 * What a sender knows of the cluster. The application asks for metadata through its sender, so that both know the same;
 * what it has asked for once is asked for again when it turns out to be stale. A question is passed from broker to
 * broker until one answers: how long that may take is for the application to say.
 */
export class SenderMetadata {
  readonly known = new Metadata()
  readonly #parts: SenderMetadataParts
  readonly #updater: MetadataUpdater
  /** The names of all topics that the application was ever told of, by all of their ids. */
  readonly #names = new Map<TopicId, string>()
  #question: Question | null = null
  #isAsking = false
  #askAt = timestamp(0)

  constructor(parts: SenderMetadataParts) {
    this.#parts = parts
    this.#updater = new MetadataUpdater({
      ...parts,
      metadata: this.known,
      // The application asks again for what has become too old, and says whether that may create it.
      options: { ...parts.options, 'metadata.max.age.ms': Number.POSITIVE_INFINITY, 'allow.auto.create.topics': false },
      onUpdate: (_, { now }) => parts.onUpdate(now),
    })
  }

  /** Answers the application's request, sooner or later. It has one at a time. */
  ask(connection: Connection, correlationId: number, request: MetadataRequest): void {
    this.#question = { connection, correlationId, request }
    this.#askAt = timestamp(0)
  }

  nameOf(topicId: TopicId): string {
    const name = this.#names.get(topicId)
    assert(name !== undefined, 'The application asks its sender for a topic before it writes to it')
    return name
  }

  noteStale(): void {
    this.#updater.noteStale()
  }

  tick(context: Context): Timestamp {
    return earliest(this.#updater.tick(context), this.#passOn(context))
  }

  #passOn(context: Context): Timestamp {
    const question = this.#question
    if (question === null || this.#isAsking) return NEVER
    if (this.#askAt > context.now) return this.#askAt
    this.#ask(question, context)
    return NEVER
  }

  #ask(question: Question, context: Context): void {
    const { network, bootstrap } = this.#parts
    const broker = network.leastLoaded(bootstrap, context)
    if (broker === null) return
    const answer = (response: Response | null, later: Context): void => this.#answered(question, response, later)
    this.#isAsking = network.send(broker, question.request, context, answer) === 'sent'
  }

  #answered(question: Question, response: Response | null, context: Context): void {
    this.#isAsking = false
    if (response?.api !== 'Metadata' || !this.known.update(response)) {
      this.#askAt = timestamp(context.now + this.#parts.options['retry.backoff.ms'])
      return
    }
    this.#question = null
    this.#parts.onUpdate(context.now)
    for (const { name, topicId, error } of response.topics) {
      if (error !== 'NONE') continue
      this.#updater.add(name)
      this.#names.set(topicId, name)
    }
    question.connection.reply(question.correlationId, response)
  }
}
