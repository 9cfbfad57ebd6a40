/** The looks into which a session is divided; so many without a sign of life end it. */
export const LOOKS_PER_SESSION = 4

interface Session {
  heartbeat: number | null
  /** The answers that were owed at the last look. */
  owed: number | null
  silentLooks: number
}

/** What the controller sees of a broker when it looks. */
export interface Sight {
  /** A number that grows while the broker runs; null if it is not known to run. */
  readonly heartbeat: number | null
  /** The number of answers that came from a broker that owes one; null if it owes none. */
  readonly owed: number | null
}

/**
 * Which brokers have shown signs of life lately. A broker is alive if its thread has taken a turn since the last look,
 * and if it has answered what it was asked by then: a thread that runs and cannot be reached is as good as dead.
 * (`BrokerHeartbeatManager` in Kafka, where heartbeats are requests and prove both at once.)
 *
 * Looks are counted, not milliseconds: if the whole process stood still, all clocks have moved on and no broker has.
 */
export class BrokerSessions {
  readonly #sessions = new Map<number, Session>()

  /** Begins a session in which nothing was seen yet. */
  begin(brokerId: number): void {
    this.#sessions.delete(brokerId)
  }

  /** To be called LOOKS_PER_SESSION times in a session's time. `expired`: silent for the whole session. */
  look(brokerId: number, { heartbeat, owed }: Sight): 'alive' | 'silent' | 'expired' {
    const last = this.#sessions.get(brokerId)
    if (last === undefined) {
      this.#sessions.set(brokerId, { heartbeat, owed, silentLooks: 0 })
      return 'silent'
    }
    const hasMoved = heartbeat !== null && heartbeat !== last.heartbeat
    const hasAnswered = last.owed === null || owed !== last.owed
    last.heartbeat = heartbeat
    last.owed = owed
    last.silentLooks = hasMoved && hasAnswered ? 0 : last.silentLooks + 1
    if (last.silentLooks === 0) return 'alive'
    return last.silentLooks >= LOOKS_PER_SESSION ? 'expired' : 'silent'
  }
}
