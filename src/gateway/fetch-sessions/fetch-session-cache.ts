import { FETCH_SESSION_PARTITIONS_MAX } from '../../base/config/internal-limits.js'
import type { Timestamp } from '../../base/ids.js'
import { FetchSession } from './fetch-session.js'

/** `FetchSession.MIN_INCREMENTAL_FETCH_SESSION_EVICTION_MS`. */
const EVICTION_MS = 120_000

/**
 * The fetch sessions of one broker's clients (`FetchSessionCache`). A session belongs to no connection: a client that
 * connects again goes on with it. It ends when its client says so, when its broker ends, or when it makes room:
 *
 *     not used for two minutes          the session that was used the longest ago makes room for any other
 *     older than that when last used    the smallest session makes room for one that is at least as large
 *
 * Where there is none to make room, the client is told that it has no session, and asks in full each time.
 *
 * Sessions are kept where answers are written. All clients of a broker come in through one gateway, so this is the
 * broker's cache, though it is not in its thread.
 *
 * Owned by the gateway's thread.
 */
export class FetchSessionCache {
  readonly #slots: number
  readonly #newId: () => number
  /** In the order of their last use. */
  readonly #sessions = new Map<number, FetchSession>()
  #partitions = 0

  constructor(slots: number, newId: () => number) {
    this.#slots = slots
    this.#newId = newId
  }

  find(id: number): FetchSession | undefined {
    return this.#sessions.get(id)
  }

  /** Opens a session for so many partitions, which are still to be put into it; null: there is no room. */
  open(size: number, usesTopicIds: boolean, now: Timestamp): FetchSession | null {
    if (this.#partitions + size > FETCH_SESSION_PARTITIONS_MAX) return null
    if (this.#sessions.size >= this.#slots && !this.#makeRoom(size, now)) return null
    let id = this.#newId()
    while (this.#sessions.has(id)) id = this.#newId()
    const session = new FetchSession(id, usesTopicIds, now)
    this.#sessions.set(id, session)
    return session
  }

  /** Has a session change what it reads. False: there is no room for that, and the session is closed. */
  change(session: FetchSession, run: () => void): boolean {
    const before = session.size
    run()
    this.#partitions += session.size - before
    if (this.#partitions <= FETCH_SESSION_PARTITIONS_MAX) return true
    this.close(session.id)
    return false
  }

  /** The session was used. */
  touch(session: FetchSession, now: Timestamp): void {
    session.usedAt = now
    this.#sessions.delete(session.id)
    this.#sessions.set(session.id, session)
  }

  close(id: number): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    this.#sessions.delete(id)
    this.#partitions -= session.size
  }

  /** Closes all of them: their broker has ended, or nobody may go on. */
  clear(): void {
    this.#sessions.clear()
    this.#partitions = 0
  }

  #makeRoom(size: number, now: Timestamp): boolean {
    const [oldest] = this.#sessions.values()
    if (oldest === undefined) return false
    if (now - oldest.usedAt > EVICTION_MS) {
      this.close(oldest.id)
      return true
    }
    const [smallest] = [...this.#sessions.values()]
      .filter(({ usedAt, createdAt }) => usedAt - createdAt > EVICTION_MS)
      .sort((a, b) => a.size - b.size || a.id - b.id)
    if (smallest === undefined || smallest.size > size) return false
    this.close(smallest.id)
    return true
  }
}
