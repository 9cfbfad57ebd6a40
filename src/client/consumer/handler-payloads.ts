import { shown } from '../../base/arguments/shown.js'
import { wholeNumberOf } from '../../base/arguments/whole-number.js'
import { ConfigError, KafkaError } from '../../base/errors.js'
import type { PartitionName } from '../../protocol/partition.js'
import type { KeptRecord } from '../../record/lent-record.js'
import type { EachBatchPayload, EachMessagePayload, OffsetsByTopic } from './handler.js'
import type { LentBatch } from './lent-batch.js'

/** What handlers are offered beside their records. */
export interface HandlerDesk {
  /** Says that the handler goes on, for max.poll.interval.ms. */
  heartbeat(): Promise<void>
  /** Pauses the partition; returns what resumes it. */
  pause(name: PartitionName): () => void
  /** Commits these offsets; absent: what was resolved, if the run's options ask for that now. */
  commitIfNecessary(offsets?: OffsetsByTopic): Promise<void>
  /** What was resolved and is not committed. */
  uncommittedOffsets(): OffsetsByTopic
}

const notInModule = (what: string): KafkaError =>
  new KafkaError('INVALID_REQUEST', `A handler module cannot ${what}: the application's consumer does`)

/** What there is in a handler module, which runs on the consumer's thread: each call of it counts as a poll. */
export const MODULE_DESK: HandlerDesk = {
  heartbeat: () => Promise.resolve(),
  pause() {
    throw notInModule('pause a partition')
  },
  commitIfNecessary: () => Promise.reject(notInModule('commit')),
  uncommittedOffsets() {
    throw notInModule('ask for uncommitted offsets')
  },
}

/** Says of a batch that is being handled where it stands. */
export interface BatchAtWork {
  readonly isRunning: () => boolean
  readonly isStale: () => boolean
  readonly resolve: (offset: number) => void
}

export interface HandlerPayloads {
  readonly message: new (topic: string, partition: number, message: KeptRecord) => EachMessagePayload
  readonly batch: new (batch: LentBatch, atWork: BatchAtWork) => EachBatchPayload
}

/**
 * Classes of payloads for one run. What KafkaJS's handlers take out of a payload is made when it is asked for, and a
 * payload holds no more than its records: most handlers ask for nothing else.
 */
export function handlerPayloads(desk: HandlerDesk): HandlerPayloads {
  const heartbeat = (): Promise<void> => desk.heartbeat()

  class MessagePayload implements EachMessagePayload {
    readonly topic: string
    readonly partition: number
    readonly message: KeptRecord

    constructor(topic: string, partition: number, message: KeptRecord) {
      this.topic = topic
      this.partition = partition
      this.message = message
    }

    get heartbeat(): () => Promise<void> {
      return heartbeat
    }

    get pause(): () => () => void {
      const { topic, partition } = this
      return () => desk.pause({ topic, partition })
    }
  }

  class BatchPayload implements EachBatchPayload {
    readonly batch: LentBatch
    readonly #atWork: BatchAtWork

    constructor(batch: LentBatch, atWork: BatchAtWork) {
      this.batch = batch
      this.#atWork = atWork
    }

    get resolveOffset(): (offset: number | bigint | string) => void {
      return (offset) => {
        const read = wholeNumberOf(offset)
        if (Number.isNaN(read)) throw new ConfigError('offset', `Cannot resolve ${shown(offset)}: it is not an offset`)
        this.#atWork.resolve(read)
      }
    }

    get heartbeat(): () => Promise<void> {
      return heartbeat
    }

    get commitOffsetsIfNecessary(): (offsets?: OffsetsByTopic) => Promise<void> {
      return (offsets) => desk.commitIfNecessary(offsets)
    }

    get uncommittedOffsets(): () => OffsetsByTopic {
      return () => desk.uncommittedOffsets()
    }

    get isRunning(): () => boolean {
      return this.#atWork.isRunning
    }

    get isStale(): () => boolean {
      return this.#atWork.isStale
    }

    get pause(): () => () => void {
      const { topic, partition } = this.batch
      return () => desk.pause({ topic, partition })
    }
  }

  return { message: MessagePayload, batch: BatchPayload }
}
