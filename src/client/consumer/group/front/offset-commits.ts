import {
  CommitFailedError,
  type KafkaError,
  RebalanceInProgressError,
  RetriableCommitFailedError,
  TimeoutError,
} from '../../../../base/errors.js'
import { throwLater } from '../../../../base/throw-later.js'
import type { CallEnd } from '../../../../protocol/inner/consumer-words.js'
import type { CommitRequest, CommittedOffset, CommittedRequest } from '../../../../protocol/inner/group-words.js'
import type { PartitionName } from '../../../../protocol/partition.js'
import type { ApplicationCounters } from '../../metrics/application-counters.js'
import { type MemberCalls, memberError } from './member-calls.js'

/** Told how an asynchronous commit has ended: exactly one of the two is not null. Kafka: `OffsetCommitCallback`. */
export type CommitCallback = (error: KafkaError | null, offsets: readonly CommittedOffset[] | null) => void

/** A time that a frame can say: without an end, it would say nothing, which is the time of a single attempt. */
const limited = (timeoutMs: number): number => Math.min(timeoutMs, Number.MAX_SAFE_INTEGER)

/**
 * Commits of the application's. Their ends come in the order of their completion, so callbacks are called in it, and a
 * synchronous commit has ended after all that were asked for before it. (Kafka:
 * `ConsumerCoordinator.invokeCompletedOffsetCommitCallbacks`.)
 */
export class OffsetCommits {
  readonly #calls: MemberCalls
  readonly #counters: ApplicationCounters

  constructor(calls: MemberCalls, counters: ApplicationCounters) {
    this.#calls = calls
    this.#counters = counters
  }

  /** Retries until the time is over. Null: all that was handed out. */
  async commitSync(offsets: readonly CommittedOffset[] | null, timeoutMs: number): Promise<void> {
    const end = await this.#counters.timed('commitSyncNs', this.#commit(offsets, limited(timeoutMs)))
    if (end.error !== 'NONE') throw commitError(end)
  }

  /** Tries once. */
  commitAsync(offsets: readonly CommittedOffset[] | null, callback: CommitCallback): void {
    this.#commit(offsets, null).then(
      (end) => {
        if (end.error === 'NONE') tell(() => callback(null, end.offsets ?? []))
        else tell(() => callback(asynchronous(commitError(end)), null))
      },
      (error) => tell(() => callback(error, null)),
    )
  }

  /** What the group has committed, in this order; null: nothing. */
  async committed(
    partitions: readonly PartitionName[],
    timeoutMs: number,
  ): Promise<readonly (CommittedOffset | null)[]> {
    const asked = { api: 'Committed' as const, partitions, timeoutMs: limited(timeoutMs) }
    const end = await this.#counters.timed('committedNs', this.#calls.begin<CommittedRequest>(asked))
    if (end.error !== 'NONE') throw commitError(end)
    return (end.offsets ?? []).map((committed) => (committed.offset < 0 ? null : committed))
  }

  #commit(offsets: readonly CommittedOffset[] | null, timeoutMs: number | null): Promise<CallEnd> {
    return this.#calls.begin<CommitRequest>({ api: 'Commit', offsets, timeoutMs })
  }
}

const WHAT_TO_DO =
  'what was not committed is read again. Poll more often, raise max.poll.interval.ms or lower max.poll.records, if the handling takes long'

function commitError({ error, says }: CallEnd): KafkaError {
  if (error === 'ILLEGAL_GENERATION' || error === 'UNKNOWN_MEMBER_ID') {
    const sentence = says === '' ? 'The group has rebalanced without this member' : says
    return new CommitFailedError(error, `${sentence} (${error}): ${WHAT_TO_DO}`)
  }
  if (error === 'REBALANCE_IN_PROGRESS')
    return new RebalanceInProgressError(
      `${says || 'The group rebalances'}: poll, so that the member joins, and commit then`,
    )
  if (error === 'REQUEST_TIMED_OUT') return new TimeoutError(says || 'The coordinator has not answered in time')
  return memberError(error, says)
}

/** Kafka: `RetriableCommitFailedException`. */
function asynchronous(error: KafkaError): KafkaError {
  if (!error.retriable) return error
  return new RetriableCommitFailedError(error.code, `An asynchronous commit is not retried: ${error.message}`, {
    cause: error,
  })
}

/** A callback that throws harms nobody but the program. */
function tell(call: () => void): void {
  try {
    call()
  } catch (error) {
    throwLater(error)
  }
}
