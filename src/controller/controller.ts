import { type Address, brokerAddress } from '../actor/address.js'
import { type Handler, HandlerTable } from '../actor/handler-table.js'
import type { Actor, Connection, Context, Message } from '../actor/types.js'
import { assert } from '../base/assert.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import { counted } from '../base/words.js'
import { type Request, type Response, refusalTo } from '../protocol/api.js'
import type { AlterPartitionRequest } from '../protocol/apis/alter-partition.js'
import type { BrokerRegistrationRequest } from '../protocol/apis/broker-registration.js'
import { BrokerSessions, LOOKS_PER_SESSION } from './broker-sessions.js'
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
import { RestartPolicy } from './restart-policy.js'
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
  readonly #host: ControllerHost
  readonly #image = new ClusterImage()
  readonly #topics: TopicControl
  readonly #configs: ConfigControl
  readonly #counts = new PartitionCounts(this.#image)
  readonly #brokers: BrokerControl
  readonly #partitions: PartitionControl
  readonly #producerIds = new ProducerIdControl(this.#image)
  readonly #log: MetadataLog
  readonly #publisher: ImagePublisher
  readonly #sessions = new BrokerSessions()
  readonly #restarts: RestartPolicy
  /** The oldest connection that belongs to the present incarnation, by broker; older ones belong to earlier ones. */
  readonly #registeredOver = new Map<number, number>()
  /** Brokers whose end was told, and of whom nothing was heard since. */
  readonly #ended = new Set<number>()
  /** Brokers whose start was asked for, and that have not connected yet. */
  readonly #starting = new Set<number>()
  /** The version at which a broker was fenced for its silence, by broker. */
  readonly #silencedAt = new Map<number, number>()
  readonly #registrationWaiters = new RegistrationWaiters()
  /** Called back when the topics that there are now are gone everywhere. */
  #emptied: (() => void)[] = []
  /** The time of the next look; NEVER before the first turn. */
  #lookDue = NEVER
  #balanceDue = NEVER

  constructor(options: BrokerOptions, host: ControllerHost) {
    this.#options = options
    this.#host = host
    this.#topics = new TopicControl(this.#image, options)
    this.#configs = new ConfigControl(this.#image, options)
    this.#brokers = new BrokerControl(this.#image, options)
    this.#partitions = new PartitionControl(this.#image, options)
    this.#publisher = new ImagePublisher(this.#image)
    this.#restarts = new RestartPolicy({
      intensity: options['odradek.restart.intensity'],
      periodMs: options['odradek.restart.period.ms'],
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
    if (!this.#image.isKeptDown(brokerId)) this.#commit({ records: [{ type: 'keepDown', brokerId }], reply: null })
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
    if (message.type === 'connected') this.#hear(message.connection.peer)
    if (message.type === 'refused') this.#end(message.peer, context)
    if (message.type === 'disconnected' && !this.#isStale(message.connection))
      this.#end(message.connection.peer, context)
    if (this.#publisher.receive(message, context) || message.type !== 'request') return
    this.#handlers.serve(message.connection, message.correlationId, message.body, context)
  }

  tick(context: Context): Timestamp {
    if (this.#lookDue === NEVER) this.#begin(context)
    if (context.now >= this.#lookDue) this.#look(context)
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
    if (reply.error === 'NONE') {
      if (isByHand) this.#restarts.forget(brokerId)
      this.#hear(brokerAddress(brokerId))
      this.#registeredOver.set(brokerId, connection.id)
      this.#sessions.begin(brokerId)
      this.#publisher.open(brokerId)
    }
    this.#publisher.publish(context, () => connection.reply(correlationId, { api: 'BrokerRegistration', ...reply }))
  }

  /** The leader does not wait for the image: until it has the answer, it counts with both isrs. */
  #alterPartition(request: AlterPartitionRequest, answer: (response: Response) => void, context: Context): void {
    answer({ api: 'AlterPartition', ...this.#commit(this.#partitions.alterPartition(request)) })
    this.#publisher.tick(context)
  }

  /** A thread of this address lives. */
  #hear(peer: Address): void {
    const brokerId = brokerIdOf(peer)
    if (brokerId === null) return
    this.#ended.delete(brokerId)
    this.#starting.delete(brokerId)
  }

  /** Whether the connection was to an incarnation before the present one. */
  #isStale({ id, peer }: Connection): boolean {
    const brokerId = brokerIdOf(peer)
    return brokerId !== null && id < (this.#registeredOver.get(brokerId) ?? Number.NEGATIVE_INFINITY)
  }

  /** A broker's thread has ended. Each of its connections says so. */
  #end(peer: Address, context: Context): void {
    const brokerId = brokerIdOf(peer)
    if (brokerId === null || this.#ended.has(brokerId)) return
    this.#ended.add(brokerId)
    this.#publisher.close(brokerId)
    this.#silencedAt.delete(brokerId)
    this.#commit(this.#brokers.fenceBroker(brokerId))
    this.#publisher.publish(context, (later) => {
      later.release(peer)
      if (this.#ended.has(brokerId)) this.#restart(brokerId, later)
    })
  }

  #restart(brokerId: number, { now }: Context): void {
    // A broker that asked to end has ended as it meant to.
    if (this.#image.isKeptDown(brokerId) || this.#image.broker(brokerId)?.isShuttingDown === true) return
    if (this.#restarts.crashed(brokerId, now) === 'restart') {
      this.#starting.add(brokerId)
      this.#sessions.begin(brokerId)
      this.#host.restart(brokerId)
      return
    }
    this.expectEnd(brokerId)
    const { 'odradek.restart.intensity': intensity, 'odradek.restart.period.ms': periodMs } = this.#options
    const says = `Broker ${brokerId} has crashed more than ${counted(intensity, 'time')} in ${periodMs} ms: it stays down until it is started by hand`
    this.#host.gaveUp(brokerId, says)
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

  #look(context: Context): void {
    this.#lookDue = timestamp(context.now + this.#lookMs)
    this.#publisher.probe(context)
    const brokerIds = new Set([...this.#image.brokers.map(({ brokerId }) => brokerId), ...this.#starting])
    for (const brokerId of brokerIds) {
      const heartbeat = this.#host.heartbeatOf(brokerId)
      const seen = this.#sessions.look(brokerId, { heartbeat, owed: this.#publisher.answersOfDebtor(brokerId) })
      if (seen === 'expired' && this.#image.isUnfenced(brokerId)) this.#silence(brokerId, context)
      else if (seen === 'alive' && this.#mayReturn(brokerId)) this.#unsilence(brokerId, context)
      else if (seen === 'expired' && heartbeat === null && this.#starting.delete(brokerId)) {
        // Its start was asked for, and it has ended before anybody could hear of it.
        this.#ended.delete(brokerId)
        this.#end(brokerAddress(brokerId), context)
      }
    }
  }

  #silence(brokerId: number, context: Context): void {
    this.#commit(this.#brokers.fenceBroker(brokerId))
    this.#silencedAt.set(brokerId, this.#image.version)
    this.#publisher.publish(context, () => {})
  }

  #unsilence(brokerId: number, context: Context): void {
    this.#silencedAt.delete(brokerId)
    this.#commit(this.#brokers.unfenceBroker(brokerId))
    this.#publisher.publish(context, () => {})
  }

  /**
   * Whether a fenced broker comes back without registering: it is the incarnation that was fenced, and knows that it
   * was. A broker that the controller before fenced counts as fenced by this one's first image.
   */
  #mayReturn(brokerId: number): boolean {
    const isFenced = this.#image.broker(brokerId)?.isFenced === true
    return isFenced && this.#publisher.hasReached(brokerId, this.#silencedAt.get(brokerId) ?? 0)
  }

  #balance(context: Context): void {
    this.#balanceDue = timestamp(context.now + this.#balanceMs)
    this.#commit(this.#partitions.balanceLeaders())
    this.#publisher.tick(context)
  }

  #empty(context: Context): void {
    const emptied = this.#emptied.splice(0)
    this.#restarts.forgetAll()
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

function brokerIdOf(peer: Address): number | null {
  return peer.startsWith('broker-') ? Number(peer.slice('broker-'.length)) : null
}
