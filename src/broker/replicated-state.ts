import type { Context } from '../actor/types.js'
import type { ErrorCode } from '../base/error-code.js'
import { NEVER, type Offset, type Timestamp, timestamp } from '../base/ids.js'
import { batchOf, type RecordCodec, RecordLog } from '../log/record-log.js'
import type { StateMachine } from '../log/state-machine.js'
import { CorruptRecordError } from '../record/batch-reader.js'
import { batchBytes } from '../record/record-batch.js'
import type { Partition } from './partition.js'

/**
 * The reply to a request, or the error with which a coordinator answers it. With the last two errors it may have been
 * done.
 */
export type StateAnswer<Reply> =
  | { readonly error: 'NONE'; readonly reply: Reply }
  | { readonly error: StateError; readonly reply: null }

export type StateError =
  | 'COORDINATOR_LOAD_IN_PROGRESS'
  | 'UNKNOWN_SERVER_ERROR'
  | 'COORDINATOR_NOT_AVAILABLE'
  | 'NOT_COORDINATOR'

export type Answer<Reply> = (answer: StateAnswer<Reply>, context: Context) => void

export interface ReplicatedStateParts<Record, Request, Reply> {
  /** A new state, of a log without records. */
  readonly create: () => StateMachine<Record, Request, Reply>
  readonly codec: RecordCodec<Record>
  /** How long a reply is held for the high watermark (`offsets.commit.timeout.ms`). */
  readonly timeoutMs: number
  /**
   * The partition's log has grown: as with a produced batch, the high watermark may move and fetches may have waited
   * for it.
   */
  readonly onAppend: (partition: Partition, context: Context) => void
}

interface Held<Reply> {
  /** Where the log ended when this was decided; exclusive. */
  readonly endOffset: Offset
  readonly deadline: Timestamp
  readonly reply: Reply
  readonly answer: Answer<Reply>
}

/** How many bytes of a log are replayed in one turn: it serves others as well. */
export const LOAD_BYTES_PER_TURN = 256 * 1024

type Phase = 'unloaded' | 'loading' | 'active' | 'failed'

/**
 * A state machine on one partition, for as long as this broker leads it. (`CoordinatorRuntime` and its
 * `CoordinatorContext` in Kafka.)
 *
 *   unloaded   another broker leads, or none                                  NOT_COORDINATOR
 *   loading    the log is replayed from its start, a step in each turn        COORDINATOR_LOAD_IN_PROGRESS
 *   active     requests are decided
 *   failed     a batch of the log cannot be read; waits for the next epoch    NOT_COORDINATOR
 *
 * - A decision's records are appended as one batch, and replayed at once. Its reply is held until the high watermark
 *   has passed everything that the state held by then. So a reply without records waits as well: it may tell of records
 *   that others have written and that are not committed yet.
 * - Replies are given in the order of their decisions.
 * - A state belongs to one leader epoch. Whatever ends that epoch here fails the replies that are held, and the state
 *   is dropped: its uncommitted records may be truncated. The next epoch loads the log anew.
 * - Where fewer replicas are in sync than `min.insync.replicas`, nothing is appended: COORDINATOR_NOT_AVAILABLE.
 *
 * Lives in the broker's thread.
 */
export class ReplicatedState<Record, Request, Reply> {
  readonly #partition: Partition
  readonly #parts: ReplicatedStateParts<Record, Request, Reply>
  #phase: Phase = 'unloaded'
  /** The leader epoch to which the rest belongs. */
  #leaderEpoch = -1
  #machine: StateMachine<Record, Request, Reply>
  #records: RecordLog<Record>
  /** Oldest first: their offsets and their deadlines grow. */
  #held: Held<Reply>[] = []

  constructor(partition: Partition, parts: ReplicatedStateParts<Record, Request, Reply>) {
    this.#partition = partition
    this.#parts = parts
    this.#machine = parts.create()
    this.#records = new RecordLog(partition.log, parts.codec)
  }

  /** Has the request decided. `answer` is called once, in this call or a later one, unless the broker ends before. */
  ask(request: Request, answer: Answer<Reply>, context: Context): void {
    if (this.#phase === 'active' && !this.#readOn(Number.POSITIVE_INFINITY)) this.#fail(context)
    if (this.#phase === 'loading') return answer({ error: 'COORDINATOR_LOAD_IN_PROGRESS', reply: null }, context)
    if (this.#phase !== 'active') return answer({ error: 'NOT_COORDINATOR', reply: null }, context)
    const { records, reply } = this.#machine.decide(request, context.now)
    const error = records.length === 0 ? 'NONE' : this.#append(records, context)
    if (error !== 'NONE') return answer({ error, reply: null }, context)
    const { logEndOffset } = this.#partition.log
    const deadline = timestamp(context.now + this.#parts.timeoutMs)
    this.#held.push({ endOffset: logEndOffset, deadline, reply, answer })
    this.release(context)
  }

  /** The partition may have changed hands. To be called before its high watermark moves in another epoch. */
  update(context: Context): void {
    const { isLeader, leaderEpoch } = this.#partition
    if (this.#phase !== 'unloaded' && (!isLeader || leaderEpoch !== this.#leaderEpoch)) this.unload(context)
    if (!isLeader || this.#phase !== 'unloaded') return
    this.#leaderEpoch = leaderEpoch
    this.#records = new RecordLog(this.#partition.log, this.#parts.codec)
    this.#phase = 'loading'
  }

  /** Drops the state, and fails whoever waits for it. */
  unload(context: Context): void {
    if (this.#phase === 'active') this.#machine.unload()
    this.#machine = this.#parts.create()
    this.#phase = 'unloaded'
    this.#failHeld(context)
  }

  /** Gives the replies that the high watermark has passed. */
  release(context: Context): void {
    const { highWatermark } = this.#partition.log
    for (let held = this.#held[0]; held !== undefined && held.endOffset <= highWatermark; held = this.#held[0]) {
      this.#held.shift()
      held.answer({ error: 'NONE', reply: held.reply }, context)
    }
  }

  /**
   * Replays a step of what is to be loaded, and refuses what was held for too long. Returns when it wants to be called
   * again.
   */
  tick(context: Context): Timestamp {
    if (this.#phase === 'loading') this.#load(context)
    for (let held = this.#held[0]; held !== undefined && held.deadline <= context.now; held = this.#held[0]) {
      this.#held.shift()
      held.answer({ error: 'COORDINATOR_NOT_AVAILABLE', reply: null }, context)
    }
    return this.#phase === 'loading' ? context.now : (this.#held[0]?.deadline ?? NEVER)
  }

  #load(context: Context): void {
    if (!this.#readOn(LOAD_BYTES_PER_TURN)) return this.#fail(context)
    if (!this.#records.isAtEnd) return
    this.#phase = 'active'
    this.#machine.load(context.now)
  }

  /**
   * Replays what the log has and the state has not: on an active one, what somebody else has appended. False: it cannot
   * be read.
   */
  #readOn(bytesMax: number): boolean {
    try {
      for (let left = bytesMax; left > 0 && !this.#records.isAtEnd; )
        left -= Math.max(1, this.#records.replay(this.#machine, left))
      return true
    } catch (error) {
      if (error instanceof CorruptRecordError) return false
      throw error
    }
  }

  #append(records: readonly Record[], context: Context): StateError | 'NONE' {
    const partition = this.#partition
    if (partition.isUnderMinIsr) return 'COORDINATOR_NOT_AVAILABLE'
    const batch = batchOf(records, this.#parts.codec, Math.floor(context.now))
    const appended = partition.append(batch, 0, batchBytes(batch, 0), context.now)
    if (typeof appended !== 'number') return typeof appended === 'string' ? errorOf(appended) : 'UNKNOWN_SERVER_ERROR'
    this.#records.passOver()
    for (const record of records) this.#machine.replay(record)
    this.#parts.onAppend(partition, context)
    return 'NONE'
  }

  #fail(context: Context): void {
    this.unload(context)
    this.#phase = 'failed'
  }

  #failHeld(context: Context): void {
    const failed = this.#held
    this.#held = []
    for (const { answer } of failed) answer({ error: 'NOT_COORDINATOR', reply: null }, context)
  }
}

/** What a coordinator says of an append that was refused. (`CoordinatorOperationExceptionHelper`) */
function errorOf(refusal: ErrorCode | 'full'): StateError {
  switch (refusal) {
    case 'full':
    case 'NOT_ENOUGH_REPLICAS':
    case 'REQUEST_TIMED_OUT':
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return 'COORDINATOR_NOT_AVAILABLE'
    case 'NOT_LEADER_OR_FOLLOWER':
    case 'KAFKA_STORAGE_ERROR':
      return 'NOT_COORDINATOR'
    default:
      return 'UNKNOWN_SERVER_ERROR'
  }
}
