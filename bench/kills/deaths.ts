import type { Random } from '../../src/base/random.js'
import type { Cluster } from '../../src/cluster/cluster.js'
import type { Loss } from '../../src/cluster/kept-memory.js'
import { type PointTrap, TRAP_POINTS, type TrapPoint } from '../../src/cluster/point-trap.js'
import { wholeIsr } from './killed-cluster.js'
import type { WatchedGroups } from './watched-groups.js'
import type { WatchedLoad } from './watched-load.js'

/**
 * The kinds of deaths. After each one the broker is started again, and all isrs are whole before the next: at most one
 * replica has lost its memory at any time.
 *
 *     random      a broker, at any moment; its memory survives
 *     loses       a broker, and all that it held
 *     point       a broker that stands at a named point in the middle of an append, a replication or a commit
 *     supervisor  the controller's thread
 *
 * With groups, whose members read along and commit, there are two more:
 *
 *     coordinator the broker that coordinates one of them, with or without all that it held
 *     member      a consumer; another one takes its place
 */
export type KillKind = 'random' | 'loses' | 'point' | 'supervisor' | 'coordinator' | 'member'

/** The most acknowledgements between two deaths. */
const ACKNOWLEDGED_BETWEEN_MAX = 300
/** A thread that has not come to its point by then is killed where it is. */
const ACKNOWLEDGED_BEFORE_POINT_MAX = 1_000
const TIMES_AT_POINT_MAX = 20

/** What is counted of deaths. */
export interface DeathCounts {
  readonly killsByKind: Record<KillKind, number>
  readonly killsByPoint: Partial<Record<TrapPoint, number>>
  readonly failoverMs: number[]
}

export interface Round {
  readonly total: DeathCounts
  readonly random: Random
  readonly cluster: Cluster
  readonly load: WatchedLoad
  readonly groups: WatchedGroups | null
  readonly pointTraps: ReadonlyMap<number, PointTrap>
}

export async function nextDeath(round: Round): Promise<void> {
  const { random, cluster, load, groups } = round
  const leaders = await wholeIsr(cluster)
  await load.acknowledgedMore(1 + random.below(ACKNOWLEDGED_BETWEEN_MAX))
  if (groups !== null) await betweenDeaths(groups, random)
  await killOne(round, leaders)
}

/** Some deaths meet groups that still rebalance after the one before. */
async function betweenDeaths(groups: WatchedGroups, random: Random): Promise<void> {
  if (random.below(4) === 0) return
  await groups.readOn()
  await groups.lookAtCommitted()
}

const KINDS: readonly KillKind[] = [
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
]
const KINDS_WITH_GROUPS: readonly KillKind[] = [...KINDS, ...KINDS.flatMap((): KillKind[] => ['coordinator', 'member'])]

async function killOne(round: Round, leaders: readonly number[]): Promise<void> {
  const { total, random, cluster, groups } = round
  // The load draws from the same stream, as often as chance on threads has it: who dies is the seed's alone.
  const deaths = Object.values(total.killsByKind).reduce((sum, count) => sum + count, 0)
  const kind = random.fork(`death ${deaths}`).pick(groups === null ? KINDS : KINDS_WITH_GROUPS)
  total.killsByKind[kind] += 1
  if (kind === 'supervisor') return cluster.killSupervisor()
  if (kind === 'member') return groups?.killMember()
  const brokerId = kind === 'coordinator' ? await coordinatorOf(round) : 1 + random.below(BROKERS)
  if (kind === 'point') await comeToPoint(round, brokerId)
  const losesAll = kind === 'loses' || (kind === 'coordinator' && random.boolean(0.5))
  await killBroker(round, brokerId, leaders, losesAll ? 'everything' : 'nothing')
}

async function coordinatorOf({ groups, random }: Round): Promise<number> {
  const coordinator = (await groups?.coordinator()) ?? -1
  return coordinator < 0 ? 1 + random.below(BROKERS) : coordinator
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

const BROKERS = 3

/** The points to which a broker comes under this load; only what groups have committed is compacted. */
const POINTS_UNDER_LOAD = TRAP_POINTS.filter((point) => point !== 'segment-filled' && point !== 'segment-swapped')

/** Waits until the broker's thread stands at a point; if it does not come there soon, the campaign goes on. */
async function comeToPoint({ total, random, load, groups, pointTraps }: Round, brokerId: number): Promise<void> {
  const trap = pointTraps.get(brokerId) as PointTrap
  const point = random.pick(groups === null ? POINTS_UNDER_LOAD : TRAP_POINTS)
  trap.set(point, point.startsWith('segment-') ? 1 : 1 + random.below(TIMES_AT_POINT_MAX))
  await Promise.race([trap.sprung(), load.acknowledgedMore(ACKNOWLEDGED_BEFORE_POINT_MAX)])
  if (trap.isSprung) total.killsByPoint[point] = (total.killsByPoint[point] ?? 0) + 1
}
