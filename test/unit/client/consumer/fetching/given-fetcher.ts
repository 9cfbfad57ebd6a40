import type { Actor, Connection, Context, Message } from '../../../../../src/actor/types.js'
import { type GivenConsumerOptions, parseConsumerOptions } from '../../../../../src/base/config/consumer-options.js'
import type { ErrorCode } from '../../../../../src/base/error-code.js'
import type { Timestamp } from '../../../../../src/base/ids.js'
import { FetchedPartitions } from '../../../../../src/client/consumer/fetching/fetched-partitions.js'
import { Fetcher } from '../../../../../src/client/consumer/fetching/fetcher.js'
import { SliceCursor } from '../../../../../src/client/consumer/fetching/slice-cursor.js'
import { ConsumerCounters } from '../../../../../src/client/consumer/metrics/consumer-counters.js'
import { Metadata } from '../../../../../src/client/metadata.js'
import type { RequestOf } from '../../../../../src/protocol/api.js'
import type { FetchRequest, PartitionFetchResult } from '../../../../../src/protocol/apis/fetch.js'
import { ScriptedActor } from '../../../../support/scripted-actor.js'
import { Stage } from '../../../../support/stage.js'
import { ordersMetadata, partitionMetadata } from '../../given-metadata.js'
import { givenSlice } from './given-slices.js'

class FetchingActor implements Actor {
  readonly fetcher: Fetcher

  constructor(fetcher: Fetcher) {
    this.fetcher = fetcher
  }

  receive(message: Message, context: Context): void {
    this.fetcher.receive(message, context)
  }

  tick(context: Context): Timestamp {
    return this.fetcher.tick(context)
  }
}

/**
 * A fetcher of the topic `orders`, all of whose partitions lie on one broker that the test plays, until it elects
 * another.
 */
export class GivenFetcher {
  readonly stage = new Stage()
  readonly metadata = new Metadata()
  readonly partitions: FetchedPartitions
  /** Whether the batches that are answered have a wrong CRC. */
  isCorrupting = false
  /** In which leader epoch the batches that are answered were written. */
  writtenIn = 0
  readonly #brokers = new Map<number, ScriptedActor>()
  #leader: number
  #leaderEpoch = 0
  #staleNotes = 0
  #segments = 0
  readonly #leases = new Map<string, number>()
  #fetchConnection: Connection | null = null

  constructor(given: GivenConsumerOptions = {}, { leader = 1 } = {}) {
    this.#leader = leader
    this.#learn()
    const options = parseConsumerOptions(given)
    const { metadata } = this
    this.partitions = new FetchedPartitions(metadata, options)
    const onStaleMetadata = (): void => {
      this.#staleNotes += 1
    }
    const counters = new ConsumerCounters(options)
    const fetcher = new Fetcher({ options, metadata, partitions: this.partitions, counters, onStaleMetadata })
    for (const brokerId of [1, 2]) this.start(brokerId)
    this.stage.seat('consumer-0', new FetchingActor(fetcher))
  }

  /** Seats a broker, for the first time or again after it was killed. */
  start(brokerId: number): void {
    const broker = new ScriptedActor()
    this.#brokers.set(brokerId, broker)
    this.stage.seat(`broker-${brokerId}`, broker)
  }

  /** The consumer learns of another leader of all partitions, of which the next answers come. */
  elect(leader: number): void {
    this.#leader = leader
    this.#leaderEpoch += 1
    this.#learn()
    this.stage.settle()
  }

  assign(...partitions: readonly number[]): this {
    this.partitions.assign(
      partitions.map((partition) => ({ topic: 'orders', partition })),
      null,
    )
    this.stage.settle()
    return this
  }

  /** Moves an assigned partition to a position, by its index. */
  at(index: number, position: number): this {
    this.partitions.seek(index, position)
    this.stage.settle()
    return this
  }

  /** The broker that leads, as far as the test is concerned. */
  get #broker(): ScriptedActor {
    return this.#brokers.get(this.#leader) as ScriptedActor
  }

  #learn(): void {
    const [leader, leaderEpoch] = [this.#leader, this.#leaderEpoch]
    this.metadata.update(
      ordersMetadata([0, 1, 2].map((partition) => partitionMetadata({ partition, leader, leaderEpoch }))),
    )
  }

  staleNotes(): number {
    return this.#staleNotes
  }

  /** Timestamps asked for by the ListOffsets requests that wait for an answer. */
  lookUps(): number[] {
    return this.#broker
      .unanswered('ListOffsets')
      .flatMap(({ body }) => body.partitions.map(({ timestamp }) => timestamp))
  }

  /** The leader epochs that these name. */
  lookUpEpochs(): (number | undefined)[] {
    return this.#broker
      .unanswered('ListOffsets')
      .flatMap(({ body }) => body.partitions.map(({ currentLeaderEpoch }) => currentLeaderEpoch))
  }

  answerLookUp(offset: number): void {
    this.#answer((body) =>
      body.api !== 'ListOffsets'
        ? null
        : {
            api: 'ListOffsets',
            partitions: body.partitions.map(({ topicId, partition }) => ({
              topicId,
              partition,
              error: 'NONE' as const,
              offset,
            })),
          },
    )
  }

  fetches(): FetchRequest[] {
    return this.#broker.unanswered('Fetch').map(({ body }) => body)
  }

  /** The offsets that the fetch under way asks for. */
  fetchedFrom(): number[] {
    return this.fetchedFromBroker(this.#leader)
  }

  /** The same, of one of the brokers, whoever leads. */
  fetchedFromBroker(brokerId: number): number[] {
    const fetches = this.#brokers.get(brokerId)!.unanswered('Fetch')
    return fetches.flatMap(({ body }) => body.partitions.map(({ fetchOffset }) => fetchOffset))
  }

  /** Connections on which a fetch waits at the leader. */
  fetchConnections(): Connection[] {
    return this.#broker.unanswered('Fetch').map(({ connection }) => connection)
  }

  /** Answers the fetch under way with one batch of values for each of its partitions; null: nothing to read. */
  answerFetch(...values: readonly (readonly string[] | null)[]): void {
    this.answerFetchOf(this.#leader, ...values)
  }

  /** The same, by one of the brokers, whoever leads. */
  answerFetchOf(brokerId: number, ...values: readonly (readonly string[] | null)[]): void {
    const broker = this.#brokers.get(brokerId)!
    const { connection, body } = broker.unanswered('Fetch')[0]!
    this.#fetchConnection = connection
    const partitions = body.partitions.map((wanted, index): PartitionFetchResult => {
      const { topicId, partition, fetchOffset, leaseSlot } = wanted
      const said = {
        topicId,
        partition,
        error: 'NONE' as const,
        highWatermark: 1000,
        lastStableOffset: 1000,
        logStartOffset: 0,
        currentLeader: null,
        divergingEpoch: null,
      }
      const batch = values[index] ?? null
      if (batch === null) return { ...said, slice: null }
      const { memory, position, bytes } = givenSlice([batch], { baseOffset: fetchOffset, writtenIn: this.writtenIn })
      if (this.isCorrupting) memory.bytes[position + bytes - 9]! ^= 1
      const segment = this.#segments++
      connection.lend(segment, memory)
      const word = `${connection.id}/${leaseSlot}`
      const lease = (this.#leases.get(word) ?? 0) + 1
      this.#leases.set(word, lease)
      return { ...said, slice: { segment, position, bytes, lease } }
    })
    broker.answerWhere((request) => (request.api === 'Fetch' ? { api: 'Fetch', partitions } : null))
    this.stage.settle()
  }

  /** Answers the fetch under way with this for each of its partitions. */
  refuseFetch(error: ErrorCode, said: Partial<PartitionFetchResult> = {}): void {
    this.#answer((body) => {
      if (body.api !== 'Fetch') return null
      const none = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, slice: null }
      const rest = { ...none, currentLeader: null, divergingEpoch: null, ...said }
      return {
        api: 'Fetch',
        partitions: body.partitions.map(({ topicId, partition }) => ({ topicId, partition, error, ...rest })),
      }
    })
  }

  /** What the leader was asked about leader epochs, and has not answered. */
  validations(): RequestOf<'OffsetForLeaderEpoch'>['partitions'][number][] {
    return this.#broker.unanswered('OffsetForLeaderEpoch').flatMap(({ body }) => body.partitions)
  }

  /** Answers the validation under way: the epoch ends there. */
  answerValidation(said: { error?: ErrorCode; leaderEpoch?: number; endOffset?: number }): void {
    this.#answer((body) => {
      if (body.api !== 'OffsetForLeaderEpoch') return null
      const result = { error: 'NONE' as const, leaderEpoch: 0, endOffset: -1, ...said }
      return {
        api: 'OffsetForLeaderEpoch',
        partitions: body.partitions.map(({ topicId, partition }) => ({ topicId, partition, ...result })),
      }
    })
  }

  /** The last lease of a slot that has come back. */
  givenBack(slot: number): number {
    return this.#fetchConnection?.givenBack(slot) ?? 0
  }

  takeValues(): string[] | null {
    const slice = this.partitions.take()
    if (slice === null) return null
    const values: string[] = []
    const cursor = new SliceCursor(slice)
    while (cursor.next()) {
      const { memory, valuePosition, valueBytes } = cursor.reader
      values.push(memory.bytes.toString('utf8', valuePosition, valuePosition + valueBytes))
    }
    return values
  }

  #answer(answerTo: Parameters<ScriptedActor['answerWhere']>[0]): void {
    this.#broker.answerWhere(answerTo)
    this.stage.settle()
  }
}
