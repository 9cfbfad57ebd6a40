import type { Clock } from '../../base/clock.js'
import type { CommittedOffset } from '../../protocol/inner/group-words.js'
import type { ConsumerFront } from './consumer-front.js'
import { readOffsetsByTopic } from './group/front/commit-arguments.js'
import type { MemberFront } from './group/front/member-front.js'
import type { OffsetsByTopic, RunOptions } from './handler.js'

export interface RunCommitsParts {
  readonly front: ConsumerFront
  readonly member: MemberFront
  readonly options: RunOptions
  /** Whether enable.auto.commit is set; otherwise nothing is committed by itself, whatever the run says. */
  readonly isEnabled: boolean
  readonly clock: Clock
}

/**
 * Commits what a handler has handled, as its run asks for:
 *
 *     autoCommit                          the consumer's thread does, every auto.commit.interval.ms and before it gives up
 *                                         partitions
 *     autoCommitInterval or -Threshold    this does; the thread commits only what is given up
 *     autoCommit: false                   the handler does
 */
export class RunCommits {
  readonly #parts: RunCommitsParts
  readonly #isOwn: boolean
  readonly #thresholdMax: number
  readonly #intervalMs: number
  /** What was committed of each partition, by its index and epoch. */
  readonly #committed = new Map<string, number>()
  #handled = 0
  #lastAt: number

  constructor(parts: RunCommitsParts) {
    const { options, isEnabled, clock, front } = parts
    const { autoCommit = true, autoCommitInterval = null, autoCommitThreshold = null } = options
    this.#parts = parts
    this.#isOwn = isEnabled && autoCommit && (autoCommitInterval ?? autoCommitThreshold) !== null
    this.#intervalMs = autoCommitInterval ?? Number.POSITIVE_INFINITY
    this.#thresholdMax = autoCommitThreshold ?? Number.POSITIVE_INFINITY
    this.#lastAt = clock.now()
    if (this.#isOwn) front.assigned.tellsRead = 'what is given up'
    else if (!autoCommit) front.assigned.tellsRead = 'nothing'
  }

  /** Notes that so many records more were handled. */
  noteHandled(count: number): void {
    if (!this.#isOwn) return
    this.#handled += count
    if (this.#isDue) this.#commit(this.#uncommitted).catch(() => {})
  }

  /** Commits these offsets; absent: what was handled, if it is time. */
  async commitIfNecessary(offsets?: OffsetsByTopic): Promise<void> {
    if (offsets !== undefined) await this.#commit(readOffsetsByTopic(offsets))
    else if (this.#isOwn && this.#isDue) await this.#commit(this.#uncommitted)
  }

  uncommittedOffsets(): OffsetsByTopic {
    const topics = new Map<string, { partition: number; offset: number }[]>()
    for (const { topic, partition, offset } of this.#uncommitted) {
      const partitions = topics.get(topic) ?? []
      partitions.push({ partition, offset })
      topics.set(topic, partitions)
    }
    return { topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })) }
  }

  get #isDue(): boolean {
    return this.#handled >= this.#thresholdMax || this.#parts.clock.now() - this.#lastAt >= this.#intervalMs
  }

  get #uncommitted(): CommittedOffset[] {
    return this.#parts.front.assigned.all.flatMap(({ name, index, epoch, position, hasRead }) => {
      if (!hasRead || position < 0 || this.#committed.get(`${index} ${epoch}`) === position) return []
      return [{ ...name, offset: position, leaderEpoch: -1, metadata: '' }]
    })
  }

  async #commit(offsets: readonly CommittedOffset[]): Promise<void> {
    const { member, front, clock } = this.#parts
    this.#handled = 0
    this.#lastAt = clock.now()
    if (offsets.length === 0) return
    await member.commits.commitSync(offsets, COMMIT_MS)
    for (const { topic, partition, offset } of offsets) {
      const assigned = front.assigned.find({ topic, partition })
      if (assigned !== undefined) this.#committed.set(`${assigned.index} ${assigned.epoch}`, offset)
    }
  }
}

/** How long a commit of a run is retried; the next one covers what it has not committed. */
const COMMIT_MS = 30_000
