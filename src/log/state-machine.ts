import type { Timestamp } from '../base/ids.js'
import type { Decision, Fold } from './decision.js'

/**
 * State that is the fold of a log on several brokers: requests go to the leader of the log, and the others can take
 * over from the log alone. (`CoordinatorShard` in Kafka.) One object lives as long as one leadership, in this order:
 *
 *   replay…              every record of the log, from its start
 *   load                 it stands where its log ends, and may be asked from now on
 *   decide, replay…      each request first says what is to be written; what was written is replayed at once
 *   unload               another broker leads, or none: what was decided and not committed may be gone
 *
 * So it need not be able to go back: a truncation of the log ends the object too.
 */
export interface StateMachine<Record, Request, Reply> extends Fold<Record> {
  /** Reads the state and never writes it. The reply is given once all that the state holds by then is committed. */
  decide(request: Request, now: Timestamp): Decision<Record, Reply>
  /** Begins what the log does not hold, such as timers. */
  load(now: Timestamp): void
  /** Fails requests that wait for the state itself. Nobody calls it afterwards. */
  unload(): void
}
