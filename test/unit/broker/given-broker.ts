import type { Address } from '../../../src/actor/address.js'
import { CONTROLLER } from '../../../src/actor/address.js'
import type { Connection } from '../../../src/actor/types.js'
import { type GivenBrokerOptions, parseBrokerOptions } from '../../../src/base/config/broker-options.js'
import type { Acks } from '../../../src/base/config/definition.js'
import { align8, type Memory } from '../../../src/base/memory.js'
import { Broker } from '../../../src/broker/broker.js'
import { BROKER_NOTES_BYTES, type BrokerHost } from '../../../src/broker/broker-host.js'
import type { Request, Response } from '../../../src/protocol/api.js'
import type {
  FetchPartition,
  FetchRequest,
  FetchResponse,
  PartitionFetchResult,
} from '../../../src/protocol/apis/fetch.js'
import type { PartitionMetadata } from '../../../src/protocol/apis/metadata.js'
import type { PartitionProduceResult } from '../../../src/protocol/apis/produce.js'
import type { BrokerImage, TopicImage, UpdateMetadataRequest } from '../../../src/protocol/inner/update-metadata.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import { BatchReader } from '../../../src/record/batch-reader.js'
import { batchBytes } from '../../../src/record/record-batch.js'
import { type Asked, ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'

export const TOPIC_ID = 1
const NO_EPOCHS = { currentLeaderEpoch: -1, lastFetchedEpoch: -1 }

/** An image's topic `orders` with that many partitions, led by broker 1 unless told otherwise. */
export function ordersOf(
  parts: { leaders?: readonly number[]; configs?: Record<string, unknown>; leaderEpoch?: number } = {},
): TopicImage {
  const { leaders = [1, 1], configs = {}, leaderEpoch = 0 } = parts
  const partitions = leaders.map((leader, partition) => {
    return partitionOf({ partition, leader, leaderEpoch })
  })
  return { name: 'orders', topicId: TOPIC_ID, configs, partitions }
}

/**
 * A partition that only its leader replicates, unless told otherwise; the epoch of the partition is that of its leader.
 */
export function partitionOf(said: Partial<PartitionMetadata> = {}): PartitionMetadata {
  const { leader = 1, leaderEpoch = 0 } = said
  const replicas = said.replicas ?? [...new Set([1, leader])]
  const isr = said.isr ?? [leader]
  const rest = { partitionEpoch: leaderEpoch, elr: [], lastKnownLeader: -1 }
  return { partition: 0, ...rest, ...said, leader, leaderEpoch, replicas, isr }
}

export function brokerImage(brokerId: number, said: Partial<BrokerImage> = {}): BrokerImage {
  return { brokerId, brokerEpoch: brokerId, isFenced: false, isShuttingDown: false, ...said }
}

/** What a broker has on its first start. */
export function firstStart(): BrokerHost {
  return {
    point: () => {},
    segments: { inherited: [], keep: () => {}, forget: () => {} },
    notes: new SharedArrayBuffer(BROKER_NOTES_BYTES),
  }
}

/** A broker between a controller and clients that the test plays. */
export class GivenBroker {
  readonly stage = new Stage()
  readonly controller: ScriptedActor
  #version = 0
  #clients = 0

  constructor(options: GivenBrokerOptions = {}, controls: (body: Request) => Response | null = () => null) {
    this.controller = new ScriptedActor((body) => {
      if (body.api === 'BrokerRegistration') return { api: 'BrokerRegistration', error: 'NONE', brokerEpoch: 1 }
      return controls(body)
    })
    this.stage.seat(CONTROLLER, this.controller)
    this.stage.seat('broker-1', new Broker(1, parseBrokerOptions(options), firstStart()))
    this.stage.settle()
  }

  /** Publishes an image of these topics to the broker. */
  publish(...topics: readonly TopicImage[]): this {
    return this.publishVersion(this.#version + 1, ...topics)
  }

  publishVersion(version: number, ...topics: readonly TopicImage[]): this {
    this.#version = Math.max(this.#version, version)
    this.controller.ask('broker-1', {
      api: 'UpdateMetadata',
      version,
      since: -1,
      brokers: [brokerImage(1), brokerImage(2)],
      topics,
      removedTopics: [],
    })
    this.stage.settle()
    return this
  }

  /** Publishes what is new since an older image. */
  publishDifference(what: Pick<UpdateMetadataRequest, 'since' | 'version' | 'topics' | 'removedTopics'>): Asked {
    const brokers = [brokerImage(1), brokerImage(2)]
    const asked = this.controller.ask('broker-1', { api: 'UpdateMetadata', brokers, ...what })
    this.stage.settle()
    return asked
  }

  client(address: Address = `client-${this.#clients++}`): GivenClient {
    return new GivenClient(this.stage, address)
  }
}

/** Values, or a batch that is made already, by partition. */
type BatchValues = Readonly<Record<number, readonly string[] | Memory>>

export class GivenClient {
  readonly address: Address
  readonly #stage: Stage
  readonly #broker: Address
  readonly #actor: ScriptedActor
  #connection: Connection | null = null
  #memories = 0

  constructor(stage: Stage, address: Address, broker: Address = 'broker-1') {
    this.#stage = stage
    this.address = address
    this.#broker = broker
    this.#actor = new ScriptedActor(
      () => null,
      (connection) => {
        this.#connection = connection
      },
    )
    stage.seat(address, this.#actor)
    this.ask({ api: 'Metadata', topics: [], allowAutoTopicCreation: false })
  }

  get connection(): Connection {
    return this.#connection as Connection
  }

  ask(body: Request): Asked {
    const asked = this.#actor.ask(this.#broker, body)
    this.#stage.settle()
    return asked
  }

  /** Lends one batch for each partition that is named, and asks to have it appended. */
  produce(values: BatchValues, options: { acks?: Acks; timeoutMs?: number; topicId?: number } = {}): Asked {
    const asked = this.produceLater(values, options)
    this.#stage.settle()
    return asked
  }

  /** The same with the client's next turn. */
  produceLater(values: BatchValues, options: { acks?: Acks; timeoutMs?: number; topicId?: number } = {}): Asked {
    const batches = Object.entries(values).map(([partition, said]) => {
      const memory = Array.isArray(said) ? buildBatch(said.map((value) => ({ value, timestamp: 5 }))) : (said as Memory)
      const memoryId = this.#memories++
      this.connection.lend(memoryId, memory)
      return {
        topicId: options.topicId ?? TOPIC_ID,
        partition: Number(partition),
        memoryId,
        position: 0,
        bytes: batchBytes(memory, 0),
      }
    })
    const { acks = 1, timeoutMs = 1000 } = options
    return this.#actor.ask(this.#broker, { api: 'Produce', acks, timeoutMs, batches })
  }

  fetch(
    said: Partial<Omit<FetchRequest, 'partitions'>> & { partitions?: readonly Partial<FetchPartition>[] } = {},
  ): Asked {
    const partitions = (said.partitions ?? [{}]).map((partition): FetchPartition => {
      return {
        topicId: TOPIC_ID,
        partition: 0,
        fetchOffset: 0,
        bytesMax: 1_000_000,
        leaseSlot: 0,
        ...NO_EPOCHS,
        ...partition,
      }
    })
    const limits = {
      waitMsMax: 500,
      bytesMin: 1,
      bytesMax: 1_000_000,
      readCommitted: false,
      replicaId: -1,
      replicaEpoch: -1,
    }
    return this.ask({ api: 'Fetch', ...limits, ...said, partitions })
  }

  /** The values that a fetch brought, partition by partition. */
  valuesOf(asked: Asked): string[][] {
    return fetched(asked).map(({ slice }) => {
      if (slice === null) return []
      const memory = this.connection.memory(slice.segment)
      const values: string[] = []
      for (let at = slice.position; at < slice.position + slice.bytes; at += align8(batchBytes(memory, at))) {
        const reader = new BatchReader(memory).reset(memory, at)
        while (reader.next()) {
          values.push(memory.bytes.toString('utf8', reader.valuePosition, reader.valuePosition + reader.valueBytes))
        }
      }
      return values
    })
  }
}

export const fetched = (asked: Asked): readonly PartitionFetchResult[] => (asked.answer as FetchResponse).partitions

export function produced(asked: Asked): readonly PartitionProduceResult[] {
  if (asked.answer?.api !== 'Produce') throw new Error(`The batch was not answered: ${asked.answer}`)
  return asked.answer.partitions
}
