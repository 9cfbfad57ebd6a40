import type { Address } from '../../../actor/address.js'
import { type Deferred, deferred } from '../../../base/deferred.js'
import { KafkaError } from '../../../base/errors.js'
import type { Consumer } from '../../../client/consumer/consumer.js'
import type { SimulatedCluster } from '../../../cluster/simulated.js'
import type { PartitionName } from '../../../protocol/partition.js'

/** Milliseconds that a poll waits. */
const POLL_MS = 20

/** What the members of a play know together. */
export interface PlayNotes {
  /** The member that was handed a record last, by topic, partition and offset. */
  readonly handedOut: Map<string, PlayMember>
  /** Records that were handed out more than once. */
  readonly again: string[]
}

export type PlayMemberOptions = Parameters<SimulatedCluster['consumer']>[0] & { readonly 'group.id': string }

/** A member of a play: its consumer, and an application that polls. */
export class PlayMember {
  readonly consumer: Consumer
  readonly address: Address
  /** What it was told that it has. */
  readonly owned = new Set<string>()
  /** The code of the error that has ended it; null: it goes on. */
  failed: string | null = null
  readonly #notes: PlayNotes
  #hang: Deferred<void> | null = null
  #isOver = false

  constructor(cluster: SimulatedCluster, notes: PlayNotes, options: PlayMemberOptions, topics: readonly string[]) {
    const before = new Set(cluster.seats)
    this.#notes = notes
    this.consumer = cluster.consumer(options)
    this.address = cluster.seats.find((seat) => seat.startsWith('consumer-') && !before.has(seat)) as Address
    this.#live(topics).catch((error) => {
      if (!this.#isOver) this.failed = error instanceof KafkaError ? error.code : String(error)
    })
  }

  /** Subscribes to other topics from now on. */
  async subscribe(topics: readonly string[]): Promise<void> {
    const gaveUp = (names: readonly PartitionName[]): void => {
      for (const name of names) this.owned.delete(nameOf(name))
    }
    await this.consumer.subscribe({
      topics,
      onPartitionsAssigned: (names) => {
        for (const name of names) this.owned.add(nameOf(name))
      },
      onPartitionsRevoked: gaveUp,
      onPartitionsLost: gaveUp,
    })
  }

  /** The application does not poll until it goes on. */
  hang(): void {
    this.#hang = deferred()
  }

  goOn(): void {
    this.#hang?.resolve()
    this.#hang = null
  }

  async close(): Promise<void> {
    this.#isOver = true
    this.goOn()
    await this.consumer.close()
  }

  async #live(topics: readonly string[]): Promise<void> {
    await this.subscribe(topics)
    while (!this.#isOver) {
      await this.#hang?.promise
      const batch = await this.consumer.poll(POLL_MS)
      batch?.forEach(({ offset }) => {
        this.#take(`${offset} of ${nameOf(batch)}`)
      })
    }
  }

  #take(record: string): void {
    const { handedOut, again } = this.#notes
    if (handedOut.has(record)) again.push(record)
    handedOut.set(record, this)
  }
}

export const nameOf = ({ topic, partition }: PartitionName): string => `${topic}-${partition}`
