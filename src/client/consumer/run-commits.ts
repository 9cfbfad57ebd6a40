import type { Clock } from '../../base/clock.js'
import { NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { CommittedOffset } from '../../protocol/inner/group-words.js'
import type { ConsumerFront } from './consumer-front.js'
import { readOffsetsByTopic } from './group/front/commit-arguments.js'
import type { MemberFront } from './group/front/member-front.js'
import type { OffsetsByTopic, RunOptions } from './handler.js'
import type { ConsumerCounters } from './metrics/consumer-counters.js'

export interface RunCommitsParts {
  readonly front: ConsumerFront
  readonly member: MemberFront
  readonly options: RunOptions
  /** Whether enable.auto.commit is set; otherwise nothing is committed by itself, whatever the run says. */
  readonly isEnabled: boolean
  readonly clock: Clock
  /** Says what is committed of each partition, whoever has committed it. */
  readonly counters: Pick<ConsumerCounters, 'committedOf'>
}

/**
 * Commits what a handler has handled, as its run asks for:
 *
 *     autoCommit                          the consumer's thread does, every auto.commit.interval.ms and before it gives up
 *                                         partitions
 *     autoCommitInterval or -Threshold    this does; the thread commits only what is given up
 *     autoCommit: false                   the handler does
 *
 * One commit of its own is under way at a time, and the next one takes all that was handled meanwhile. So a handler
 * that is faster than commits leaves no row of them behind.
 */
export class RunCommits {
  readonly #parts: RunCommitsParts
  readonly #isOwn: boolean
  readonly #thresholdMax: number
  readonly #intervalMs: number
  /** How many records were handled since the last commit began. */
  #handled = 0
  #lastAt: Timestamp
  /** Whether a commit of its own has not ended. */
  #isCommitting = false

  constructor(parts: RunCommitsParts) {
    const { options, isEnabled, clock, front } = parts
    const { autoCommit = true, autoCommitInterval = null, autoCommitThreshold = null } = options
    this.#parts = parts
    this.#isOwn = isEnabled && autoCommit && (autoCommitInterval ?? autoCommitThreshold) !== null
    this.#intervalMs = autoCommitInterval ?? Number.POSITIVE_INFINITY
    this.#thresholdMax = autoCommitThreshold ?? Number.POSITIVE_INFINITY
    this.#lastAt = clock.now()
    front.assigned.tellsRead = this.#isOwn ? 'what is given up' : autoCommit ? 'everything' : 'nothing'
  }

  /** Commits what was handled when its time has come, though nothing more comes. Returns when to look again. */
  tick(now: Timestamp): Timestamp {
    if (!this.#isOwn || this.#isCommitting || this.#handled === 0) return NEVER
    const due = timestamp(this.#lastAt + this.#intervalMs)
    if (due > now) return due
    this.#commitHandled()
    return NEVER
  }

  /** Whether it has to hear of what was handled. Otherwise the thread commits, or the handler does. */
  get counts(): boolean {
    return this.#isOwn
  }

  /** Notes that so many records more were handled. */
  noteHandled(count: number): void {
    this.#handled += count
    if (this.#handled >= this.#thresholdMax) this.#commitHandled()
  }

  /** Commits these offsets; absent: what was handled, if it is time. */
  async commitIfNecessary(offsets?: OffsetsByTopic): Promise<void> {
    if (offsets !== undefined) await this.#commitGiven(readOffsetsByTopic(offsets))
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
    const { front, counters } = this.#parts
    return front.assigned.all.flatMap(({ name, index, position, hasRead }) => {
      if (!hasRead || position < 0 || counters.committedOf(index) === position) return []
      return [{ ...name, offset: position, leaderEpoch: -1, metadata: '' }]
    })
  }

  /** Commits by itself, unless it is at that. What it cannot commit is in its next commit. */
  #commitHandled(): void {
    if (this.#isCommitting) return
    this.#isCommitting = true
    const ended = (): void => {
      this.#isCommitting = false
      if (this.#handled > 0 && this.#isDue) this.#commitHandled()
    }
    this.#commit(this.#uncommitted).then(ended, ended)
  }

  /** What another member may have by now is not this one's to commit. */
  async #commitGiven(offsets: readonly CommittedOffset[]): Promise<void> {
    for (const one of offsets) this.#parts.front.assigned.named(one)
    await this.#commit(offsets)
  }

  async #commit(offsets: readonly CommittedOffset[]): Promise<void> {
    const { member, clock } = this.#parts
    this.#handled = 0
    this.#lastAt = clock.now()
    if (offsets.length > 0) await member.commits.commitSync(offsets, COMMIT_MS)
  }
}

/** How long a commit of a run is retried; the next one covers what it has not committed. */
const COMMIT_MS = 30_000
