import { isOn } from '../../../base/guards.js'
import type { CommittedOffset } from '../../../protocol/inner/group-words.js'
import type { FetchedPartitions } from '../fetching/fetched-partitions.js'
import type { RebalanceSteps } from './rebalance-steps.js'

/**
 * What the application has read of the assigned partitions, as it may be committed: all that earlier polls have handed
 * out. (`SubscriptionState.allConsumed`)
 */
export class Consumed {
  readonly #partitions: FetchedPartitions
  readonly #steps: RebalanceSteps

  constructor(partitions: FetchedPartitions, steps: RebalanceSteps) {
    this.#partitions = partitions
    this.#steps = steps
  }

  /** Partitions in which nothing was handed out, and of which the application knows no position, are left out. */
  all(): CommittedOffset[] {
    const positions = this.#steps.progress?.positions
    if (positions === undefined) return []
    const offsets: CommittedOffset[] = []
    for (const state of this.#partitions.all) {
      const { topic, partition, index } = state
      const offset = isOn('commits-what-was-read') ? positions.get(index) : (state.position ?? -1)
      if (offset >= 0) offsets.push({ topic, partition, offset, leaderEpoch: state.epochAt(offset), metadata: '' })
    }
    return offsets
  }
}
