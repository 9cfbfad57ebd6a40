import type { Transferable } from '../../base/cloned.js'
import type { GivenProducerOptions } from '../../base/config/producer-options.js'
import type { KeptRecord } from '../../record/lent-record.js'
import type { RecordData } from '../../record/record.js'
import type { DeadLetterSink } from '../dead-letters/dead-letters.js'
import type { Producer } from '../producer/producer.js'
import type { ProducerExtras } from '../producer/producer-extras.js'
import type { OnEmit } from './emissions.js'
import type { FetchedSlice } from './fetching/fetched-slice.js'
import type { LentBatch } from './lent-batch.js'

/**
 * What a user does with records: exactly one of the two. Either may return a promise, which is waited for; whatever
 * else it returns is passed over.
 */
export type RecordHandler = MessageHandler | BatchHandler

/** Called for each record, one after the other, with records that may be kept. KafkaJS's shape. */
export interface MessageHandler {
  readonly eachMessage: (payload: EachMessagePayload) => unknown
  readonly eachBatch?: undefined
}

/** Called with lent records: see LentBatch. */
export interface BatchHandler {
  readonly eachBatch: (payload: EachBatchPayload) => unknown
  readonly eachMessage?: undefined
}

/** KafkaJS's shape. */
export interface EachMessagePayload {
  readonly topic: string
  readonly partition: number
  readonly message: KeptRecord
  /** Says that the handler goes on: max.poll.interval.ms begins anew. The thread keeps the member's heartbeat. */
  readonly heartbeat: () => Promise<void>
  /** Hands out nothing more of this partition; returns what resumes it. */
  readonly pause: () => () => void
}

/** KafkaJS's shape. */
export interface EachBatchPayload {
  readonly batch: LentBatch
  /**
   * Counts the records up to this offset, included, as handled, though the handler is still at work. Throws for one
   * that lies outside of the batch.
   */
  readonly resolveOffset: (offset: number | bigint | string) => void
  readonly heartbeat: () => Promise<void>
  /**
   * Commits these offsets. Without any, commits what was resolved, if autoCommitInterval or autoCommitThreshold asks
   * for it.
   */
  readonly commitOffsetsIfNecessary: (offsets?: OffsetsByTopic) => Promise<void>
  readonly uncommittedOffsets: () => OffsetsByTopic
  /** Whether the consumer goes on after this batch. */
  readonly isRunning: () => boolean
  /** Whether the batch is not wanted any more: its partition was sought elsewhere, or belongs to another member. */
  readonly isStale: () => boolean
  readonly pause: () => () => void
}

/** Offsets of the next records to be read, as KafkaJS groups them. */
export interface OffsetsByTopic {
  readonly topics: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: number; readonly offset: number | bigint | string }[]
  }[]
}

/** How a handler's records are committed, and what becomes of those that it fails at. KafkaJS's names. */
export interface RunOptions {
  /** Whether what was handled is committed by itself, which it never is without enable.auto.commit. Default true. */
  readonly autoCommit?: boolean
  /** Commits when so many milliseconds have passed since the last time, instead of every auto.commit.interval.ms. */
  readonly autoCommitInterval?: number | null
  /** Commits when so many records were handled since the last time. */
  readonly autoCommitThreshold?: number | null
  /**
   * Whether a batch counts as handled when its handler returns. False: up to the last offset that was resolved, and the
   * rest comes again: after fetch.max.wait.ms where nothing was resolved.
   */
  readonly eachBatchAutoResolve?: boolean
  /** How many partitions the handler works on at once; the records of each come one after the other. Default 1. */
  readonly partitionsConsumedConcurrently?: number
  /**
   * How often records that a handler failed at are handed out once more, and how long after. By default never. Then
   * they become dead letters; without a sink for those, the consumer stops with the error.
   */
  readonly errorPolicy?: { readonly retries?: number; readonly backoffMs?: number }
  readonly deadLetters?: DeadLetterSink
}

/** A handler that runs inside the consumer's thread: a module whose default export makes it. */
export interface HandlerModule {
  /**
   * Absolute URL of a module; its default export is `(options, context: HandlerContext) => RecordHandler`, or a promise
   * of one.
   */
  readonly module: string | URL
  /** Handed to the default export: a structured clone, so SharedArrayBuffers are shared. */
  readonly options?: unknown
  /** What in `options` moves to the module, and is of no use here any more, such as a MessagePort. */
  readonly transfer?: readonly Transferable[]
  /**
   * Called on this thread with each value that the module emits, in their order. A promise is waited for before the
   * next value; what it throws is the program's own uncaught error.
   */
  readonly onEmit?: OnEmit
}

/** What a handler module's default export is given beside its options. */
export interface HandlerContext {
  /**
   * A producer of the same cluster, with its half in the consumer's thread. It is closed with the run, which sends what
   * it holds; whoever closes it earlier may.
   */
  readonly producer: <Key = RecordData, Value = RecordData>(
    config?: GivenProducerOptions,
    extras?: ProducerExtras<Key, Value>,
  ) => Producer<Key, Value>
  /**
   * Sends a structured clone of the value to the application's `onEmit`. The promise resolves when there is room for
   * more: await it where one call emits thousands. Throws a ConfigError for what cannot be cloned, and a
   * BufferExhaustedError where far too many values wait.
   */
  readonly emit: (value: unknown) => Promise<void>
}

/** Why handling stopped: the partition could not be read, or the handler threw. */
export type HandlingEnd =
  | { readonly type: 'partition'; readonly slice: FetchedSlice }
  | { readonly type: 'handler'; readonly cause: unknown }

/**
 * A handler that a module has made, or what was wrong with the module: a sentence, with the stack where there is one.
 */
export type LoadedHandler =
  | {
      readonly handler: RecordHandler
      /** Closes what the module has made by its context, and resolves then. Absent: it can have made nothing. */
      readonly close?: () => Promise<void>
    }
  | {
      readonly failure: string
      /** Whether there is nothing to run: no module is there, or it exports nothing. */
      readonly isMissing: boolean
    }
