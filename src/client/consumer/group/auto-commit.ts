import type { Context } from '../../../actor/types.js'
import { ERRORS } from '../../../base/error-code.js'
import { NEVER, type Timestamp, timestamp } from '../../../base/ids.js'
import type { FetchedPartitions } from '../fetching/fetched-partitions.js'
import type { ConsumerPart } from '../parts/part-list.js'
import type { Commits } from './commits.js'
import type { MemberOptions } from './group-options.js'
import type { Member } from './member.js'

export interface AutoCommitParts {
  readonly options: MemberOptions
  readonly partitions: FetchedPartitions
  readonly commits: Commits
  readonly member: Member
}

/**
 * Commits every auto.commit.interval.ms what the application has read. It commits what it has committed before too: a
 * group without members expires by its last commit. (`ConsumerCoordinator.maybeAutoCommitOffsetsAsync`)
 */
export class AutoCommit implements ConsumerPart {
  readonly #parts: AutoCommitParts
  #dueAt: Timestamp | null = null
  #isUnderWay = false

  constructor(parts: AutoCommitParts) {
    this.#parts = parts
  }

  receive(): boolean {
    return false
  }

  tick(context: Context): Timestamp {
    const { options, partitions, member } = this.#parts
    if (!options['enable.auto.commit'] || this.#isUnderWay) return NEVER
    if (partitions.all.length === 0 || member.commitError !== 'NONE') {
      this.#dueAt = null
      return NEVER
    }
    this.#dueAt ??= timestamp(context.now + options['auto.commit.interval.ms'])
    if (this.#dueAt > context.now) return this.#dueAt
    this.#commit(context)
    return NEVER
  }

  #commit(context: Context): void {
    const { options, commits } = this.#parts
    this.#isUnderWay = true
    commits.commitConsumed({
      deadline: timestamp(context.now + options['request.timeout.ms']),
      isRetried: false,
      ended: (error, _, later) => {
        this.#isUnderWay = false
        // What was refused for now is tried again soon, and with the positions of then.
        const waitMs = ERRORS[error].retriable ? options['retry.backoff.ms'] : options['auto.commit.interval.ms']
        // A commit of nothing ends in the same turn.
        this.#dueAt = timestamp(later.now + Math.max(waitMs, 1))
        later.noteWork()
      },
    })
    context.noteWork()
  }
}
