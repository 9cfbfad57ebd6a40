import type { Address } from '../../../../src/actor/address.js'
import type { Connection } from '../../../../src/actor/types.js'
import { type ProducerOptions, parseProducerOptions } from '../../../../src/base/config/producer-options.js'
import type { ErrorCode } from '../../../../src/base/error-code.js'
import type { Memory } from '../../../../src/base/memory.js'
import type { BatchReport } from '../../../../src/client/batches/batch-report.js'
import { PartitionAccumulator } from '../../../../src/client/batches/partition-accumulator.js'
import { Decompressor, isCompressed } from '../../../../src/client/consumer/fetching/decompressor.js'
import { Sender } from '../../../../src/client/sender/sender.js'
import { SenderCounters } from '../../../../src/client/sender/sender-counters.js'
import type { Request, RequestOf, Response } from '../../../../src/protocol/api.js'
import type { CurrentLeader } from '../../../../src/protocol/partition.js'
import { BatchReader } from '../../../../src/record/batch-reader.js'
import { baseSequence, batchBytes, isCrcValid, producerEpoch } from '../../../../src/record/record-batch.js'
import { type Asked, type RequestMessage, ScriptedActor } from '../../../support/scripted-actor.js'
import { Stage } from '../../../support/stage.js'
import { type GivenAccumulator, givenAccumulator, HandClock } from '../batches/given-accumulator.js'
import { givenSlice } from '../consumer/fetching/given-slices.js'
import { partitionMetadata } from '../given-metadata.js'

export type ProduceMessage = RequestMessage & { body: RequestOf<'Produce'> }

const DECOMPRESSING = { 'check.crcs': true, 'odradek.decompressed.bytes.max': 1e6, 'max.partition.fetch.bytes': 1e6 }
const TOPIC = { name: 'orders', topicId: 1, isInternal: false }

/** A sender between an application and brokers that the test plays. */
export class GivenSender {
  readonly stage = new Stage()
  readonly clock = new HandClock()
  readonly counters = new SenderCounters(parseProducerOptions({}))
  readonly given: GivenAccumulator
  readonly brokers = new Map<number, ScriptedActor>()
  /** Metadata requests that brokers have answered, by who did. */
  readonly metadataAskedOf: number[] = []
  /** What the brokers say of each partition; null: they know no cluster yet. */
  leaders: CurrentLeader[] | null
  /** Whether brokers give an idempotent producer its id, or refuse it for now. */
  identifies = true
  /** How many they have given. */
  producerIds = 0
  /** Whether the topic was deleted. */
  isDeleted = false
  /** What they call the topic. */
  topicId = TOPIC.topicId
  readonly #application: ScriptedActor
  readonly #partitions: PartitionAccumulator[]
  #connection: Connection | null = null

  /** `leaders`: the broker of each partition; -1 is none. */
  constructor(
    options: Partial<ProducerOptions> = {},
    sizes: { batchBytes?: number; bufferBytes?: number; leaders?: readonly number[] } = {},
  ) {
    const { leaders = [1, 1, 1, 1] } = sizes
    this.leaders = leaders.map((leader) => ({ leader, leaderEpoch: 0 }))
    this.given = givenAccumulator(
      { batchBytes: sizes.batchBytes ?? 1024, bufferBytes: sizes.bufferBytes ?? 65_536 },
      this.clock,
    )
    this.#partitions = leaders.map((_, partition) => new PartitionAccumulator(TOPIC.name, TOPIC.topicId, partition))
    this.clock.time = this.stage.now
    this.#application = new ScriptedActor(
      () => null,
      (connection) => {
        this.#connection = connection
      },
    )
    for (const brokerId of new Set([1, ...leaders.filter((leader) => leader > 0)])) {
      this.start(brokerId)
    }
    this.stage.seat('client-0', this.#application)
    this.stage.seat('sender-0', this.#sender(options))
  }

  /** The application asks for the topic, through its sender. */
  ask(): Asked {
    return this.#application.ask('sender-0', { api: 'Metadata', topics: [TOPIC.name], allowAutoTopicCreation: true })
  }

  /** The application learns the topic, as it does before it appends anything. */
  connect(): this {
    const asked = this.ask()
    this.stage.settle()
    if (asked.answer?.api !== 'Metadata') throw new Error('The sender did not pass the question on')
    return this
  }

  /** Seats a broker, for the first time or again after it was killed. */
  start(brokerId: number): void {
    const broker = new ScriptedActor((body) => this.#metadata(body, brokerId))
    this.brokers.set(brokerId, broker)
    this.stage.seat(`broker-${brokerId}`, broker)
  }

  /** Elects a leader, of which the brokers tell whoever asks. */
  elect(partition: number, leader: number): void {
    const elected = this.leaders![partition]!
    this.leaders![partition] = { leader, leaderEpoch: elected.leaderEpoch + 1 }
  }

  /** Deletes the topic and creates it again, with these leaders. */
  createAgain(...leaders: readonly number[]): void {
    this.topicId += 1
    this.isDeleted = false
    this.leaders = leaders.map((leader) => ({ leader, leaderEpoch: 0 }))
  }

  append(partition: number, value: string): void {
    const { accumulator } = this.given
    const outcome = accumulator.append(this.#partitions[partition]!, null, value, null, this.clock.time, null)
    if (outcome === 'full' || outcome === 'too-large') throw new Error(`The record was not appended: ${outcome}`)
    for (const [memoryId, memory] of this.given.lent) this.#connection?.lend(memoryId, memory)
    this.given.lent.clear()
  }

  pass(milliseconds: number): void {
    this.clock.time += milliseconds
    this.stage.pass(milliseconds)
  }

  settle(): void {
    this.stage.settle()
  }

  /** Produce requests that the broker has and did not answer, one at a time, as connections are served. */
  produces(brokerId = 1): ProduceMessage[] {
    return this.brokers.get(brokerId)!.unanswered('Produce')
  }

  /** Values of all batches in the request that the broker has now, batch by batch. */
  valuesAt(brokerId = 1): string[][] {
    return this.produces(brokerId).flatMap(({ connection, body }) =>
      body.batches.map((batch) => valuesOf(connection.memory(batch.memoryId), batch.position)),
    )
  }

  /** How the batches of the request that the broker has now are counted: `epoch/base sequence`. */
  countsAt(brokerId = 1): string[] {
    return this.produces(brokerId).flatMap(({ connection, body }) =>
      body.batches.map(({ memoryId, position }) => {
        const memory = connection.memory(memoryId)
        if (!isCrcValid(memory, position)) throw new Error('The batch does not match its CRC')
        return `${producerEpoch(memory, position)}/${baseSequence(memory, position)}`
      }),
    )
  }

  /** Answers the request that the broker has now. */
  answer(
    brokerId = 1,
    said: { error?: ErrorCode; baseOffset?: number; currentLeader?: CurrentLeader | null } = {},
  ): void {
    const request = this.produces(brokerId)[0]!
    const { error = 'NONE', baseOffset = error === 'NONE' ? 0 : -1, currentLeader = null } = said
    const partitions = request.body.batches.map(({ topicId, partition }) => {
      return { topicId, partition, error, baseOffset, logAppendTimeMs: -1, logStartOffset: 0, currentLeader }
    })
    this.brokers.get(brokerId)!.answer({ api: 'Produce', partitions })
    this.settle()
  }

  reports(): Pick<BatchReport, 'partition' | 'error' | 'baseOffset'>[] {
    const reports: Pick<BatchReport, 'partition' | 'error' | 'baseOffset'>[] = []
    this.given.accumulator.takeReports(({ partition, error, baseOffset }) =>
      reports.push({ partition, error, baseOffset }),
    )
    return reports
  }

  #identify(): Response {
    if (!this.identifies) return { api: 'InitProducerId', error: 'NOT_CONTROLLER', producerId: -1, producerEpoch: -1 }
    return { api: 'InitProducerId', error: 'NONE', producerId: this.producerIds++, producerEpoch: 0 }
  }

  #metadata(body: Request, brokerId: number): Response | null {
    if (body.api === 'InitProducerId') return this.#identify()
    if (body.api !== 'Metadata') return null
    this.metadataAskedOf.push(brokerId)
    if (this.leaders === null) return { api: 'Metadata', brokers: [], controller: -1, topics: [] }
    const partitions = this.leaders.map(({ leader, leaderEpoch }, partition) =>
      partitionMetadata({ partition, leader, leaderEpoch }),
    )
    const { topicId } = this
    if (this.isDeleted) {
      const topic = { ...TOPIC, error: 'UNKNOWN_TOPIC_OR_PARTITION' as const, topicId: -1, partitions: [] }
      return { api: 'Metadata', brokers: [1], controller: 0, topics: [topic] }
    }
    return { api: 'Metadata', brokers: [1], controller: 0, topics: [{ error: 'NONE', ...TOPIC, topicId, partitions }] }
  }

  #sender(options: Partial<ProducerOptions>): Sender {
    const bootstrap: Address[] = [...this.brokers.keys()].map((brokerId): Address => `broker-${brokerId}`)
    return new Sender({
      shared: this.given.shared,
      pool: this.given.pool,
      options: {
        ...parseProducerOptions({}),
        'enable.idempotence': false,
        acks: 1,
        'linger.ms': 0,
        'max.request.size': 1_000_000,
        'max.in.flight.requests.per.connection': 5,
        ...options,
      },
      bootstrap,
      applicationBell: { ring: () => {} },
      counters: this.counters,
    })
  }
}

/** Of a batch, compressed or not. */
function valuesOf(lent: Memory, at: number): string[] {
  const slice = { ...givenSlice([]), memory: lent, position: at, bytes: batchBytes(lent, at) }
  const opened = isCompressed(slice) ? new Decompressor(DECOMPRESSING).expand(slice) : slice
  if (typeof opened === 'string') throw new Error(`The batch cannot be read: ${opened}`)
  const { memory, position } = opened
  const reader = new BatchReader(memory).reset(memory, position)
  const values: string[] = []
  while (reader.next()) {
    values.push(memory.bytes.toString('utf8', reader.valuePosition, reader.valuePosition + reader.valueBytes))
  }
  return values
}
