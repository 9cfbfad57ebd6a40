import type { Random } from '../../base/random.js'
import type { LentBatch } from '../../client/consumer/lent-batch.js'
import type { Producer } from '../../client/producer/producer.js'
import type { SimulatedCluster } from '../../cluster/simulated.js'
import { BrokenInvariant } from './broken-invariant.js'
import { BUFFER_BYTES } from './buffer-bytes.js'
import { DELIVERY_TIMEOUT_MS, type Swarm, withoutRest } from './swarm.js'
import type { WhiteBox } from './white-box.js'

const TOPIC = 'compacted'
const KEYS = 6
/** A segment takes about eight records, so that there is always something to compact. */
const SEGMENT_BYTES = 1_024
const CONFIGS = {
  'cleanup.policy': 'compact',
  'segment.bytes': SEGMENT_BYTES,
  'delete.retention.ms': 86_400_000,
} as const

/** One record: its number is its value, unless it is a tombstone. */
interface Written {
  readonly key: number
  readonly isTombstone: boolean
  /** Open: nobody knows whether it was appended. */
  outcome: 'open' | 'acknowledged'
}

/**
 * A compacted topic whose few keys are written over and over by one producer, in order, while things go wrong. What is
 * read of a key in the end is what was acknowledged last, or something sent later. Another producer writes keys of its
 * own, and is promised nothing.
 */
export class Compacting {
  readonly #cluster: SimulatedCluster
  readonly #swarm: Swarm
  readonly #random: Random
  readonly #producer: Producer
  /** Waits for no replica, so that whole segments are not committed yet. Its keys are its own, and may be lost. */
  readonly #hasty: Producer
  readonly #written: Written[] = []
  readonly #pending = new Set<Promise<unknown>>()
  #nextAt: number

  constructor(cluster: SimulatedCluster, swarm: Swarm, random: Random) {
    this.#cluster = cluster
    this.#swarm = swarm
    this.#random = random
    this.#nextAt = cluster.now
    this.#hasty = cluster.producer({
      acks: 1,
      'linger.ms': 0,
      'request.timeout.ms': 500,
      'delivery.timeout.ms': 2_000,
      'buffer.memory': BUFFER_BYTES,
    })
    this.#producer = cluster.producer({
      acks: 'all',
      'enable.idempotence': true,
      'linger.ms': random.boolean(0.5) ? 0 : random.below(10),
      'batch.size': 256,
      'buffer.memory': BUFFER_BYTES,
      'compression.type': random.boolean(0.2) ? 'gzip' : 'none',
      'request.timeout.ms': 500,
      'delivery.timeout.ms': DELIVERY_TIMEOUT_MS,
      'max.block.ms': DELIVERY_TIMEOUT_MS,
      'retry.backoff.ms': 20,
      'retry.backoff.max.ms': 200,
    })
  }

  async start(): Promise<void> {
    const { replicationFactor, minIsr } = this.#swarm
    const configs = {
      ...CONFIGS,
      'min.insync.replicas': minIsr,
      'min.cleanable.dirty.ratio': this.#random.boolean(0.5) ? 0 : 0.5,
      'max.compaction.lag.ms': this.#random.boolean(0.3) ? 500 : Number.MAX_SAFE_INTEGER,
      'segment.ms': this.#random.fork('segment.ms').boolean(0.3) ? 200 : 604_800_000,
    }
    const topic = { topic: TOPIC, numPartitions: 1, replicationFactor, configs }
    await this.#cluster.admin().createTopics({ topics: [topic] })
  }

  /** Sends what is due. */
  goOn(): void {
    const { now } = this.#cluster
    this.#nextAt = withoutRest(this.#nextAt, now)
    for (; this.#nextAt <= now; this.#nextAt += 2 * this.#swarm.recordEveryMs * this.#random.next()) this.#send()
  }

  /** Resolves when every record is acknowledged or given up. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all([...this.#pending])
  }

  /** Reads all that is left, from the start to the end of what is committed. Throws a BrokenInvariant. */
  async readEverything(whiteBox: WhiteBox): Promise<void> {
    const end = whiteBox.invariants.committedOf(whiteBox.topicIdOf(TOPIC), 0)
    const latest = new Map<number, number | null>()
    const consumer = this.#cluster.consumer({
      'auto.offset.reset': 'earliest',
      'fetch.max.wait.ms': 50,
      'retry.backoff.ms': 20,
      'retry.backoff.max.ms': 200,
      'request.timeout.ms': 500,
    })
    await consumer.assign([{ topic: TOPIC, partition: 0 }])
    while (consumer.position({ topic: TOPIC, partition: 0 }) < end) note(await consumer.poll(1_000), latest)
    await consumer.close()
    for (let key = 0; key < KEYS; key++) this.#check(key, latest.get(key) ?? null)
  }

  #check(key: number, read: number | null): void {
    const acknowledged = this.#written.findLastIndex(
      (record) => record.key === key && record.outcome === 'acknowledged',
    )
    const mayBe = this.#written.flatMap((record, number) => {
      const isLatest = record.key === key && number >= acknowledged
      return isLatest ? [record.isTombstone ? null : number] : []
    })
    if (acknowledged < 0) mayBe.push(null)
    if (!mayBe.includes(read))
      throw new BrokenInvariant('I27', `key ${key} was read as ${read}, and ${mayBe.join(' or ')} was written last`)
  }

  #send(): void {
    const number = this.#written.length
    const record: Written = {
      key: this.#random.below(KEYS),
      isTombstone: this.#random.boolean(0.2),
      outcome: 'open',
    }
    this.#written.push(record)
    const value = record.isTombstone ? null : `${number}`.padEnd(8 + this.#random.below(50))
    const sent = this.#producer.send({ topic: TOPIC, messages: [{ key: `${record.key}`, value, partition: 0 }] })
    const hasty = { key: `hasty-${record.key}`, value: `${number}`.padEnd(100), partition: 0 }
    this.#hasty.send({ topic: TOPIC, messages: [hasty] }).catch(() => {})
    const settled = sent.then(
      () => {
        record.outcome = 'acknowledged'
      },
      () => {},
    )
    this.#pending.add(settled)
    settled.then(() => this.#pending.delete(settled))
  }
}

function note(batch: LentBatch | null, latest: Map<number, number | null>): void {
  for (const { key, value } of batch ?? [])
    latest.set(Number(key), value === null ? null : Number.parseInt(`${value}`, 10))
}
