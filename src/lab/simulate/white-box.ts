import { parseTopicOptions } from '../../base/config/topic-options.js'
import { TimeoutError } from '../../base/errors.js'
import { offset, type Timestamp } from '../../base/ids.js'
import { CONSUMER_OFFSETS_TOPIC } from '../../base/internal-topics.js'
import { counted } from '../../base/words.js'
import type { Broker } from '../../broker/broker.js'
import type { ClusterProbe } from '../../cluster/cluster-probe.js'
import type { SimulatedGateways } from '../../cluster/simulated-gateways.js'
import type { Controller } from '../../controller/controller.js'
import type { PartitionMetadata } from '../../protocol/apis/metadata.js'
import type { TopicImage } from '../../protocol/inner/update-metadata.js'
import { CompactedLogs, type SeenRecord } from './compacted-logs.js'
import { Invariants, type SeenBroker, type SeenImage } from './invariants.js'

/** Turns of brokers after which the whole is looked at. */
const WHOLE_EVERY = 100
/** Brokers take a tenth of these turns in the longest seed; where a group rebalances without end, in a minute. */
const TURNS_MAX = 250_000
/** Looks at the whole after which logs are read from their beginning as well. */
const READ_EVERY = 8

interface WhiteBoxParts {
  readonly topic: string
  /** The minimum of the isr for topics that do not set it. */
  readonly minIsr: number
  readonly lagMsMax: number
  /** Told of each record of `__consumer_offsets` when it is committed; absent: there are no groups. */
  readonly onGroupRecord?: (record: SeenRecord) => void
  /** How many gateways let clients in; 0: nobody does. */
  readonly gateways?: number
}

/** Looks into brokers and controller of a simulated cluster after each turn. */
export class WhiteBox implements ClusterProbe {
  readonly invariants: Invariants
  readonly #compacted: CompactedLogs
  readonly #brokers = new Map<number, SeenBroker & Pick<Broker, 'checkMemory' | 'checkReplay'>>()
  readonly #leaderEpochs = new Map<number, number>()
  /** The minimum of each topic's isr; nobody alters a topic's configuration here. */
  readonly #minIsrs = new Map<number, number>()
  readonly #name: string
  readonly #minIsr: number
  readonly #hasGroups: boolean
  readonly gateways: number
  #controller: Controller | null = null
  #listening: SimulatedGateways | null = null
  #turns = 0
  #looks = 0
  /** The version of the last image that was looked at. */
  #version = -1

  /** Takes the `topic` whose records the workload follows, and the `minIsr` and `lagMsMax` that brokers have. */
  constructor({ topic, minIsr, lagMsMax, onGroupRecord, gateways = 0 }: WhiteBoxParts) {
    this.gateways = gateways
    this.#name = topic
    this.#minIsr = minIsr
    this.invariants = new Invariants(lagMsMax)
    this.#hasGroups = onGroupRecord !== undefined
    this.#compacted = new CompactedLogs((topicId, record) => {
      if (topicId === this.topicIdOf(CONSUMER_OFFSETS_TOPIC)) onGroupRecord?.(record)
    })
  }

  gatewaysStarted(gateways: SimulatedGateways): void {
    this.#listening = gateways
  }

  /** Where clients of Kafka's protocol come in; null: nowhere. */
  get listening(): SimulatedGateways | null {
    return this.#listening
  }

  brokerStarted(brokerId: number, broker: Broker): void {
    this.#brokers.set(brokerId, {
      brokerId,
      get partitions() {
        return broker.partitions
      },
      checkMemory: () => broker.checkMemory(),
      checkReplay: () => broker.checkReplay(),
      isCountedOn: (topicId, partition) => this.#isCountedOn(brokerId, topicId, partition),
    })
  }

  controllerStarted(controller: Controller): void {
    this.#controller = controller
  }

  brokerTurned(brokerId: number, now: Timestamp): void {
    const broker = this.#brokers.get(brokerId) as SeenBroker
    this.invariants.afterTurn(broker, now)
    this.#compacted.afterTurn(broker)
    this.#turns += 1
    if (this.#turns > TURNS_MAX) throw new TimeoutError(`Brokers have taken ${counted(TURNS_MAX, 'turn')} and go on`)
    if (this.#turns % WHOLE_EVERY === 0) this.checkWhole()
  }

  /** Looks at whatever the controller decides before anybody acts on it. */
  controllerTurned(): void {
    const version = this.#controller?.image.version ?? -1
    if (version === this.#version) return
    this.#version = version
    this.checkWhole()
  }

  checkWhole(): void {
    const image = this.#image()
    for (const { partition, leaderEpoch } of this.partitions)
      this.#leaderEpochs.set(partition, Math.max(this.#leaderEpochs.get(partition) ?? 0, leaderEpoch))
    for (const broker of this.#brokers.values()) broker.checkMemory()
    this.invariants.whole([...this.#brokers.values()], image)
    this.#looks += 1
    if (this.#looks % READ_EVERY === 0) this.checkLogs()
  }

  /** Reads every log that says what a state or a key is, from its beginning. */
  checkLogs(): void {
    for (const broker of this.#brokers.values()) {
      if (this.#hasGroups) broker.checkReplay()
      this.#compacted.whole(broker)
    }
  }

  /**
   * Whether every partition is led, every replica in its isr, and everything that was written committed everywhere. One
   * that was made while its only living replica was losing its memory stays without a leader: it must be empty.
   */
  get isAtRest(): boolean {
    const topics = this.#controller?.image.topics ?? []
    const isFull = ({ leader, isr, replicas }: PartitionMetadata): boolean =>
      leader >= 0 && isr.length === replicas.length
    const isForsaken = ({ leader, isr, elr }: PartitionMetadata): boolean => leader < 0 && isr.length + elr.length === 0
    if (!topics.every(({ partitions }) => partitions.every((one) => isFull(one) || isForsaken(one)))) return false
    const held = [...this.#brokers.values()].flatMap(({ partitions }) => [...partitions])
    return topics.every(({ topicId, partitions }) =>
      partitions.every((one) => {
        const copies = held.filter((copy) => copy.topicId === topicId && copy.partition === one.partition)
        const ends = new Set(copies.flatMap(({ log }) => [log.logEndOffset, log.highWatermark]))
        return copies.length === one.replicas.length && ends.size === 1 && (isFull(one) || ends.has(offset(0)))
      }),
    )
  }

  /**
   * Whether a partition has nobody in sync but this broker, nor had when there were too few: it may have been made
   * while no other broker lived. If the broker lost its memory, it would have no leader any more.
   */
  isLastCopy(brokerId: number): boolean {
    const isLast = ({ isr, elr }: PartitionMetadata): boolean => {
      const holders = [...isr, ...elr]
      return holders.length > 0 && holders.every((holder) => holder === brokerId)
    }
    return this.#controller?.image.topics.some(({ partitions }) => partitions.some(isLast)) === true
  }

  /** The topic's id; -1 when it is not there yet. */
  get topicId(): number {
    return this.#topic?.topicId ?? -1
  }

  /** Returns the id of any topic, as the controller has it at this moment; -1 when it is not there. */
  topicIdOf(name: string): number {
    return this.#controller?.image.topicNamed(name)?.topicId ?? -1
  }

  /** The broker that leads a partition of `__consumer_offsets`; -1: none does. */
  coordinatorOf(partition: number): number {
    return this.#controller?.image.topicNamed(CONSUMER_OFFSETS_TOPIC)?.partitions[partition]?.leader ?? -1
  }

  /**
   * Whether no broker holds what is left of a deleted topic; one that is down, or has not heard of it, may.
   */
  get isFreeOfDeleted(): boolean {
    const there = new Set(this.#controller?.image.topics.map(({ topicId }) => topicId))
    for (const { partitions } of this.#brokers.values())
      for (const { topicId } of partitions) if (!there.has(topicId)) return false
    return true
  }

  /** The topic's partitions, as the controller has them at this moment. */
  get partitions(): readonly PartitionMetadata[] {
    return this.#topic?.partitions ?? []
  }

  get #topic(): TopicImage | undefined {
    return this.#controller?.image.topicNamed(this.#name)
  }

  /** How often partitions got another leader, or none. */
  get leaderChanges(): number {
    return [...this.#leaderEpochs.values()].reduce((sum, epoch) => sum + epoch, 0)
  }

  #isCountedOn(brokerId: number, topicId: number, partition: number): boolean {
    const topic = this.#controller?.image.topics.find((one) => one.topicId === topicId)
    const metadata = topic?.partitions[partition]
    return metadata !== undefined && [...metadata.isr, ...metadata.elr].includes(brokerId)
  }

  #image(): SeenImage {
    const image = this.#controller?.image
    if (image === undefined) return { fenced: new Set(), topics: [] }
    const fenced = new Set(image.brokers.filter(({ isFenced }) => isFenced).map(({ brokerId }) => brokerId))
    const topics = image.topics.map((topic) => {
      return { topicId: topic.topicId, partitions: topic.partitions, minIsr: this.#minIsrOf(topic) }
    })
    return { fenced, topics }
  }

  #minIsrOf({ topicId, configs }: TopicImage): number {
    let minIsr = this.#minIsrs.get(topicId)
    if (minIsr === undefined) {
      minIsr = parseTopicOptions({ 'min.insync.replicas': this.#minIsr, ...configs })['min.insync.replicas']
      this.#minIsrs.set(topicId, minIsr)
    }
    return minIsr
  }
}
