import type { ProducerOptions } from '../../base/config/producer-options.js'
import type { Acks } from '../../protocol/apis/produce.js'

/** What a sender needs to know of its producer's options. */
export interface SenderOptions {
  readonly acks: Acks
  readonly lingerMs: number
  readonly requestBytesMax: number
  readonly inFlightMax: number
  readonly isIdempotent: boolean
  readonly compressionType: ProducerOptions['compression.type']
  readonly gzipLevel: number
  readonly requestTimeoutMs: number
  readonly deliveryTimeoutMs: number
  /** How long a batch waits for a topic that is not there any more. */
  readonly blockMsMax: number
  readonly retries: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly reconnectBackoffMs: number
  readonly reconnectBackoffMaxMs: number
}

export function senderOptions(options: ProducerOptions): SenderOptions {
  return {
    acks: options.acks,
    lingerMs: options['linger.ms'],
    requestBytesMax: options['max.request.size'],
    inFlightMax: options['max.in.flight.requests.per.connection'],
    isIdempotent: options['enable.idempotence'],
    compressionType: options['compression.type'],
    gzipLevel: options['compression.gzip.level'],
    requestTimeoutMs: options['request.timeout.ms'],
    deliveryTimeoutMs: options['delivery.timeout.ms'],
    blockMsMax: options['max.block.ms'],
    retries: options.retries,
    retryBackoffMs: options['retry.backoff.ms'],
    retryBackoffMaxMs: options['retry.backoff.max.ms'],
    reconnectBackoffMs: options['reconnect.backoff.ms'],
    reconnectBackoffMaxMs: options['reconnect.backoff.max.ms'],
  }
}
