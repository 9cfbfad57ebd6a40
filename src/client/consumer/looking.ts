import type { AssignedPartition } from './assigned-partitions.js'
import type { ConsumerFront } from './consumer-front.js'
import type { DescribedPartition } from './group/front/member-front.js'
import type { ConsumerCounters } from './metrics/consumer-counters.js'
import type { ConsumerMetrics } from './metrics/consumer-metric-tables.js'
import { consumerMetrics } from './metrics/consumer-metrics.js'
import type { Pulling } from './pulling.js'

export interface LookingParts {
  readonly front: ConsumerFront
  /** What the consumer's thread counts. */
  readonly counters: ConsumerCounters
  readonly pulling: Pulling
}

/** Looks at a consumer without asking anybody: where it is, and what was counted of it. */
export class Looking {
  readonly #parts: LookingParts

  constructor(parts: LookingParts) {
    this.#parts = parts
  }

  /** The offset of the next record that is handed out; -1: it is being looked up. */
  positionOf(assigned: AssignedPartition): number {
    const end = this.#parts.pulling.endOfPolled(assigned.name)
    return end >= 0 ? end : this.#parts.front.assigned.positionOf(assigned)
  }

  metrics(): ConsumerMetrics {
    const { counters: thread, front } = this.#parts
    const assigned = front.assigned.all.map((one) => {
      return { name: one.name, index: one.index, position: this.positionOf(one) }
    })
    return consumerMetrics({ thread, application: front.counters, assigned })
  }

  partitions(): readonly DescribedPartition[] {
    const { counters, front } = this.#parts
    return front.assigned.all.map((one) => {
      const position = this.positionOf(one)
      const { highWatermark, committed } = counters.partition(one.index, front.counters.now)
      const lag = highWatermark === null || position < 0 ? null : Math.max(0, highWatermark - position)
      return { ...one.name, position: position < 0 ? null : position, committed, lag }
    })
  }
}
