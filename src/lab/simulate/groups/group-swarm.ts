import type { Random } from '../../../base/random.js'
import { GROUP_PLAYS, type GroupPlayName } from './group-plays.js'

/** The kinds of faults that may strike the groups of a simulated cluster. */
export const GROUP_FAULT_KINDS = [
  'member-joins',
  'member-leaves',
  'member-crash',
  'member-pause',
  'member-cut',
  'member-slow',
  'member-twice',
  'rebalance-storm',
  'callback-throws',
  'coordinator-crash',
  'coordinator-crash-in-a-turn',
  'coordinator-pause',
  'coordinator-moved',
  'group-error',
  'group-delay',
  'group-loss',
  'group-duplicate',
] as const

export type GroupFaultKind = (typeof GROUP_FAULT_KINDS)[number]

/**
 * What is tried when all is well:
 *
 *     shock     a coordinator is killed, and started again: nobody rebalances
 *     return    a static member closes, and its process is started again: nobody rebalances
 *     newcomer  a member joins while records are sent: what others commit by themselves is not handed out again
 */
const GROUP_TRIALS = ['shock', 'return', 'newcomer'] as const
export type GroupTrial = (typeof GROUP_TRIALS)[number]

/** The most members of a group that live at once. */
export const MEMBERS_MAX = 4

/** One group, as its seed has drawn it. */
export interface GroupShape {
  readonly groupId: string
  readonly assignors: readonly string[]
  /** The members with which it begins. */
  readonly members: number
  readonly sessionMs: number
  readonly heartbeatMs: number
  readonly pollIntervalMs: number
  readonly areStatic: boolean
}

/** The groups of one seed, and the faults that strike them. */
export interface GroupSwarm {
  readonly groups: readonly GroupShape[]
  readonly offsetsPartitions: number
  readonly initialDelayMs: number
  readonly kinds: readonly GroupFaultKind[]
  /** Milliseconds between two faults, on average. */
  readonly faultEveryMs: number
  /** The trials that follow once all have come to rest. */
  readonly trials: readonly GroupTrial[]
  /** Whether an application of each group hangs until the others have read everything. */
  readonly hangs: boolean
  /** What is played when all have come to rest; null: nothing. */
  readonly play: GroupPlayName | null
}

/** How one process reads for its group: drawn whenever one is started. */
export interface ReaderShape {
  readonly use: 'poll' | 'message' | 'batch'
  readonly commits: 'auto' | 'sync' | 'async'
  /** The probability that a poll or a call of the handler ends with a commit, where it is made by hand. */
  readonly commitShare: number
  /** The probability that a poll or a call of the handler takes `workMs` milliseconds. */
  readonly workShare: number
  readonly workMs: number
  readonly hasPattern: boolean
  readonly autoCommitMs: number
  readonly pollRecordsMax: number
  readonly metadataMaxAgeMs: number
}

const ASSIGNORS: readonly (readonly string[])[] = [
  ['range'],
  ['roundrobin'],
  ['sticky'],
  ['cooperative-sticky'],
  ['cooperative-sticky'],
  ['range', 'cooperative-sticky'],
]

/** The share of the seeds that have groups: each of them takes as long as three others. */
const GROUPED = 1 / 8
/** The share of those that have a play. */
const PLAYED = 0.8

/** The first one happens once in a while only, so that it is tried more often. */
const PLAYS: readonly GroupPlayName[] = ['newcomer', 'newcomer', ...(Object.keys(GROUP_PLAYS) as GroupPlayName[])]

/** Draws the groups of a seed; null: it has none. */
export function drawGroups(random: Random): GroupSwarm | null {
  if (!random.boolean(GROUPED)) return null
  const share = 0.2 + 0.6 * random.next()
  const groups = Array.from({ length: random.boolean(0.25) ? 2 : 1 }, (_, index): GroupShape => {
    const sessionMs = 400 + random.below(1_600)
    const heartbeatMs = Math.floor(sessionMs / (3 + random.below(3)))
    return {
      groupId: `readers-${index + 1}`,
      assignors: random.pick(ASSIGNORS),
      members: 1 + random.below(MEMBERS_MAX - 1),
      sessionMs,
      heartbeatMs,
      // A rebalance lasts as long, and members hear of it with a heartbeat: fewer than two would never meet.
      pollIntervalMs: 2 * heartbeatMs + 200 + random.below(1_200),
      areStatic: random.boolean(0.3),
    }
  })
  return {
    groups,
    offsetsPartitions: 1 + random.below(2),
    initialDelayMs: random.boolean(0.3) ? 50 : 0,
    kinds: GROUP_FAULT_KINDS.filter(() => random.boolean(share)),
    faultEveryMs: 40 + random.below(260),
    trials: GROUP_TRIALS.filter(() => random.boolean(0.25)),
    hangs: random.boolean(0.2),
    play: random.boolean(PLAYED) ? random.pick(PLAYS) : null,
  }
}

export function drawReader(random: Random): ReaderShape {
  const use = random.pick(['poll', 'poll', 'message', 'batch'] as const)
  return {
    use,
    commitShare: use === 'message' ? 0.1 : 0.4,
    commits: random.pick(['auto', 'auto', 'sync', 'async']),
    workShare: random.boolean(0.5) ? 0 : use === 'message' ? 0.02 : 0.2,
    workMs: 2 + random.below(60),
    hasPattern: random.boolean(0.3),
    autoCommitMs: 20 + random.below(300),
    pollRecordsMax: random.boolean(0.5) ? 500 : 1 + random.below(5),
    metadataMaxAgeMs: random.boolean(0.3) ? 100 + random.below(300) : 300_000,
  }
}
