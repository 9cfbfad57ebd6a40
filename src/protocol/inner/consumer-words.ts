import type { ErrorCode } from '../../base/error-code.js'
import { word } from '../definition.js'
import type { PartitionName } from '../partition.js'
import { either, listOf, number, objectOf, oneOf, optional, orNull, text } from '../request-shape.js'
import type { CommittedOffset, MemberNews } from './group-words.js'

/**
 * Between the two halves of a consumer, the one in the application and the one on its thread. Not Kafka's: there, both
 * are one object. (`Take` has a file of its own, because it is fast.)
 */

/**
 * A partition that is to be read from this offset, whatever it was at; without one, from where it was, or as the reset
 * says.
 */
export interface WantedPartition extends PartitionName {
  readonly offset?: number
}
/**
 * Replaces what was assigned before: all partitions of these topics, and these partitions. How it has ended, once every
 * position is known, is told by `News`, so that nothing that is asked meanwhile has to wait.
 */
export interface AssignRequest {
  readonly api: 'Assign'
  /** Names the call in `News`. */
  readonly call: number
  readonly topics: readonly string[]
  readonly partitions: readonly WantedPartition[]
  /** Where partitions without a position begin; null: as auto.offset.reset says. */
  readonly reset: 'earliest' | 'latest' | null
}
export interface AssignResponse {
  readonly api: 'Assign'
}
export interface PartitionAssignment extends PartitionName {
  /** Names the partition in `Take`, for as long as it is assigned. */
  readonly index: number
  readonly epoch: number
  /** The first offset that will be handed out; -1: it is not known. */
  readonly position: number
}
/** How a call has ended that was not answered at once. */
export interface CallEnd {
  readonly call: number
  readonly error: ErrorCode
  readonly says: string
  /** What was committed, or is; absent: the call was about nothing of the kind. */
  readonly offsets?: readonly CommittedOffset[]
}
/** Asks what has changed since it was asked last; answered at once. `Take` says when it is worth asking. */
export interface NewsRequest {
  readonly api: 'News'
}
export interface NewsResponse {
  readonly api: 'News'
  readonly partitions: readonly PartitionAssignment[]
  readonly ended: readonly CallEnd[]
  /** The member of a group; absent: the consumer has no group. */
  readonly member?: MemberNews
}
/**
 * The epoch is the application's to choose, above the one that the partition had: slices that were taken before have a
 * smaller one. How it has ended is told by `News`, once the position is known.
 */
export interface SeekRequest {
  readonly api: 'Seek'
  readonly call: number
  readonly index: number
  readonly epoch: number
  readonly to: SeekTarget
}
/** An offset, an end of the log, or the first record that is as young as a moment; the end where there is none. */
export type SeekTarget = number | 'earliest' | 'latest' | { readonly timestamp: number }
export interface SeekResponse {
  readonly api: 'Seek'
}
/** Answers the `Take` that waits, with what there is. */
export interface HurryRequest {
  readonly api: 'Hurry'
}
export interface HurryResponse {
  readonly api: 'Hurry'
}
/** Replaces the set of paused partitions. */
export interface PauseRequest {
  readonly api: 'Pause'
  readonly indexes: readonly number[]
}
export interface PauseResponse {
  readonly api: 'Pause'
}
/**
 * Runs the handler that was attached under this id, inside the consumer's thread; answered when it has begun, or
 * refused with INVALID_CONFIG when there is no such handler. How it has ended is told by `News`.
 */
export interface RunRequest {
  readonly api: 'Run'
  readonly call: number
  readonly attachment: number
}
export interface RunResponse {
  readonly api: 'Run'
}
/** Ends what runs, and nothing else: whoever wants to may run another handler. News tell how it has ended. */
export interface EndRunRequest {
  readonly api: 'EndRun'
}
export interface EndRunResponse {
  readonly api: 'EndRun'
}
/**
 * Asks for what the handler module that runs emits, and says that the application has done with all before. Answered
 * when there is something, or will be nothing more.
 */
export interface EmittedRequest {
  readonly api: 'Emitted'
}
export interface EmittedResponse {
  readonly api: 'Emitted'
  /** How many values were attached to the connection, as a list. */
  readonly count: number
  /** Whether the run has ended, and these are the last ones. */
  readonly isLast: boolean
}
/** Ends what runs and what is fetched; answered when what was lent has been given back to the brokers. */
export interface StopRequest {
  readonly api: 'Stop'
  /**
   * Indexes of the partitions whose slices are not waited for, because a handler of the application's is at work on one
   * of them. Slices of a partition come back in their order, so those behind that one cannot come back before it.
   */
  readonly held: readonly number[]
}
export interface StopResponse {
  readonly api: 'Stop'
}

/** All words between the two halves. */
export const CONSUMER_WORDS = [
  word<AssignRequest, AssignResponse>({
    name: 'Assign',
    shape: {
      call: number,
      topics: listOf(text),
      partitions: listOf(objectOf({ topic: text, partition: number, offset: optional(number) })),
      reset: orNull(oneOf('earliest', 'latest')),
    },
  }),
  word<NewsRequest, NewsResponse>({ name: 'News', shape: {} }),
  word<HurryRequest, HurryResponse>({ name: 'Hurry', shape: {} }),
  word<SeekRequest, SeekResponse>({
    name: 'Seek',
    shape: {
      call: number,
      index: number,
      epoch: number,
      to: either(number, either(oneOf('earliest', 'latest'), objectOf({ timestamp: number }))),
    },
  }),
  word<PauseRequest, PauseResponse>({ name: 'Pause', shape: { indexes: listOf(number) } }),
  word<RunRequest, RunResponse>({ name: 'Run', shape: { call: number, attachment: number } }),
  word<EndRunRequest, EndRunResponse>({ name: 'EndRun', shape: {} }),
  word<EmittedRequest, EmittedResponse>({ name: 'Emitted', shape: {} }),
  word<StopRequest, StopResponse>({ name: 'Stop', shape: { held: listOf(number) } }),
] as const
