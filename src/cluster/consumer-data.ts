import type { Address } from '../actor/address.js'
import type { ConsumerOptions } from '../base/config/consumer-options.js'
import type { ConsumerBackParts } from '../client/consumer/consumer-back.js'

/** What a consumer's thread is started with. */
export interface ConsumerData {
  readonly options: ConsumerOptions
  readonly bootstrap: readonly Address[]
}

export function consumerBackOptions(options: ConsumerOptions): ConsumerBackParts['options'] {
  return {
    bytesMin: options['fetch.min.bytes'],
    waitMsMax: options['fetch.max.wait.ms'],
    bytesMax: options['fetch.max.bytes'],
    partitionBytesMax: options['max.partition.fetch.bytes'],
    offsetReset: options['auto.offset.reset'],
    checkCrcs: options['check.crcs'],
    decompressedBytesMax: options['odradek.decompressed.bytes.max'],
    readCommitted: options['isolation.level'] === 'read_committed',
    retryBackoffMs: options['retry.backoff.ms'],
    requestTimeoutMs: options['request.timeout.ms'],
    apiTimeoutMs: options['default.api.timeout.ms'],
    reconnectBackoffMs: options['reconnect.backoff.ms'],
    reconnectBackoffMaxMs: options['reconnect.backoff.max.ms'],
    pollRecordsMax: options['max.poll.records'],
    lend: options['odradek.lend'],
    metadataMaxAgeMs: options['metadata.max.age.ms'],
    allowAutoTopicCreation: options['allow.auto.create.topics'],
  }
}
