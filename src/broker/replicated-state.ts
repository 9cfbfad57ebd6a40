import type { Connection, Context } from '../actor/types.js'
import { assert } from '../base/assert.js'
import type { ErrorCode } from '../base/error-code.js'
import { isOn } from '../base/guards.js'
import { earliest, NEVER, type Offset, offset, type Timestamp, timestamp } from '../base/ids.js'
import { batchOf, type RecordCodec, RecordLog } from '../log/record-log.js'
import type { Asked, Replied, StateDecision, StateMachine } from '../log/state-machine.js'
import { CorruptRecordError } from '../record/batch-reader.js'
import type { RecordData } from '../record/record.js'
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

/** A request to a state, and the way back to whoever asks. */
export interface Question<Request, Reply> extends Asked<Request> {
  /** The connection whose end ends the question; null: this broker asks. */
  readonly connection: Connection | null
  /** Called once, at once or later, unless the connection or the broker ends before. */
  readonly answer: (answer: StateAnswer<Reply>, context: Context) => void
}

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

interface Held<Request, Reply> {
  /** Where the log ended when this was decided; exclusive. */
  readonly endOffset: Offset
  readonly deadline: Timestamp
  readonly reply: Reply
  readonly question: Question<Request, Reply>
}

/** How many bytes of a log are replayed in one turn: it serves others as well. */
export const LOAD_BYTES_PER_TURN = 256 * 1024

/** How long timers wait when the log has refused the records of one. (`CoordinatorTimer.schedule`) */
const TIMER_RETRY_MS = 500

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
 * - Replies are given in the order of their decisions. A parked request is replied to by a later decision, of another
 *   request or of a timer.
 * - One timer is served in each turn. If its records are refused, all timers rest for a while.
 * - A state belongs to one leader epoch. Whatever ends that epoch here fails the replies that are held and the requests
 *   that are parked, and the state is dropped: its uncommitted records may be truncated. The next epoch loads the log
 *   anew.
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
  #held: Held<Request, Reply>[] = []
  /** Questions that the state has not replied to, by what it knows of them. */
  readonly #parked = new Map<Asked<Request>, Question<Request, Reply>>()
  /** Before this moment no timer is served. */
  #timersRestUntil: Timestamp = timestamp(0)

  constructor(partition: Partition, parts: ReplicatedStateParts<Record, Request, Reply>) {
    this.#partition = partition
    this.#parts = parts
    this.#machine = parts.create()
    this.#records = new RecordLog(partition.log, parts.codec)
  }

  /** Has the request decided. */
  ask(question: Question<Request, Reply>, context: Context): void {
    const error = this.#refusal(context)
    if (error !== null) question.answer({ error, reply: null }, context)
    else this.#carryOut(this.#machine.decide(question, context.now), question, context)
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

  /** Drops the state, and fails whoever waits for it or in it. */
  unload(context: Context): void {
    if (this.#phase === 'active') this.#machine.unload()
    this.#machine = this.#parts.create()
    this.#phase = 'unloaded'
    this.#timersRestUntil = timestamp(0)
    if (!isOn('parked-are-told')) return
    const failed = [...this.#held.map(({ question }) => question), ...this.#parked.values()]
    this.#held = []
    this.#parked.clear()
    for (const { answer } of failed) answer({ error: 'NOT_COORDINATOR', reply: null }, context)
  }

  /** The connection has ended: what was asked through it is done all the same, and nobody is told. */
  forget(connection: Connection): void {
    this.#held = this.#held.filter(({ question }) => question.connection !== connection)
    for (const question of this.#parked.values()) if (question.connection === connection) this.#parked.delete(question)
  }

  /** Gives the replies that the high watermark has passed. */
  release(context: Context): void {
    const { highWatermark } = this.#partition.log
    for (let held = this.#held[0]; held !== undefined && held.endOffset <= highWatermark; held = this.#held[0]) {
      this.#held.shift()
      held.question.answer({ error: 'NONE', reply: held.reply }, context)
    }
  }

  /**
   * Replays a step of what is to be loaded, serves a timer that is due, and refuses what was held for too long. Returns
   * when it wants to be called again, which may be at once.
   */
  tick(context: Context): Timestamp {
    if (this.#phase === 'loading') this.#load(context)
    if (this.#timerDue <= context.now && this.#refusal(context) === null) this.#expire(context)
    for (let held = this.#held[0]; held !== undefined && held.deadline <= context.now; held = this.#held[0]) {
      this.#held.shift()
      held.question.answer({ error: 'COORDINATOR_NOT_AVAILABLE', reply: null }, context)
    }
    if (this.#phase === 'loading') return context.now
    return earliest(this.#timerDue, this.#held[0]?.deadline ?? NEVER)
  }

  /** Cheap enough for every turn of a simulation. */
  checkInvariants(): void {
    if (this.#phase === 'active') this.#machine.checkInvariants?.(this.#parked.keys())
  }

  /** Asserts that whoever reads the log now comes to the same state. Reads all of the log. */
  checkReplay(): void {
    const { codec, create } = this.#parts
    if (this.#phase !== 'active' || !this.#records.isAtEnd) return
    const other = create()
    const records = new RecordLog(this.#partition.log, codec)
    while (!records.isAtEnd) records.replay(other, Number.POSITIVE_INFINITY)
    assert(bytesOf(other, codec) === bytesOf(this.#machine, codec), 'A state is what its log says')
  }

  /** Null: requests and timers are decided, upon all that the log holds. */
  #refusal(context: Context): StateError | null {
    if (this.#phase === 'active' && !this.#readOn(Number.POSITIVE_INFINITY)) this.#fail(context)
    if (this.#phase === 'loading') return 'COORDINATOR_LOAD_IN_PROGRESS'
    return this.#phase === 'active' ? null : 'NOT_COORDINATOR'
  }

  get #timerDue(): Timestamp {
    return timestamp(Math.max(this.#machine.nextDeadline, this.#timersRestUntil))
  }

  #expire(context: Context): void {
    const error = this.#carryOut(this.#machine.expire(context.now), null, context)
    if (error !== 'NONE') this.#timersRestUntil = timestamp(context.now + TIMER_RETRY_MS)
  }

  #carryOut(
    { records, replies }: StateDecision<Record, Request, Reply>,
    asked: Question<Request, Reply> | null,
    context: Context,
  ): StateError | 'NONE' {
    const error = records.length === 0 ? 'NONE' : this.#append(records, context)
    if (error === 'NONE') this.#hold(replies, asked, context)
    else {
      asked?.answer({ error, reply: null }, context)
      this.#hold(this.#machine.refused(asked, context.now), null, context)
    }
    this.release(context)
    return error
  }

  /** Holds the replies until what they tell of is committed. `asked` is parked if none of them is its own. */
  #hold(replies: readonly Replied<Request, Reply>[], asked: Question<Request, Reply> | null, context: Context): void {
    const endOffset = isOn('told-when-committed') ? this.#partition.log.logEndOffset : offset(0)
    const deadline = timestamp(context.now + this.#parts.timeoutMs)
    let isParked = asked !== null
    for (const { to, reply } of replies) {
      const question = to === asked ? asked : this.#parked.get(to)
      if (to === asked) isParked = false
      else this.#parked.delete(to)
      // None: its connection has ended.
      if (question !== undefined) this.#held.push({ endOffset, deadline, reply, question })
    }
    if (asked !== null && isParked) this.#parked.set(asked, asked)
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
    for (const [index, record] of records.entries()) this.#machine.replay(record, offset(appended + index))
    this.#parts.onAppend(partition, context)
    return 'NONE'
  }

  #fail(context: Context): void {
    this.unload(context)
    this.#phase = 'failed'
  }
}

/** What the state is made of, as text that is the same for the same state. */
function bytesOf<Record>(
  machine: Pick<StateMachine<Record, unknown, unknown>, 'snapshot'>,
  codec: RecordCodec<Record>,
): string {
  const records = (machine.snapshot?.() ?? []).map((record) => {
    const { key, value } = codec.encode(record)
    return `${hexOf(key)}: ${hexOf(value)}`
  })
  return records.sort().join()
}

function hexOf(data: RecordData): string {
  return data === null ? 'null' : Buffer.from(data as Uint8Array).toString('hex')
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
