import { brokerAddress } from '../../../actor/address.js'
import type { NetworkClient } from '../../../actor/network-client.js'
import type { Context } from '../../../actor/types.js'
import type { UnreadPartition } from '../../../protocol/inner/read-no-more.js'
import type { PartitionId } from '../../../protocol/partition.js'

interface Left extends UnreadPartition {
  /** The broker from which it was fetched last. */
  readonly leader: number
  /** Whether the leader knows. */
  isTold: boolean
}

/** A partition, as far as it matters who has to hear that it is not read any more. */
interface Fetched extends PartitionId {
  /** The broker from which it was fetched last; -1: it never was. */
  readonly fetchedFrom: number
}

/** Nobody reads on. */
const NOWHERE = -1

/**
 * Partitions that a consumer has given up, until their leaders know: a full log is not to wait for a reader that does
 * not come again. What goes to another member is kept until it comes back, or until the consumer leaves the group:
 * perhaps nobody has taken it over.
 *
 * Owned by the consumer's thread.
 */
export class LeftPartitions {
  readonly #left = new Map<string, Left>()

  /** The consumer needs nothing of these any more. What it has passed on before stays so. */
  leave(partitions: readonly Fetched[]): void {
    for (const one of partitions) if (!this.#left.has(keyOf(one))) this.#note(one, NOWHERE)
  }

  /** Another member may read on from there. */
  passOn(partition: Fetched, from: number): void {
    this.#note(partition, from)
  }

  /** They are read again: the next fetch says so to their leaders. */
  comeBack(partitions: readonly PartitionId[]): void {
    if (this.#left.size > 0) for (const one of partitions) this.#left.delete(keyOf(one))
  }

  /** The consumer is not in its group any more. */
  leaveGroup(): void {
    for (const [key, left] of this.#left) this.#left.set(key, { ...left, fetchOffset: NOWHERE, isTold: false })
  }

  /** The connection has ended, and whatever was read on it is not needed any more. */
  lost(leader: string): void {
    for (const [key, left] of this.#left) if (brokerAddress(left.leader) === leader) this.#left.delete(key)
  }

  /** Tells the leaders that do not know yet, on the connections on which they were asked. */
  tell(network: NetworkClient, context: Context): void {
    if (this.#left.size === 0) return
    const untold = [...this.#left.values()].filter(({ isTold }) => !isTold)
    for (const leader of new Set(untold.map((left) => left.leader))) {
      const its = untold.filter((left) => left.leader === leader)
      const partitions = its.map(({ topicId, partition, fetchOffset }) => ({ topicId, partition, fetchOffset }))
      const request = { api: 'ReadNoMore' as const, partitions }
      if (network.send(brokerAddress(leader), request, context, () => {}) === 'sent') this.#noteTold(its)
    }
  }

  #note({ topicId, partition, fetchedFrom: leader }: Fetched, fetchOffset: number): void {
    const left = { topicId, partition, leader, fetchOffset, isTold: false }
    if (leader >= 0) this.#left.set(keyOf(left), left)
  }

  #noteTold(left: readonly Left[]): void {
    for (const one of left) {
      one.isTold = true
      if (one.fetchOffset === NOWHERE) this.#left.delete(keyOf(one))
    }
  }
}

const keyOf = ({ topicId, partition }: PartitionId): string => `${topicId}-${partition}`
