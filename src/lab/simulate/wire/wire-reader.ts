import { Memory } from '../../../base/memory.js'
import type { Random } from '../../../base/random.js'
import { fetch, fetchWire } from '../../../protocol/apis/fetch.js'
import { listOffsets, listOffsetsWire } from '../../../protocol/apis/list-offsets.js'
import type { ResponseOnWire } from '../../../protocol/codec.js'
import { BatchReader } from '../../../record/batch-reader.js'
import { batchBytes, isCrcValid, lastOffset } from '../../../record/record-batch.js'
import type { ReadBatch } from '../../history/history-recorder.js'
import { BrokenInvariant } from '../broken-invariant.js'
import { NO_UUID, type WireClient } from './wire-client.js'

const LIST_OFFSETS = { name: listOffsets.name, key: listOffsets.key, wire: listOffsetsWire }
const EARLIEST = -2n
const FETCH = { name: fetch.name, key: fetch.key, wire: fetchWire }
/** The first version that names topics by their ids. */
const BY_ID = 13
const WAIT_MS = 50
/** The probability that a request follows another one that is not answered. */
const AGAIN = 0.01

type Answered = ResponseOnWire<typeof fetchWire>['responses'][number]['partitions'][number]

export interface WireReaderParts {
  readonly client: WireClient
  readonly random: Random
  /** Takes the records of one partition, in their order. */
  readonly take: (batch: ReadBatch) => void
  /** Told of what was read and is not whole. */
  readonly broken: (error: BrokenInvariant) => void
  /** Whether the log may have lost what it has not been asked for yet. */
  readonly mayBeLate: boolean
}

/** A consumer that speaks Kafka's protocol, and reads a topic from its beginning. */
export class WireReader {
  readonly #parts: WireReaderParts
  readonly #positions = new Map<number, number>()

  constructor(parts: WireReaderParts) {
    this.#parts = parts
  }

  /** The offset of the next record of a partition. */
  position(partition: number): number {
    return this.#positions.get(partition) ?? 0
  }

  /** Asks every leader for what comes next. */
  goOn(): void {
    const { client, random } = this.#parts
    for (const leader of new Set(client.leaders.map((known) => known.leader))) {
      // Now and then the same is asked for twice.
      const { unanswered } = client.connectionTo(leader)
      if (unanswered === 0 || (unanswered === 1 && random.boolean(AGAIN))) this.#fetch(leader)
    }
  }

  #fetch(leader: number): void {
    const { client, random, broken } = this.#parts
    const version = random.pick([4, 7, 11, 12, 13, 17])
    const partitions = client.leaders
      .filter((known) => known.leader === leader)
      .map(({ partition, leaderEpoch }) => ({
        partition,
        currentLeaderEpoch: random.boolean(0.5) ? leaderEpoch : -1,
        fetchOffset: this.position(partition),
        lastFetchedEpoch: -1,
        logStartOffset: -1,
        partitionMaxBytes: 1 + random.below(16_384),
        replicaDirectoryId: NO_UUID,
        highWatermark: 2n ** 63n - 1n,
      }))
    const asked = {
      clusterId: null,
      replicaState: { replicaId: -1, replicaEpoch: -1 },
      maxWaitMs: WAIT_MS,
      minBytes: 1,
      maxBytes: 65_536,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic: client.topic, topicId: client.topicId, partitions }],
      forgottenTopicsData: [],
      rackId: '',
      ...(version < 15 && { replicaId: -1 }),
    }
    if (version >= BY_ID && client.topicId === NO_UUID) return
    client
      .connectionTo(leader)
      .ask(FETCH, version, asked)
      .then(({ responses }) => {
        for (const { partitions: answered } of responses) for (const one of answered) this.#take(one)
      })
      .catch((error) => {
        if (error instanceof BrokenInvariant) broken(error)
        client.forget()
      })
  }

  #take(answered: Answered): void {
    const { client, take, mayBeLate } = this.#parts
    const { partitionIndex: partition, errorCode, highWatermark } = answered
    if (errorCode === 'OFFSET_OUT_OF_RANGE' && mayBeLate) this.#askForStart(partition)
    if (errorCode !== 'NONE') return client.forget()
    const records = answered.records as Buffer | null
    if (records === null || records.length === 0) return
    const read = [...this.#recordsIn(partition, records)]
    if (read.length > 0) take(Object.assign(read, { partition, highWatermark }))
  }

  #askForStart(partition: number): void {
    const { client } = this.#parts
    const known = client.leaders.find((one) => one.partition === partition)
    if (known === undefined) return
    const asked = { replicaId: -1, isolationLevel: 0, timeoutMs: 0 }
    const partitions = [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp: EARLIEST }]
    client
      .connectionTo(known.leader)
      .ask(LIST_OFFSETS, 7, { ...asked, topics: [{ name: client.topic, partitions }] })
      .then(
        ({ topics }) => {
          const { errorCode, offset } = topics[0]!.partitions[0]!
          if (errorCode === 'NONE') this.#positions.set(partition, Math.max(this.position(partition), offset))
        },
        () => client.forget(),
      )
  }

  /** The records from the position on. The last batch of an answer may be cut off. */
  *#recordsIn(
    partition: number,
    records: Buffer,
  ): Generator<{ readonly offset: number; readonly value: Buffer | null }> {
    const memory = Memory.allocate(records.length)
    memory.bytes.set(records)
    const reader = new BatchReader(memory)
    for (let at = 0; at + HEADER_BYTES <= records.length && at + batchBytes(memory, at) <= records.length; ) {
      if (!isCrcValid(memory, at))
        throw new BrokenInvariant('I31', `a batch of partition ${partition} was read from ${this.position(partition)}`)
      reader.reset(memory, at)
      while (reader.next()) {
        if (reader.offset < this.position(partition)) continue
        const { valuePosition: from, valueBytes: bytes, offset } = reader
        yield { offset, value: bytes < 0 ? null : Buffer.from(memory.bytes.subarray(from, from + bytes)) }
      }
      this.#positions.set(partition, Math.max(this.position(partition), lastOffset(memory, at) + 1))
      at += batchBytes(memory, at)
    }
  }
}

const HEADER_BYTES = 61
