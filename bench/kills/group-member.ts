import type { Address } from '../../src/actor/address.js'
import {
  ClosedError,
  type Cluster,
  CommitFailedError,
  type Consumer,
  KafkaError,
  type LentBatch,
  RebalanceInProgressError,
  RetriableCommitFailedError,
  TimeoutError,
  WorkerDiedError,
} from '../../src/index.js'
import type { GroupLedger, Tenure } from './group-ledger.js'

export interface GroupMemberParts {
  readonly cluster: Cluster
  readonly topic: string
  readonly group: GroupSetting
  readonly ledger: GroupLedger
  /** Takes in a batch, in the name of a reader, and tells of each offset. */
  readonly take: (reader: number, batch: LentBatch, onOffset: (offset: number) => void) => void
  /** Called after each batch. */
  readonly onRead: () => void
  /** Called with what no death explains. */
  readonly onFailure: (error: unknown) => void
}

export interface GroupSetting {
  readonly name: string
  readonly assignor: string
  /** How its members commit: a handler by itself, a loop with commitSync, or one with commitAsync. */
  readonly commits: 'auto' | 'sync' | 'async'
}

/** So short that commits meet every death, and members soon hear of one another. */
const OPTIONS = {
  'auto.offset.reset': 'earliest',
  'auto.commit.interval.ms': 20,
  'heartbeat.interval.ms': 100,
  'session.timeout.ms': 6_000,
} as const
const POLL_MS = 100
const END_MS = 30_000

/** What a commit may meet when brokers and members die. */
const EXPECTED = [CommitFailedError, RebalanceInProgressError, RetriableCommitFailedError, TimeoutError]
/** What whoever was killed is told. */
const ENDED = [WorkerDiedError, ClosedError]

/** A consumer of a group and its application, which reads what it is given and commits. */
export class GroupMember {
  readonly consumer: Consumer
  readonly thread: Address
  readonly #parts: GroupMemberParts
  readonly #tenures = new Map<number, Tenure>()
  #work: Promise<void> = Promise.resolve()
  #isOver = false

  private constructor(parts: GroupMemberParts, consumer: Consumer, thread: Address) {
    this.#parts = parts
    this.consumer = consumer
    this.thread = thread
  }

  static async join(parts: GroupMemberParts): Promise<GroupMember> {
    const { cluster, group } = parts
    const before = new Set(await threadsOf(cluster))
    const consumer = cluster.consumer({
      ...OPTIONS,
      'group.id': group.name,
      'enable.auto.commit': group.commits === 'auto',
      'partition.assignment.strategy': group.assignor,
    })
    const thread = (await threadsOf(cluster)).find((address) => !before.has(address))
    if (thread === undefined) throw new Error('A consumer has a thread')
    const member = new GroupMember(parts, consumer, thread)
    await member.#begin()
    return member
  }

  /** Ends its thread. What it had read and not committed is read again by another member. */
  async kill(): Promise<void> {
    this.#isOver = true
    await this.#parts.cluster.kill(this.thread)
    this.#tenures.clear()
    await this.consumer.close({ timeoutMs: 0 }).catch(() => {})
    await this.#work
  }

  /** Leaves the group, behind a last commit where it commits by itself. */
  async close(): Promise<void> {
    this.#isOver = true
    await this.#work
    await this.consumer.close({ timeoutMs: END_MS })
  }

  async #begin(): Promise<void> {
    const { topic, group, ledger, onFailure } = this.#parts
    const giveUp = (partitions: readonly { readonly partition: number }[]): void => {
      for (const { partition } of partitions) this.#tenures.delete(partition)
    }
    await this.consumer.subscribe({
      topics: [topic],
      onPartitionsAssigned: (partitions) => {
        for (const { partition } of partitions) this.#tenures.set(partition, ledger.begin(partition, this.thread))
      },
      onPartitionsRevoked: giveUp,
      onPartitionsLost: giveUp,
    })
    if (group.commits === 'auto') {
      await this.consumer.run({ eachBatch: ({ batch }) => this.#read(batch) })
      this.consumer.stopped.catch((error) => this.#failed(error, onFailure))
    } else this.#work = this.#poll(group.commits).catch((error) => this.#failed(error, onFailure))
  }

  async #poll(commits: 'sync' | 'async'): Promise<void> {
    while (!this.#isOver) {
      const batch = await this.consumer.poll(POLL_MS)
      if (batch === null) continue
      this.#read(batch)
      const { topic, partition, nextOffset } = batch
      const offsets = [{ topic, partition, offset: nextOffset }]
      if (commits === 'sync') await this.consumer.commitSync(offsets).then(...this.#ends(partition, nextOffset))
      else {
        const [done, failed] = this.#ends(partition, nextOffset)
        this.consumer.commitAsync(offsets, (error) => (error === null ? done() : failed(error)))
      }
    }
  }

  #read(batch: LentBatch): void {
    const { ledger, take, onRead } = this.#parts
    const { partition } = batch
    const tenure = this.#tenures.get(partition)
    if (tenure === undefined) {
      ledger.violations.push(`${this.thread} is handed out partition ${partition}, which it does not have`)
      return
    }
    take(tenure.reader, batch, (offset) => ledger.noteRead(tenure, offset))
    ledger.noteAttempt(partition, batch.nextOffset)
    onRead()
  }

  #ends(partition: number, offset: number): [done: () => void, failed: (error: unknown) => void] {
    const { ledger, onFailure } = this.#parts
    const done = (): void => {
      ledger.acknowledgedCommits += 1
      ledger.noteCommitted(partition, offset)
    }
    const failed = (error: unknown): void => {
      ledger.noteFailed(nameOf(error))
      if (!EXPECTED.some((expected) => error instanceof expected)) this.#failed(error, onFailure)
    }
    return [done, failed]
  }

  #failed(error: unknown, tell: (error: unknown) => void): void {
    if (!this.#isOver || !ENDED.some((ended) => error instanceof ended)) tell(error)
  }
}

/** The name of a commit's error: its code, or that the member's thread or the consumer has ended. */
function nameOf(error: unknown): string {
  const isOfEnd = ENDED.some((ended) => error instanceof ended)
  return error instanceof KafkaError && !isOfEnd ? error.code : (error as Error).name
}

async function threadsOf(cluster: Cluster): Promise<Address[]> {
  const { threads } = await cluster.describe()
  return threads.map(({ address }) => address).filter((address) => address.startsWith('consumer-'))
}
