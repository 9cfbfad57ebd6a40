import { brokerAddress } from '../actor/address.js'
import { type Handler, HandlerTable } from '../actor/handler-table.js'
import type { Actor, Connection, Context, Message } from '../actor/types.js'
import { assert } from '../base/assert.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import { type Request, type Response, refusalTo } from '../protocol/api.js'
import type { AlterPartitionRequest } from '../protocol/apis/alter-partition.js'
import type { BrokerRegistrationRequest } from '../protocol/apis/broker-registration.js'
import { BrokerLives } from './broker-lives.js'
import { LOOKS_PER_SESSION } from './broker-sessions.js'
import { BrokerControl } from './brokers.js'
import { ClusterImage } from './cluster-image.js'
import { ConfigControl } from './configs.js'
import type { ControllerHost } from './controller-host.js'
import { ImagePublisher } from './image-publisher.js'
import { MetadataLog } from './metadata-log.js'
import type { MetadataDecision, MetadataRecord } from './metadata-records.js'
import { PartitionCounts } from './partition-counts.js'
import { PartitionControl } from './partitions.js'
import { ProducerIdControl } from './producer-ids.js'
import { RegistrationWaiters } from './registration-waiters.js'
import { TopicControl } from './topics.js'

const TOO_LARGE =
  'What this request decides takes more than one segment of the metadata log (metadata.log.segment.bytes): divide it'

/**
 * The supervisor's actor, ZooKeeper's and KRaft's role. It decides which brokers and topics there are, which replicas
 * are in an isr, and which one leads. Every change is decided first, appended to `__cluster_metadata`, and only then
 * replayed into the image, which is then published to all brokers. A request is answered once all live brokers have the
 * image, so that the asker sees the change whichever broker it asks next.
 *
 * When a broker's thread has ended: 1. its connection is closed, or refused, 2. it is fenced, and others are elected,
 * 3. the live brokers get the image, 4. everybody else may hear of the end, 5. the host is asked to start it again. A
 * broker that is merely silent goes no further than 3., and comes back when it is heard again.
 *
 * The controller's own end loses nothing: its state is the fold of the metadata log, which outlives its thread.
 */
export class Controller implements Actor {
  readonly #handlers = new HandlerTable({
    BrokerRegistration: (connection, correlationId, request, context) =>
      this.#register(connection, correlationId, request, context),
    AlterPartition: (connection, correlationId, request, context) =>
      this.#alterPartition(request, (response) => connection.reply(correlationId, response), context),
    CreateTopics: this.#decides(
      (request) => this.#topics.createTopics(request),
      (topics) => ({ api: 'CreateTopics', topics }),
    ),
    CreateInternalTopic: this.#decides(
      (request) => this.#topics.createInternalTopic(request),
      (reply) => ({ api: 'CreateInternalTopic', ...reply }),
    ),
    CreatePartitions: this.#decides(
      (request) => this.#counts.createPartitions(request),
      (results) => ({ api: 'CreatePartitions', throttleTimeMs: 0, results }),
    ),
    AlterConfigs: this.#decides(
      (request) => this.#configs.alterConfigs(request),
      (responses) => ({ api: 'AlterConfigs', throttleTimeMs: 0, responses }),
    ),
    IncrementalAlterConfigs: this.#decides(
      (request) => this.#configs.incrementalAlterConfigs(request),
      (responses) => ({ api: 'IncrementalAlterConfigs', throttleTimeMs: 0, responses }),
    ),
    DeleteTopics: this.#decides(
      (request) => this.#topics.deleteTopics(request),
      (topics) => ({ api: 'DeleteTopics', topics }),
    ),
    ElectLeaders: this.#decides(
      (request) => this.#partitions.electLeaders(request),
      (partitions) => ({ api: 'ElectLeaders', partitions }),
    ),
    InitProducerId: (connection, correlationId) => {
      const producerId = this.#commit(this.#producerIds.initProducerId())
      connection.reply(correlationId, { api: 'InitProducerId', error: 'NONE', producerId, producerEpoch: 0 })
    },
    // The broker may end with the answer, so the new leaders must know by then.
    ControlledShutdown: this.#decides(
      (request) => this.#brokers.controlledShutdown(request),
      (reply) => ({ api: 'ControlledShutdown', ...reply }),
    ),
  })
  readonly serves = this.#handlers.serves
  readonly #options: BrokerOptions
  readonly #image = new ClusterImage()
  readonly #topics: TopicControl
  readonly #configs: ConfigControl
  readonly #counts = new PartitionCounts(this.#image)
  readonly #brokers: BrokerControl
  readonly #partitions: PartitionControl
  readonly #producerIds = new ProducerIdControl(this.#image)
  readonly #log: MetadataLog
  readonly #publisher: ImagePublisher
  readonly #lives: BrokerLives
  readonly #registrationWaiters = new RegistrationWaiters()
  /** Called back when the topics that there are now are gone everywhere. */
  #emptied: (() => void)[] = []
  /** The time of the next look; NEVER before the first turn. */
  #lookDue = NEVER
  #balanceDue = NEVER

  constructor(options: BrokerOptions, host: ControllerHost) {
    this.#options = options
    this.#topics = new TopicControl(this.#image, options)
    this.#configs = new ConfigControl(this.#image, options)
    this.#brokers = new BrokerControl(this.#image, options)
    this.#partitions = new PartitionControl(this.#image, options)
    this.#publisher = new ImagePublisher(this.#image)
    this.#lives = new BrokerLives({
      options,
      host,
      image: this.#image,
      brokers: this.#brokers,
      publisher: this.#publisher,
      commit: (decision) => this.#commit(decision),
    })
    this.#log = new MetadataLog(host.segments, host.point, {
      segmentBytes: options['metadata.log.segment.bytes'],
      bytesBetweenSnapshots: options['metadata.log.max.record.bytes.between.snapshots'],
    })
    this.#log.replay(this.#image)
    for (const { brokerId } of this.#image.brokers) this.#publisher.open(brokerId)
  }

  /** What the cluster is at this moment. */
  get image(): ClusterImage {
    return this.#image
  }

  /** Calls back once when that many brokers are in and know of one another. */
  whenRegistered(count: number, done: () => void): void {
    this.#registrationWaiters.add({ count, done })
    this.#answerWaiters()
  }

  /** The broker is about to be ended on purpose: it stays down until it is started by hand. */
  expectEnd(brokerId: number): void {
    this.#lives.expectEnd(brokerId)
  }

  /**
   * Deletes all topics in the next turn, and forgets who has crashed. Calls back when no live broker knows a topic any
   * more.
   */
  empty(done: () => void): void {
    this.#emptied.push(done)
  }

  /** Cheap enough for every turn of a simulation. */
  checkInvariants(): void {
    this.#image.checkInvariants()
  }

  receive(message: Message, context: Context): void {
    this.#lives.receive(message, context)
    if (this.#publisher.receive(message, context) || message.type !== 'request') return
    this.#handlers.serve(message.connection, message.correlationId, message.body, context)
  }

  tick(context: Context): Timestamp {
    if (this.#lookDue === NEVER) this.#begin(context)
    if (context.now >= this.#lookDue) {
      this.#lookDue = timestamp(context.now + this.#lookMs)
      this.#lives.look(context)
    }
    if (context.now >= this.#balanceDue) this.#balance(context)
    if (this.#emptied.length > 0) this.#empty(context)
    const publisherDue = this.#publisher.tick(context)
    this.#answerWaiters()
    return earliest(publisherDue, earliest(this.#lookDue, this.#balanceDue))
  }

  /**
   * Serves a request by a decision on it, which is committed, and answered once all live brokers know of it. One that
   * has no room in the log is refused, whole. (`BoundedList` in Kafka)
   */
  #decides<Asked extends Request, Reply>(
    decide: (request: Asked) => MetadataDecision<Reply>,
    answer: (reply: Reply) => Response,
  ): Handler<Asked> {
    return (connection, correlationId, request, context) => {
      const decision = decide(request)
      if (this.#tryCommit(decision.records))
        return this.#publisher.publish(context, () => connection.reply(correlationId, answer(decision.reply)))
      const refused = refusalTo(request, 'POLICY_VIOLATION', TOO_LARGE)
      if (refused !== null) connection.reply(correlationId, refused)
    }
  }

  #register(connection: Connection, correlationId: number, request: BrokerRegistrationRequest, context: Context): void {
    const { brokerId } = request
    // One thread at a time has a broker's address. So a broker that counts as alive is an incarnation that has ended
    // unheard, or this one, which never got its answer. Either is fenced before there is a new epoch.
    if (connection.peer === brokerAddress(brokerId)) this.#commit(this.#brokers.fenceBroker(brokerId))
    const isByHand = this.#image.isKeptDown(brokerId)
    const reply = this.#commit(this.#brokers.registerBroker(request))
    // A refused registration must not make the living incarnation begin anew.
    if (reply.error === 'NONE') this.#lives.begin(brokerId, { over: connection.id, isByHand })
    this.#publisher.publish(context, () => connection.reply(correlationId, { api: 'BrokerRegistration', ...reply }))
  }

  /** The leader does not wait for the image: until it has the answer, it counts with both isrs. */
  #alterPartition(request: AlterPartitionRequest, answer: (response: Response) => void, context: Context): void {
    answer({ api: 'AlterPartition', ...this.#commit(this.#partitions.alterPartition(request)) })
    this.#publisher.tick(context)
  }

  /** Does what a restarted controller owes: it sends its image to everybody, and notes which brokers are gone. */
  #begin(context: Context): void {
    this.#lookDue = timestamp(context.now + this.#lookMs)
    if (this.#options['auto.leader.rebalance.enable']) this.#balanceDue = timestamp(context.now + this.#balanceMs)
    this.#publisher.publish(context, () => {})
  }

  get #lookMs(): number {
    return this.#options['broker.session.timeout.ms'] / LOOKS_PER_SESSION
  }

  get #balanceMs(): number {
    return this.#options['leader.imbalance.check.interval.seconds'] * 1000
  }

  #balance(context: Context): void {
    this.#balanceDue = timestamp(context.now + this.#balanceMs)
    this.#commit(this.#partitions.balanceLeaders())
    this.#publisher.tick(context)
  }

  #empty(context: Context): void {
    const emptied = this.#emptied.splice(0)
    this.#lives.forgetCrashes()
    this.#commit(this.#topics.deleteAllTopics())
    this.#publisher.publish(context, () => {
      for (const done of emptied) done()
    })
  }

  #commit<Reply>({ records, reply }: MetadataDecision<Reply>): Reply {
    assert(this.#tryCommit(records), 'The metadata log has room for what is decided without being asked')
    return reply
  }

  /** False: the log has no room for them, and nothing is decided. */
  #tryCommit(records: readonly MetadataRecord[]): boolean {
    if (records.length === 0) return true
    if (!this.#log.append(records)) return false
    for (const record of records) this.#image.replay(record)
    this.#log.compact(this.#image)
    return true
  }

  #answerWaiters(): void {
    if (this.#publisher.isIdle) this.#registrationWaiters.answer(this.#image.activeBrokers.length)
  }
}
