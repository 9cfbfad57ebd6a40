import type { ErrorCode } from '../../../src/base/error-code.js'
import { NEVER, type Timestamp, timestamp } from '../../../src/base/ids.js'
import { seededRandom } from '../../../src/base/random.js'
import type {
  AskedFor,
  AskedGroups,
  GroupApi,
  GroupRequest,
  GroupRequestOf,
  GroupResponse,
  GroupResponseOf,
} from '../../../src/coordinator/group/group-messages.js'
import type { GroupOptions } from '../../../src/coordinator/group/group-options.js'
import { GROUP_CODEC, type GroupRecord, type LoggedGroup } from '../../../src/coordinator/group/group-records.js'
import { groupRefusal } from '../../../src/coordinator/group/group-refusal.js'
import { GroupCoordinator } from '../../../src/coordinator/group-coordinator.js'
import type { StateDecision } from '../../../src/log/state-machine.js'

export const KAFKA_OPTIONS: GroupOptions = {
  'group.initial.rebalance.delay.ms': 3_000,
  'group.min.session.timeout.ms': 6_000,
  'group.max.session.timeout.ms': 1_800_000,
  'group.max.size': 2 ** 31 - 1,
  'offsets.retention.minutes': 10_080,
  'offsets.retention.check.interval.ms': 600_000,
  'offset.metadata.max.bytes': 4_096,
}

/** The newest version of each API. */
export const NEWEST_VERSION = 99

/** A question to the coordinator, and what has become of it; undefined: it is parked. */
export class Question<A extends GroupApi = GroupApi> {
  readonly asked: AskedFor<A>
  answer: GroupResponseOf<A> | 'REFUSED' | 'NOT_COORDINATOR' | undefined

  constructor(asked: AskedFor<A>) {
    this.asked = asked
  }

  get isParked(): boolean {
    return this.answer === undefined
  }

  /** The reply; throws if there is none. */
  get reply(): GroupResponseOf<A> {
    if (typeof this.answer !== 'object') throw new Error(`There is no reply, but ${String(this.answer)}`)
    return this.answer
  }

  get error(): ErrorCode {
    return (this.reply as { readonly errorCode?: ErrorCode }).errorCode ?? 'NONE'
  }
}

/** What the log holds of a group. */
export interface LoggedState {
  group: LoggedGroup | null
  /** By topics and partitions: after a compaction, records come in another order. */
  readonly offsets: Extract<GroupRecord, { type: 'offset' }>[]
}

/** What a coordinator has from its log, by groups. */
export function loggedIn(coordinator: GroupCoordinator): ReadonlyMap<string, LoggedState> {
  const groups = new Map<string, LoggedState>()
  for (const record of coordinator.snapshot()) {
    const logged = groups.get(record.groupId) ?? { group: null, offsets: [] }
    groups.set(record.groupId, logged)
    if (record.type === 'group') logged.group = record.value
    else logged.offsets.push(record)
  }
  const placeOf = ({ topic, partition }: LoggedState['offsets'][number]) => `${topic} ${String(partition).padStart(9)}`
  for (const { offsets } of groups.values()) offsets.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
  return groups
}

interface LoggedBytes {
  readonly key: Buffer
  readonly value: Buffer | null
}

/**
 * A coordinator with a clock that jumps and a log that is a list of bytes: what was decided is appended and replayed at
 * once, as by the broker's driver, and invariants are checked after every step.
 */
export class GivenGroups {
  coordinator: GroupCoordinator
  now: Timestamp = timestamp(1_700_000_000_000)
  /** Whether the log takes records. */
  refusesRecords = false
  /** Actors of which the broker knows that they have ended. */
  readonly endedPeers = new Set<string>()
  readonly log: LoggedBytes[] = []
  readonly parked = new Map<AskedGroups, Question>()
  readonly options: GroupOptions
  readonly #random
  #ids = 0

  constructor(options: Partial<GroupOptions> = {}, seed: number | string = 1) {
    this.options = { ...KAFKA_OPTIONS, ...options }
    this.#random = seededRandom(seed)
    this.coordinator = this.#create()
    this.coordinator.load(this.now)
  }

  ask<A extends GroupApi>(body: GroupRequestOf<A>, version = NEWEST_VERSION, clientId = 'client'): Question<A> {
    const request = { body, caller: { version, clientId, clientHost: '/127.0.0.1', peer: clientId } }
    const question = new Question<A>({ request })
    // What is wrong in any case is refused by the broker, as on the way to a real coordinator.
    const refusal = groupRefusal(request, this.options)
    if (refusal !== null) {
      question.answer = refusal as GroupResponseOf<A>
      return question
    }
    const asked = question.asked as AskedGroups
    this.parked.set(asked, question as unknown as Question)
    this.#carryOut(this.coordinator.decide(asked, this.now), asked)
    return question
  }

  /** Serves all timers that are due, one after the other. */
  serveTimers(): void {
    for (let steps = 0; this.coordinator.nextDeadline <= this.now; steps++) {
      if (steps > 10_000) throw new Error('A timer is due for ever')
      if (!this.#carryOut(this.coordinator.expire(this.now), null)) return
    }
  }

  /** Time goes by, and each timer is served when it is due. */
  pass(ms: number): void {
    const until = this.now + ms
    for (this.serveTimers(); this.coordinator.nextDeadline <= until && !this.refusesRecords; this.serveTimers()) {
      this.now = timestamp(Math.max(this.now, this.coordinator.nextDeadline))
    }
    this.now = timestamp(until)
    this.serveTimers()
  }

  /** Time goes by from timer to timer until the condition holds. */
  until(condition: () => boolean): void {
    for (let timers = 0; !condition(); timers++) {
      if (timers > 1_000 || this.coordinator.nextDeadline === NEVER) throw new Error('It does not come to pass')
      this.now = timestamp(Math.max(this.now, this.coordinator.nextDeadline))
      this.serveTimers()
    }
  }

  /** Another broker takes over with what the log holds, and whoever waited is told so. */
  moveAway(): void {
    this.coordinator.unload()
    for (const question of this.parked.values()) question.answer = 'NOT_COORDINATOR'
    this.parked.clear()
    this.coordinator = this.replayed()
    this.coordinator.load(this.now)
    this.check()
  }

  /** The log keeps the latest record of each key; tombstones only where they are young. */
  compact({ areTombstonesYoung }: { readonly areTombstonesYoung: boolean }): void {
    const latest = new Map(this.log.map(({ key }, index) => [key.toString('hex'), index]))
    const kept = this.log.filter(({ key, value }, index) => {
      return latest.get(key.toString('hex')) === index && (value !== null || areTombstonesYoung)
    })
    this.log.splice(0, this.log.length, ...kept)
  }

  /** Somebody else has appended it. */
  appendFromOutside(record: GroupRecord): void {
    this.#append(record)
    this.coordinator.replay(record)
    this.check()
  }

  /** A coordinator that has read the whole log and does not serve yet. */
  replayed(): GroupCoordinator {
    const coordinator = this.#create()
    for (const { key, value } of this.log) {
      const record = GROUP_CODEC.decode(key, value)
      if (record !== null) coordinator.replay(record)
    }
    return coordinator
  }

  check(): void {
    this.coordinator.checkInvariants(this.parked.keys())
  }

  #create(): GroupCoordinator {
    return new GroupCoordinator({
      options: this.options,
      newId: (peer) => `${this.#random.below(2 ** 32).toString(16)}-${this.#ids++} of ${peer}`,
      peerOf: (memberId) => / of (.*)$/.exec(memberId)?.[1] ?? null,
      hasEnded: (peer) => this.endedPeers.has(peer),
    })
  }

  /** False: the log has refused it. */
  #carryOut(
    { records, replies }: StateDecision<GroupRecord, GroupRequest, GroupResponse>,
    asked: AskedGroups | null,
  ): boolean {
    const isRefused = records.length > 0 && this.refusesRecords
    if (isRefused) {
      if (asked !== null) this.#answer(asked, 'REFUSED')
      for (const { to, reply } of this.coordinator.refused(asked, this.now)) this.#answer(to, reply)
    } else {
      for (const record of records) {
        this.#append(record)
        this.coordinator.replay(record)
      }
      for (const { to, reply } of replies) this.#answer(to, reply)
    }
    this.check()
    return !isRefused
  }

  #append(record: GroupRecord): void {
    const { key, value } = GROUP_CODEC.encode(record)
    if (!(key instanceof Uint8Array)) throw new Error('A record has a key')
    this.log.push({ key: Buffer.from(key), value: value === null ? null : Buffer.from(value as Uint8Array) })
  }

  #answer(to: AskedGroups, answer: GroupResponse | 'REFUSED'): void {
    const question = this.parked.get(to)
    if (question === undefined) throw new Error(`Nobody waits for this ${JSON.stringify(answer)}`)
    this.parked.delete(to)
    question.answer = answer as Question['answer']
  }
}
