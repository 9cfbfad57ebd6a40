import { NetworkClient } from '../actor/network-client.js'
import type { Actor, Address, Connection, Context, Message } from '../actor/types.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { NEVER, type Timestamp } from '../base/ids.js'
import type { BrokerRegistrationRequest, Response, UpdateMetadataRequest } from '../protocol/messages.js'
import { BrokerControl } from './brokers.js'
import { ClusterImage } from './cluster-image.js'
import { MetadataLog } from './metadata-log.js'
import type { Decision } from './metadata-records.js'
import { TopicControl } from './topics.js'

/**
 * The supervisor's actor, ZooKeeper's and KRaft's role: decides who is a broker, which topics there are and who leads
 * them. Every change is decided first, appended to `__cluster_metadata`, and only then replayed into the image, which is
 * then published to all live brokers. A request is answered once they have all got it, so that whoever asked sees the
 * change whichever broker it asks next.
 */
interface Publication {
  readonly version: number
  readonly awaited: Set<number>
  readonly done: () => void
}

export class Controller implements Actor {
  readonly #image = new ClusterImage()
  readonly #topics: TopicControl
  readonly #brokers: BrokerControl
  readonly #log: MetadataLog
  readonly #network = new NetworkClient()
  /** The highest image that each broker has acknowledged and been sent. */
  readonly #acknowledged = new Map<number, number>()
  readonly #sent = new Map<number, number>()
  #publications: Publication[] = []
  #registrationWaiters: { readonly count: number; readonly done: () => void }[] = []

  constructor(options: BrokerOptions, point: (name: string) => void) {
    this.#topics = new TopicControl(this.#image, options)
    this.#brokers = new BrokerControl(this.#image)
    this.#log = new MetadataLog(point)
  }

  /** What the cluster is at this moment. */
  get image(): ClusterImage {
    return this.#image
  }

  /** Calls back once when that many brokers are in and know of one another. */
  whenRegistered(count: number, done: () => void): void {
    this.#registrationWaiters.push({ count, done })
    this.#finishPublications()
  }

  receive(message: Message, context: Context): void {
    if (message.type === 'disconnected' || message.type === 'refused') {
      this.#fence(message.type === 'refused' ? message.peer : message.connection.peer, context)
    }
    if (this.#network.receive(message, context)) return
    if (message.type !== 'request') return
    const { connection, correlationId, body } = message
    if (body.api === 'BrokerRegistration') this.#register(connection, correlationId, body, context)
    else if (body.api === 'CreateTopics') {
      const topics = this.#commit(this.#topics.createTopics(body))
      this.#publish(context, () => connection.reply(correlationId, { api: 'CreateTopics', topics }))
    } else if (body.api === 'DeleteTopics') {
      const topics = this.#commit(this.#topics.deleteTopics(body))
      this.#publish(context, () => connection.reply(correlationId, { api: 'DeleteTopics', topics }))
    }
  }

  tick(context: Context): Timestamp {
    this.#sendImages(context)
    return NEVER
  }

  #register(connection: Connection, correlationId: number, request: BrokerRegistrationRequest, context: Context): void {
    const reply = this.#commit(this.#brokers.registerBroker(request.brokerId))
    // A new incarnation knows nothing; one that is refused must not make the living one begin anew.
    if (reply.error === 'NONE') {
      this.#acknowledged.set(request.brokerId, -1)
      this.#sent.set(request.brokerId, -1)
    }
    this.#publish(context, () => connection.reply(correlationId, { api: 'BrokerRegistration', ...reply }))
  }

  /** The broker's thread has ended: it is fenced, and its partitions lose their leader. */
  #fence(peer: Address, context: Context): void {
    const brokerId = brokerIdOf(peer)
    if (brokerId === null || this.#image.broker(brokerId) === undefined) return
    this.#commit(this.#brokers.fenceBroker(brokerId))
    this.#publish(context, () => {})
  }

  #commit<Reply>(decision: Decision<Reply>): Reply {
    if (decision.records.length > 0) {
      this.#log.append(decision.records)
      for (const record of decision.records) this.#image.replay(record)
    }
    return decision.reply
  }

  #publish(context: Context, done: () => void): void {
    this.#publications.push({ version: this.#image.version, awaited: new Set(this.#image.activeBrokers), done })
    this.#sendImages(context)
    this.#finishPublications()
  }

  /** Each broker has at most one image under way; it gets the newest one next. */
  #sendImages(context: Context): void {
    for (const brokerId of this.#image.activeBrokers) {
      if (this.#sent.get(brokerId) === this.#image.version) continue
      if (this.#sent.get(brokerId) !== this.#acknowledged.get(brokerId)) continue
      const { version } = this.#image
      const sent = this.#network.send(`broker-${brokerId}`, this.#updateMetadata(), context, (response, later) =>
        this.#acknowledge(brokerId, version, response, later),
      )
      if (sent === 'sent') this.#sent.set(brokerId, version)
    }
  }

  #updateMetadata(): UpdateMetadataRequest {
    const { version, activeBrokers, topics } = this.#image
    return { api: 'UpdateMetadata', version, brokers: activeBrokers, topics }
  }

  #acknowledge(brokerId: number, version: number, response: Response | null, context: Context): void {
    if (response !== null) this.#acknowledged.set(brokerId, version)
    this.#sendImages(context)
    this.#finishPublications()
  }

  #finishPublications(): void {
    this.#publications = this.#publications.filter(({ version, awaited, done }) => {
      for (const brokerId of awaited) {
        const isFenced = this.#image.broker(brokerId)?.isFenced !== false
        if (isFenced || (this.#acknowledged.get(brokerId) ?? -1) >= version) awaited.delete(brokerId)
      }
      if (awaited.size > 0) return true
      done()
      return false
    })
    if (this.#publications.length > 0) return
    this.#registrationWaiters = this.#registrationWaiters.filter(({ count, done }) => {
      if (this.#image.activeBrokers.length < count) return true
      done()
      return false
    })
  }
}

function brokerIdOf(peer: Address): number | null {
  return peer.startsWith('broker-') ? Number(peer.slice('broker-'.length)) : null
}
