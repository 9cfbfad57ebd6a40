import type { Random } from '../../base/random.js'
import type { PartitionMetadata } from '../../protocol/apis/metadata.js'
import { lateImages, type Strike } from './strike.js'
import { PRODUCER_EXPIRATION_MS, type Swarm } from './swarm.js'

/** A strike that follows so many milliseconds after the one before it. */
export interface Act {
  readonly afterMs: number
  readonly strike: Strike
}

/** The surroundings that a play may look at when it is written. */
interface Stage {
  readonly swarm: Swarm
  readonly random: Random
  /** A partition with a leader and all of its replicas in sync. */
  readonly partition: PartitionMetadata
}

/**
 * Rows of faults that chance would bring about in one of a million seeds: in each, one rule of the replication protocol
 * is all that stands between a cluster and a loss. A play returns null when the stage is not set for it.
 */
const PLAYS: readonly ((stage: Stage) => readonly Act[] | null)[] = [
  twiceTheLeader,
  leaderAndFollower,
  lateExpand,
  lateIsr,
  slowAppend,
  skippedEpoch,
  quietTwice,
  forgotten,
]

/** Draws the acts of one of the plays, or none. */
export function drawPlay(swarm: Swarm, random: Random, partitions: readonly PartitionMetadata[]): readonly Act[] {
  const ready = partitions.filter(({ leader, isr, replicas }) => leader >= 0 && isr.length === replicas.length)
  const play = random.pick(PLAYS)
  if (ready.length === 0) return []
  return play({ swarm, random, partition: random.pick(ready) }) ?? []
}

/**
 * The preferred leader comes back, leads, and dies before the old leader has followed it. The old one leads again with
 * what it had, while a fetch from before both is still under way to it. (KIP-320)
 */
function twiceTheLeader({ random, partition: { leader, replicas } }: Stage): Act[] {
  const [preferred, second] = replicas as [number, number]
  const delayMs = 60 + 240 * random.next()
  const setting: Act[] = [
    { afterMs: 0, strike: at('crash', preferred, 15) },
    {
      afterMs: 80 + 40 * random.next(),
      strike: { kind: 'cut-one-way', broker: second, other: preferred, lastsMs: 200 },
    },
  ]
  return [
    ...(leader === preferred ? setting : setting.slice(1)),
    {
      afterMs: 0,
      strike: { kind: 'delay', fault: { api: 'Fetch', broker: second, action: 'delay', delayMs, times: 4 } },
    },
    { afterMs: 15 + 30 * random.next(), strike: at('election', preferred, 0) },
    { afterMs: 2 + 30 * random.next(), strike: at('crash', preferred, 100 * random.next()) },
  ]
}

/**
 * Follower and leader die within milliseconds; the next leader has not been told of the last commit. (KAFKA-2635,
 * KIP-966)
 */
function leaderAndFollower({ random, partition }: Stage): Act[] {
  const { leader } = partition
  const follower = random.pick(followersOf(partition))
  return [
    { afterMs: 0, strike: at('crash', follower, 10 + 40 * random.next()) },
    { afterMs: 12 * random.next(), strike: at('crash', leader, 100 + 400 * random.next()) },
  ]
}

/**
 * A follower comes back, loses its memory, and comes back again, before the controller hears that it had caught up.
 * (KIP-903)
 */
function lateExpand({ random, swarm, partition }: Stage): Act[] | null {
  if (swarm.memoryLossesMax === 0) return null
  const { leader } = partition
  const follower = random.pick(followersOf(partition))
  const delayMs = 100 + 100 * random.next()
  return [
    { afterMs: 0, strike: at('crash', follower, 15 + 15 * random.next()) },
    { afterMs: 10, strike: lateIsrRequests(delayMs, 3) },
    { afterMs: 30 + 50 * random.next(), strike: at('crash-loses-memory', follower, 1) },
    {
      afterMs: 0,
      strike: { kind: 'delay', fault: { api: 'Fetch', broker: leader, action: 'delay', delayMs, times: 4 } },
    },
  ]
}

/** A leader's wish for an isr comes to the controller when that leader has been deposed and elected again. (KIP-497) */
function lateIsr({ random, swarm, partition }: Stage): Act[] | null {
  const { leader, replicas } = partition
  if (leader !== replicas[0]) return null
  const follower = random.pick(followersOf(partition))
  const other = followersOf(partition).find((id) => id !== follower) as number
  const pauseMs = swarm.sessionTimeoutMs * 1.5
  const cutMs = pauseMs + 1_500
  return [
    { afterMs: 0, strike: at('crash', follower, 15) },
    { afterMs: 10, strike: lateIsrRequests(pauseMs + 400 + 400 * random.next(), 1) },
    { afterMs: 60, strike: { kind: 'cut', broker: follower, other: leader, lastsMs: cutMs } },
    { afterMs: 0, strike: { kind: 'cut', broker: follower, other, lastsMs: cutMs } },
    { afterMs: 0, strike: at('pause', leader, pauseMs) },
    { afterMs: pauseMs + 200, strike: at('election', leader, 0) },
  ]
}

/** A leader stands still while it copies a batch, until its producer has given up and uses the memory again. */
function slowAppend({ swarm, random, partition: { leader } }: Stage): Act[] {
  const lastsMs = swarm.sessionTimeoutMs + 600 + 600 * random.next()
  return [{ afterMs: 0, strike: { kind: 'pause-in-a-turn', broker: leader, lastsMs, point: 'append-begun' } }]
}

/**
 * A leader that is told late is deposed and elected again, and hears of the second election only. Its follower has
 * followed the leader between, and given up what that leader did not have.
 */
function skippedEpoch({ random, partition: { leader, replicas } }: Stage): Act[] | null {
  const [preferred, second] = replicas as [number, number]
  if (leader !== preferred && leader !== second) return null
  const setting: Act[] = [{ afterMs: 0, strike: at('crash', preferred, 15) }]
  return [
    ...(leader === preferred ? setting : []),
    { afterMs: 100 + 60 * random.next(), strike: lateImages(second, 100 + 60 * random.next(), 1) },
    { afterMs: 0, strike: { kind: 'cut-one-way', broker: second, other: preferred, lastsMs: 300 } },
    { afterMs: 2, strike: at('topic-made', second, 0) },
    { afterMs: 15 + 30 * random.next(), strike: at('election', preferred, 0) },
    { afterMs: 5 + 30 * random.next(), strike: at('crash', preferred, 200 + 200 * random.next()) },
  ]
}

/**
 * Batches whose answers are lost lie between two long rests: a log still knows their producer, though not since when it
 * wrote.
 */
function quietTwice({ random, partition: { leader } }: Stage): Act[] {
  const rest = (share: number): Strike => at('long-quiet', leader, share * PRODUCER_EXPIRATION_MS)
  return [
    { afterMs: 0, strike: rest(0.55 + 0.1 * random.next()) },
    {
      afterMs: 100 * random.next(),
      strike: {
        kind: 'drop-response',
        fault: { api: 'Produce', broker: leader, action: 'dropResponse', times: 1 + random.below(3) },
      },
    },
    { afterMs: 10 + 60 * random.next(), strike: rest(0.5 + 0.1 * random.next()) },
  ]
}

/**
 * A leader has forgotten its producers, and refuses the first of their batches that wait at it. (KAFKA-15591)
 */
function forgotten({ random, partition: { leader } }: Stage): Act[] {
  const fault = { api: 'Produce', broker: leader, action: 'error', error: 'NOT_ENOUGH_REPLICAS' } as const
  return [
    { afterMs: 0, strike: at('long-quiet', leader, PRODUCER_EXPIRATION_MS * (1.05 + 0.2 * random.next())) },
    { afterMs: 0, strike: at('pause', leader, 20 + 60 * random.next()) },
    { afterMs: 0, strike: { kind: 'error', fault: { ...fault, times: 1 + random.below(3) } } },
  ]
}

type Plain = 'crash' | 'crash-loses-memory' | 'election' | 'pause' | 'topic-made' | 'long-quiet'

function at(kind: Plain, broker: number, lastsMs: number): Strike {
  return { kind, broker, lastsMs }
}

function lateIsrRequests(delayMs: number, times: number): Strike {
  return { kind: 'delay', fault: { api: 'AlterPartition', action: 'delay', delayMs, times } }
}

const followersOf = ({ leader, replicas }: PartitionMetadata): number[] => replicas.filter((id) => id !== leader)
