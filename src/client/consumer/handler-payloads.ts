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
  /** Makes the payloads of records of one partition. */
  readonly messagesOf: (topic: string, partition: number) => (message: KeptRecord) => EachMessagePayload
  readonly batch: (batch: LentBatch, atWork: BatchAtWork) => EachBatchPayload
}

/**
 * Makes the payloads of one run. All that a payload offers are properties of its own, as in KafkaJS: wrappers copy a
 * payload by spreading it. A message's payload is made for each record, so what it offers is made once for all of them.
 */
export function handlerPayloads(desk: HandlerDesk): HandlerPayloads {
  const heartbeat = (): Promise<void> => desk.heartbeat()
  const commitOffsetsIfNecessary = (offsets?: OffsetsByTopic): Promise<void> => desk.commitIfNecessary(offsets)
  const uncommittedOffsets = (): OffsetsByTopic => desk.uncommittedOffsets()
  const pauseOf = (topic: string, partition: number) => () => desk.pause({ topic, partition })
  let last: { topic: string; partition: number; payloadOf: (message: KeptRecord) => EachMessagePayload } | null = null

  function messagesOf(topic: string, partition: number): (message: KeptRecord) => EachMessagePayload {
    if (last?.partition === partition && last.topic === topic) return last.payloadOf
    const pause = pauseOf(topic, partition)
    const payloadOf = (message: KeptRecord): EachMessagePayload => ({ topic, partition, message, heartbeat, pause })
    last = { topic, partition, payloadOf }
    return payloadOf
  }

  const batchPayload: HandlerPayloads['batch'] = (batch, { isRunning, isStale, resolve }) => ({
    batch,
    resolveOffset(offset) {
      const read = wholeNumberOf(offset)
      if (Number.isNaN(read)) throw new ConfigError('offset', `Cannot resolve ${shown(offset)}: it is not an offset`)
      resolve(read)
    },
    heartbeat,
    commitOffsetsIfNecessary,
    uncommittedOffsets,
    isRunning,
    isStale,
    pause: pauseOf(batch.topic, batch.partition),
  })

  return { messagesOf, batch: batchPayload }
}
