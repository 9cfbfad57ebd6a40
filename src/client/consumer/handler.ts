import type { ErrorCode } from '../../base/error-code.js'
import type { KeptRecord } from '../../record/lent-record.js'
import type { LentBatch } from './lent-batch.js'

/** What a user does with records: exactly one of the two. Either may return a promise, which is waited for. */
export type RecordHandler = MessageHandler | BatchHandler

/** Called for each record, one after the other, with records that may be kept. KafkaJS's shape. */
export interface MessageHandler {
  readonly eachMessage: (payload: EachMessagePayload) => void | Promise<void>
  readonly eachBatch?: undefined
}

/** Called with lent records: see LentBatch. */
export interface BatchHandler {
  readonly eachBatch: (payload: EachBatchPayload) => void | Promise<void>
  readonly eachMessage?: undefined
}

export interface EachMessagePayload {
  readonly topic: string
  readonly partition: number
  readonly message: KeptRecord
}

export interface EachBatchPayload {
  readonly batch: LentBatch
}

/** A handler that runs inside the consumer's thread: a module whose default export makes it. */
export interface HandlerModule {
  /** Absolute URL of a module; its default export is `(options) => RecordHandler`, or a promise of one. */
  readonly module: string | URL
  /** Handed to the default export: a structured clone, so SharedArrayBuffers are shared. */
  readonly options?: unknown
}

/** Why handling stopped: the partition could not be read, or the handler threw. */
export type HandlingEnd =
  | { readonly type: 'partition'; readonly error: ErrorCode; readonly says: string }
  | { readonly type: 'handler'; readonly cause: unknown }

/**
 * A handler that a module has made, or what was wrong with the module: a sentence, with the stack where there is one.
 */
export type LoadedHandler = { readonly handler: RecordHandler } | { readonly failure: string }
