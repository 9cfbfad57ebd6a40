import { brokerAddress } from '../../../actor/address.js'
import type { NetworkClient } from '../../../actor/network-client.js'
import type { Context } from '../../../actor/types.js'
import { durationMs } from '../../../base/duration.js'
import type { Timestamp } from '../../../base/ids.js'
import type { Request, Response } from '../../../protocol/api.js'
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../../../protocol/apis/list-offsets.js'
import type { OffsetForLeaderEpochResponse } from '../../../protocol/apis/offset-for-leader-epoch.js'
import type { Metadata } from '../../metadata.js'
import { BY_DURATION, type FetchedPartition, type Reset } from './fetched-partition.js'

export interface PositionLookupsParts {
  /** The network, which its owner passes messages and ticks. */
  readonly network: NetworkClient
  readonly metadata: Metadata
  readonly found: (state: FetchedPartition, position: number) => void
  readonly retryLater: (state: FetchedPartition, context: Context) => void
  /**
   * Called when the log ends before the position, or holds other records there; null: how far it agrees is not known.
   */
  readonly truncated: (state: FetchedPartition, to: EpochEnd | null) => void
}

function timestampOf(reset: Reset, now: Timestamp): number {
  if (reset === 'earliest') return EARLIEST_TIMESTAMP
  if (reset === 'latest') return LATEST_TIMESTAMP
  if (typeof reset === 'object') return reset.timestamp
  return Math.max(0, Math.floor(now - durationMs(reset.slice(BY_DURATION.length))))
}

export type EpochEnd = Pick<OffsetForLeaderEpochResponse['partitions'][number], 'leaderEpoch' | 'endOffset'>

/**
 * Asks leaders where partitions begin or end, and whether positions still fit their logs. (`OffsetFetcher` in Kafka.)
 */
export class PositionLookups {
  readonly #parts: PositionLookupsParts
  #lastQuestion = 0

  constructor(parts: PositionLookupsParts) {
    this.#parts = parts
  }

  /**
   * Looks up a position, as `reset` says. The question names the leader epoch (KIP-320): a broker that does not know
   * that it leads again would answer for the time when it did before.
   */
  lookUp(state: FetchedPartition, context: Context): void {
    const { topicId, partition, reset, leaderEpoch: currentLeaderEpoch } = state
    const asked = { topicId, partition, timestamp: timestampOf(reset, context.now), currentLeaderEpoch }
    this.#ask(state, { api: 'ListOffsets', partitions: [asked] }, context, (response, later) => {
      const found = response?.api === 'ListOffsets' ? response.partitions[0] : undefined
      if (found?.error === 'NONE' && found.offset < 0) this.#lookUpEnd(state, later)
      else if (found?.error === 'NONE') this.#parts.found(state, found.offset)
      else this.#parts.retryLater(state, later)
    })
  }

  /**
   * No record is that young: what is written from now on is. (Kafka asks for the moment again, until there is one.)
   */
  #lookUpEnd(state: FetchedPartition, context: Context): void {
    state.reset = 'latest'
    this.lookUp(state, context)
  }

  /** Asks the new leader where its log leaves the epoch of the last record that was read (KIP-320). */
  validate(state: FetchedPartition, context: Context): void {
    const { topicId, partition, position, leaderEpoch, lastEpoch } = state
    const asked = { topicId, partition, currentLeaderEpoch: leaderEpoch, leaderEpoch: lastEpoch }
    this.#ask(state, { api: 'OffsetForLeaderEpoch', partitions: [asked] }, context, (response, later) => {
      // It is asked again, from there.
      if (state.position !== position) return
      const found = response?.api === 'OffsetForLeaderEpoch' ? response.partitions[0] : undefined
      if (found?.error !== 'NONE') return this.#parts.retryLater(state, later)
      state.isToValidate = false
      if (found.leaderEpoch < 0 || found.endOffset < 0) this.#parts.truncated(state, null)
      else if (found.endOffset < (position as number)) this.#parts.truncated(state, found)
    })
  }

  /** Asks the leader. The answer is dropped when the partition was sought elsewhere since, or has another leader. */
  #ask(
    state: FetchedPartition,
    request: Request,
    context: Context,
    answer: (response: Response | null, later: Context) => void,
  ): void {
    if (state.question !== 0) return
    const { network, metadata, retryLater } = this.#parts
    const leader = metadata.leaderOf(state.topicId, state.partition)
    if (leader < 0) return retryLater(state, context)
    const question = this.#lastQuestion + 1
    const sent = network.send(brokerAddress(leader), request, context, (response, later) => {
      if (state.question !== question) return
      state.question = 0
      answer(response, later)
    })
    if (sent === 'gone') retryLater(state, context)
    if (sent !== 'sent') return
    this.#lastQuestion = question
    state.question = question
  }
}
