import type { Partition } from '../../broker/partition.js'
import { BrokenInvariant } from './broken-invariant.js'

/** A log's end, and the time since which it is there. */
interface End {
  readonly at: number
  readonly offset: number
}

/** A partition as its leader has it, since its isr was last changed or asked for. */
interface Watched {
  readonly leaderEpoch: number
  readonly isr: readonly number[]
  readonly since: number
  /** Log ends, oldest first: the last one before the time that a follower has, and all after it. */
  ends: End[]
  /**
   * The furthest offset that each follower was seen to hold. A follower of somebody else may have given some of it up
   * by now.
   */
  readonly held: Map<number, number>
}

/**
 * Holds leaders to I26. A leader looks at its isr each half of replica.lag.time.max.ms. It asks out whoever has not
 * caught up for one and a half of that time: a follower in a quiet isr holds all that the log held then.
 */
export class Laggards {
  readonly #patienceMs: number
  readonly #watched = new Map<Partition, Watched>()

  constructor(lagMsMax: number) {
    this.#patienceMs = 1.5 * lagMsMax
  }

  /**
   * Looks after each turn of the partition's broker. `held` says how far a broker's log reaches. Throws a
   * BrokenInvariant.
   */
  look(partition: Partition, held: (brokerId: number) => number, now: number): void {
    if (!partition.isLeader || partition.replicas.length === 1) return void this.#watched.delete(partition)
    const { isr, leaderEpoch, log } = partition
    const known = this.#watched.get(partition)
    const isQuiet = isr.pending === null && known?.isr === isr.committed && known.leaderEpoch === leaderEpoch
    if (known === undefined || !isQuiet) {
      const ends = [{ at: now, offset: log.logEndOffset }]
      this.#watched.set(partition, { leaderEpoch, isr: isr.committed, since: now, ends, held: new Map() })
      return
    }
    if (known.ends.at(-1)?.offset !== log.logEndOffset) known.ends.push({ at: now, offset: log.logEndOffset })
    const wanted = this.#wanted(known, now)
    for (const id of isr.committed) {
      if (id === partition.leader) continue
      const furthest = Math.max(known.held.get(id) ?? 0, held(id))
      known.held.set(id, furthest)
      if (furthest >= wanted) continue
      const says = `broker ${partition.leader}, ${partition.topicId}-${partition.partition}`
      throw new BrokenInvariant('I26', `${says}: broker ${id} holds ${furthest} of what was ${wanted} long ago`)
    }
  }

  /**
   * Returns where the log ended as long ago as a follower has time; 0 when the isr has not been quiet for that long.
   */
  #wanted(known: Watched, now: number): number {
    const before = now - this.#patienceMs
    if (known.since > before) return 0
    const last = known.ends.findLastIndex(({ at }) => at <= before)
    known.ends = known.ends.slice(Math.max(0, last))
    return known.ends[0]?.offset ?? 0
  }
}
