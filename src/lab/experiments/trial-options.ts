import type { GivenConsumerOptions } from '../../base/config/consumer-options.js'
import { GROUP_MEMBER_OPTIONS } from '../../base/config/group-member-options.js'
import { type GivenProducerOptions, parseProducerOptions } from '../../base/config/producer-options.js'
import { TOPIC_OPTIONS } from '../../base/config/topic-options.js'
import { ConfigError } from '../../base/errors.js'
import { readConsumerConfig } from '../../client/consumer/group/front/consumer-config.js'
import { type OptionsByPart, optionsByPart, type Workload } from '../measure/workload.js'
import { bytesAlone } from './batch-room.js'

/**
 * The options of a trial's cluster and clients: the workload's, over those that every trial has, and the limits that an
 * experiment puts on them.
 */

/**
 * Options of brokers: followers come back quickly, segments are as small as these logs, and members may have short
 * sessions.
 */
const BROKERS = {
  'replica.fetch.backoff.ms': 100,
  'log.segment.bytes': 2 ** 20,
  'metadata.log.segment.bytes': 2 ** 20,
  'offsets.topic.segment.bytes': 2 ** 20,
  'group.min.session.timeout.ms': 1,
}
/**
 * Options of producers: with several requests in flight, a retry may change the order, which is another experiment's
 * matter.
 */
const PRODUCERS = {
  'max.in.flight.requests.per.connection': 1,
  'buffer.memory': 2 ** 20,
  'retry.backoff.ms': 20,
  'retry.backoff.max.ms': 200,
}
/** Options of members of a group: they hear of a rebalance soon. */
const MEMBERS = { 'heartbeat.interval.ms': 20 }
const CONSUMERS = { 'fetch.max.wait.ms': 50, 'retry.backoff.ms': 20, 'retry.backoff.max.ms': 200 }

/** Options of the topic: records may have times of their own, by which they are old. */
const TOPICS = { 'retention.ms': -1 }

/** Returns the workload's options, and those of brokers and the topic that every trial has. */
export function trialOptions(workload: Workload): OptionsByPart {
  return optionsByPart({ ...workload, options: { ...BROKERS, ...TOPICS, ...workload.options } })
}

/** Throws a ConfigError for options that are impossible together, or with which no record could ever be written. */
export function checkTrialOptions(workload: Workload, options: OptionsByPart, replicasMin: number): void {
  checkReplicas(workload, replicasMin)
  checkOptions(options)
  checkRecordSize(workload, options)
}

export const producerOptionsOf = ({ producer }: OptionsByPart): GivenProducerOptions => ({ ...PRODUCERS, ...producer })

/** Returns the options of a consumer that has no group. */
export function consumerOptionsOf({ consumer }: OptionsByPart): GivenConsumerOptions {
  const isOfReader = ([name]: [string, unknown]): boolean => name !== 'group.id' && !(name in GROUP_MEMBER_OPTIONS)
  const ofReader: GivenConsumerOptions = Object.fromEntries(Object.entries(consumer).filter(isOfReader))
  return { 'auto.offset.reset': 'earliest', ...CONSUMERS, ...ofReader }
}

/** Returns the options of a consumer that is to be a member of a group; the group's name is still to be given. */
export function memberOptionsOf({ consumer }: OptionsByPart): GivenConsumerOptions {
  return { 'auto.offset.reset': 'earliest', ...CONSUMERS, ...MEMBERS, ...consumer }
}

/** Throws a ConfigError. */
function checkReplicas({ replicationFactor }: Workload, least: number): void {
  if (replicationFactor < least)
    throw new ConfigError(
      'replication.factor',
      `Cannot set replication.factor to ${replicationFactor}: it must be at least ${least}, or nobody could take over`,
    )
}

/** Throws a ConfigError. */
function checkOptions(options: OptionsByPart): void {
  parseProducerOptions(producerOptionsOf(options))
  readConsumerConfig({ ...memberOptionsOf(options), 'group.id': 'lab' })
}

/** Throws a ConfigError for records of which none could ever be written. */
function checkRecordSize(workload: Workload, options: OptionsByPart): void {
  const producer = parseProducerOptions(producerOptionsOf(options))
  const { topic, broker } = options
  const compresses = producer['compression.type'] !== 'none'
  const batchMax =
    topic['max.message.bytes'] ?? broker['message.max.bytes'] ?? TOPIC_OPTIONS['max.message.bytes'].default
  const limits: readonly (readonly [name: string, bytes: number])[] = [
    ['max.request.size', producer['max.request.size']],
    ['buffer.memory', producer['buffer.memory']],
    // Nobody knows beforehand how many bytes a compressed batch takes.
    ['max.message.bytes', compresses ? Number.POSITIVE_INFINITY : batchMax],
  ]
  const bytes = bytesAlone(workload)
  const [name, most] = limits.reduce((least, one) => (one[1] < least[1] ? one : least))
  if (bytes <= most) return
  throw new ConfigError(
    'record-size',
    `Cannot set record-size to ${workload.recordBytes}: a record takes ${bytes} bytes in a batch of its own, which is more than ${name}, ${most}`,
  )
}
