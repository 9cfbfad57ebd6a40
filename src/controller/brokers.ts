import type { ErrorCode } from '../base/error-code.js'
import type { ClusterImage } from './cluster-image.js'
import type { Decision, MetadataRecord } from './metadata-records.js'

/** Decides on brokers: who is in, and who leads what when one goes. (`ClusterControlManager` in Kafka.) */
export class BrokerControl {
  readonly #image: ClusterImage

  constructor(image: ClusterImage) {
    this.#image = image
  }

  registerBroker(brokerId: number): Decision<{ error: ErrorCode; brokerEpoch: number }> {
    const known = this.#image.broker(brokerId)
    if (known !== undefined && !known.isFenced) {
      return { records: [], reply: { error: 'DUPLICATE_BROKER_REGISTRATION', brokerEpoch: -1 } }
    }
    // KIP-631: the epoch is the offset of the registration, so it grows with every incarnation.
    const brokerEpoch = this.#image.version
    return { records: [{ type: 'registerBroker', brokerId, brokerEpoch }], reply: { error: 'NONE', brokerEpoch } }
  }

  /** A broker is gone: it leads nothing any more, and nobody may take it for alive. */
  fenceBroker(brokerId: number): Decision<null> {
    const broker = this.#image.broker(brokerId)
    if (broker === undefined || broker.isFenced) return { records: [], reply: null }
    const records: MetadataRecord[] = [{ type: 'fenceBroker', brokerId, brokerEpoch: broker.brokerEpoch }]
    for (const topic of this.#image.topics) {
      for (const { partition, leader, leaderEpoch, isr } of topic.partitions) {
        if (leader !== brokerId) continue
        const { topicId } = topic
        records.push({ type: 'partitionChange', topicId, partition, leader: -1, leaderEpoch: leaderEpoch + 1, isr })
      }
    }
    return { records, reply: null }
  }
}
