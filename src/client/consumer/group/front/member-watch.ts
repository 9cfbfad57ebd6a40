import { earliest, NEVER, type Timestamp, timestamp } from '../../../../base/ids.js'
import { grouped } from '../../../../base/words.js'
import type { MemberNews } from '../../../../protocol/inner/group-words.js'
import type { GroupOptions } from '../group-options.js'
import type { SharedProgress } from '../shared-progress.js'

type WatchedOptions = Pick<GroupOptions, 'group.id'> & {
  readonly 'max.poll.interval.ms': number
  readonly 'session.timeout.ms': number
}

export interface MemberWatchParts {
  readonly options: WatchedOptions
  /** The consumer, as its threads are named. */
  readonly consumer: string
  readonly progress: SharedProgress
  /** The callback of the application's that is at work; null: none is. */
  readonly callbackAtWork: () => string | null
  /** Asks the consumer's thread for news, which wakes it. */
  readonly askForNews: () => void
  /** Tells the program what it should know and cannot catch. */
  readonly warn: (says: string) => void
}

/** Where a member is whose coordinator wants to hear of it. */
const BEATS: ReadonlySet<MemberNews['state']> = new Set(['preparing', 'joining', 'syncing', 'completing', 'stable'])

/**
 * Watches from the application's thread what keeps a member from staying in its group, and tells the program by name:
 *
 *     a handler module that does not give back its thread, which sends the heartbeats: before session.timeout.ms is
 *     over, and once more when the member has lost its partitions for it
 *     an application that does not come for more within max.poll.interval.ms, or a callback of its that does not end
 *     within that time, when its member has left
 *
 * A thread that sleeps takes no turns either: it is asked something first, and has a third of the session to answer.
 */
export class MemberWatch {
  /** The handler module that runs on the consumer's thread; null: none does. */
  module: string | null = null
  readonly #parts: MemberWatchParts
  #told: MemberNews | null = null
  /** The turn after which the thread was asked, and that after which it was warned of. */
  #askedAfter = -1
  #warnedAfter = -1
  /** How long the module blocked its thread when that was seen last, which was then, and who the member was. */
  #blocked: { readonly ms: number; readonly seenAt: Timestamp; readonly memberId: string } | null = null
  /** When the application had polled, or begun a callback, for which news were asked because it is too long ago. */
  #expiredAfter: Timestamp | null = null

  constructor(parts: MemberWatchParts) {
    this.#parts = parts
  }

  /** Takes in news. */
  learn(told: MemberNews): void {
    const before = this.#told
    this.#told = told
    if (told.state === 'expelled' && before?.state !== 'expelled') this.#tellExpelled(before)
    if (this.#blocked === null || told.step?.type !== 'lost') return
    const { ms, memberId } = this.#blocked
    this.#blocked = null
    const says = `${this.#name(memberId)} was expelled: the handler module ${this.module ?? ''} kept its thread for ${grouped(ms)} ms, and no heartbeat was sent within session.timeout.ms`
    this.#parts.warn(`${says}. What it had not committed is read again, by whoever has its partitions now`)
  }

  /** Looks, and returns when it is to look again. */
  tick(now: Timestamp): Timestamp {
    return earliest(this.#watchModule(now), this.#watchPolls(now))
  }

  #watchModule(now: Timestamp): Timestamp {
    const { options, progress, askForNews } = this.#parts
    const { module } = this
    const told = this.#told
    const turnedAt = progress.turnedAt(now)
    if (module === null || told === null || turnedAt === null || !BEATS.has(told.state)) return NEVER
    const sessionMs = options['session.timeout.ms']
    const third = sessionMs / 3
    const silentMs = now - turnedAt
    // Its heartbeats have come in time, or it would have heard by now.
    if (this.#blocked !== null && now - this.#blocked.seenAt >= sessionMs) this.#blocked = null
    if (silentMs < third) return timestamp(turnedAt + third)
    if (this.#askedAfter !== turnedAt) {
      this.#askedAfter = turnedAt
      askForNews()
    }
    if (silentMs < 2 * third) return timestamp(turnedAt + 2 * third)
    this.#blocked = { ms: Math.round(silentMs), seenAt: now, memberId: told.memberId }
    if (this.#warnedAfter !== turnedAt) {
      this.#warnedAfter = turnedAt
      this.#tellBlocked(module, told.memberId, silentMs)
    }
    return timestamp(now + third)
  }

  #watchPolls(now: Timestamp): Timestamp {
    const { options, progress, askForNews } = this.#parts
    const told = this.#told
    if (told === null || !BEATS.has(told.state)) return NEVER
    const polledAt = progress.polledAt(now)
    if (polledAt === null) return NEVER
    const due = timestamp(polledAt + options['max.poll.interval.ms'])
    if (due > now) return due
    if (this.#expiredAfter === polledAt) return NEVER
    // The thread says whether the member has left for it.
    this.#expiredAfter = polledAt
    askForNews()
    return NEVER
  }

  #tellBlocked(module: string, memberId: string, silentMs: number): void {
    const limit = this.#parts.options['session.timeout.ms']
    const says = `${this.#name(memberId)} sends no heartbeat: the handler module ${module} has kept its thread for ${grouped(Math.round(silentMs))} ms`
    const then = `after session.timeout.ms (${grouped(limit)} ms) the group expels it`
    this.#parts.warn(`${says}, and ${then}. Let the handler await something in between, or raise session.timeout.ms`)
  }

  /** (`AbstractCoordinator.HeartbeatThread`, which says the same) */
  #tellExpelled(before: MemberNews | null): void {
    const { options, callbackAtWork, warn } = this.#parts
    const within = `within max.poll.interval.ms (${grouped(options['max.poll.interval.ms'])} ms)`
    const name = this.#name(before?.memberId ?? '')
    const again = 'What it had not committed is read again'
    const callback = callbackAtWork()
    if (callback !== null) {
      const then = 'It joins again when the callback has ended'
      return warn(`${name} has left it: its ${callback} has not ended ${within}. ${again}. ${then}`)
    }
    const whose = this.module === null ? 'the application' : `the handler module ${this.module}`
    const toDo =
      'Too much time is spent on the records of one poll: raise max.poll.interval.ms, or lower max.poll.records'
    warn(`${name} has left it: ${whose} did not ask for more records ${within}. ${again}. ${toDo}`)
  }

  #name(memberId: string): string {
    const { options, consumer } = this.#parts
    const member = memberId === '' ? 'A member' : `The member ${memberId}`
    return `${member} of the group '${options['group.id']}' (${consumer})`
  }
}
