import { seededRandom } from '../../src/base/random.js'
import type { Cluster, ClusterOptions } from '../../src/cluster/cluster.js'
import type { GivenProducerOptions } from '../../src/index.js'
import { within } from '../../src/lab/experiments/lab-host.js'
import { anotherLeader, KILLED_TOPIC, startKilledCluster, wholeIsr } from './killed-cluster.js'
import { WatchedLoad } from './watched-load.js'

export interface FailoverOptions {
  /** Deaths of a leader. */
  readonly kills: number
  /** Leaders that stand still until they are fenced. */
  readonly pauses: number
}

/** Milliseconds from the moment at which a leader is struck. */
export interface FailoverTimes {
  /** The time until the controller has another leader. */
  readonly electedMs: readonly number[]
  /** The time until the next acknowledged write. */
  readonly acknowledgedMs: readonly number[]
}

export interface FailoverFigures {
  readonly killed: FailoverTimes
  readonly paused: FailoverTimes
}

interface Strike {
  readonly options: ClusterOptions
  readonly producerOptions: GivenProducerOptions
  strike(cluster: Cluster, leader: number): Promise<void>
  repair(cluster: Cluster, leader: number): void | Promise<void>
}

const KILL: Strike = {
  options: {},
  producerOptions: { 'linger.ms': 0 },
  strike: (cluster, leader) => cluster.killBroker(leader),
  repair: (cluster, leader) => cluster.restartBroker(leader),
}

const PAUSE: Strike = {
  options: { 'broker.session.timeout.ms': 500, 'broker.heartbeat.interval.ms': 100 },
  // Only time ends a request that a silent broker has received, as in Kafka.
  producerOptions: { 'linger.ms': 0, 'request.timeout.ms': 700 },
  strike: (cluster, leader) => cluster.pauseBroker(leader),
  repair: (cluster, leader) => cluster.resumeBroker(leader),
}

/** Longer than the backoffs that a client still keeps from the last time. */
const QUIET_MS = 250

/** A failover takes less than a second. After this long, nothing more will come. */
const PATIENCE_MS = 120_000

/** One write at a time goes to the only partition, with acks=all, and nothing else happens. */
export async function runFailover({ kills, pauses }: FailoverOptions): Promise<FailoverFigures> {
  return { killed: await timed(kills, KILL), paused: await timed(pauses, PAUSE) }
}

async function timed(times: number, { options, producerOptions, strike, repair }: Strike): Promise<FailoverTimes> {
  const cluster = await startKilledCluster({ partitions: 1, options })
  const load = new WatchedLoad(cluster, {
    topic: KILLED_TOPIC,
    partitions: 1,
    producers: 0,
    outstanding: 0,
    random: seededRandom(0),
    producerOptions,
  })
  try {
    const [electedMs, acknowledgedMs]: [number[], number[]] = [[], []]
    const once = async (): Promise<void> => {
      await wholeIsr(cluster)
      await load.timeToAcknowledge(0, () => true)
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
      const [leader = 0] = await wholeIsr(cluster)
      let hasStruck = false
      const began = performance.now()
      const acknowledged = load.timeToAcknowledge(0, () => hasStruck)
      await strike(cluster, leader)
      hasStruck = true
      await anotherLeader(cluster, leader)
      electedMs.push(performance.now() - began)
      acknowledgedMs.push(await acknowledged)
      await repair(cluster, leader)
    }
    for (let done = 0; done < times; done++) await within(once(), PATIENCE_MS, `The end of failover ${done + 1}`)
    return { electedMs, acknowledgedMs }
  } finally {
    load.abandon()
    await cluster.close()
  }
}
