import { TimeoutError } from '../../base/errors.js'
import { type Guard, switchOff } from '../../base/guards.js'
import { seededRandom } from '../../base/random.js'
import { SimulatedCluster } from '../../cluster/simulated.js'
import type { PartitionMetadata } from '../../protocol/apis/metadata.js'
import { checkHistory } from '../history/check-history.js'
import type { History } from '../history/history.js'
import { BrokenInvariant } from './broken-invariant.js'
import { Chaos } from './chaos.js'
import type { SeenRecord } from './compacted-logs.js'
import { Compacting } from './compacting.js'
import { GroupFinding } from './groups/group-findings.js'
import { RETENTION_MS } from './groups/group-plays.js'
import type { GroupFaultKind } from './groups/group-swarm.js'
import { SeedGroups } from './groups/seed-groups.js'
import { Lending } from './lending.js'
import { Renewal } from './renewal.js'
import { SIMULATED_TOPIC, SimulatedWorkload } from './simulated-workload.js'
import { drawSwarm, type FaultKind, PRODUCER_EXPIRATION_MS, type Swarm } from './swarm.js'
import { WhiteBox } from './white-box.js'
import type { WireFaultKind } from './wire/wire-swarm.js'
import { Wired } from './wire/wired.js'

/** A row of seeds for one thread. */
export interface SeedTask {
  readonly firstSeed: number
  readonly count: number
  readonly without: readonly Guard[]
}

/** The findings of one seed. */
export interface SeedResult {
  readonly seed: number
  readonly violation: Violation | null
  readonly steps: number
  readonly simulatedMs: number
  readonly leaderChanges: number
  readonly acknowledgedRecords: number
  /** Leader epochs that a broker heard of without having heard of the ones before. */
  readonly skippedEpochs: number
  readonly faults: Readonly<Partial<Record<FaultKind | GroupFaultKind | WireFaultKind, number>>>
  /** SHA-256 of the trace. */
  readonly digest: string
}

export interface Violation {
  /** The id of an invariant or an anomaly, or `liveness`. */
  readonly invariant: string
  readonly step: number
  readonly says: string
}

/** Simulated milliseconds within which everything comes to rest once all faults are healed. */
const LIVENESS_MS = 120_000

/** Milliseconds between a broker's looks for producers and for committed offsets to forget. */
const RETENTION_CHECK_MS = 1_000

/** The same where a log is to be overwritten soon. */
const OVERWRITE_MS = 50

/** Milliseconds between a broker's looks for logs to compact. */
const CLEANER_BACKOFF_MS = 50

const RESTORE_LOOK_MS = 10

export interface SeedOptions {
  /** Guards that are switched off for this run. */
  readonly without?: readonly Guard[]
  /** Called with the whole trace. */
  readonly onTrace?: (text: string) => void
  /** Called with what the clients have seen, whether or not the run came to its end. */
  readonly onHistory?: (history: History) => void
}

/**
 * Runs one seed: a cluster, producers and consumers, and a swarm of faults; then everything is healed, and everything
 * that can be expected has to happen. Throws only for a bug of the simulation itself.
 */
export async function runSeed(
  seed: number,
  { without = [], onTrace, onHistory }: SeedOptions = {},
): Promise<SeedResult> {
  switchOff(without)
  const random = seededRandom(`swarm ${seed}`)
  const swarm = drawSwarm(random)
  const { minIsr, lagMsMax } = swarm
  let groups: SeedGroups | null = null
  const onGroupRecord = (record: SeenRecord): void => groups?.logs(record)
  const whiteBox = new WhiteBox({
    topic: SIMULATED_TOPIC,
    minIsr,
    lagMsMax,
    ...(swarm.groups !== null && { onGroupRecord }),
    ...(swarm.wire !== null && { gateways: swarm.wire.gateways }),
  })
  const cluster = await startCluster(seed, swarm, whiteBox, onTrace !== undefined)
  const began = cluster.now
  const workload = new SimulatedWorkload(cluster, swarm, random.fork('workload'))
  const renewal = swarm.renews ? new Renewal(cluster, { swarm, whiteBox, random: random.fork('renewal') }) : null
  const partitions = (): readonly PartitionMetadata[] => whiteBox.partitions
  const isLastCopy = (broker: number): boolean => whiteBox.isLastCopy(broker)
  const chaos = new Chaos(cluster, { swarm, random: random.fork('chaos'), partitions, isLastCopy, renewal })
  const compacting = swarm.compacts ? new Compacting(cluster, swarm, random.fork('compacting')) : null
  const lending = swarm.lends ? new Lending(cluster, swarm, random.fork('lending')) : null
  const ofGroups = {
    random: random.fork('grouping'),
    brokers: swarm.brokers,
    replicationFactor: swarm.replicationFactor,
    workload,
    chaos,
    whiteBox,
  }
  if (swarm.groups !== null) groups = new SeedGroups(cluster, { ...ofGroups, swarm: swarm.groups })
  const { listening: gateways } = whiteBox
  const wired =
    swarm.wire === null || gateways === null
      ? null
      : new Wired(cluster, { swarm, wire: swarm.wire, gateways, random: random.fork('wired') })
  let violation: Violation | null = null
  try {
    await run({ cluster, workload, lending, renewal, compacting, groups, wired, chaos, whiteBox, swarm })
    violation = anomalyIn(workload, [renewal, wired], cluster)
  } catch (error) {
    violation = violationOf(error, cluster)
  }
  const result = {
    seed,
    violation,
    steps: cluster.steps,
    simulatedMs: cluster.now - began,
    leaderChanges: whiteBox.leaderChanges,
    acknowledgedRecords: workload.acknowledged + (wired?.acknowledged ?? 0),
    skippedEpochs: whiteBox.invariants.skippedEpochs,
    faults: { ...chaos.counts, ...groups?.counts, ...wired?.counts },
    digest: cluster.trace.digest,
  }
  onTrace?.(cluster.trace.text)
  onHistory?.(workload.history())
  switchOff([])
  await cluster.close()
  return result
}

function startCluster(seed: number, swarm: Swarm, probe: WhiteBox, keepsTrace: boolean): Promise<SimulatedCluster> {
  return SimulatedCluster.start({
    seed,
    brokers: swarm.brokers,
    probe,
    keepsTrace,
    isSelfContained: true,
    simulatesSleep: swarm.sleeps,
    'log.segment.bytes': 16_384,
    'metadata.log.segment.bytes': 65_536,
    'metadata.log.max.record.bytes.between.snapshots': 4_096,
    // A client that asks for a topic that was just deleted makes it again.
    'default.replication.factor': swarm.replicationFactor,
    'min.insync.replicas': swarm.minIsr,
    // Heartbeats are as rare as they may be.
    'broker.heartbeat.interval.ms': swarm.sessionTimeoutMs - 1,
    'broker.session.timeout.ms': swarm.sessionTimeoutMs,
    'replica.lag.time.max.ms': swarm.lagMsMax,
    'replica.fetch.wait.max.ms': Math.min(100, swarm.lagMsMax),
    'replica.fetch.backoff.ms': 100,
    'replica.fetch.max.bytes': swarm.fetchBytesMax,
    'producer.id.expiration.ms': PRODUCER_EXPIRATION_MS,
    // A log that is written over and over drops its segments while they are read.
    'log.retention.check.interval.ms': swarm.wire?.isOverwritten === true ? OVERWRITE_MS : RETENTION_CHECK_MS,
    'log.cleaner.backoff.ms': swarm.compacts ? CLEANER_BACKOFF_MS : 15_000,
    'replica.socket.timeout.ms': swarm.fetchTimeoutMs,
    'odradek.restart.intensity': 1_000,
    ...(swarm.groups !== null && {
      'offsets.topic.num.partitions': swarm.groups.offsetsPartitions,
      'group.min.session.timeout.ms': 1,
      'group.initial.rebalance.delay.ms': swarm.groups.initialDelayMs,
      'offsets.retention.minutes': RETENTION_MS / 60_000,
      'offsets.retention.check.interval.ms': RETENTION_CHECK_MS,
    }),
    'leader.imbalance.check.interval.seconds': 1,
  })
}

interface Run {
  readonly cluster: SimulatedCluster
  readonly workload: SimulatedWorkload
  readonly lending: Lending | null
  readonly renewal: Renewal | null
  readonly compacting: Compacting | null
  readonly groups: SeedGroups | null
  readonly wired: Wired | null
  readonly chaos: Chaos
  readonly whiteBox: WhiteBox
  readonly swarm: Swarm
}

async function run(parts: Run): Promise<void> {
  const { cluster, workload, lending, renewal, compacting, groups, wired, chaos, whiteBox, swarm } = parts
  const { partitions: numPartitions, replicationFactor, minIsr, batchBytesMax } = swarm
  const configs = { 'min.insync.replicas': minIsr, 'max.message.bytes': batchBytesMax }
  const topic = { topic: SIMULATED_TOPIC, numPartitions, replicationFactor, configs }
  await cluster.run(cluster.admin().createTopics({ topics: [topic] }))
  await workload.start()
  if (lending !== null) await cluster.run(lending.start())
  if (renewal !== null) await cluster.run(renewal.start())
  if (compacting !== null) await cluster.run(compacting.start())
  if (wired !== null) await cluster.run(wired.start())
  groups?.start()
  while (!workload.isSent) {
    await cluster.advance(chaos.nextGapMs())
    await chaos.strike()
    await groups?.goOn()
    workload.produceDue()
    lending?.goOn()
    renewal?.goOn()
    compacting?.goOn()
    wired?.goOn()
  }
  wired?.heal()
  await chaos.heal()
  await groups?.heal()
  if (renewal !== null) await restore(renewal, cluster)
  await settleRecords(workload, parts)
  if (compacting !== null) await cluster.run(compacting.settled(), { msMax: LIVENESS_MS })
  await groups?.settle()
  await cluster.runUntil(() => whiteBox.isAtRest, { msMax: LIVENESS_MS })
  await cluster.run(workload.readEverything(whiteBox), { msMax: LIVENESS_MS })
  if (renewal !== null) await cluster.run(renewal.readEverything(), { msMax: LIVENESS_MS })
  if (compacting !== null) await cluster.run(compacting.readEverything(whiteBox), { msMax: LIVENESS_MS })
  const isReadAlong = (): boolean => workload.isReadAlong(whiteBox) && renewal?.isReadAlong !== false
  await cluster.runUntil(isReadAlong, { msMax: LIVENESS_MS })
  if (wired !== null) await readAlong(wired, parts)
  await groups?.play()
  whiteBox.checkWhole()
  whiteBox.checkLogs()
}

/** Runs until every record is acknowledged or given up. */
async function settleRecords(workload: SimulatedWorkload, { cluster, groups, wired }: Run): Promise<void> {
  let isSettled = false
  workload.settled().then(() => {
    isSettled = true
  })
  const isDone = (): boolean => {
    groups?.tend()
    wired?.goOn()
    return isSettled && wired?.isSettled !== false
  }
  await cluster.runUntil(isDone, { msMax: LIVENESS_MS })
}

/** Runs until the clients behind gateways have read what is committed. */
async function readAlong(wired: Wired, { cluster, whiteBox }: Run): Promise<void> {
  const isReadAlong = (): boolean => {
    wired.goOn()
    return wired.isReadAlong(whiteBox)
  }
  await cluster.runUntil(isReadAlong, { msMax: LIVENESS_MS })
}

/** Runs until the topic is there to stay, and all that was sent to it is acknowledged or given up. */
async function restore(renewal: Renewal, cluster: SimulatedCluster): Promise<void> {
  const until = cluster.now + LIVENESS_MS
  while (!renewal.isRestored) {
    if (cluster.now > until) throw new TimeoutError('A topic that was deleted was not made again')
    renewal.restore()
    await cluster.advance(RESTORE_LOOK_MS)
  }
  await cluster.run(renewal.settled(), { msMax: LIVENESS_MS })
}

function anomalyIn(
  workload: SimulatedWorkload,
  others: readonly (Renewal | Wired | null)[],
  cluster: SimulatedCluster,
): Violation | null {
  for (const other of others) {
    const anomaly = other?.anomaly() ?? null
    if (anomaly !== null) return { invariant: anomaly.id, step: cluster.steps, says: anomaly.says }
  }
  const found = checkHistory(workload.history()).anomalies.find(({ isPromised }) => isPromised)
  if (found === undefined) return null
  return { invariant: found.id, step: cluster.steps, says: `partition ${found.partition}: ${found.says}` }
}

function violationOf(error: unknown, cluster: SimulatedCluster): Violation {
  const says = error instanceof Error ? error.message : String(error)
  const { steps: step } = cluster
  if (error instanceof BrokenInvariant) return { invariant: error.invariant, step, says }
  if (error instanceof GroupFinding) return { invariant: error.id, step, says }
  const isLate = error instanceof TimeoutError
  return {
    invariant: isLate ? 'liveness' : 'assertion',
    step,
    says: error instanceof Error && !isLate ? (error.stack ?? says) : says,
  }
}
