import { CONTROLLER } from '../actor/address.js'
import { HandlerTable } from '../actor/handler-table.js'
import { NetworkClient } from '../actor/network-client.js'
import type { Actor, Context, Message } from '../actor/types.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { ApiName, Response } from '../protocol/api.js'
import type { UpdateMetadataRequest } from '../protocol/inner/update-metadata.js'
import { type BrokerHost, BrokerNotes } from './broker-host.js'
import { ClusterView } from './cluster-view.js'
import { GroupStates } from './group-states.js'
import { committedOffsetHandlers } from './handlers/committed-offsets.js'
import { ConfigHandler } from './handlers/configs.js'
import { CoordinatorHandler } from './handlers/coordinators.js'
import { DeleteRecordsHandler } from './handlers/delete-records.js'
import { FetchHandler } from './handlers/fetch.js'
import { forwarding } from './handlers/forwarding.js'
import { GroupQuestions } from './handlers/group-questions.js'
import { groupHandlers } from './handlers/groups.js'
import { logQuestionHandlers } from './handlers/log-questions.js'
import { MembershipHandler } from './handlers/membership.js'
import { MetadataHandler } from './handlers/metadata.js'
import { offsetHandlers } from './handlers/offsets.js'
import { ProduceHandler } from './handlers/produce.js'
import { topicPartitionHandlers } from './handlers/topic-partitions.js'
import { LogCleaner } from './log-cleaner.js'
import type { Partition } from './partition.js'
import { ReplicaManager } from './replica-manager.js'
import type { HostedStates } from './replicated-states.js'
import { IsrManager } from './replication/isr-manager.js'
import { ReplicaFetcher } from './replication/replica-fetcher.js'

/** How long a broker waits before it asks again to be registered: its last incarnation may not be fenced yet. */
const REGISTER_AGAIN_MS = 20

/**
 * A broker: holds the replicas that the controller's image gives it, leads some and follows the others, serves clients,
 * and passes on to the controller what only that may decide. One thread owns all of it; requests of one connection are
 * served one at a time.
 */
export class Broker implements Actor {
  readonly serves: ReadonlySet<ApiName>
  readonly #brokerId: number
  readonly #options: BrokerOptions
  readonly #notes: BrokerNotes
  /** Requests to the controller may take for ever: closing this connection would count as the broker's end. */
  readonly #controller = new NetworkClient()
  readonly #leaders: NetworkClient
  readonly #replicas: ReplicaManager
  readonly #handlers: HandlerTable
  readonly #produce: ProduceHandler
  readonly #fetch: FetchHandler
  readonly #deletions: DeleteRecordsHandler
  readonly #membership: MembershipHandler
  readonly #fetcher: ReplicaFetcher
  readonly #isrs: IsrManager
  readonly #groups: GroupStates
  readonly #states: readonly HostedStates[]
  readonly #cleaner: LogCleaner
  readonly #cluster = new ClusterView()
  #registration: 'none' | 'asked' | 'done' = 'none'
  #registerAt = timestamp(0)
  #retentionDue: Timestamp = NEVER
  #isrDue: Timestamp = NEVER

  /**
   * `states` are those of further topics whose partitions this broker replicates as state machines, as it comes to lead
   * them.
   */
  constructor(brokerId: number, options: BrokerOptions, host: BrokerHost, states: readonly HostedStates[] = []) {
    this.#groups = new GroupStates(options)
    this.#states = [this.#groups, ...states]
    for (const hosted of this.#states) hosted.onAppend = (partition, context) => this.#appended(partition, context)
    this.#brokerId = brokerId
    this.#options = options
    this.#notes = new BrokerNotes(host.notes)
    this.#leaders = new NetworkClient(undefined, { 'request.timeout.ms': options['replica.socket.timeout.ms'] })
    this.#replicas = new ReplicaManager(brokerId, options, this.#cluster, host)
    this.#cleaner = new LogCleaner(this.#replicas.all, options['log.cleaner.backoff.ms'])
    this.#fetch = new FetchHandler(this.#replicas, (partition, replicaId, context) =>
      this.#followerMoved(partition, replicaId, context),
    )
    this.#produce = new ProduceHandler({
      replicas: this.#replicas,
      onAppend: (partition, context) => this.#appended(partition, context),
      beforeRetry: () => this.#fetch.collectLeases(),
    })
    this.#deletions = new DeleteRecordsHandler({
      cluster: this.#cluster,
      replicas: this.#replicas,
      onDeleted: (partition) => this.#fetch.noteNews(partition),
    })
    this.#fetcher = new ReplicaFetcher(brokerId, options, this.#leaders)
    this.#isrs = new IsrManager({
      brokerId,
      controller: CONTROLLER,
      network: this.#controller,
      onSettled: (partition, context) => this.#isrSettled(partition, context),
    })
    const epochBefore = this.#notes.brokerEpoch
    this.#membership = new MembershipHandler({ brokerId, epochBefore, cluster: this.#cluster })
    const clusterParts = { cluster: this.#cluster, controller: this.#controller }
    const questions = new GroupQuestions({ states: this.#groups, cluster: this.#cluster, options })
    const metadata = new MetadataHandler({
      ...clusterParts,
      createsTopics: options['auto.create.topics.enable'],
    })
    this.#handlers = new HandlerTable({
      ...this.#produce.handlers,
      ...this.#fetch.handlers,
      ...this.#deletions.handlers,
      ...this.#membership.handlers,
      ...metadata.handlers,
      ...new ConfigHandler({ brokerId, options, cluster: this.#cluster }).handlers,
      ...topicPartitionHandlers(this.#cluster),
      ...logQuestionHandlers({ cluster: this.#cluster, replicas: this.#replicas }),
      ...offsetHandlers(this.#replicas),
      ...forwarding(this.#controller),
      ...new CoordinatorHandler(clusterParts).handlers,
      ...groupHandlers(questions),
      ...committedOffsetHandlers(questions, this.#cluster),
      UpdateMetadata: (connection, correlationId, image, context) =>
        connection.reply(correlationId, this.#update(image, context)),
    })
    this.serves = this.#handlers.serves
  }

  receive(message: Message, context: Context): void {
    if (this.#controller.receive(message, context) || this.#leaders.receive(message, context)) return
    if (message.type === 'disconnected') {
      this.#produce.forget(message.connection)
      this.#fetch.forget(message.connection)
      this.#deletions.forget(message.connection)
      for (const states of this.#states) states.forget(message.connection)
    }
    if (message.type === 'crashed') this.#groups.noteCrashed(message.peers, context)
    if (message.type === 'request')
      this.#handlers.serve(message.connection, message.correlationId, message.body, context)
  }

  tick(context: Context): Timestamp {
    let due = this.#register(context)
    due = earliest(due, this.#fetcher.tick(context))
    due = earliest(due, this.#considerIsrs(context))
    due = earliest(due, this.#isrs.tick(context))
    for (const states of this.#states) due = earliest(due, states.tick(context))
    due = earliest(due, this.#produce.tick(context))
    due = earliest(due, this.#fetch.tick(context))
    due = earliest(due, this.#deletions.tick(context))
    due = earliest(due, this.#controller.tick(context))
    due = earliest(due, this.#leaders.tick(context))
    due = earliest(due, this.#cleaner.tick(context.now))
    return earliest(due, this.#retain(context.now))
  }

  /** Cheap enough for every turn of a simulation. */
  checkInvariants(): void {
    this.#replicas.checkInvariants()
    this.#groups.checkInvariants()
  }

  /** Reads the logs of its groups. */
  checkReplay(): void {
    this.#groups.checkReplay()
  }

  /** Looks at all of its memory. */
  checkMemory(): void {
    this.#replicas.checkMemory()
  }

  /** The replicas, for whoever looks into a simulation. */
  get partitions(): readonly Partition[] {
    return [...this.#replicas.all]
  }

  #register(context: Context): Timestamp {
    if (this.#registration !== 'none') return NEVER
    return context.now < this.#registerAt ? this.#registerAt : this.#askToRegister(context)
  }

  #askToRegister(context: Context): Timestamp {
    const request = {
      api: 'BrokerRegistration' as const,
      brokerId: this.#brokerId,
      previousBrokerEpoch: this.#notes.brokerEpoch,
    }
    const sent = this.#controller.send(CONTROLLER, request, context, (response, later) => {
      const isRegistered = response?.api === 'BrokerRegistration' && response.error === 'NONE'
      this.#registration = isRegistered ? 'done' : 'none'
      this.#registerAt = timestamp(later.now + REGISTER_AGAIN_MS)
      if (!isRegistered) return
      this.#notes.brokerEpoch = response.brokerEpoch
      this.#fetcher.brokerEpoch = response.brokerEpoch
      this.#isrs.brokerEpoch = response.brokerEpoch
    })
    if (sent === 'sent') this.#registration = 'asked'
    else if (sent === 'gone') this.#registerAt = timestamp(context.now + REGISTER_AGAIN_MS)
    return sent === 'gone' ? this.#registerAt : NEVER
  }

  #update(image: UpdateMetadataRequest, context: Context): Response {
    const outcome = this.#cluster.take(image)
    if (outcome === 'apart') return { api: 'UpdateMetadata', error: 'OFFSET_OUT_OF_RANGE' }
    if (outcome === 'taken') this.#apply(image, context)
    // Fenced and not registered again: this incarnation is not the one that the controller knows.
    const self = this.#replicas.brokers.get(this.#brokerId)
    const isStale = this.#registration !== 'done' && self?.isFenced === true
    return { api: 'UpdateMetadata', error: isStale ? 'STALE_BROKER_EPOCH' : 'NONE' }
  }

  #apply(image: UpdateMetadataRequest, context: Context): void {
    this.#produce.noteOutcomes()
    const { changed, gone, led, hasNewBrokers } = this.#replicas.apply(image, context)
    for (const states of this.#states) this.#noteStates(states, changed, gone, context)
    this.#groups.noteRemoved(this.#cluster.removed, context)
    for (const partition of gone) this.#fetcher.forget(partition)
    for (const partition of changed) this.#fetcher.follow(partition)
    // Every partition after news of brokers, not only the changed ones: fencing also moves watermarks.
    for (const partition of hasNewBrokers ? this.#replicas.all : changed) {
      this.#advance(partition, context)
      this.#deletions.noteNews(partition)
    }
    for (const partition of changed) {
      this.#produce.noteNews(partition)
      this.#fetch.noteNews(partition)
    }
    for (const partition of gone) {
      this.#produce.noteGone(partition)
      this.#fetch.noteGone(partition)
      this.#deletions.noteGone(partition)
    }
    this.#fetch.noteNewLeaders(led)
    this.#membership.noteNews()
  }

  /**
   * Called before any high watermark moves: one leader epoch's watermark does not answer for what another has written.
   */
  #noteStates(states: HostedStates, changed: readonly Partition[], gone: readonly Partition[], context: Context): void {
    for (const partition of gone) states.noteGone(partition, context)
    const topicId = this.#cluster.topicNamed(states.topic)?.topicId
    for (const partition of changed) if (partition.topicId === topicId) states.noteChanged(partition, context)
  }

  #appended(partition: Partition, context: Context): void {
    if (partition.advanceHighWatermark(this.#replicas.brokers, context.now)) this.#noteCommitted(partition, context)
    this.#fetch.noteNews(partition)
  }

  #followerMoved(partition: Partition, replicaId: number, context: Context): void {
    this.#isrs.ask(partition, partition.isrWith(replicaId, this.#replicas.brokers))
    this.#advance(partition, context)
    this.#deletions.noteNews(partition)
  }

  #isrSettled(partition: Partition, context: Context): void {
    this.#produce.noteNews(partition)
    this.#advance(partition, context)
  }

  #advance(partition: Partition, context: Context): void {
    if (!partition.advanceHighWatermark(this.#replicas.brokers, context.now)) return
    this.#noteCommitted(partition, context)
    this.#fetch.noteNews(partition)
  }

  #noteCommitted(partition: Partition, context: Context): void {
    this.#produce.noteNews(partition)
    for (const states of this.#states) states.noteCommitted(partition, context)
  }

  /**
   * Followers that have fallen silent are noticed by nothing but the time (`isr-expiration` in Kafka): those in the
   * isr, and those outside of it for whom a watermark waits because they were about to join.
   */
  #considerIsrs(context: Context): Timestamp {
    const { now } = context
    if (this.#isrDue === NEVER || now >= this.#isrDue) {
      const { brokers } = this.#replicas
      for (const partition of this.#replicas.all) {
        this.#isrs.ask(partition, partition.isrWithoutLaggards(brokers, now))
        this.#advance(partition, context)
      }
      this.#isrDue = timestamp(now + this.#options['replica.lag.time.max.ms'] / 2)
    }
    return this.#isrDue
  }

  #retain(now: Timestamp): Timestamp {
    if (this.#retentionDue === NEVER || now >= this.#retentionDue) {
      if (this.#retentionDue !== NEVER) this.#replicas.deleteExpired(now, this.#options['producer.id.expiration.ms'])
      this.#retentionDue = timestamp(now + this.#options['log.retention.check.interval.ms'])
    }
    return this.#retentionDue
  }
}
