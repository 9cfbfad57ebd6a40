import type { BrokerOptions } from '../base/config/broker-options.js'
import { CONSUMER_OFFSETS_TOPIC } from '../base/internal-topics.js'
import type { NewTopic } from '../protocol/apis/create-topics.js'

/** A topic that brokers need, as the options make it; null: they need none of that name. */
export function internalTopic(name: string, options: BrokerOptions): NewTopic | null {
  return name === CONSUMER_OFFSETS_TOPIC ? consumerOffsets(options) : null
}

/**
 * The replication factor is not lowered to the brokers that live, as in Kafka: what groups have committed is to survive
 * as many brokers as was asked for. (`GroupCoordinatorConfig`, `GroupCoordinatorService.groupMetadataTopicConfigs`)
 */
function consumerOffsets(options: BrokerOptions): NewTopic {
  return {
    name: CONSUMER_OFFSETS_TOPIC,
    numPartitions: options['offsets.topic.num.partitions'],
    replicationFactor: options['offsets.topic.replication.factor'],
    configs: {
      'segment.bytes': Math.min(options['offsets.topic.segment.bytes'], options['log.segment.bytes']),
      // No committed offset is given up because it is old, or because there are many: the latest of each stays.
      'cleanup.policy': 'compact',
      'compression.type': 'producer',
    },
  }
}
