import { type Random, seededRandom } from '../../src/base/random.js'
import { counted } from '../../src/base/words.js'
import type { Cluster } from '../../src/cluster/cluster.js'
import type { Loss } from '../../src/cluster/kept-memory.js'
import { PointTrap, TRAP_POINTS, type TrapPoint } from '../../src/cluster/point-trap.js'
import { within } from '../../src/lab/experiments/lab-host.js'
import type { AnomalyId } from '../../src/lab/history/anomalies.js'
import { checkHistory } from '../../src/lab/history/check-history.js'
import type { Verdict } from '../../src/lab/history/verdict.js'
import { KILLED_TOPIC, startKilledCluster, wholeIsr } from './killed-cluster.js'
import { WatchedLoad } from './watched-load.js'

/**
 * Kills threads under load with acks=all and checks everything that clients have seen. After each death the broker is
 * started again and the isr is whole before the next one, so at most one replica has lost its memory at any time.
 *
 *     random      a broker, at any moment; its memory survives
 *     loses       a broker, and all that it held
 *     point       a broker that stands at a named point in the middle of an append, a replication or a commit
 *     supervisor  the controller's thread
 */
export type KillKind = 'random' | 'loses' | 'point' | 'supervisor'

export interface CampaignOptions {
  readonly kills: number
  readonly seed: number | string
  /** Deaths of one cluster, whose whole history is checked then. Default 50. */
  readonly killsPerCluster?: number
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
}

/** The most acknowledgements between two deaths. */
const ACKNOWLEDGED_BETWEEN_MAX = 300
/** A thread that has not come to its point by then is killed where it is. */
const ACKNOWLEDGED_BEFORE_POINT_MAX = 1_000
const TIMES_AT_POINT_MAX = 20
const PARTITIONS = 3
/**
 * The time for a death with all that it leads to, and for reading everything, is a few seconds. After this long,
 * nothing more will come.
 */
const PATIENCE_MS = 120_000

/** Throws an error that names the seed if something that must come does not. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { kills, seed, killsPerCluster = 50, onKill = () => {} } = options
  const random = seededRandom(seed)
  const total = new Total()
  for (let round = 0; total.kills < kills; round++) {
    const until = Math.min(kills, total.kills + killsPerCluster)
    try {
      await runRound(total, random.fork(`round ${round}`), until, onKill)
    } catch (error) {
      const says = error instanceof Error ? error.message : String(error)
      throw new Error(`seed ${seed}, after ${counted(total.kills, 'death')}: ${says}`, { cause: error })
    }
  }
  return total
}

class Total implements CampaignResult {
  kills = 0
  readonly killsByKind: Record<KillKind, number> = { random: 0, loses: 0, point: 0, supervisor: 0 }
  readonly killsByPoint: Partial<Record<TrapPoint, number>> = {}
  acknowledged = 0
  failed = 0
  readonly counts: Partial<Record<AnomalyId, number>> = {}
  readonly anomalies: Verdict['anomalies'][number][] = []
  readonly failoverMs: number[] = []

  check(load: WatchedLoad): void {
    const history = load.history()
    const { anomalies, counts } = checkHistory(history)
    this.acknowledged += load.acknowledged
    this.failed += history.sent.filter(({ outcome }) => outcome !== 'acknowledged').length
    this.anomalies.push(...anomalies)
    for (const [id, count] of Object.entries(counts) as [AnomalyId, number][])
      this.counts[id] = (this.counts[id] ?? 0) + count
  }
}

async function runRound(total: Total, random: Random, kills: number, onKill: (count: number) => void): Promise<void> {
  const pointTraps = new Map([1, 2, 3].map((brokerId) => [brokerId, new PointTrap()]))
  const cluster = await startKilledCluster({ partitions: PARTITIONS, internals: { pointTraps } })
  const load = new WatchedLoad(cluster, {
    topic: KILLED_TOPIC,
    partitions: PARTITIONS,
    producers: 2,
    outstanding: 8,
    random,
  })
  try {
    await load.start()
    const round = { total, random, cluster, load, pointTraps }
    while (total.kills < kills) {
      await within(nextDeath(round), PATIENCE_MS, 'The end of a death')
      onKill(++total.kills)
    }
    await within(comeToRest(round), PATIENCE_MS, 'The rest after the last death')
    total.check(load)
    const [exit] = cluster.unexpectedExits
    if (exit !== undefined) throw new Error(`${exit.address} has ended by itself: ${exit.error}`)
  } finally {
    load.abandon()
    await cluster.close()
  }
}

interface Round {
  readonly total: Total
  readonly random: Random
  readonly cluster: Cluster
  readonly load: WatchedLoad
  readonly pointTraps: ReadonlyMap<number, PointTrap>
}

async function nextDeath(round: Round): Promise<void> {
  const { random, cluster, load } = round
  const leaders = await wholeIsr(cluster)
  await load.acknowledgedMore(1 + random.below(ACKNOWLEDGED_BETWEEN_MAX))
  await killOne(round, leaders)
}

async function comeToRest({ cluster, load }: Round): Promise<void> {
  await load.stop()
  await wholeIsr(cluster)
  await load.readEverything()
  await load.close()
}

async function killOne(round: Round, leaders: readonly number[]): Promise<void> {
  const { total, random, cluster } = round
  const kind = random.pick([
    'random',
    'random',
    'random',
    'loses',
    'loses',
    'point',
    'point',
    'point',
    'point',
    'supervisor',
  ] as const)
  total.killsByKind[kind] += 1
  if (kind === 'supervisor') return cluster.killSupervisor()
  const brokerId = 1 + random.below(3)
  if (kind === 'point') await comeToPoint(round, brokerId)
  await killBroker(round, brokerId, leaders, kind === 'loses' ? 'everything' : 'nothing')
}

async function killBroker(round: Round, brokerId: number, leaders: readonly number[], loses: Loss): Promise<void> {
  const { total, cluster, load, pointTraps } = round
  const led = leaders.indexOf(brokerId)
  let isDead = false
  const failover = led < 0 ? null : load.timeToAcknowledge(led, () => isDead)
  await cluster.killBroker(brokerId, { loses })
  isDead = true
  pointTraps.get(brokerId)?.remove()
  if (failover !== null) total.failoverMs.push(await failover)
  await cluster.restartBroker(brokerId)
}

/** The points to which a broker comes under this load: nothing of it is compacted. */
const POINTS_UNDER_LOAD = TRAP_POINTS.filter((point) => point !== 'segment-filled' && point !== 'segment-swapped')

/** Waits until the broker's thread stands at a point; if it does not come there soon, the campaign goes on. */
async function comeToPoint({ total, random, load, pointTraps }: Round, brokerId: number): Promise<void> {
  const trap = pointTraps.get(brokerId) as PointTrap
  const point = random.pick(POINTS_UNDER_LOAD)
  trap.set(point, point === 'segment-opened' ? 1 : 1 + random.below(TIMES_AT_POINT_MAX))
  await Promise.race([trap.sprung(), load.acknowledgedMore(ACKNOWLEDGED_BEFORE_POINT_MAX)])
  if (trap.isSprung) total.killsByPoint[point] = (total.killsByPoint[point] ?? 0) + 1
}
