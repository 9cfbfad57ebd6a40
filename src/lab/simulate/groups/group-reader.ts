import type { Address } from '../../../actor/address.js'
import { type Deferred, deferred } from '../../../base/deferred.js'
import { KafkaError } from '../../../base/errors.js'
import type { Random } from '../../../base/random.js'
import type { Consumer } from '../../../client/consumer/consumer.js'
import type { RecordHandler } from '../../../client/consumer/handler.js'
import type { LentBatch } from '../../../client/consumer/lent-batch.js'
import type { SimulatedCluster } from '../../../cluster/simulated.js'
import type { PartitionName } from '../../../protocol/partition.js'
import type { Commit, GroupLedger, Owner } from './group-ledger.js'
import type { GroupShape, ReaderShape } from './group-swarm.js'

/** Milliseconds that a poll waits. */
const POLL_MS = 150

/** What a callback throws when it is to. */
class Thrown extends Error {}

/** Errors of a commit, or of a poll, that say what has happened to the group, and that the member goes on. */
const PASSING: ReadonlySet<string> = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REQUEST_TIMED_OUT',
])

export interface GroupReaderParts {
  readonly cluster: SimulatedCluster
  readonly ledger: GroupLedger
  readonly group: GroupShape
  readonly shape: ReaderShape
  readonly topic: string
  readonly random: Random
  /** The name of the process: no other one has it. */
  readonly name: string
  /** Null: a dynamic member. */
  readonly instanceId: string | null
  /** Called when it has ended because another process goes by its instance id. */
  readonly onFenced: (reader: GroupReader) => void
}

/** One process that reads for a group: its consumer, and an application that polls, handles and commits. */
export class GroupReader implements Owner {
  readonly name: string
  readonly instanceId: string | null
  readonly commitsAlone: boolean
  readonly address: Address
  /** Whether its application hangs, once it is at work, until it is told to go on. */
  isToHang = false
  /** Whether a callback is to throw, once. */
  throwsNext = false
  readonly #parts: GroupReaderParts
  readonly #consumer: Consumer
  /** The time until which the application is at work on something else; null: it is not. */
  #stall: { readonly until: number; readonly over: Deferred<void> } | null = null
  #isHeldUp = false
  #isOver = false
  #isDead = false
  #hasClosed = false

  constructor(parts: GroupReaderParts) {
    const { cluster, name, instanceId } = parts
    this.#parts = parts
    this.name = name
    this.instanceId = instanceId
    this.commitsAlone = parts.shape.commits === 'auto'
    const before = new Set(cluster.seats)
    this.#consumer = cluster.consumer(this.#options())
    this.address = cluster.seats.find((seat) => seat.startsWith('consumer-') && !before.has(seat)) as Address
    this.#live().catch((error) => this.#failed(error))
  }

  /** Whether it reads, and will go on. */
  get isAlive(): boolean {
    return !this.#isOver
  }

  /** Whether its application hangs. */
  get hangs(): boolean {
    return this.isToHang && this.#isHeldUp
  }

  /** Whether it has come to its end, and left its group if it was to. */
  get hasClosed(): boolean {
    return this.#hasClosed
  }

  /** The application is at work on something else for so long. */
  stall(until: number): void {
    this.#stall ??= { until, over: deferred() }
  }

  /** Ends a stall whose time is over, or any. */
  goOn(now: number): void {
    if (this.isToHang || this.#stall === null || this.#stall.until > now) return
    this.#stall.over.resolve()
    this.#stall = null
  }

  /** Leaves the group, as a process does that ends well. */
  async leave(): Promise<void> {
    if (this.#isOver) return
    this.isToHang = false
    this.#isOver = true
    this.goOn(Number.POSITIVE_INFINITY)
    // As in Kafka, a close commits what the last poll has handed out.
    if (this.#parts.shape.use === 'poll') this.#parts.ledger.settled(this)
    await this.#close()
  }

  /** The consumer's thread is gone, and with it the process. */
  die(): void {
    this.#isOver = true
    this.#hasClosed = true
    this.#isDead = true
    this.isToHang = false
    this.#parts.ledger.died(this)
    this.goOn(Number.POSITIVE_INFINITY)
    this.#parts.cluster.kill(this.address).catch(() => {})
  }

  async #close(): Promise<void> {
    // Whatever a callback throws has been told before, or is thrown by this.
    await this.#consumer.close().catch((error) => error instanceof Thrown || this.#failed(error))
    this.#parts.ledger.died(this)
    this.#hasClosed = true
  }

  async #live(): Promise<void> {
    const { topic, shape } = this.#parts
    const { ledger } = this.#parts
    const gaveUp = (names: readonly PartitionName[]): void => {
      if (this.#isDead) return
      ledger.gaveUp(this, names)
      this.#mayThrow()
    }
    await this.#consumer.subscribe({
      ...(shape.hasPattern ? { pattern: `${topic}.*` } : { topics: [topic] }),
      onPartitionsAssigned: (names) => {
        if (this.#isDead) return
        ledger.assigned(this, names)
        this.#mayThrow()
      },
      onPartitionsRevoked: gaveUp,
      onPartitionsLost: gaveUp,
    })
    while (!this.#isOver) {
      try {
        if (shape.use === 'poll') await this.#poll()
        else await this.#handle()
      } catch (error) {
        if (this.#isOver) return
        if (error instanceof Thrown || this.#isPassing(error)) continue
        if (error instanceof KafkaError && error.code === 'FENCED_INSTANCE_ID' && this.instanceId !== null)
          return this.#fenced()
        throw error
      }
    }
  }

  async #poll(): Promise<void> {
    await this.#free()
    const { ledger } = this.#parts
    ledger.settled(this)
    const batch = await this.#consumer.poll(POLL_MS)
    if (this.#isOver || batch === null) return
    this.#take(batch)
    this.#work()
    await this.#commit()
  }

  async #handle(): Promise<void> {
    const { ledger, shape } = this.#parts
    const handler: RecordHandler =
      shape.use === 'message'
        ? {
            eachMessage: async ({ message, ...name }) => {
              this.#hear(name, message.offset)
              this.#work()
              await this.#free()
              ledger.settled(this, name)
              await this.#commit()
            },
          }
        : {
            eachBatch: async ({ batch }) => {
              this.#take(batch)
              this.#work()
              await this.#free()
              ledger.settled(this, batch)
              await this.#commit()
            },
          }
    await this.#consumer.run(handler)
    await this.#consumer.stopped
  }

  /** Waits until the application is not at work on something else. */
  async #free(): Promise<void> {
    if (this.#stall === null) return
    this.#isHeldUp = true
    await this.#stall.over.promise
    this.#isHeldUp = false
  }

  /** Now and then it takes time to handle records. */
  #work(): void {
    const { shape, random, cluster } = this.#parts
    if (random.boolean(shape.workShare)) this.stall(cluster.now + shape.workMs)
  }

  #take(batch: LentBatch): void {
    batch.forEach(({ offset }) => {
      this.#hear(batch, offset)
    })
  }

  #hear(name: PartitionName, offset: number): void {
    if (!this.#isDead) this.#parts.ledger.handedOut(this, name, offset)
  }

  /** Commits by hand, if it does: all that it was handed, with or without naming it. */
  async #commit(): Promise<void> {
    const { ledger, shape } = this.#parts
    if (shape.commits === 'auto' || !this.#parts.random.boolean(shape.commitShare)) return
    ledger.settled(this)
    const commits = ledger.commitsOf(this)
    if (commits.length === 0) return
    if (shape.commits === 'async')
      return this.#consumer.commitAsync(commits, (error) => {
        if (error === null) ledger.acknowledged(commits)
      })
    await this.#commitSync(commits)
  }

  async #commitSync(commits: readonly Commit[]): Promise<void> {
    try {
      await this.#consumer.commitSync(commits)
      this.#parts.ledger.acknowledged(commits)
    } catch (error) {
      if (!this.#isPassing(error)) throw error
    }
  }

  #isPassing(error: unknown): boolean {
    return error instanceof KafkaError && (error.retriable || PASSING.has(error.code))
  }

  /** Another process has the same instance id. */
  async #fenced(): Promise<void> {
    this.#isOver = true
    this.#parts.onFenced(this)
    await this.#close()
  }

  #failed(error: unknown): void {
    if (!this.#isOver)
      this.#parts.ledger.report('member', `${this.name}: ${error instanceof Error ? error.stack : error}`)
    this.#isOver = true
  }

  #mayThrow(): void {
    if (!this.throwsNext) return
    this.throwsNext = false
    throw new Thrown('A callback was made to throw')
  }

  #options() {
    const { group, shape, name, instanceId } = this.#parts
    return {
      'group.id': group.groupId,
      'client.id': name,
      'group.instance.id': instanceId,
      'partition.assignment.strategy': group.assignors,
      'session.timeout.ms': group.sessionMs,
      'heartbeat.interval.ms': group.heartbeatMs,
      'max.poll.interval.ms': group.pollIntervalMs,
      'enable.auto.commit': shape.commits === 'auto',
      'auto.commit.interval.ms': shape.autoCommitMs,
      'max.poll.records': shape.pollRecordsMax,
      'metadata.max.age.ms': shape.metadataMaxAgeMs,
      'auto.offset.reset': 'earliest',
      'fetch.max.wait.ms': 200,
      'request.timeout.ms': 500,
      'default.api.timeout.ms': 2_000,
      'retry.backoff.ms': 20,
      'retry.backoff.max.ms': 200,
    } as const
  }
}
