import type { Random } from '../../../base/random.js'
import type { SimulatedCluster } from '../../../cluster/simulated.js'
import type { Chaos } from '../chaos.js'
import type { SeenRecord } from '../compacted-logs.js'
import { SIMULATED_TOPIC, type SimulatedWorkload } from '../simulated-workload.js'
import type { WhiteBox } from '../white-box.js'
import { GroupChaos } from './group-chaos.js'
import { playGroup } from './group-plays.js'
import type { GroupFaultKind, GroupSwarm } from './group-swarm.js'
import { TRIALS } from './group-trials.js'
import { Grouping } from './grouping.js'

export interface SeedGroupsParts {
  readonly swarm: GroupSwarm
  readonly random: Random
  readonly brokers: number
  readonly replicationFactor: number
  /** Sends what the groups read. */
  readonly workload: SimulatedWorkload
  readonly chaos: Chaos
  readonly whiteBox: WhiteBox
}

/** The groups of one seed, from their first member to the end of the last. */
export class SeedGroups {
  readonly #cluster: SimulatedCluster
  readonly #parts: SeedGroupsParts
  readonly #grouping: Grouping
  readonly #chaos: GroupChaos

  constructor(cluster: SimulatedCluster, parts: SeedGroupsParts) {
    const { swarm, random, brokers, chaos } = parts
    this.#cluster = cluster
    this.#parts = parts
    this.#grouping = new Grouping(cluster, { swarm, topic: SIMULATED_TOPIC, random: random.fork('readers') })
    this.#chaos = new GroupChaos(cluster, {
      swarm,
      brokers,
      random: random.fork('chaos'),
      grouping: this.#grouping,
      coordinator: this.#coordinator,
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
    this.tend()
  }

  /** Lets applications go on that have worked for long enough. Throws what was found. */
  tend(): void {
    this.#grouping.goOn()
  }

  heal(): Promise<void> {
    return this.#chaos.heal()
  }

  /** Runs until the groups have read all that there is, tries what they bear when all is well, and ends them. */
  async settle(): Promise<void> {
    const { swarm, workload } = this.#parts
    const grouping = this.#grouping
    if (swarm.hangs) {
      grouping.hang()
      await grouping.settle(this.#ends())
      grouping.unhang()
    }
    await grouping.settle(this.#ends())
    const parts = {
      cluster: this.#cluster,
      grouping,
      ends: () => this.#ends(),
      coordinator: this.#coordinator,
      sendOne: () => workload.produceOneMore(),
      sent: () => workload.settled(),
    }
    for (const trial of swarm.trials) await TRIALS[trial](parts)
    await grouping.close()
  }

  /** Plays what the seed has drawn, with a group of its own, when the cluster is at rest. */
  async play(): Promise<void> {
    const { swarm, random, brokers, replicationFactor } = this.#parts
    if (swarm.play === null) return
    await playGroup(swarm.play, this.#cluster, { random: random.fork('play'), brokers, replicationFactor })
  }

  readonly #coordinator = (partition: number): number => this.#parts.whiteBox.coordinatorOf(partition)

  #ends(): number[] {
    const { invariants, topicId, partitions } = this.#parts.whiteBox
    return partitions.map(({ partition }) => invariants.committedOf(topicId, partition))
  }
}
