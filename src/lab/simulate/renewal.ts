import type { Random } from '../../base/random.js'
import type { Admin } from '../../client/admin/admin.js'
import type { Consumer } from '../../client/consumer/consumer.js'
import type { LentBatch } from '../../client/consumer/lent-batch.js'
import type { Producer } from '../../client/producer/producer.js'
import type { SimulatedCluster } from '../../cluster/simulated.js'
import { HistoryRecorder } from '../history/history-recorder.js'
import { NUMBER_BYTES } from '../measure/record-number.js'
import { checkLives, type Life, NO_LIFE, type Session } from './lives.js'
import { DELIVERY_TIMEOUT_MS, type Swarm, withoutRest } from './swarm.js'
import type { WhiteBox } from './white-box.js'

const TOPIC = 'renewed'
const PRODUCER = 1

interface Lived {
  readonly sentIn: Life
  acknowledgedIn: Life
}

/**
 * A topic that is deleted and made again while it is written and read. A life begins when no broker holds a log of the
 * one before, and ends when the controller decides on the deletion. Records sent and acknowledged in between lie in
 * that life's log, and are lost with it.
 */
export class Renewal {
  readonly #cluster: SimulatedCluster
  readonly #swarm: Swarm
  readonly #random: Random
  readonly #whiteBox: WhiteBox
  readonly #admin: Admin
  readonly #producer: Producer
  readonly #recorder: HistoryRecorder
  /** The lives in which each record was sent and acknowledged, by the record's number. */
  readonly #lives: Lived[] = []
  readonly #pending = new Set<Promise<unknown>>()
  readonly #sessions: Session[] = []
  /** The life that is to be over; null when the topic is to stay. */
  #over: Life | null = NO_LIFE
  #isBusy = false
  #nextAt: number

  constructor(cluster: SimulatedCluster, { swarm, random, whiteBox }: RenewalParts) {
    this.#cluster = cluster
    this.#swarm = swarm
    this.#random = random
    this.#whiteBox = whiteBox
    this.#nextAt = cluster.now
    this.#admin = cluster.admin()
    this.#recorder = new HistoryRecorder(() => cluster.now)
    this.#producer = cluster.producer({
      acks: 'all',
      'enable.idempotence': true,
      'linger.ms': random.boolean(0.5) ? 0 : random.below(10),
      'batch.size': 512,
      'buffer.memory': 2 ** 16,
      'request.timeout.ms': 500,
      'delivery.timeout.ms': DELIVERY_TIMEOUT_MS,
      'max.block.ms': DELIVERY_TIMEOUT_MS,
      'retry.backoff.ms': 20,
      'retry.backoff.max.ms': 200,
    })
  }

  /** Makes the topic, and reads along from then on. */
  async start(): Promise<void> {
    await this.#make()
    await this.#read(this.#newConsumer(), () => this.#along ?? this.#newSession())
  }

  /** Wants the topic deleted and made again. Returns false when it is being made or deleted already. */
  renew(): boolean {
    if (this.#over !== null || this.#life === NO_LIFE) return false
    this.#over = this.#life
    return true
  }

  /** Whether the topic is there, and is to stay. */
  get isRestored(): boolean {
    return this.#over === null && !this.#isBusy && this.#life !== NO_LIFE
  }

  /** Sends what is due, and takes the next step of a renewal. */
  goOn(): void {
    const { now } = this.#cluster
    this.#nextAt = withoutRest(this.#nextAt, now)
    for (; this.#nextAt <= now; this.#nextAt += 2 * this.#swarm.recordEveryMs * this.#random.next()) this.#send()
    this.restore()
  }

  /** Takes the next step of a renewal, and sends nothing. */
  restore(): void {
    // A request to delete it may have come late, and have hit its next life.
    if (this.#over === null && this.#life === NO_LIFE) this.#over = NO_LIFE
    if (this.#over === null || this.#isBusy) return
    this.#isBusy = true
    const done = (): void => {
      this.#isBusy = false
    }
    const step = this.#over !== NO_LIFE && this.#life === this.#over ? this.#delete() : this.#make()
    step.then(done, done)
  }

  /** Resolves when every record is acknowledged or given up. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all([...this.#pending])
  }

  /** Reads, with a consumer of its own, what the topic holds in its last life. */
  async readEverything(): Promise<void> {
    const life = this.#life
    const end = this.#whiteBox.invariants.committedOf(life, 0)
    const session: Session = { life, isWhole: true, read: [] }
    const consumer = this.#newConsumer()
    await new Promise<void>((resolve, reject) => {
      if (end === 0) return resolve()
      this.#read(
        consumer,
        () => session,
        (offset) => offset + 1 >= end && resolve(),
      ).catch(reject)
    })
    this.#sessions.push(session)
  }

  /** Whether the consumer that reads along has come to the end of the last life, too. */
  get isReadAlong(): boolean {
    const along = this.#along
    const whole = this.#sessions.findLast(({ isWhole }) => isWhole)
    const last = whole?.read.at(-1)
    return last === undefined || along?.read.at(-1)?.number === last.number
  }

  /** Returns what clients should not have seen; null when they saw nothing of the kind. */
  anomaly(): { readonly id: string; readonly says: string } | null {
    const { sent } = this.#recorder.history([])
    return checkLives(
      sent.map((record, number) => {
        const { sentIn, acknowledgedIn } = this.#lives[number] as Lived
        return { record, life: sentIn === acknowledgedIn ? sentIn : NO_LIFE }
      }),
      this.#sessions,
    )
  }

  /** The topic's life, as the controller has it at this moment. */
  get #life(): Life {
    return this.#whiteBox.topicIdOf(TOPIC)
  }

  /** The session that is read along. */
  get #along(): Session | undefined {
    return this.#sessions.findLast(({ isWhole }) => !isWhole)
  }

  async #delete(): Promise<void> {
    await this.#admin.deleteTopics({ topics: [TOPIC] })
  }

  async #make(): Promise<void> {
    const { replicationFactor, minIsr } = this.#swarm
    const configs = { 'min.insync.replicas': minIsr }
    const topics = [{ topic: TOPIC, numPartitions: 1, replicationFactor, configs }]
    if (this.#life === NO_LIFE) await this.#admin.createTopics({ topics })
    this.#over = null
  }

  #send(): void {
    const number = this.#lives.length
    const sentIn = this.#whiteBox.isFreeOfDeleted ? this.#life : NO_LIFE
    const life = { sentIn, acknowledgedIn: NO_LIFE }
    this.#lives.push(life)
    const bytes = NUMBER_BYTES + this.#random.below(60)
    const name = { topic: TOPIC, producer: PRODUCER, number, partition: 0, acks: -1 as const, bytes }
    const delivered = this.#recorder.send(this.#producer, { ...name, keepsOrder: true, isOnce: true }).then(() => {
      life.acknowledgedIn = this.#life
    })
    this.#pending.add(delivered)
    delivered.then(() => this.#pending.delete(delivered))
  }

  #newConsumer(): Consumer {
    return this.#cluster.consumer({
      'auto.offset.reset': 'earliest',
      'fetch.max.wait.ms': 50,
      'retry.backoff.ms': 20,
      'retry.backoff.max.ms': 200,
      'request.timeout.ms': 500,
    })
  }

  /** Reads in sessions: a log that begins anew begins another one, so that each session is of one life. */
  async #read(consumer: Consumer, current: () => Session, onRead: (offset: number) => void = () => {}): Promise<void> {
    const take = (batch: LentBatch): void =>
      this.#recorder.take(0, batch, (read) => {
        let session = current()
        const last = session.read.at(-1)
        if (!session.isWhole && last !== undefined && read.offset <= last.offset) session = this.#newSession()
        session.read.push({ ...read, consumer: this.#sessions.length })
        onRead(read.offset)
      })
    await consumer.assign([{ topic: TOPIC, partition: 0 }])
    await consumer.run({ eachBatch: ({ batch }) => take(batch) })
    consumer.stopped.catch(() => {})
  }

  #newSession(): Session {
    const session: Session = { life: NO_LIFE, isWhole: false, read: [] }
    this.#sessions.push(session)
    return session
  }
}

interface RenewalParts {
  readonly swarm: Swarm
  readonly random: Random
  readonly whiteBox: WhiteBox
}
