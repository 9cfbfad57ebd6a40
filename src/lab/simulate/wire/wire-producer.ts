import type { Random } from '../../../base/random.js'
import { initProducerId, initProducerIdWire } from '../../../protocol/apis/init-producer-id.js'
import { produce, produceWire } from '../../../protocol/apis/produce.js'
import { buildBatch } from '../../../record/batch-builder.js'
import { batchBytes } from '../../../record/record-batch.js'
import { type Delivered, type HistoryRecorder, numberedValue, type RecordName } from '../../history/history-recorder.js'
import { NUMBER_BYTES } from '../../measure/record-number.js'
import { BrokenInvariant } from '../broken-invariant.js'
import type { WireClient } from './wire-client.js'
import type { WireConnection } from './wire-connection.js'

const PRODUCE = { name: produce.name, key: produce.key, wire: produceWire }
const INIT_PRODUCER_ID = { name: initProducerId.name, key: initProducerId.key, wire: initProducerIdWire }

/** Batches of one connection that are not answered, at most: as many as a broker remembers. */
const IN_FLIGHT_MAX = 5
/** Milliseconds that a broker waits for the isr. */
const TIMEOUT_MS = 500

export interface WireProducerParts {
  readonly client: WireClient
  readonly recorder: HistoryRecorder
  readonly random: Random
  /** The number of the next session: each is a producer of its own in the history. */
  readonly nextProducer: () => number
  readonly now: () => number
  readonly batches: BatchShape
  /** Whether brokers take the requests of a connection in their order, because no fault delays or loses one. */
  readonly isInOrder: boolean
  /** Told of what must not be. */
  readonly broken: (error: BrokenInvariant) => void
}

/** How long batches are drawn: records of a batch, and bytes of a value behind its number. */
export interface BatchShape {
  readonly recordsMin: number
  readonly recordsMax: number
  readonly valueBytesMin: number
  readonly valueBytesMax: number
}

/** A producer id, and what was sent with it. */
interface Session {
  readonly producer: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly sequences: Map<number, number>
  readonly connections: Set<WireConnection>
  records: number
  hasFailed: boolean
}

interface PendingRecord {
  readonly settle: (error: unknown, offset: number) => Delivered
}

/**
 * An idempotent producer that speaks Kafka's protocol, with several batches in flight. It sends nothing twice: when
 * anything goes wrong it begins again with a new producer id, and what it had sent may have been written or not.
 */
export class WireProducer {
  readonly #parts: WireProducerParts
  #session: Session | null = null
  #isStarting = false
  #unsettled = 0
  #acknowledged = 0

  constructor(parts: WireProducerParts) {
    this.#parts = parts
  }

  get isSettled(): boolean {
    return this.#unsettled === 0
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  /** Sends a batch, if it can. */
  send(): void {
    const { client, random, batches } = this.#parts
    const session = this.#session
    if (session === null) return this.#start()
    if (client.leaders.length === 0) return
    const { partition, leader } = random.pick(client.leaders)
    const connection = client.connectionTo(leader)
    if (connection.unanswered >= IN_FLIGHT_MAX) return
    const { recordsMin, recordsMax } = batches
    const names = Array.from({ length: between(recordsMin, recordsMax, random) }, (): RecordName => {
      const number = session.records++
      return { producer: session.producer, number, partition, acks: -1, keepsOrder: true, isOnce: true }
    })
    this.#ask(session, partition, names).catch(() => this.#beginAnew(session))
  }

  async #ask(session: Session, partition: number, names: readonly RecordName[]): Promise<void> {
    const { client, random, recorder } = this.#parts
    const { leader } = client.leaders.find((known) => known.partition === partition) as { readonly leader: number }
    const records = this.#batch(session, partition, names)
    const pending = names.map((name): PendingRecord => ({ settle: recorder.begin(name) }))
    const version = random.pick([3, 7, 9, 11, 13])
    const connection = client.connectionTo(leader)
    session.connections.add(connection)
    this.#unsettled += 1
    try {
      const answer = await connection.ask(PRODUCE, version, {
        transactionalId: null,
        acks: -1,
        timeoutMs: TIMEOUT_MS,
        topicData: [{ name: client.topic, topicId: client.topicId, partitionData: [{ index: partition, records }] }],
      })
      const { errorCode, baseOffset } = answer.responses[0]!.partitionResponses[0]!
      if (errorCode !== 'NONE') this.#refused(session, errorCode)
      for (const [index, { settle }] of pending.entries()) settle(null, baseOffset + index)
      this.#acknowledged += pending.length
    } catch (error) {
      session.hasFailed = true
      for (const { settle } of pending) settle(error, -1)
      throw error
    } finally {
      this.#unsettled -= 1
    }
  }

  /** Whoever sends all in order over one connection is not told that something is missing before anything failed. */
  #refused(session: Session, errorCode: string): never {
    const { isInOrder, broken } = this.#parts
    const isStrange = isInOrder && !session.hasFailed && session.connections.size === 1
    if (isStrange && errorCode === 'OUT_OF_ORDER_SEQUENCE_NUMBER')
      broken(
        new BrokenInvariant(
          'I31',
          `producer ${session.producer} has sent its batches in order, and is told ${errorCode}`,
        ),
      )
    throw new Error(errorCode)
  }

  #batch(session: Session, partition: number, names: readonly RecordName[]): Uint8Array {
    const { random, now, batches } = this.#parts
    const { valueBytesMin, valueBytesMax } = batches
    const bytes = (): number => NUMBER_BYTES + between(valueBytesMin, valueBytesMax, random)
    const baseSequence = session.sequences.get(partition) ?? 0
    session.sequences.set(partition, baseSequence + names.length)
    const memory = buildBatch(
      names.map((name) => ({ value: numberedValue(name, bytes()) })),
      {
        baseTimestamp: Math.floor(now()),
        producerId: session.producerId,
        producerEpoch: session.producerEpoch,
        baseSequence,
      },
    )
    return Buffer.from(memory.bytes.subarray(0, batchBytes(memory, 0)))
  }

  #beginAnew(session: Session): void {
    this.#parts.client.forget()
    if (this.#session === session) this.#session = null
  }

  #start(): void {
    if (this.#isStarting) return
    this.#isStarting = true
    const done = (): void => {
      this.#isStarting = false
    }
    this.#takeId().then(done, done)
  }

  async #takeId(): Promise<void> {
    const { client, random, nextProducer } = this.#parts
    const asked = { transactionalId: null, transactionTimeoutMs: 0, producerId: -1, producerEpoch: -1 }
    const { errorCode, producerId, producerEpoch } = await client
      .anyConnection()
      .ask(INIT_PRODUCER_ID, random.pick([1, 3, 5]), { ...asked, enable2Pc: false, keepPreparedTxn: false })
    if (errorCode !== 'NONE') return
    this.#session = {
      producer: nextProducer(),
      producerId,
      producerEpoch,
      sequences: new Map(),
      connections: new Set(),
      records: 0,
      hasFailed: false,
    }
  }
}

const between = (min: number, max: number, random: Random): number => min + random.below(max - min + 1)
