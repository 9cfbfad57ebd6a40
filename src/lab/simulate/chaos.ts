import type { Address } from '../../actor/address.js'
import { brokerAddress } from '../../actor/address.js'
import type { Random } from '../../base/random.js'
import type { Admin } from '../../client/admin/admin.js'
import type { ScriptedFault } from '../../cluster/fault-rule.js'
import { LOSSES, type Loss } from '../../cluster/kept-memory.js'
import type { SimulatedCluster } from '../../cluster/simulated.js'
import type { PartitionMetadata } from '../../protocol/apis/metadata.js'
import { FaultRules } from './fault-rules.js'
import { PassingTopics } from './passing-topics.js'
import { drawPlay } from './plays.js'
import type { Renewal } from './renewal.js'
import { drawStrike, type Strike } from './strike.js'
import type { FaultKind, Swarm } from './swarm.js'

/** The most milliseconds between two looks at what is due. */
const LOOK_MS = 25
/** Milliseconds within which one fault of a burst follows another. */
const BURST_MS = 6
/** How many of a broker's next points one is drawn from. */
const POINTS_AHEAD = 20

interface Lasting {
  readonly until: number
  end(): void
}

interface Due {
  readonly at: number
  readonly strike: Strike
}

export interface ChaosParts {
  readonly swarm: Swarm
  readonly random: Random
  /** Returns the partitions as the controller has them. */
  readonly partitions: () => readonly PartitionMetadata[]
  /** Returns whether a partition could have no leader any more if the broker lost its memory. */
  readonly isLastCopy: (broker: number) => boolean
  /** The topic that is made again; null when there is none. */
  readonly renewal: Renewal | null
}

/** Makes things go wrong in a simulated cluster, and right again. */
export class Chaos {
  readonly counts: Partial<Record<FaultKind, number>> = {}
  readonly #cluster: SimulatedCluster
  readonly #swarm: Swarm
  readonly #random: Random
  /** The chance that decides what a death takes along, apart from all other chance. */
  readonly #losses: Random
  readonly #partitions: () => readonly PartitionMetadata[]
  readonly #isLastCopy: ChaosParts['isLastCopy']
  readonly #renewal: Renewal | null
  readonly #admin: Admin
  readonly #topics: PassingTopics
  readonly #down = new Map<number, number>()
  readonly #paused = new Set<number>()
  readonly #memoryLost = new Set<number>()
  readonly #rules: FaultRules
  /** Kills and controlled shutdowns that were begun: they come later where the supervisor has to be told first. */
  readonly #ends: Promise<void>[] = []
  #lasting: Lasting[] = []
  /** The acts that are left of the play that is on. */
  #agenda: Due[] = []
  #nextAt: number

  constructor(cluster: SimulatedCluster, { swarm, random, partitions, isLastCopy, renewal }: ChaosParts) {
    this.#cluster = cluster
    this.#swarm = swarm
    this.#random = random
    this.#losses = random.fork('losses')
    this.#partitions = partitions
    this.#isLastCopy = isLastCopy
    this.#renewal = renewal
    this.#rules = new FaultRules(cluster)
    this.#admin = cluster.admin()
    this.#topics = new PassingTopics(this.#admin, swarm.replicationFactor)
    this.#nextAt = cluster.now
  }

  nextGapMs(): number {
    const next = Math.min(this.#nextAt, this.#agenda[0]?.at ?? Number.POSITIVE_INFINITY)
    return Math.min(LOOK_MS * this.#random.next(), Math.max(0, next - this.#cluster.now))
  }

  /** Ends what has lasted long enough, and does what is due. */
  async strike(): Promise<void> {
    const { now } = this.#cluster
    const over = this.#lasting.filter(({ until }) => until <= now)
    this.#lasting = this.#lasting.filter(({ until }) => until > now)
    for (const { end } of over) end()
    for (const [brokerId, until] of this.#down) if (until <= now) this.#restart(brokerId)
    await this.#playOn()
    if (now < this.#nextAt) return
    const isBurst = this.#random.boolean(this.#swarm.burst)
    this.#nextAt = now + (isBurst ? BURST_MS : 2 * this.#swarm.faultEveryMs) * this.#random.next()
    if (this.#agenda.length === 0 && this.#random.boolean(this.#swarm.play)) this.#beginPlay()
    else await this.#do(drawStrike(this.#swarm, this.#random))
  }

  /** Makes something go wrong that somebody else has drawn. Returns false when it makes no sense at the moment. */
  inflict(strike: Strike): Promise<boolean> {
    return this.#happen(strike)
  }

  /** Makes all well again, for good: nothing is cut, paused, slow or down. */
  async heal(): Promise<void> {
    this.#agenda = []
    for (const brokerId of this.#brokers()) this.#cluster.spare(brokerAddress(brokerId))
    for (const address of this.#sleepers()) this.#cluster.spare(address)
    for (const { end } of this.#lasting) end()
    this.#lasting = []
    await this.#rules.removeAll()
    await this.#cluster.run(Promise.all(this.#ends))
    for (const brokerId of this.#brokers()) this.#restart(brokerId)
  }

  #beginPlay(): void {
    let at: number = this.#cluster.now
    this.#agenda = drawPlay(this.#swarm, this.#random, this.#partitions()).map(({ afterMs, strike }) => {
      at += afterMs
      return { at, strike }
    })
  }

  async #playOn(): Promise<void> {
    const due = this.#agenda.filter(({ at }) => at <= this.#cluster.now)
    this.#agenda = this.#agenda.slice(due.length)
    for (const { strike } of due) await this.#do(strike)
  }

  async #do(strike: Strike): Promise<void> {
    const { kind } = strike
    if (await this.#happen(strike)) this.counts[kind] = (this.counts[kind] ?? 0) + 1
  }

  /** Does a strike. Returns false when it makes no sense at the moment. */
  async #happen(strike: Strike): Promise<boolean> {
    if ('fault' in strike) return this.#script(strike.fault)
    if (strike.kind === 'late-sleep') return this.#keepFromSleep(strike)
    const cluster = this.#cluster
    const { kind, broker, lastsMs } = strike
    const address = brokerAddress(broker)
    const isUp = !this.#down.has(broker) && !this.#paused.has(broker)
    switch (kind) {
      case 'crash':
        return isUp && this.#kill(broker, lastsMs, 'nothing')
      case 'crash-loses-memory':
        return isUp && this.#mayLoseMemory(broker) && this.#kill(broker, lastsMs, this.#losses.pick(LOSSES.slice(1)))
      case 'crash-in-a-turn':
        if (!isUp) return false
        cluster.killAt(address, { nth: 1 + this.#random.below(POINTS_AHEAD) }).catch(() => {})
        return true
      case 'pause-in-a-turn': {
        if (!isUp) return false
        const { point } = strike
        const nth = point === null ? 1 + this.#random.below(POINTS_AHEAD) : 1
        cluster.pauseAt(address, { nth, restMs: lastsMs, ...(point !== null && { point }) })
        return true
      }
      case 'pause':
        if (!isUp) return false
        this.#paused.add(broker)
        cluster.pause(address)
        this.#last(lastsMs, () => {
          this.#paused.delete(broker)
          cluster.resume(address)
        })
        return true
      case 'shutdown':
        if (!isUp) return false
        this.#down.set(broker, cluster.now + lastsMs)
        this.#ends.push(cluster.stopBroker(broker).catch(() => {}))
        return true
      case 'supervisor-crash':
        await cluster.kill('controller-0')
        return true
      case 'election':
        this.#admin.electLeaders({ electionType: 'preferred' }).catch(() => {})
        return true
      case 'cut':
      case 'cut-one-way': {
        const { other } = strike
        const oneWay = kind === 'cut-one-way'
        cluster.cutLink(broker, other, { oneWay }).catch(() => {})
        this.#last(lastsMs, () => void cluster.healLink(broker, other, { oneWay }).catch(() => {}))
        return true
      }
      case 'slow':
        cluster.delay(address, 20 * this.#random.next())
        this.#last(lastsMs, () => cluster.delay(address, 0))
        return true
      case 'clock-jump':
        cluster.jumpClock(this.#swarm.sessionTimeoutMs * this.#random.next())
        return true
      case 'long-quiet':
        cluster.jumpClock(lastsMs)
        return true
      case 'slow-follower':
        return this.#script({
          api: 'Fetch',
          from: broker,
          action: 'delay',
          delayMs: strike.delayMs,
          until: cluster.now + lastsMs,
        })
      case 'topic-made':
      case 'topic-deleted':
        return this.#topics.change(kind)
      case 'topic-renewed':
        return this.#renewal?.renew() ?? false
    }
  }

  #script(fault: ScriptedFault): boolean {
    this.#rules.add(fault)
    return true
  }

  /**
   * Makes actors that sleep on an event loop stand still on their way there: between two steps, as a thread without a
   * core does.
   */
  #keepFromSleep({ point, nth, restMs }: Extract<Strike, { readonly kind: 'late-sleep' }>): boolean {
    if (!this.#swarm.sleeps) return false
    for (const address of this.#sleepers()) this.#cluster.pauseAt(address, { point, nth, restMs })
    return true
  }

  #sleepers(): Address[] {
    return this.#cluster.seats.filter((address) => !/^(broker|sender)-/.test(address))
  }

  #kill(broker: number, lastsMs: number, loses: Loss): boolean {
    this.#down.set(broker, this.#cluster.now + lastsMs)
    if (loses !== 'nothing') this.#memoryLost.add(broker)
    this.#ends.push(this.#cluster.killBroker(broker, { loses }).catch(() => {}))
    return true
  }

  /** Starts a broker again; one that runs is left alone. */
  #restart(broker: number): void {
    this.#down.delete(broker)
    this.#cluster.restartBroker(broker).catch(() => {})
  }

  /**
   * Fewer brokers than the minimum of the isr may lose their memory: all that was acknowledged is somewhere else, too.
   */
  #mayLoseMemory(broker: number): boolean {
    if (this.#isLastCopy(broker)) return false
    return this.#memoryLost.has(broker) || this.#memoryLost.size < this.#swarm.memoryLossesMax
  }

  #last(ms: number, end: () => void): void {
    this.#lasting.push({ until: this.#cluster.now + ms, end })
  }

  #brokers(): number[] {
    return Array.from({ length: this.#swarm.brokers }, (_, index) => index + 1)
  }
}
