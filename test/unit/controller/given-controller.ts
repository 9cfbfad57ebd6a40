import type { Address } from '../../../src/actor/address.js'
import { type GivenBrokerOptions, parseBrokerOptions } from '../../../src/base/config/broker-options.js'
import { Controller } from '../../../src/controller/controller.js'
import type { SegmentHandle } from '../../../src/log/types.js'
import type { Request, RequestOf } from '../../../src/protocol/api.js'
import type { NewTopic } from '../../../src/protocol/apis/create-topics.js'
import type { PartitionMetadata } from '../../../src/protocol/apis/metadata.js'
import { type Asked, ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'
import { topicOf } from './given-image.js'

export const CONTROLLER = 'controller-0'

/** How often the controller looks at the brokers' heartbeats. */
export const LOOK_MS = 2_250

/** A controller, and brokers that the test plays; those in `slow` do not acknowledge images by themselves. */
export class GivenController {
  readonly stage = new Stage()
  controller: Controller
  readonly brokers = new Map<number, ScriptedActor>()
  readonly slow = new Set<number>()
  readonly registrations = new Map<number, Asked>()
  /** Brokers whose heartbeats stand still. */
  readonly silent = new Set<number>()
  /** What the controller asked of its host. */
  readonly asked: string[] = []
  readonly #options: GivenBrokerOptions
  readonly #memory: SegmentHandle[] = []
  #heartbeats = 0
  #clients = 0

  constructor(brokerIds: readonly number[] = [], options: GivenBrokerOptions = {}) {
    this.#options = options
    this.controller = this.startController()
    for (const brokerId of brokerIds) this.register(brokerId)
  }

  /** A new incarnation, with the memory of the last one. */
  startController(): Controller {
    this.controller = new Controller(parseBrokerOptions(this.#options), {
      point: () => {},
      segments: { inherited: [...this.#memory], keep: (handle) => void this.#memory.push(handle), forget: () => {} },
      heartbeatOf: (brokerId) => this.#heartbeatOf(brokerId),
      restart: (brokerId) => void this.asked.push(`restart ${brokerId}`),
      gaveUp: (brokerId) => void this.asked.push(`gave up ${brokerId}`),
    })
    this.stage.seat(CONTROLLER, this.controller)
    this.stage.settle()
    return this.controller
  }

  /** A new incarnation, which registers: with the memory of the last one unless said otherwise. */
  register(brokerId: number, previousBrokerEpoch = this.epochOf(brokerId)): Asked {
    const broker = new ScriptedActor((body) => {
      const isAcknowledged = body.api === 'UpdateMetadata' && !this.slow.has(brokerId)
      return isAcknowledged ? { api: 'UpdateMetadata', error: 'NONE' } : null
    })
    this.brokers.set(brokerId, broker)
    this.stage.seat(`broker-${brokerId}`, broker)
    const asked = broker.ask(CONTROLLER, { api: 'BrokerRegistration', brokerId, previousBrokerEpoch })
    this.registrations.set(brokerId, asked)
    this.stage.settle()
    return asked
  }

  create(name: string, said: Partial<NewTopic> = {}): Asked {
    return this.ask({ api: 'CreateTopics', topics: [topicOf({ name, ...said })], validateOnly: false })
  }

  remove(name: string): Asked {
    return this.ask({ api: 'DeleteTopics', names: [name] })
  }

  acknowledge(brokerId: number): void {
    this.brokers
      .get(brokerId)!
      .answerWhere((body) => (body.api === 'UpdateMetadata' ? { api: 'UpdateMetadata', error: 'NONE' } : null))
    this.stage.settle()
  }

  /** The images that the present incarnation of a broker was sent; one without brokers only asks for a sign of life. */
  images(brokerId: number): RequestOf<'UpdateMetadata'>[] {
    const sent = this.brokers
      .get(brokerId)!
      .messages.flatMap((message) =>
        message.type === 'request' && message.body.api === 'UpdateMetadata' ? [message.body] : [],
      )
    return sent.filter(({ brokers }) => brokers.length > 0)
  }

  /** Ids of the brokers that a broker takes for alive. */
  aliveAsSeenBy(brokerId: number): number[] {
    const brokers = this.images(brokerId).at(-1)?.brokers ?? []
    return brokers.filter(({ isFenced }) => !isFenced).map((broker) => broker.brokerId)
  }

  /** How many segments outlive the controller. */
  get segmentsKept(): number {
    return this.#memory.length
  }

  partition(partition = 0): PartitionMetadata {
    return this.controller.image.topics[0]?.partitions[partition] as PartitionMetadata
  }

  epochOf(brokerId: number): number {
    return this.controller.image.broker(brokerId)?.brokerEpoch ?? -1
  }

  kill(address: Address): void {
    this.stage.kill(address)
  }

  /** Time for so many looks at the heartbeats. */
  passLooks(count: number): void {
    for (let left = count; left > 0; left--) this.stage.pass(LOOK_MS)
  }

  /** Everybody asks on a connection of his own, where nobody is served before him. */
  /** Asks in the name of a broker. */
  askAs(brokerId: number, body: Request): Asked {
    const asked = (this.brokers.get(brokerId) as ScriptedActor).ask(CONTROLLER, body)
    this.stage.settle()
    return asked
  }

  ask(body: Request): Asked {
    const client = new ScriptedActor()
    this.stage.seat(`client-${this.#clients++}`, client)
    const asked = client.ask(CONTROLLER, body)
    this.stage.settle()
    return asked
  }

  #heartbeatOf(brokerId: number): number | null {
    if (!this.brokers.has(brokerId)) return null
    return this.silent.has(brokerId) ? 0 : ++this.#heartbeats
  }
}
