import type { Actor, Connection, Context, Message } from '../../../src/actor/types.js'
import type { ErrorCode } from '../../../src/base/error-code.js'
import type { Timestamp } from '../../../src/base/ids.js'
import { Fetcher, type FetcherOptions } from '../../../src/client/fetcher.js'
import { Metadata } from '../../../src/client/metadata.js'
import { SliceCursor } from '../../../src/client/slice-cursor.js'
import type { FetchRequest, PartitionFetchResult } from '../../../src/protocol/fetch.js'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'
import { givenSlice } from './given-slices.js'

const OPTIONS: FetcherOptions = {
  bytesMin: 1,
  waitMsMax: 500,
  bytesMax: 50_000_000,
  partitionBytesMax: 1_000_000,
  offsetReset: 'latest',
  checkCrcs: true,
  readCommitted: false,
  retryBackoffMs: 100,
}

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

/** A fetcher of the topic `orders`, all of whose partitions lie on one broker that the test plays. */
export class GivenFetcher {
  readonly stage = new Stage()
  readonly fetcher: Fetcher
  /** Whether the batches that are answered have a wrong CRC. */
  isCorrupting = false
  readonly #broker = new ScriptedActor()
  #staleNotes = 0
  #segments = 0
  readonly #leases = new Map<number, number>()
  #fetchConnection: Connection | null = null

  constructor(options: Partial<FetcherOptions> = {}, { leader = 1 } = {}) {
    const metadata = new Metadata()
    const partitions = [0, 1, 2].map((partition) => {
      return { partition, leader, leaderEpoch: 0, replicas: [leader], isr: [leader] }
    })
    const topic = { error: 'NONE' as const, name: 'orders', topicId: 1, partitions }
    metadata.update({ api: 'Metadata', brokers: [leader], controller: 0, topics: [topic] })
    this.fetcher = new Fetcher({ ...OPTIONS, ...options }, metadata, () => {
      this.#staleNotes += 1
    })
    this.stage.seat('broker-1', this.#broker)
    this.stage.seat('consumer-0', new FetchingActor(this.fetcher))
  }

  assign(...partitions: readonly number[]): this {
    this.fetcher.assign(
      partitions.map((partition) => ({ topic: 'orders', partition })),
      null,
    )
    this.stage.settle()
    return this
  }

  /** Moves an assigned partition to a position, by its index. */
  at(index: number, position: number): this {
    this.fetcher.seek(index, position)
    this.stage.settle()
    return this
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
    return this.fetches().flatMap(({ partitions }) => partitions.map(({ fetchOffset }) => fetchOffset))
  }

  /** Answers the fetch under way with one batch of values for each of its partitions; null: nothing to read. */
  answerFetch(...values: readonly (readonly string[] | null)[]): void {
    const { connection, body } = this.#broker.unanswered('Fetch')[0]!
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
      }
      const batch = values[index] ?? null
      if (batch === null) return { ...said, slice: null }
      const { memory, position, bytes } = givenSlice([batch], { baseOffset: fetchOffset })
      if (this.isCorrupting) memory.bytes[position + bytes - 9]! ^= 1
      const segment = this.#segments++
      connection.lend(segment, memory)
      const lease = (this.#leases.get(leaseSlot) ?? 0) + 1
      this.#leases.set(leaseSlot, lease)
      return { ...said, slice: { segment, position, bytes, lease } }
    })
    this.#answer((request) => (request.api === 'Fetch' ? { api: 'Fetch', partitions } : null))
  }

  refuseFetch(error: ErrorCode): void {
    this.#answer((body) => {
      if (body.api !== 'Fetch') return null
      const none = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, slice: null }
      return {
        api: 'Fetch',
        partitions: body.partitions.map(({ topicId, partition }) => ({ topicId, partition, error, ...none })),
      }
    })
  }

  /** The last lease of a slot that has come back. */
  givenBack(slot: number): number {
    return this.#fetchConnection?.givenBack(slot) ?? 0
  }

  takeValues(): string[] | null {
    const slice = this.fetcher.take()
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
