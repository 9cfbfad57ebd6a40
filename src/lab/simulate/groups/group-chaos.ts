import { brokerAddress } from '../../../actor/address.js'
import type { ErrorCode } from '../../../base/error-code.js'
import type { Random } from '../../../base/random.js'
import type { ScriptedFault } from '../../../cluster/fault-rule.js'
import type { SimulatedCluster } from '../../../cluster/simulated.js'
import { APIS } from '../../../protocol/api.js'
import { FaultRules } from '../fault-rules.js'
import type { Strike } from '../strike.js'
import type { GroupReader } from './group-reader.js'
import type { GroupFaultKind, GroupSwarm } from './group-swarm.js'
import type { Grouping, SimulatedGroup } from './grouping.js'

/** What members ask of their coordinator, or about it. */
const GROUP_APIS = APIS.filter(({ struck }) => struck === 'members')
const COORDINATOR_ERRORS = ['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_LOAD_IN_PROGRESS'] as const
const LOST = ['drop', 'dropResponse', 'disconnect'] as const

interface Lasting {
  readonly until: number
  end(): void
}

export interface GroupChaosParts {
  readonly swarm: GroupSwarm
  readonly random: Random
  readonly grouping: Grouping
  readonly brokers: number
  /** Returns the broker that leads a partition of `__consumer_offsets`; -1: nobody does. */
  readonly coordinator: (partition: number) => number
  /** Makes something go wrong with a broker. False: it makes no sense at the moment. */
  readonly inflict: (strike: Strike) => Promise<boolean>
}

/** Makes things go wrong with the groups of a simulated cluster, and right again. */
export class GroupChaos {
  readonly counts: Partial<Record<GroupFaultKind, number>> = {}
  readonly #cluster: SimulatedCluster
  readonly #parts: GroupChaosParts
  readonly #random: Random
  readonly #rules: FaultRules
  #lasting: Lasting[] = []
  #nextAt: number

  constructor(cluster: SimulatedCluster, parts: GroupChaosParts) {
    this.#cluster = cluster
    this.#parts = parts
    this.#random = parts.random
    this.#rules = new FaultRules(cluster)
    this.#nextAt = cluster.now
  }

  /** Ends what has lasted long enough, and does what is due. */
  async strike(): Promise<void> {
    const { now } = this.#cluster
    const over = this.#lasting.filter(({ until }) => until <= now)
    this.#lasting = this.#lasting.filter(({ until }) => until > now)
    for (const { end } of over) end()
    if (now < this.#nextAt) return
    const { kinds, faultEveryMs } = this.#parts.swarm
    this.#nextAt = now + 2 * faultEveryMs * this.#random.next()
    if (kinds.length > 0) await this.#do(this.#random.pick(kinds))
  }

  /** Makes all well again, for good. */
  async heal(): Promise<void> {
    for (const { end } of this.#lasting) end()
    this.#lasting = []
    await this.#rules.removeAll()
    this.#parts.grouping.heal()
  }

  async #do(kind: GroupFaultKind): Promise<void> {
    const group = this.#random.pick(this.#parts.grouping.groups)
    if (await this.#happen(kind, group)) this.counts[kind] = (this.counts[kind] ?? 0) + 1
  }

  /** Returns false when it makes no sense at the moment. */
  async #happen(kind: GroupFaultKind, group: SimulatedGroup): Promise<boolean> {
    const { grouping } = this.#parts
    switch (kind) {
      case 'member-joins':
        return grouping.join(group)
      case 'member-leaves':
        return this.#toOne(group, (reader) => void reader.leave())
      case 'member-crash':
        return this.#toOne(group, (reader) => reader.die())
      case 'member-pause':
        return this.#toOne(group, (reader) => this.#pause(reader, this.#sessionShare(group)))
      case 'member-cut':
        return this.#toOne(group, (reader) => this.#cut(reader, this.#sessionShare(group)))
      case 'member-slow': {
        const ms = group.shape.pollIntervalMs * (0.3 + 1.2 * this.#random.next())
        return this.#toOne(group, (reader) => reader.stall(this.#cluster.now + ms))
      }
      case 'member-twice':
        return this.#toOne(group, (reader) => {
          if (reader.instanceId !== null) grouping.startReader(group, reader.instanceId)
        })
      case 'rebalance-storm':
        return this.#storm(group)
      case 'callback-throws':
        return this.#toOne(group, (reader) => {
          reader.throwsNext = true
        })
      case 'coordinator-crash':
        return this.#inflict('crash')
      case 'coordinator-crash-in-a-turn':
        return this.#inflict('crash-in-a-turn')
      case 'coordinator-pause':
        return this.#inflict('pause')
      case 'coordinator-moved':
        return this.#inflict('shutdown')
      default:
        return this.#script(kind)
    }
  }

  /** A part of the session, or more than it. */
  #sessionShare({ shape }: SimulatedGroup): number {
    return shape.sessionMs * (0.3 + 1.2 * this.#random.next())
  }

  #toOne(group: SimulatedGroup, act: (reader: GroupReader) => void): boolean {
    const living = this.#parts.grouping.living(group)
    if (living.length === 0) return false
    act(this.#random.pick(living))
    return true
  }

  /** Several members come and go at once. */
  #storm(group: SimulatedGroup): boolean {
    for (let left = 2 + this.#random.below(4); left > 0; left--) {
      if (this.#random.boolean(0.5)) this.#parts.grouping.join(group)
      else this.#toOne(group, (reader) => void (this.#random.boolean(0.5) ? reader.leave() : reader.die()))
    }
    return true
  }

  #pause({ address }: GroupReader, ms: number): void {
    if (!this.#cluster.seats.includes(address)) return
    this.#cluster.pause(address)
    this.#last(ms, () => {
      if (this.#cluster.seats.includes(address)) this.#cluster.resume(address)
    })
  }

  /** Nothing gets from the member to the brokers, nor back. */
  #cut({ address }: GroupReader, ms: number): void {
    for (let broker = 1; broker <= this.#parts.brokers; broker++) {
      this.#cluster.cutLink(address, brokerAddress(broker)).catch(() => {})
      this.#last(ms, () => void this.#cluster.healLink(address, brokerAddress(broker)).catch(() => {}))
    }
  }

  async #inflict(kind: 'crash' | 'crash-in-a-turn' | 'pause' | 'shutdown'): Promise<boolean> {
    const { swarm, coordinator, inflict } = this.#parts
    const broker = coordinator(this.#random.below(swarm.offsetsPartitions))
    if (broker < 0) return false
    return inflict({ kind, broker, lastsMs: 50 + 500 * this.#random.next() ** 2 })
  }

  #script(kind: 'group-error' | 'group-delay' | 'group-loss' | 'group-duplicate'): boolean {
    this.#rules.add(this.#drawFault(kind))
    return true
  }

  #drawFault(kind: 'group-error' | 'group-delay' | 'group-loss' | 'group-duplicate'): ScriptedFault {
    const random = this.#random
    const facts = random.pick(GROUP_APIS)
    const place = { api: facts.name, times: 1 + random.below(3) }
    switch (kind) {
      case 'group-error':
        return { ...place, action: 'error', error: this.#drawError(facts) }
      case 'group-delay':
        return { ...place, action: 'delay', delayMs: 800 * random.next() ** 2 }
      case 'group-loss':
        return { ...place, action: random.pick(LOST) }
      case 'group-duplicate':
        return { ...place, action: 'duplicate' }
    }
  }

  /** Draws what a coordinator says that is none, or is loading, as it says so to this API. */
  #drawError({ servedBy, coordinatorErrors }: (typeof GROUP_APIS)[number]): ErrorCode {
    if (servedBy !== 'coordinator') return 'COORDINATOR_NOT_AVAILABLE'
    const said: Readonly<Partial<Record<ErrorCode, ErrorCode>>> = coordinatorErrors ?? {}
    return this.#random.pick(COORDINATOR_ERRORS.filter((error) => said[error] === undefined))
  }

  #last(ms: number, end: () => void): void {
    this.#lasting.push({ until: this.#cluster.now + ms, end })
  }
}
