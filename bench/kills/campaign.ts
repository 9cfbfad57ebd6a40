import { type Random, seededRandom } from '../../src/base/random.js'
import { counted } from '../../src/base/words.js'
import type { Cluster } from '../../src/cluster/cluster.js'
import { PointTrap, type TrapPoint } from '../../src/cluster/point-trap.js'
import { within } from '../../src/lab/experiments/lab-host.js'
import type { AnomalyId } from '../../src/lab/history/anomalies.js'
import { checkHistory } from '../../src/lab/history/check-history.js'
import type { Verdict } from '../../src/lab/history/verdict.js'
import { type DeathCounts, type KillKind, nextDeath, type Round } from './deaths.js'
import type { GroupMemberParts } from './group-member.js'
import { KILLED_TOPIC, startKilledCluster, wholeIsr } from './killed-cluster.js'
import { type GroupCounts, sumOf, WatchedGroups } from './watched-groups.js'
import { WatchedLoad } from './watched-load.js'

export interface CampaignOptions {
  readonly kills: number
  readonly seed: number | string
  /** Deaths of one cluster, whose whole history is checked then. Default 50. */
  readonly killsPerCluster?: number
  /** Whether groups read along, and their members and coordinators die as well. Default false. */
  readonly hasGroups?: boolean
  readonly onKill?: (count: number) => void
}

export interface CampaignResult {
  readonly kills: number
  readonly killsByKind: Readonly<Record<KillKind, number>>
  /** How often a thread died at each named point. */
  readonly killsByPoint: Readonly<Partial<Record<TrapPoint, number>>>
  readonly acknowledged: number
  /** Sends that ended with an error. */
  readonly failed: number
  readonly counts: Verdict['counts']
  readonly anomalies: Verdict['anomalies']
  /** Milliseconds from the death of a leader to the next acknowledged write of its partition, under load. */
  readonly failoverMs: readonly number[]
  /** Null: there are no groups. */
  readonly groups: GroupCounts | null
}

const PARTITIONS = 3
/**
 * The time for a death with all that it leads to, and for reading everything, is a few seconds. After this long,
 * nothing more will come.
 */
const PATIENCE_MS = 120_000

/**
 * Kills threads under load with acks=all and checks everything that clients have seen. Throws an error that names the
 * seed if something that must come does not.
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { kills, seed, killsPerCluster = 50, hasGroups = false, onKill = () => {} } = options
  const random = seededRandom(seed)
  const total = new Total()
  for (let round = 0; total.kills < kills; round++) {
    const until = Math.min(kills, total.kills + killsPerCluster)
    try {
      await runRound({ total, random: random.fork(`round ${round}`), until, hasGroups, onKill })
    } catch (error) {
      const says = error instanceof Error ? error.message : String(error)
      throw new Error(`seed ${seed}, after ${counted(total.kills, 'death')}: ${says}`, { cause: error })
    }
  }
  return total
}

class Total implements CampaignResult, DeathCounts {
  kills = 0
  readonly killsByKind: Record<KillKind, number> = {
    random: 0,
    loses: 0,
    point: 0,
    supervisor: 0,
    coordinator: 0,
    member: 0,
  }
  readonly killsByPoint: Partial<Record<TrapPoint, number>> = {}
  acknowledged = 0
  failed = 0
  readonly counts: Partial<Record<AnomalyId, number>> = {}
  readonly anomalies: Verdict['anomalies'][number][] = []
  readonly failoverMs: number[] = []
  groups: GroupCounts | null = null

  check(load: WatchedLoad, groups: WatchedGroups | null): void {
    if (groups !== null) this.groups = sumOf(this.groups, groups.counts())
    const history = load.history()
    const { anomalies, counts } = checkHistory(history)
    this.acknowledged += load.acknowledged
    this.failed += history.sent.filter(({ outcome }) => outcome !== 'acknowledged').length
    this.anomalies.push(...anomalies)
    for (const [id, count] of Object.entries(counts) as [AnomalyId, number][])
      this.counts[id] = (this.counts[id] ?? 0) + count
  }
}

interface RoundOptions extends Required<Pick<CampaignOptions, 'hasGroups' | 'onKill'>> {
  readonly total: Total
  readonly random: Random
  /** The count of deaths at which it ends. */
  readonly until: number
}

async function runRound({ total, random, until, hasGroups, onKill }: RoundOptions): Promise<void> {
  const pointTraps = new Map([1, 2, 3].map((brokerId) => [brokerId, new PointTrap()]))
  const cluster = await startKilledCluster({
    partitions: PARTITIONS,
    internals: { pointTraps },
    options: hasGroups ? GROUP_OPTIONS : {},
  })
  const load = new WatchedLoad(cluster, {
    topic: KILLED_TOPIC,
    partitions: PARTITIONS,
    producers: 2,
    outstanding: 8,
    random,
  })
  const groups = hasGroups ? groupsBeside(load, cluster, random) : null
  try {
    await load.start()
    await groups?.start()
    const round = { total, random, cluster, load, groups, pointTraps }
    while (total.kills < until) {
      await within(nextDeath(round), PATIENCE_MS, 'The end of a death')
      onKill(++total.kills)
    }
    await within(comeToRest(round), PATIENCE_MS, 'The rest after the last death')
    total.check(load, groups)
    const exit = cluster.unexpectedExits.find(({ address }) => groups?.killed.has(address) !== true)
    if (exit !== undefined) throw new Error(`${exit.address} has ended by itself: ${exit.error}`)
  } finally {
    load.abandon()
    await cluster.close()
  }
}

/** Segments of committed offsets are small, so that threads also die while these are compacted. */
const GROUP_OPTIONS = {
  'offsets.topic.num.partitions': 4,
  'offsets.topic.segment.bytes': 2 ** 16,
  'log.cleaner.backoff.ms': 100,
}

function groupsBeside(load: WatchedLoad, cluster: Cluster, random: Random): WatchedGroups {
  const take: GroupMemberParts['take'] = (reader, batch, onOffset) =>
    load.take(reader, batch, ({ offset }) => onOffset(offset))
  return new WatchedGroups({ cluster, topic: KILLED_TOPIC, partitions: PARTITIONS, random, take })
}

async function comeToRest({ cluster, load, groups }: Round): Promise<void> {
  await load.stop()
  await wholeIsr(cluster)
  await load.readEverything()
  await groups?.readEverything()
  await groups?.lookAtCommitted()
  await groups?.close()
  await groups?.lookAtCommitted()
  await load.close()
}
