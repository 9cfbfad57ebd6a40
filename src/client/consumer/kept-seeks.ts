import type { SeekTarget } from '../../protocol/inner/consumer-words.js'
import type { PartitionName } from '../../protocol/partition.js'
import type { AssignedPartition, AssignedPartitions } from './assigned-partitions.js'

/**
 * Seeks of a member that nothing is assigned to yet: whoever calls `run` and then `seek`, as KafkaJS's users do, comes
 * before the group has shared out the topics. They count once something is assigned, for those partitions that are.
 * Lives on the application's thread.
 */
export class KeptSeeks {
  /** The last one of each partition. */
  readonly #kept = new Map<string, { readonly name: PartitionName; readonly to: SeekTarget }>()

  keep(name: PartitionName, to: SeekTarget): void {
    this.#kept.set(`${name.topic}-${name.partition}`, { name, to })
  }

  forget(): void {
    this.#kept.clear()
  }

  /** The seeks that count now; none while nothing is assigned. */
  take(assigned: AssignedPartitions): readonly (readonly [AssignedPartition, SeekTarget])[] {
    if (this.#kept.size === 0 || assigned.isEmpty) return []
    const kept = [...this.#kept.values()]
    this.#kept.clear()
    return kept.flatMap(({ name, to }) => {
      const one = assigned.find(name)
      return one === undefined ? [] : [[one, to] as const]
    })
  }
}
