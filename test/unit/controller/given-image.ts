import { type GivenBrokerOptions, parseBrokerOptions } from '../../../src/base/config/broker-options.js'
import { BrokerControl } from '../../../src/controller/brokers.js'
import { ClusterImage } from '../../../src/controller/cluster-image.js'
import type { Decision, MetadataRecord } from '../../../src/controller/metadata-records.js'
import { TopicControl } from '../../../src/controller/topics.js'
import type { NewTopic } from '../../../src/protocol/messages.js'

/** The two controls over one image; what they decide is replayed with `commit`, and nowhere else. */
export class GivenControls {
  readonly image = new ClusterImage()
  readonly brokers: BrokerControl
  readonly topics: TopicControl
  readonly records: MetadataRecord[] = []

  constructor(brokerIds: readonly number[] = [1, 2, 3], options: GivenBrokerOptions = {}) {
    this.brokers = new BrokerControl(this.image)
    this.topics = new TopicControl(this.image, parseBrokerOptions(options))
    for (const brokerId of brokerIds) this.commit(this.brokers.registerBroker(brokerId))
  }

  commit<Reply>(decision: Decision<Reply>): Reply {
    for (const record of decision.records) {
      this.records.push(record)
      this.image.replay(record)
    }
    return decision.reply
  }

  create(...topics: readonly Partial<NewTopic>[]): ReturnType<TopicControl['createTopics']>['reply'] {
    return this.commit(
      this.topics.createTopics({ api: 'CreateTopics', topics: topics.map(topicOf), validateOnly: false }),
    )
  }
}

export const topicOf = (said: Partial<NewTopic>): NewTopic => {
  return { name: 'orders', numPartitions: -1, replicationFactor: -1, configs: {}, ...said }
}

/** Everything that an image says. */
export function contentsOf(image: ClusterImage): unknown {
  const { version, lastTopicId, activeBrokers, topics } = image
  return structuredClone({
    version,
    lastTopicId,
    activeBrokers,
    topics,
    brokers: [1, 2, 3].map((brokerId) => image.broker(brokerId)),
  })
}
