import type { BrokerOptions } from '../base/config/broker-options.js'
import type { ErrorCode } from '../base/error-code.js'
import { isOn } from '../base/guards.js'
import type { BrokerRegistrationRequest } from '../protocol/apis/broker-registration.js'
import type { ControlledShutdownRequest } from '../protocol/apis/controlled-shutdown.js'
import type { BrokerImage } from '../protocol/inner/update-metadata.js'
import type { ClusterImage } from './cluster-image.js'
import { NO_LEADER } from './election.js'
import type { MetadataDecision, MetadataRecord } from './metadata-records.js'
import { PartitionDraft } from './partition-draft.js'
import { isIncarnation } from './partitions.js'

/**
 * Decides on brokers: which are in, and what becomes of their partitions when one comes or goes.
 * (`ClusterControlManager` and the `handleBroker…` methods of `ReplicationControlManager` in Kafka.)
 *
 *               registerBroker             fenceBroker
 *     unknown ─────────────────▶ unfenced ───────────────────────────▶ fenced
 *                                │      ◀──────────────────────────────
 *             controlledShutdown │       unfenceBroker, or registerBroker with a new broker epoch
 *                                ▼
 *                                unfenced, shutting down ────────────▶ fenced, shutting down: only registerBroker ends that
 */
export class BrokerControl {
  readonly #image: ClusterImage
  readonly #options: BrokerOptions

  constructor(image: ClusterImage, options: BrokerOptions) {
    this.#image = image
    this.#options = options
  }

  /**
   * A new incarnation comes in, unfenced: it is told when it has the image. An incarnation that knows of no earlier
   * epoch has lost its memory, in which it had noted that epoch. So what the cluster believes of its logs is not true
   * any more: it leaves every isr and elr (KIP-966), and is nobody's last known leader. The epoch that it knows may be
   * older than the last one: it may have died, with its logs, before it was told the last one.
   */
  registerBroker(request: BrokerRegistrationRequest): MetadataDecision<{ error: ErrorCode; brokerEpoch: number }> {
    const { brokerId, previousBrokerEpoch } = request
    const known = this.#image.broker(brokerId)
    // KIP-631: a new incarnation gets its epoch only when the old one is fenced.
    if (known?.isFenced === false)
      return { records: [], reply: { error: 'DUPLICATE_BROKER_REGISTRATION', brokerEpoch: -1 } }
    const isLossy = known !== undefined && previousBrokerEpoch < 0 && isOn('unclean-exclusion')
    const draft = new PartitionDraft(this.#image, this.#options, { brokerId, mayLead: true })
    draft.forEach((topic, partition) => {
      const { isr, elr, leader, lastKnownLeader } = partition
      if (isLossy && (isr.includes(brokerId) || elr.includes(brokerId) || lastKnownLeader === brokerId)) {
        draft.change(topic, partition, { isr: without(isr, brokerId), lossy: brokerId, election: 'online' })
      } else if (leader === NO_LEADER) draft.change(topic, partition, { election: 'online' })
    })
    // The epoch is the offset of the registration, so it grows with every incarnation.
    const brokerEpoch = this.#image.version
    return {
      records: [{ type: 'registerBroker', brokerId, brokerEpoch }, ...draft.records],
      reply: { error: 'NONE', brokerEpoch },
    }
  }

  /** A broker is gone, or seems so: it leaves every isr, leads nothing, and nobody may take it for alive. */
  fenceBroker(brokerId: number): MetadataDecision<null> {
    const broker = this.#image.broker(brokerId)
    if (broker === undefined || broker.isFenced) return { records: [], reply: null }
    const draft = new PartitionDraft(this.#image, this.#options, { brokerId, mayLead: false })
    draft.forEach((topic, partition) => {
      if (!partition.isr.includes(brokerId)) return
      draft.change(topic, partition, { isr: without(partition.isr, brokerId), election: 'online' })
    })
    return { records: [change(broker, { isFenced: true }), ...draft.records], reply: null }
  }

  /** A broker that was fenced for its silence is heard again: it may lead partitions without a leader. */
  unfenceBroker(brokerId: number): MetadataDecision<null> {
    const broker = this.#image.broker(brokerId)
    if (broker === undefined || !broker.isFenced) return { records: [], reply: null }
    const draft = new PartitionDraft(this.#image, this.#options, { brokerId, mayLead: !broker.isShuttingDown })
    draft.forEach((topic, partition) => {
      if (partition.leader === NO_LEADER) draft.change(topic, partition, { election: 'online' })
    })
    return { records: [change(broker, { isFenced: false }), ...draft.records], reply: null }
  }

  /**
   * A broker means to end: it leaves every isr except those in which nobody else may lead. It goes on leading these
   * until the end, and `remaining` counts them. Partitions without a second replica do not count, since asking again
   * would not help (`KafkaController.doControlledShutdown`, before KRaft).
   */
  controlledShutdown(request: ControlledShutdownRequest): MetadataDecision<{ error: ErrorCode; remaining: number }> {
    const { brokerId } = request
    const broker = this.#image.broker(brokerId)
    if (broker === undefined || !isIncarnation(this.#image, request)) {
      return { records: [], reply: { error: 'STALE_BROKER_EPOCH', remaining: 0 } }
    }
    const records: MetadataRecord[] = broker.isShuttingDown ? [] : [change(broker, { isShuttingDown: true })]
    const draft = new PartitionDraft(this.#image, this.#options, { brokerId, mayLead: false })
    let remaining = 0
    draft.forEach((topic, partition) => {
      const { isr, leader, replicas } = partition
      if (!isr.includes(brokerId)) return
      const others = without(isr, brokerId)
      const mustStay = leader === brokerId && !others.some((other) => draft.mayLead(other))
      if (!mustStay) draft.change(topic, partition, { isr: others, election: 'online' })
      else if (replicas.length > 1) remaining += 1
    })
    return { records: [...records, ...draft.records], reply: { error: 'NONE', remaining } }
  }
}

function change(broker: BrokerImage, changed: Partial<BrokerImage>): MetadataRecord {
  return { type: 'brokerChange', ...broker, ...changed }
}

function without(brokerIds: readonly number[], left: number): number[] {
  return brokerIds.filter((brokerId) => brokerId !== left)
}
