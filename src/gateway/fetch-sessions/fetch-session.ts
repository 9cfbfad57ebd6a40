import type { ErrorCode } from '../../base/error-code.js'
import type { Timestamp } from '../../base/ids.js'
import type { fetchWire, PartitionFetchResult } from '../../protocol/apis/fetch.js'
import type { RequestOnWire } from '../../protocol/codec.js'

export type AskedFetch = RequestOnWire<typeof fetchWire>
type AskedTopic = AskedFetch['topics'][number]
type ForgottenTopic = AskedFetch['forgottenTopicsData'][number]

/** What is wanted of one partition, as the client has said it last. */
export interface WantedPartition {
  readonly topic: Pick<AskedTopic, 'topic' | 'topicId'>
  readonly wanted: AskedTopic['partitions'][number]
}

/** What a broker says of a partition, or why it is not asked. */
export type FetchVerdict = PartitionFetchResult | ErrorCode

/** A partition of a session, and what its client has been told of it last. (`FetchSession.CachedPartition`) */
class SessionPartition implements WantedPartition {
  readonly topic: WantedPartition['topic']
  wanted: WantedPartition['wanted']
  #highWatermark = -1
  #logStartOffset = -1

  constructor({ topic, wanted }: WantedPartition) {
    this.topic = topic
    this.wanted = wanted
  }

  /** Notes what the client is told. Returns whether it must be: otherwise nothing has changed for it. */
  note(verdict: FetchVerdict): boolean {
    if (typeof verdict === 'string' || verdict.error !== 'NONE') {
      // It is told again when the error has gone.
      this.#highWatermark = -1
      return true
    }
    const { slice, divergingEpoch, highWatermark, logStartOffset } = verdict
    const isNews =
      slice !== null ||
      divergingEpoch !== null ||
      highWatermark !== this.#highWatermark ||
      logStartOffset !== this.#logStartOffset
    this.#highWatermark = highWatermark
    this.#logStartOffset = logStartOffset
    return isNews
  }
}

/** Topics of a request are named in one way, all of them: the other one says nothing. */
export function partitionKey({ topic, topicId }: WantedPartition['topic'], partition: number): string {
  return `${topic ?? topicId}:${partition}`
}

const EPOCH_MAX = 2 ** 31 - 1

/** `FetchMetadata.nextEpoch` for the epoch of a session that goes on. */
export function nextEpoch(epoch: number): number {
  return epoch === EPOCH_MAX ? 1 : epoch + 1
}

/**
 * What a client reads, between its requests: each of them says only what has changed, and so does each answer
 * (KIP-227, `FetchSession`).
 *
 * The partitions have an order. Whoever has given records goes to its end, so that a full answer does not hold the
 * others up for ever.
 */
export class FetchSession {
  readonly id: number
  /** Whether its topics are named by their ids, as from version 13 on. */
  readonly usesTopicIds: boolean
  readonly createdAt: Timestamp
  usedAt: Timestamp
  /** The epoch that its next request must have. */
  epoch = 1
  readonly #partitions = new Map<string, SessionPartition>()

  constructor(id: number, usesTopicIds: boolean, now: Timestamp) {
    this.id = id
    this.usesTopicIds = usesTopicIds
    this.createdAt = now
    this.usedAt = now
  }

  get size(): number {
    return this.#partitions.size
  }

  /** All that the client reads, in its order. */
  get partitions(): readonly WantedPartition[] {
    return [...this.#partitions.values()]
  }

  /** Takes over what a request says: what is new in it, or has moved, and what is not read any more. */
  update(wanted: readonly WantedPartition[], forgotten: readonly ForgottenTopic[]): void {
    for (const one of wanted) {
      const key = partitionKey(one.topic, one.wanted.partition)
      const known = this.#partitions.get(key)
      if (known === undefined) this.#partitions.set(key, new SessionPartition(one))
      else known.wanted = one.wanted
    }
    for (const topic of forgotten)
      for (const partition of topic.partitions) this.#partitions.delete(partitionKey(topic, partition))
  }

  /** Notes what the client is told of a partition. Returns whether it must be told. */
  note({ topic, wanted }: WantedPartition, verdict: FetchVerdict): boolean {
    const key = partitionKey(topic, wanted.partition)
    const partition = this.#partitions.get(key)
    // Forgotten meanwhile: another connection goes on with the session, and this answer is refused.
    if (partition === undefined) return false
    if (typeof verdict !== 'string' && verdict.slice !== null) {
      this.#partitions.delete(key)
      this.#partitions.set(key, partition)
    }
    return partition.note(verdict)
  }
}
