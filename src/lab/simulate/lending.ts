import { type Deferred, deferred } from '../../base/deferred.js'
import type { Random } from '../../base/random.js'
import type { LentBatch } from '../../client/consumer/lent-batch.js'
import type { Producer } from '../../client/producer/producer.js'
import type { SimulatedCluster } from '../../cluster/simulated.js'
import { BrokenInvariant } from './broken-invariant.js'
import { BUFFER_BYTES } from './buffer-bytes.js'
import { type Swarm, withoutRest } from './swarm.js'

const TOPIC = 'lent'
const SEGMENT_BYTES = 4_096
const RECORD_BYTES = 400
const RECORD_EVERY_MS = 6
const HOLD_MS_MAX = 300

interface Held {
  readonly until: number
  readonly letGo: Deferred<void>
}

/**
 * A log of two small segments that is written over and over, and a consumer that holds on to its loans.
 */
export class Lending {
  readonly #cluster: SimulatedCluster
  readonly #swarm: Swarm
  readonly #random: Random
  readonly #producer: Producer
  #held: Held[] = []
  #nextAt: number
  #violation: BrokenInvariant | null = null

  constructor(cluster: SimulatedCluster, swarm: Swarm, random: Random) {
    this.#cluster = cluster
    this.#swarm = swarm
    this.#random = random
    this.#nextAt = cluster.now
    this.#producer = cluster.producer({
      acks: 1,
      'batch.size': 1_024,
      'buffer.memory': BUFFER_BYTES,
      'request.timeout.ms': 500,
    })
  }

  async start(): Promise<void> {
    const { replicationFactor, minIsr } = this.#swarm
    const configs = {
      'min.insync.replicas': minIsr,
      'segment.bytes': SEGMENT_BYTES,
      'retention.bytes': SEGMENT_BYTES,
    }
    await this.#cluster
      .admin()
      .createTopics({ topics: [{ topic: TOPIC, numPartitions: 1, replicationFactor, configs }] })
    const consumer = this.#cluster.consumer({ 'auto.offset.reset': 'earliest', 'request.timeout.ms': 500 })
    await consumer.assign([{ topic: TOPIC, partition: 0 }])
    await consumer.run({ eachBatch: ({ batch }) => this.#hold(batch) })
    consumer.stopped.catch(() => {})
  }

  /** Writes on, and lets go of what was held for long enough. Throws a BrokenInvariant. */
  goOn(): void {
    if (this.#violation !== null) throw this.#violation
    const { now } = this.#cluster
    this.#nextAt = withoutRest(this.#nextAt, now)
    for (; this.#nextAt <= now; this.#nextAt += 2 * RECORD_EVERY_MS * this.#random.next()) {
      const value = Buffer.alloc(RECORD_BYTES, this.#random.below(256))
      this.#producer.send({ topic: TOPIC, messages: [{ value }] }).catch(() => {})
    }
    const over = this.#held.filter(({ until }) => until <= now)
    this.#held = this.#held.filter(({ until }) => until > now)
    for (const { letGo } of over) letGo.resolve()
  }

  async #hold(batch: LentBatch): Promise<void> {
    const views = [...batch].map(({ value }) => value as Buffer)
    const copies = views.map((view) => Buffer.from(view))
    const held = { until: this.#cluster.now + HOLD_MS_MAX * this.#random.next(), letGo: deferred<void>() }
    this.#held.push(held)
    await held.letGo.promise
    if (views.every((view, index) => view.equals(copies[index] as Buffer))) return
    this.#violation ??= new BrokenInvariant('I24', `a batch that was lent up to offset ${batch.nextOffset}`)
  }
}
