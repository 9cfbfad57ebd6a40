import type { Address } from '../../actor/address.js'
import { CommitFailedError, RebalanceInProgressError } from '../../base/errors.js'
import type { Consumer } from '../../client/consumer/consumer.js'
import type { LentBatch } from '../../client/consumer/lent-batch.js'
import { nameIn } from '../history/history-recorder.js'
import type { ToldStep } from './group-step.js'
import type { LabCluster } from './lab-host.js'
import { TOPIC } from './partition-watch.js'

/** A record as a handler is given it. */
export interface HandedRecord {
  readonly partition: number
  readonly offset: number
  readonly producer: number
  readonly number: number
  readonly timestamp: number
}

/** One call of a member's handler: records of one partition, at most max.poll.records. */
export interface HandlerCall {
  readonly member: TrialMember
  readonly partition: number
  readonly records: readonly HandedRecord[]
}

/** Handles what a member is handed. The records count as read when it has returned. */
export type Handler = (call: HandlerCall) => void | Promise<void>

/** What a member tells of itself to its group. */
export interface MemberWitness {
  /** Notes a step, in words where the usual ones do not say enough. */
  tell(member: TrialMember, step: ToldStep, says?: string): void
  /** Notes the id and the generation that the member has now. */
  noteJoined(member: TrialMember): void
  noteHandedOut(member: TrialMember, records: readonly HandedRecord[]): void
  noteHandled(member: TrialMember, records: readonly HandedRecord[]): void
  /** Notes what has ended the member's handling: an error of its handler, or a refusal of its coordinator. */
  noteFailed(error: unknown): void
}

export interface MemberParts {
  readonly witness: MemberWitness
  readonly cluster: LabCluster
  readonly name: string
  readonly consumer: Consumer
  /** Undefined: it handles all that it is handed at once. */
  readonly handler: Handler | undefined
}

/** A member of a trial's group: a consumer with a handler, and what it knows of itself. */
export class TrialMember {
  readonly name: string
  readonly consumer: Consumer
  /** Where its thread is, which may be killed or cut off; null before it has begun. */
  address: Address | null = null
  /** Its id in the group; empty before it has joined. */
  id = ''
  generation = -1
  readonly owned = new Set<number>()
  readonly #witness: MemberWitness
  readonly #cluster: LabCluster
  readonly #handler: Handler
  #isExpelled = false
  #isOver = false

  constructor({ witness, cluster, name, consumer, handler }: MemberParts) {
    this.#witness = witness
    this.#cluster = cluster
    this.name = name
    this.consumer = consumer
    this.#handler = handler ?? (({ records }) => this.handle(...records))
  }

  /** Whether it is in the group, as far as anybody here knows. */
  get isMember(): boolean {
    return this.id !== '' && !this.#isExpelled && !this.#isOver
  }

  /** Whether it has left, or died. */
  get isOver(): boolean {
    return this.#isOver
  }

  async begin(): Promise<void> {
    const { consumer } = this
    await consumer.subscribe({
      topics: [TOPIC],
      onPartitionsAssigned: (partitions) => this.#assigned(partitions.map(({ partition }) => partition)),
      onPartitionsRevoked: (partitions) => this.#gaveUp('revoked', partitions),
      onPartitionsLost: (partitions) => this.#gaveUp('lost', partitions),
    })
    await consumer.run({ eachBatch: ({ batch }) => this.#take(batch) })
    consumer.stopped.catch((error) => {
      if (!this.#isOver) this.#witness.noteFailed(error)
    })
  }

  /** Notes that it has handled records: that their effect is there. */
  handle(...records: readonly HandedRecord[]): void {
    this.#witness.noteHandled(this, records)
  }

  /** Notes that it has passed over a record, whose effect is there. */
  skip({ partition, offset }: HandedRecord): void {
    this.#witness.tell(this, { step: 'skipped', partition, from: offset, to: offset + 1 })
  }

  /** Commits; the next record to be read is the one at this offset. Returns `NONE`, or why it was refused. */
  async commit(partition: number, offset: number): Promise<string> {
    try {
      await this.consumer.commitSync([{ topic: TOPIC, partition, offset }])
      this.#witness.tell(this, { step: 'committed', partition, offset, error: 'NONE' })
      return 'NONE'
    } catch (error) {
      if (!(error instanceof CommitFailedError || error instanceof RebalanceInProgressError)) throw error
      this.#witness.tell(this, { step: 'committed', partition, offset, error: error.code })
      return error.code
    }
  }

  /** Leaves the group. */
  async close(): Promise<void> {
    await this.#cluster.run(this.consumer.close())
    this.#end('leaves')
  }

  /** Its thread ends in the middle of whatever it is at, and what the application holds of it is forgotten. */
  async die(says?: string): Promise<void> {
    const { address } = this
    if (address === null) throw new Error(`Member ${this.name} has not begun`)
    this.#end('dies', says)
    await this.#cluster.run(this.#cluster.doors.kill(address))
  }

  noteExpelled(): void {
    this.#isExpelled = true
    this.#witness.tell(this, { step: 'expelled' })
  }

  /** Tells that its handler is at work for long, or that it is cut off; or the end of that. */
  noteStall(step: 'stalls' | 'goes-on', says: string): void {
    this.#witness.tell(this, { step }, says)
  }

  #end(step: 'leaves' | 'dies', says?: string): void {
    this.#isOver = true
    this.#witness.tell(this, { step }, says)
    this.owned.clear()
  }

  async #assigned(partitions: readonly number[]): Promise<void> {
    // Nothing is handed out before the callback has ended, so that every record has its generation.
    const { memberId, generationId } = await this.consumer.describe()
    this.id = memberId
    this.generation = generationId
    this.#isExpelled = false
    for (const partition of partitions) this.owned.add(partition)
    this.#witness.noteJoined(this)
    this.#witness.tell(this, { step: 'assigned', partitions })
  }

  #gaveUp(step: 'revoked' | 'lost', names: readonly { readonly partition: number }[]): void {
    const partitions = names.map(({ partition }) => partition)
    for (const partition of partitions) this.owned.delete(partition)
    if (partitions.length > 0) this.#witness.tell(this, { step, partitions })
  }

  async #take(batch: LentBatch): Promise<void> {
    const { partition } = batch
    const records: HandedRecord[] = []
    for (const { offset, timestamp, value } of batch) {
      const { producer, number } = nameIn(value) ?? { producer: -1, number: -1 }
      records.push({ partition, offset, producer, number, timestamp: Number(timestamp) })
    }
    this.#witness.noteHandedOut(this, records)
    await this.#handler({ member: this, partition, records })
  }
}
