import { assert } from '../../base/assert.js'
import { isOn } from '../../base/guards.js'
import type { Timestamp } from '../../base/ids.js'
import type { StateDecision } from '../../log/state-machine.js'
import type { AskedGroups, GroupReply, GroupRequest, GroupResponse } from './group-messages.js'
import type { GroupOptions } from './group-options.js'
import type { GroupRecord } from './group-records.js'

/** What whoever creates a coordinator gives it. */
export interface GroupCoordinatorParts {
  readonly options: GroupOptions
  /** The part of a new member's id that no other member has: a UUID in Kafka. `peer`: the actor that asks for it. */
  readonly newId: (peer: string | null) => string
  /** The actor for which an id was made; null: it does not say. */
  readonly peerOf: (memberId: string) => string | null
  /** Whether the actor has ended, and says nothing any more. */
  readonly hasEnded: (peer: string) => boolean
}

/** What a step does beside its records. */
export interface Aftermath {
  /** Does the rest of what the records say of the group, once the log has them. */
  readonly whenLogged: () => void
  /** Replies to others than whoever asked, if the log refuses them. Absent: those of the step. */
  readonly whenRefused?: (step: Step) => readonly GroupReply[]
}

/**
 * One request or one timer, while it is decided: when, by which rules, and what comes of it.
 *
 * - A step without records is done when it was decided.
 * - A step with records is done when they are replayed: `whenLogged`. Until then the group is as it was, or in a phase
 *   whose timer will try again.
 */
export class Step implements StateDecision<GroupRecord, GroupRequest, GroupResponse> {
  readonly now: Timestamp
  readonly options: GroupOptions
  readonly newId: GroupCoordinatorParts['newId']
  readonly records: GroupRecord[] = []
  readonly replies: GroupReply[] = []
  #aftermath: Aftermath | null = null

  constructor(now: Timestamp, { options, newId }: GroupCoordinatorParts) {
    this.now = now
    this.options = options
    this.newId = newId
  }

  /** The time of records, in whole milliseconds. */
  get wallMs(): number {
    return Math.floor(this.now)
  }

  reply(to: AskedGroups, reply: GroupResponse): void {
    this.replies.push({ to, reply })
  }

  write(records: readonly GroupRecord[], aftermath: Aftermath | null = null): void {
    assert(this.#aftermath === null || aftermath === null, 'A step has one aftermath')
    for (const record of records) this.records.push(record)
    this.#aftermath ??= aftermath
  }

  /** The log has the records. */
  complete(): void {
    this.#aftermath?.whenLogged()
  }

  /** The log has refused the records: replies to others than whoever asked. */
  refused(asked: AskedGroups | null, again: Step): readonly GroupReply[] {
    const { whenRefused } = this.#aftermath ?? {}
    if (!isOn('counts-when-logged')) this.complete()
    else if (whenRefused !== undefined) return whenRefused(again)
    return this.replies.filter(({ to }) => to !== asked)
  }
}
