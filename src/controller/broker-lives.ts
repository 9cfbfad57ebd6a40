import { type Address, brokerAddress } from '../actor/address.js'
import type { Connection, Context, Message } from '../actor/types.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { counted } from '../base/words.js'
import { BrokerSessions } from './broker-sessions.js'
import type { BrokerControl } from './brokers.js'
import type { ClusterImage } from './cluster-image.js'
import type { ControllerHost } from './controller-host.js'
import type { ImagePublisher } from './image-publisher.js'
import type { MetadataDecision } from './metadata-records.js'
import { RestartPolicy } from './restart-policy.js'

export interface BrokerLivesParts {
  readonly options: BrokerOptions
  readonly host: ControllerHost
  readonly image: ClusterImage
  readonly brokers: BrokerControl
  readonly publisher: ImagePublisher
  readonly commit: <Reply>(decision: MetadataDecision<Reply>) => Reply
}

/**
 * The lives of brokers' threads, as far as the controller hears and sees of them. One that has ended is fenced,
 * released, and started again as often as the policy allows; one that is silent is fenced until it is heard again.
 */
export class BrokerLives {
  readonly #options: BrokerOptions
  readonly #host: ControllerHost
  readonly #image: ClusterImage
  readonly #brokers: BrokerControl
  readonly #publisher: ImagePublisher
  readonly #commit: BrokerLivesParts['commit']
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

  constructor({ options, host, image, brokers, publisher, commit }: BrokerLivesParts) {
    this.#options = options
    this.#host = host
    this.#image = image
    this.#brokers = brokers
    this.#publisher = publisher
    this.#commit = commit
    this.#restarts = new RestartPolicy({
      intensity: options['odradek.restart.intensity'],
      periodMs: options['odradek.restart.period.ms'],
    })
  }

  receive(message: Message, context: Context): void {
    if (message.type === 'connected') this.#hear(message.connection.peer)
    if (message.type === 'refused') this.#end(message.peer, context)
    if (message.type === 'disconnected' && !this.#isStale(message.connection))
      this.#end(message.connection.peer, context)
  }

  /** An incarnation has registered, over this connection. `isByHand`: somebody has started it. */
  begin(brokerId: number, { over, isByHand }: { readonly over: number; readonly isByHand: boolean }): void {
    if (isByHand) this.#restarts.forget(brokerId)
    this.#hear(brokerAddress(brokerId))
    this.#registeredOver.set(brokerId, over)
    this.#sessions.begin(brokerId)
    this.#publisher.open(brokerId)
  }

  /** The broker is about to be ended on purpose: it stays down until it is started by hand. */
  expectEnd(brokerId: number): void {
    if (!this.#image.isKeptDown(brokerId)) this.#commit({ records: [{ type: 'keepDown', brokerId }], reply: null })
  }

  forgetCrashes(): void {
    this.#restarts.forgetAll()
  }

  /** Looks for signs of life. To be called LOOKS_PER_SESSION times in a session's time. */
  look(context: Context): void {
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
}

function brokerIdOf(peer: Address): number | null {
  return peer.startsWith('broker-') ? Number(peer.slice('broker-'.length)) : null
}
