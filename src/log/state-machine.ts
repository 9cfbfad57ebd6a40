import type { Timestamp } from '../base/ids.js'
import type { Fold } from './decision.js'

/**
 * A request to a state. Each time that one is asked it is another object, by which the state names it when it replies
 * later.
 */
export interface Asked<Request> {
  readonly request: Request
}

/** The reply to a request that is asked now, or that waits since it was asked. */
export interface Replied<Request, Reply> {
  readonly to: Asked<Request>
  readonly reply: Reply
}

/** The outcome of a request, or of a timer: the records that bring it about, and replies to whomever it concerns. */
export interface StateDecision<Record, Request, Reply> {
  readonly records: readonly Record[]
  /** A request that is asked and has no reply in here is parked, until a later decision replies to it. */
  readonly replies: readonly Replied<Request, Reply>[]
}

/**
 * State that is the fold of a log on several brokers: requests go to the leader of the log, and the others can take
 * over from the log alone. (`CoordinatorShard` in Kafka.) One object lives as long as one leadership, in this order:
 *
 *   replay…              every record of the log, from its start
 *   load                 it stands where its log ends, and may be asked from now on
 *   decide, replay…      each request first says what is to be written; what was written is replayed at once
 *   expire, replay…      so does each timer that is due
 *   unload               another broker leads, or none: what was decided and not committed may be gone
 *
 * So it need not be able to go back: a truncation of the log ends the object too. What the log does not hold, such as
 * timers and parked requests, ends with it.
 */
export interface StateMachine<Record, Request, Reply> extends Fold<Record> {
  /**
   * Reads what the log holds, and never writes it. A reply is given once all that the state holds by then is committed.
   */
  decide(asked: Asked<Request>, now: Timestamp): StateDecision<Record, Request, Reply>
  /** The moment of its next timer, or earlier; NEVER while it has none, as before `load`. */
  readonly nextDeadline: Timestamp
  /**
   * Decides what the first timer that is due brings about. If that is records, the timer is due until they are
   * replayed.
   */
  expire(now: Timestamp): StateDecision<Record, Request, Reply>
  /**
   * The records of what was decided last could not be appended. It takes back what it has begun for them, and returns
   * replies to others that must not wait on. `asked` is answered already; null: a timer was due.
   */
  refused(asked: Asked<Request> | null, now: Timestamp): readonly Replied<Request, Reply>[]
  /** Begins what the log does not hold, such as timers. */
  load(now: Timestamp): void
  /** Nobody calls it afterwards. Its parked requests are answered for it. */
  unload(): void
  /**
   * The records from which alone it could be made anew, in whatever order: what the log says of it. Absent: nobody
   * compares it with another one.
   */
  snapshot?(): readonly Record[]
  /**
   * Asserts what holds between two calls, and that each request that is parked will be replied to some time. Cheap
   * enough for every turn of a simulation. Absent: nothing.
   */
  checkInvariants?(parked: Iterable<Asked<Request>>): void
}
