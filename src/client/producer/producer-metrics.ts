import type { ProducerOptions } from '../../base/config/producer-options.js'
import { BATCH_OVERHEAD } from '../../record/layout.js'
import { mean, rate } from '../metric-definition.js'
import type { SenderCounters, SenderSums } from '../sender/sender-counters.js'
import type { ProducerCounters } from './producer-counters.js'
import type { ProducerMetrics, TopicMetrics } from './producer-metric-tables.js'

/** Where the numbers come from. */
export interface MetricsSource {
  readonly options: ProducerOptions
  readonly sender: SenderCounters
  readonly application: ProducerCounters
  /** The bytes of buffer.memory. */
  readonly bytesTotal: number
  readonly bytesAvailable: number
  /** How many wait for memory now. */
  readonly waiting: number
}

/**
 * Computes a producer's metrics from what its two threads have counted. The averages of nothing are NaN, as in Kafka
 * (`Avg`).
 */
export function producerMetrics(source: MetricsSource): ProducerMetrics {
  const { options, sender, application } = source
  const { now } = application
  const [sent, counted] = [sender.within(now), application.within(now)]
  const [ever, countedEver] = [sender.sums(), application.sums()]
  const { metadataAt } = sender
  return {
    'record-send-rate': rate(recordSends(sent), sent),
    'record-send-total': recordSends(ever),
    'byte-rate': rate(byteSends(sent), sent),
    'byte-total': byteSends(ever),
    'batch-size-avg': mean(sent.bytes, sent.batches),
    'batch-size-max': sent.batchBytesMax,
    'records-per-request-avg': mean(recordSends(sent), sent.requests),
    'record-size-avg': mean(sent.uncompressedBytes - sent.batches * BATCH_OVERHEAD, sent.records),
    'record-size-max': counted.recordBytesMax,
    'record-queue-time-avg': mean(sent.queuedMs, sent.batches),
    'record-queue-time-max': sent.queuedMsMax,
    'request-latency-avg': mean(sent.requestLatencyMs, sent.answered),
    'request-latency-max': sent.requestLatencyMsMax,
    // Nobody answers requests with acks=0.
    'requests-in-flight': options.acks === 0 ? 0 : ever.requests - ever.answered,
    'request-rate': rate(sent.requests, sent),
    'request-total': ever.requests,
    'record-retry-rate': rate(sent.retriedRecords, sent),
    'record-retry-total': ever.retriedRecords,
    'record-error-rate': rate(counted.errors, counted),
    'record-error-total': countedEver.errors,
    'batch-split-rate': rate(sent.splits, sent),
    'batch-split-total': ever.splits,
    'compression-rate-avg': mean(sent.compressionRates, sent.batches),
    'bufferpool-wait-ratio': rate(counted.waitedNs, counted) / 1e9,
    'bufferpool-wait-time-ns-total': countedEver.waitedNs,
    'buffer-total-bytes': source.bytesTotal,
    // A batch larger than a slot takes one beside its memory, which may be more than was left.
    'buffer-available-bytes': Math.max(0, source.bytesAvailable),
    'buffer-exhausted-rate': rate(counted.exhausted, counted),
    'buffer-exhausted-total': countedEver.exhausted,
    'waiting-threads': source.waiting,
    'metadata-age': metadataAt === 0 ? Number.NaN : (now - metadataAt) / 1e3,
    'outgoing-byte-rate': rate(byteSends(sent), sent),
    'outgoing-byte-total': byteSends(ever),
    'connection-count': sender.connections,
    topics: Object.fromEntries([...application.topics].map((topic) => [topic, topicMetrics(application, topic, now)])),
  }
}

function topicMetrics(application: ProducerCounters, topic: string, now: number): TopicMetrics {
  const ever = application.topicSums(topic)
  const sent = application.topicWithin(topic, now)
  return {
    'record-send-rate': rate(sent.records, sent),
    'record-send-total': ever.records,
    'byte-rate': rate(sent.bytes, sent),
    'byte-total': ever.bytes,
    'compression-rate': mean(sent.compressionRates, sent.sends),
    'record-retry-rate': rate(sent.retries, sent),
    'record-retry-total': ever.retries,
    'record-error-rate': rate(sent.errors, sent),
    'record-error-total': ever.errors,
  }
}

const recordSends = ({ records, resentRecords }: SenderSums): number => records + resentRecords
const byteSends = ({ bytes, resentBytes }: SenderSums): number => bytes + resentBytes
