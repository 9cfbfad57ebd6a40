import type { Connection } from '../actor/types.js'
import { type Timestamp, timestamp } from '../base/ids.js'
import type { PartitionName } from '../protocol/messages.js'
import type { FetchedSlice } from './fetched-slice.js'

export type Reset = 'earliest' | 'latest'

/**
 * Where a consumer is in one partition (`SubscriptionState.TopicPartitionState` in Kafka):
 *
 *     looking up    position is null: it is asked for, as `reset` says
 *     to validate   there is a new leader, whose log may end before the position, or hold other records there (KIP-320)
 *     fetching      unless it is paused, or something is buffered
 *     failed        the user is told with the next slice; a seek starts it again
 */
export class AssignedPartition {
  readonly topic: string
  readonly partition: number
  readonly topicId: number
  /** Names it in slices, and is its lease slot. */
  readonly index: number
  /** Grows with each seek: what was fetched before it is dropped. */
  epoch = 0
  position: number | null = null
  /** Leader epoch of the last record before the position; -1: not known, so nothing can be validated. */
  lastEpoch = -1
  /** The same of what is buffered. */
  lastEpochOfBuffered = -1
  /** Whose memory what is buffered lies in. */
  lender: Connection | null = null
  /** Epoch of the leader that the position was last thought to fit. */
  leaderEpoch: number
  reset: Reset
  isToValidate = false
  /** The leader has no such offset, and has said that the position fits: it is out of range for good. */
  isRangeValidated = false
  /** Number of the look-up or validation under way; 0: there is none, or what it asks is of no interest any more. */
  question = 0
  isPaused = false
  isFailed = false
  buffered: FetchedSlice | null = null
  retryAt: Timestamp = timestamp(0)

  constructor(name: PartitionName, from: { topicId: number; index: number; leaderEpoch: number; reset: Reset }) {
    this.topic = name.topic
    this.partition = name.partition
    this.topicId = from.topicId
    this.index = from.index
    this.leaderEpoch = from.leaderEpoch
    this.reset = from.reset
  }

  /** Reads on from there. What was asked for or fetched elsewhere is given back, now or when it comes. */
  moveTo(position: number | null, lastEpoch: number): void {
    this.buffered?.giveBack()
    this.buffered = null
    this.position = position
    this.lastEpoch = lastEpoch
    this.isToValidate = false
    this.isRangeValidated = false
  }

  /** Goes back to what was handed out up to there; whether it fits the leader's log is as open as before. */
  rewindTo(position: number, lastEpoch: number): void {
    const { isToValidate } = this
    this.moveTo(position, lastEpoch)
    this.isToValidate = isToValidate && lastEpoch >= 0
  }

  /** As a seek does: what was taken before is not current any more. */
  restartAt(position: number | null): void {
    this.epoch += 1
    this.question = 0
    this.isFailed = false
    this.moveTo(position, -1)
  }

  /** Kafka: `maybeValidatePositionForCurrentLeader`. A new leader is no reason to wait. */
  noteLeader(leaderEpoch: number): void {
    if (leaderEpoch <= this.leaderEpoch) return
    const isFirst = this.leaderEpoch < 0
    this.leaderEpoch = leaderEpoch
    this.question = 0
    this.retryAt = timestamp(0)
    this.isRangeValidated = false
    if (!isFirst && this.position !== null && this.lastEpoch >= 0) this.isToValidate = true
  }
}
