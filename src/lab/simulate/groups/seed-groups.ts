import type { Random } from '../../../base/random.js'
import type { SimulatedCluster } from '../../../cluster/simulated.js'
import type { Chaos } from '../chaos.js'
import type { SeenRecord } from '../compacted-logs.js'
import type { WhiteBox } from '../white-box.js'
import { GroupChaos } from './group-chaos.js'
import { GroupFinding } from './group-findings.js'
import { playGroup } from './group-plays.js'
import type { GroupFaultKind, GroupSwarm } from './group-swarm.js'
import { Grouping } from './grouping.js'

export interface SeedGroupsParts {
  readonly swarm: GroupSwarm
  readonly random: Random
  /** The topic that the groups read. */
  readonly topic: string
  readonly brokers: number
  readonly replicationFactor: number
  readonly chaos: Chaos
  readonly whiteBox: WhiteBox
}

/** Milliseconds that a coordinator is down in an aftershock. */
const SHOCK_MS = 150
/** How often the groups may go on rebalancing before they are quiet. */
const ROUNDS_MAX = 20

/** The groups of one seed, from their first member to the end of the last. */
export class SeedGroups {
  readonly #cluster: SimulatedCluster
  readonly #parts: SeedGroupsParts
  readonly #grouping: Grouping
  readonly #chaos: GroupChaos

  constructor(cluster: SimulatedCluster, parts: SeedGroupsParts) {
    const { swarm, random, topic, brokers, chaos, whiteBox } = parts
    this.#cluster = cluster
    this.#parts = parts
    this.#grouping = new Grouping(cluster, { swarm, topic, random: random.fork('readers') })
    this.#chaos = new GroupChaos(cluster, {
      swarm,
      brokers,
      random: random.fork('chaos'),
      grouping: this.#grouping,
      coordinator: (partition) => whiteBox.coordinatorOf(partition),
      inflict: (strike) => chaos.inflict(strike),
    })
  }

  get counts(): Partial<Record<GroupFaultKind, number>> {
    return this.#chaos.counts
  }

  /** Takes in a record of `__consumer_offsets` that is committed. */
  logs(record: SeenRecord): void {
    this.#grouping.logs(record)
  }

  start(): void {
    this.#grouping.start()
  }

  /** Does what is due. Throws what was found. */
  async goOn(): Promise<void> {
    await this.#chaos.strike()
    this.#grouping.goOn()
  }

  heal(): Promise<void> {
    return this.#chaos.heal()
  }

  /** Runs until the groups have read all that there is, and ends them. */
  async settle(): Promise<void> {
    const { invariants, topicId, partitions } = this.#parts.whiteBox
    const ends = partitions.map(({ partition }) => invariants.committedOf(topicId, partition))
    await this.#grouping.settle(ends)
    if (this.#parts.swarm.hasAftershock) await this.#shake(ends)
    await this.#grouping.close()
  }

  /** Plays what the seed has drawn, with a group of its own, when the cluster is at rest. */
  async play(): Promise<void> {
    const { swarm, random, brokers, replicationFactor } = this.#parts
    if (swarm.play === null) return
    await playGroup(swarm.play, this.#cluster, { random: random.fork('play'), brokers, replicationFactor })
  }

  /** Kills a coordinator when all is well, which no group rebalances for. */
  async #shake(ends: readonly number[]): Promise<void> {
    const cluster = this.#cluster
    const before = await this.#rest(ends)
    const broker = this.#parts.whiteBox.coordinatorOf(0)
    await cluster.run(cluster.killBroker(broker))
    await cluster.advance(SHOCK_MS)
    await cluster.run(cluster.restartBroker(broker))
    const after = await this.#quiet(ends)
    if (after !== before) throw new GroupFinding('A29', `broker ${broker} was killed: ${before} became ${after}`)
  }

  /** Waits until no group has rebalanced for a while. Returns their generations. */
  async #rest(ends: readonly number[]): Promise<string> {
    let last = await this.#quiet(ends)
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const next = await this.#quiet(ends)
      if (next === last) return next
      last = next
    }
    throw new GroupFinding('A29', `groups go on rebalancing: ${last}`)
  }

  /** Waits for as long as a session, and until the groups have settled. Returns their generations, for comparison. */
  async #quiet(ends: readonly number[]): Promise<string> {
    const { groups } = this.#grouping
    await this.#cluster.advance(Math.max(...groups.map(({ shape }) => shape.sessionMs)))
    await this.#grouping.settle(ends)
    return groups.map(({ shape, ledger }) => `${shape.groupId} ${ledger.logged?.generation}`).join(', ')
  }
}
