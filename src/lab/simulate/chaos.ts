import type { Random } from '../../base/random.js'
import { brokerAddress } from '../../client/metadata.js'
import type { FaultHandle, ScriptedFault } from '../../cluster/scripted-faults.js'
import type { SimulatedCluster } from '../../cluster/simulated.js'
import type { FaultKind, Swarm } from './swarm.js'

/** Longest milliseconds between two looks at what is due. */
const LOOK_MS = 25
const APIS = ['Produce', 'Fetch', 'Metadata', 'ListOffsets', 'AlterPartition'] as const
const ACTIONS = {
  error: 'error',
  delay: 'delay',
  drop: 'drop',
  'drop-response': 'dropResponse',
  disconnect: 'disconnect',
} as const

interface Lasting {
  readonly until: number
  end(): void
}

/** Makes things go wrong in a simulated cluster, and right again. */
export class Chaos {
  readonly counts: Partial<Record<FaultKind, number>> = {}
  readonly #cluster: SimulatedCluster
  readonly #swarm: Swarm
  readonly #random: Random
  readonly #down = new Map<number, number>()
  readonly #paused = new Set<number>()
  readonly #memoryLost = new Set<number>()
  readonly #rules: FaultHandle[] = []
  /** Controlled shutdowns that take their time. */
  readonly #stopping: Promise<void>[] = []
  #lasting: Lasting[] = []
  #nextAt: number

  constructor(cluster: SimulatedCluster, swarm: Swarm, random: Random) {
    this.#cluster = cluster
    this.#swarm = swarm
    this.#random = random
    this.#nextAt = cluster.now
  }

  nextGapMs(): number {
    return LOOK_MS * this.#random.next()
  }

  /** Ends what has lasted long enough, and does what is due. */
  async strike(): Promise<void> {
    const { now } = this.#cluster
    const over = this.#lasting.filter(({ until }) => until <= now)
    this.#lasting = this.#lasting.filter(({ until }) => until > now)
    for (const { end } of over) end()
    for (const [brokerId, until] of this.#down) if (until <= now) this.#restart(brokerId)
    if (now < this.#nextAt) return
    this.#nextAt = now + 2 * this.#swarm.faultEveryMs * this.#random.next()
    await this.#do(this.#random.pick(this.#swarm.kinds))
  }

  /** All is well again: nothing is cut, paused, slow or down. */
  async heal(): Promise<void> {
    for (const { end } of this.#lasting) end()
    this.#lasting = []
    for (const rule of this.#rules) await this.#cluster.run(rule.remove())
    await this.#cluster.run(Promise.all(this.#stopping))
    for (const brokerId of this.#brokers()) this.#restart(brokerId)
  }

  async #do(kind: FaultKind): Promise<void> {
    const broker = this.#random.pick(this.#brokers())
    const lastsMs = this.#swarm.lastsMsMax * this.#random.next()
    const happened = await this.#happen(kind, broker, lastsMs)
    if (happened) this.counts[kind] = (this.counts[kind] ?? 0) + 1
  }

  async #happen(kind: FaultKind, broker: number, lastsMs: number): Promise<boolean> {
    const cluster = this.#cluster
    const address = brokerAddress(broker)
    const isUp = !this.#down.has(broker) && !this.#paused.has(broker)
    switch (kind) {
      case 'crash':
        return isUp && this.#kill(broker, lastsMs, false)
      case 'crash-with-memory':
        return isUp && this.#mayLoseMemory(broker) && this.#kill(broker, lastsMs, true)
      case 'crash-in-a-turn':
        if (!isUp) return false
        cluster.killAt(address, { nth: 1 + this.#random.below(20) }).catch(() => {})
        return true
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
        this.#stopping.push(cluster.stopBroker(broker).catch(() => {}))
        return true
      case 'supervisor-crash':
        await cluster.kill('controller-0')
        return true
      case 'cut':
      case 'cut-one-way': {
        const other = this.#random.pick([
          ...this.#brokers()
            .filter((id) => id !== broker)
            .map(brokerAddress),
          'controller-0' as const,
        ])
        const oneWay = kind === 'cut-one-way'
        cluster.cutLink(address, other, { oneWay }).catch(() => {})
        this.#last(lastsMs, () => void cluster.healLink(address, other, { oneWay }).catch(() => {}))
        return true
      }
      case 'slow':
        cluster.delay(address, 20 * this.#random.next())
        this.#last(lastsMs, () => cluster.delay(address, 0))
        return true
      case 'clock-jump':
        cluster.jumpClock(this.#swarm.sessionTimeoutMs * this.#random.next())
        return true
      default:
        return this.#script(ACTIONS[kind], broker)
    }
  }

  #script(action: ScriptedFault['action'], broker: number): boolean {
    const api = this.#random.pick(APIS)
    const times = 1 + this.#random.below(3)
    const more =
      action === 'error'
        ? { error: 'NOT_LEADER_OR_FOLLOWER' as const }
        : action === 'delay'
          ? { delayMs: 50 * this.#random.next() }
          : {}
    this.#cluster.faults.add({ api, broker, action, times, ...more }).then(
      (rule) => this.#rules.push(rule),
      () => {},
    )
    return true
  }

  #kill(broker: number, lastsMs: number, losesMemory: boolean): boolean {
    this.#down.set(broker, this.#cluster.now + lastsMs)
    if (losesMemory) this.#memoryLost.add(broker)
    this.#cluster.killBroker(broker, { losesMemory }).catch(() => {})
    return true
  }

  /** One that runs is left alone. */
  #restart(broker: number): void {
    this.#down.delete(broker)
    this.#cluster.restartBroker(broker).catch(() => {})
  }

  /** At most one less than the minimum of the isr: any of what was acknowledged is somewhere else, too. */
  #mayLoseMemory(broker: number): boolean {
    return this.#memoryLost.has(broker) || this.#memoryLost.size < this.#swarm.memoryLossesMax
  }

  #last(ms: number, end: () => void): void {
    this.#lasting.push({ until: this.#cluster.now + ms, end })
  }

  #brokers(): number[] {
    return Array.from({ length: this.#swarm.brokers }, (_, index) => index + 1)
  }
}
