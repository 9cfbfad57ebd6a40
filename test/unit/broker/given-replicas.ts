import type { Address } from '../../../src/actor/address.js'
import { CONTROLLER } from '../../../src/actor/address.js'
import { type GivenBrokerOptions, parseBrokerOptions } from '../../../src/base/config/broker-options.js'
import { Broker } from '../../../src/broker/broker.js'
import { BROKER_NOTES_BYTES } from '../../../src/broker/broker-host.js'
import type { Partition } from '../../../src/broker/partition.js'
import type { HostedStates } from '../../../src/broker/replicated-states.js'
import type { SegmentHandle } from '../../../src/log/types.js'
import type { Request, Response } from '../../../src/protocol/api.js'
import type { AlterPartitionRequest, AlterPartitionResponse } from '../../../src/protocol/apis/alter-partition.js'
import type { PartitionMetadata } from '../../../src/protocol/apis/metadata.js'
import type { TopicImage } from '../../../src/protocol/inner/update-metadata.js'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'
import { brokerImage, GivenClient, partitionOf, TOPIC_ID } from './given-broker.js'

const BROKERS = [1, 2, 3]
const RECONNECTED_MS = 100

/** Three brokers that hold one partition, and a controller that the test plays: it agrees to every isr. */
export class GivenReplicas {
  readonly stage = new Stage()
  readonly controller: ScriptedActor
  readonly asked: AlterPartitionRequest[] = []
  /** Whether the controller answers to AlterPartition by itself. */
  agrees = true
  readonly #options: GivenBrokerOptions
  readonly #configs: Record<string, unknown>
  readonly #statesOf: (id: number) => readonly HostedStates[]
  readonly #brokers = new Map<number, Broker>()
  readonly #segments = new Map<number, SegmentHandle[]>()
  readonly #notes = new Map<number, SharedArrayBuffer>()
  readonly #epochs = new Map<number, number>()
  readonly #shuttingDown = new Set<number>()
  #metadata = partitionOf({ replicas: BROKERS, isr: BROKERS })
  #version = 0
  #clients = 0

  /** `statesOf` makes what each incarnation of a broker hosts. */
  constructor(
    options: GivenBrokerOptions = {},
    configs: Record<string, unknown> = {},
    statesOf: (id: number) => readonly HostedStates[] = () => [],
  ) {
    this.#statesOf = statesOf
    this.#options = { 'replica.lag.time.max.ms': 1_000, 'replica.fetch.wait.max.ms': 100, ...options }
    this.#configs = configs
    this.controller = new ScriptedActor((body) => this.#control(body))
    this.stage.seat(CONTROLLER, this.controller)
    for (const id of BROKERS) this.start(id)
    this.publish({})
  }

  get metadata(): PartitionMetadata {
    return this.#metadata
  }

  /** The partition as one of the brokers holds it. */
  at(id: number): Partition {
    const [partition] = this.#brokers.get(id)?.partitions ?? []
    if (partition === undefined) throw new Error(`Broker ${id} holds nothing`)
    return partition
  }

  isUp(id: number): boolean {
    return this.#brokers.has(id)
  }

  ends(): number[] {
    return BROKERS.filter((id) => this.#brokers.has(id)).map((id) => this.at(id).log.logEndOffset)
  }

  highWatermarks(): number[] {
    return BROKERS.filter((id) => this.#brokers.has(id)).map((id) => this.at(id).log.highWatermark)
  }

  /** Starts a broker with what its last incarnation has left. */
  start(id: number): void {
    this.stage.release(`broker-${id}`)
    const segments = this.#segments.get(id) ?? []
    const notes = this.#notes.get(id) ?? new SharedArrayBuffer(BROKER_NOTES_BYTES)
    this.#segments.set(id, segments)
    this.#notes.set(id, notes)
    const keep = (handle: SegmentHandle): void => void segments.push(handle)
    const keeper = { inherited: [...segments], keep, forget: () => {} }
    const host = { point: () => {}, segments: keeper, notes }
    const broker = new Broker(id, parseBrokerOptions(this.#options), host, this.#statesOf(id))
    this.#brokers.set(id, broker)
    this.stage.seat(`broker-${id}`, broker)
    this.stage.settle()
    if (this.#version === 0) return
    this.publishAgain()
    // Those that had lost it connect again.
    this.stage.pass(RECONNECTED_MS)
  }

  kill(id: number, { loses = 'nothing' }: { readonly loses?: 'nothing' | 'everything' } = {}): void {
    this.stage.kill(`broker-${id}`)
    this.#brokers.delete(id)
    if (loses === 'nothing') return
    this.#segments.delete(id)
    this.#notes.delete(id)
  }

  /** From the next image on, the broker is known to mean to end. */
  shutDown(id: number): void {
    this.#shuttingDown.add(id)
  }

  /** The controller has decided something about the partition. */
  publish(change: Partial<PartitionMetadata>): void {
    this.#metadata = { ...this.#metadata, ...change, partitionEpoch: this.#metadata.partitionEpoch + 1 }
    this.publishAgain()
  }

  /** The partition is as it was; which brokers are fenced may be new. */
  publishAgain(): void {
    this.#publish([{ name: 'orders', topicId: TOPIC_ID, configs: this.#configs, partitions: [this.#metadata] }])
  }

  /** From now on there is no topic. */
  deleteTopic(): void {
    this.#publish([])
  }

  #publish(topics: readonly TopicImage[]): void {
    this.#version += 1
    const brokers = BROKERS.map((id) => {
      const isShuttingDown = this.#shuttingDown.has(id)
      return brokerImage(id, {
        brokerEpoch: this.#epochs.get(id) ?? -1,
        isFenced: !this.#brokers.has(id),
        isShuttingDown,
      })
    })
    for (const id of this.#brokers.keys()) {
      const whole = { version: this.#version, since: -1, brokers, topics, removedTopics: [] }
      this.controller.ask(`broker-${id}`, { api: 'UpdateMetadata', ...whole })
    }
    this.stage.settle()
  }

  /** Publishes another leader in a new epoch. */
  elect(leader: number, isr: readonly number[]): void {
    this.publish({ leader, leaderEpoch: this.#metadata.leaderEpoch + 1, isr })
  }

  client(address: Address = `client-${this.#clients++}`): GivenClient {
    return new GivenClient(this.stage, address, `broker-${this.#metadata.leader}`)
  }

  #control(body: Request): Response | null {
    if (body.api === 'BrokerRegistration') {
      const brokerEpoch = 100 * ((this.#epochs.get(body.brokerId) ?? 0) + 1) + body.brokerId
      this.#epochs.set(body.brokerId, brokerEpoch)
      return { api: 'BrokerRegistration', error: 'NONE', brokerEpoch }
    }
    if (body.api !== 'AlterPartition') return null
    this.asked.push(body)
    return this.agrees ? this.agreeTo(body) : null
  }

  /** Refuses the oldest isr that was asked for. */
  refuse(error: AlterPartitionResponse['partitions'][number]['error']): void {
    this.controller.answerWhere((body) => {
      if (body.api !== 'AlterPartition') return null
      const { leader, leaderEpoch, isr, partitionEpoch } = this.#metadata
      const said = { error, leader, leaderEpoch, isr, partitionEpoch }
      const partitions = body.partitions.map(({ topicId, partition }) => ({ topicId, partition, ...said }))
      return { api: 'AlterPartition', error: 'NONE', partitions }
    })
    this.stage.settle()
  }

  agreeTo(body: AlterPartitionRequest): AlterPartitionResponse {
    const partitions = body.partitions.map(({ topicId, partition, newIsr, ...asked }) => {
      const before = this.#metadata
      const isCurrent = asked.leaderEpoch === before.leaderEpoch && asked.partitionEpoch === before.partitionEpoch
      const isr = newIsr.map(({ brokerId }) => brokerId)
      if (isCurrent) this.#metadata = { ...before, isr, partitionEpoch: before.partitionEpoch + 1 }
      const { leader, leaderEpoch, partitionEpoch } = this.#metadata
      const error = isCurrent ? ('NONE' as const) : ('INVALID_UPDATE_VERSION' as const)
      return { topicId, partition, error, leader, leaderEpoch, isr: this.#metadata.isr, partitionEpoch }
    })
    return { api: 'AlterPartition', error: 'NONE', partitions }
  }
}
