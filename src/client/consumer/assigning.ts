import type { Address } from '../../actor/address.js'
import { NetworkClient } from '../../actor/network-client.js'
import { type Context, LEASE_SLOTS, type Message } from '../../actor/types.js'
import type { ConsumerOptions } from '../../base/config/consumer-options.js'
import type { ErrorCode } from '../../base/error-code.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { MetadataResponse } from '../../protocol/apis/metadata.js'
import type { AssignRequest, WantedPartition } from '../../protocol/inner/consumer-words.js'
import type { PartitionName } from '../../protocol/partition.js'
import { isPassing, type Metadata } from '../metadata.js'
import { MetadataUpdater } from '../metadata-updater.js'
import type { FetchedPartitions } from './fetching/fetched-partitions.js'
import type { News } from './parts/news.js'
import type { ConsumerPart } from './parts/part-list.js'

export interface AssigningParts {
  readonly options: ConsumerOptions
  readonly bootstrap: readonly Address[]
  readonly metadata: Metadata
  readonly partitions: FetchedPartitions
  readonly news: News
  /** Called when partitions may have come or gone. */
  readonly onAssigned: () => void
}

/**
 * What the application wants to read, and the metadata that say which partitions that are. `Assign` is answered at
 * once, and has ended when every position is known, when a later one has replaced it, or when default.api.timeout.ms is
 * over.
 */
export class Assigning implements ConsumerPart {
  readonly serves = ['Assign'] as const
  readonly #parts: AssigningParts
  readonly #network: NetworkClient
  readonly #updater: MetadataUpdater
  /** The call that has not ended. */
  #assigning: { readonly request: AssignRequest; readonly deadline: Timestamp } | null = null
  #wanted: AssignRequest | null = null
  /** The last request whose partitions were assigned. */
  #applied: AssignRequest | null = null

  constructor(parts: AssigningParts) {
    const { options, bootstrap, metadata } = parts
    this.#parts = parts
    this.#network = new NetworkClient(() => {}, options)
    this.#updater = new MetadataUpdater({
      metadata,
      bootstrap,
      network: this.#network,
      options,
      onUpdate: (response) => this.#updated(response),
    })
  }

  receive(message: Message, context: Context): boolean {
    if (message.type !== 'request') return this.#network.receive(message, context)
    const { connection, correlationId, body } = message
    if (body.api !== 'Assign') return false
    // Nobody waits for what was replaced.
    if (this.#assigning !== null) this.#parts.news.end(this.#assigning.request.call)
    this.#assigning = { request: body, deadline: timestamp(context.now + this.#timeoutMs) }
    this.#want(body)
    connection.reply(correlationId, { api: 'Assign' })
    return true
  }

  tick(context: Context): Timestamp {
    const metadataDue = earliest(this.#updater.tick(context), this.#network.tick(context))
    return earliest(metadataDue, this.#endAssign(context))
  }

  /** Asks for metadata again: they did not fit. */
  noteStale(): void {
    this.#updater.noteStale()
  }

  /** Reads nothing any more. */
  stop(): void {
    this.#assigning = null
    this.#want(null)
  }

  get #timeoutMs(): number {
    return this.#parts.options['default.api.timeout.ms']
  }

  /** Sets what is wanted. Null, or a request of nothing: reads nothing from now on. */
  #want(request: AssignRequest | null): void {
    this.#wanted = request
    const { topics, partitions } = request ?? { topics: [], partitions: [] }
    const names = [...new Set([...topics, ...partitions.map(({ topic }) => topic)])]
    this.#updater.want(names)
    if (names.length > 0) return
    this.#applied = request
    this.#assign([], null)
  }

  #assign(wanted: readonly WantedPartition[], reset: AssignRequest['reset']): boolean {
    const hasChanged = this.#parts.partitions.assign(wanted, reset)
    this.#parts.onAssigned()
    return hasChanged
  }

  #updated(response: MetadataResponse): void {
    const request = this.#wanted
    if (request === null) return
    const { metadata, news } = this.#parts
    const isNew = this.#applied !== request
    const failed = response.topics.find((topic) => topic.error !== 'NONE')
    // What is read goes on, whatever became of another topic, and this one may come back.
    if (failed !== undefined && this.#assigning === null) this.#updater.noteStale()
    else if (failed !== undefined) {
      if (isPassing(failed)) return this.#updater.noteStale()
      return this.#refuse(failed.error, `The topic '${failed.name}' cannot be read`)
    }
    const missing = request.partitions.find(
      ({ topic, partition }) => metadata.topic(topic)?.partitions[partition] === undefined,
    )
    if (missing !== undefined && this.#assigning !== null) {
      return this.#refuse(
        'UNKNOWN_TOPIC_OR_PARTITION',
        `There is no partition ${missing.partition} of '${missing.topic}'`,
      )
    }
    const wanted = this.#partitionsOf(request, isNew)
    if (wanted.length > LEASE_SLOTS) {
      return this.#refuse('INVALID_REQUEST', `A consumer reads at most ${LEASE_SLOTS} partitions, not ${wanted.length}`)
    }
    if (this.#assign(wanted, request.reset) && !isNew) news.noteAssigned()
    this.#applied = request
  }

  /**
   * An offset that was given is where reading begins, and says nothing later. A topic that was deleted keeps the
   * partitions that it had.
   */
  #partitionsOf({ topics, partitions }: AssignRequest, isNew: boolean): WantedPartition[] {
    const { metadata, partitions: assigned } = this.#parts
    const ofTopics = topics.flatMap((topic): readonly PartitionName[] => {
      const known = metadata.topic(topic)
      if (known === undefined) return assigned.all.filter((one) => one.topic === topic)
      return known.partitions.map(({ partition }) => ({ topic, partition }))
    })
    return [...ofTopics, ...(isNew ? partitions : partitions.map(({ topic, partition }) => ({ topic, partition })))]
  }

  /** Refuses the request: what was read before is read on. */
  #refuse(error: ErrorCode, says: string): void {
    if (this.#wanted !== this.#applied) this.#want(this.#applied)
    else if (this.#assigning?.request === this.#applied) this.#want(null)
    const assigning = this.#assigning
    this.#assigning = null
    if (assigning !== null) this.#parts.news.end(assigning.request.call, error, says)
  }

  #endAssign(context: Context): Timestamp {
    const { partitions, news } = this.#parts
    const assigning = this.#assigning
    if (assigning === null) return NEVER
    const { request, deadline } = assigning
    if (this.#applied === request && partitions.knowsPositions) {
      this.#assigning = null
      news.end(request.call)
      return NEVER
    }
    if (context.now < deadline) return deadline
    this.#giveUp(request)
    return NEVER
  }

  /** Gives up a request. Nothing is assigned then: what the application does not know of is not read. */
  #giveUp(request: AssignRequest): void {
    const missing = this.#applied === request ? this.#parts.partitions.withoutPosition : undefined
    const what =
      missing === undefined
        ? 'no broker has said who leads the partitions'
        : `no leader of partition ${missing.partition} of '${missing.topic}' has said where it begins`
    this.#want(null)
    this.#refuse('REQUEST_TIMED_OUT', `Within default.api.timeout.ms (${this.#timeoutMs} ms) ${what}`)
  }
}
