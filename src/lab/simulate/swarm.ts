import type { Random } from '../../base/random.js'
import { drawGroups, type GroupSwarm } from './groups/group-swarm.js'
import { drawWire, type WireSwarm } from './wire/wire-swarm.js'

/** The kinds of faults that may strike a simulated cluster. */
export const FAULT_KINDS = [
  'crash',
  'crash-in-a-turn',
  'crash-loses-memory',
  'pause',
  'pause-in-a-turn',
  'shutdown',
  'supervisor-crash',
  'election',
  'cut',
  'cut-one-way',
  'slow',
  'clock-jump',
  'long-quiet',
  'late-images',
  'slow-follower',
  'late-sleep',
  'topic-made',
  'topic-deleted',
  'topic-renewed',
  'error',
  'delay',
  'drop',
  'drop-response',
  'disconnect',
  'duplicate',
] as const

export type FaultKind = (typeof FAULT_KINDS)[number]

/** Milliseconds within which a batch is written or given up. */
export const DELIVERY_TIMEOUT_MS = 60_000
/** Milliseconds, more than a batch may be on its way: a broker remembers what is sent again. */
export const PRODUCER_EXPIRATION_MS = 61_000

/** The shape of one seed's cluster, and the faults that strike it. */
export interface Swarm {
  readonly brokers: number
  readonly partitions: number
  readonly replicationFactor: number
  readonly minIsr: number
  readonly kinds: readonly FaultKind[]
  /** Milliseconds between two faults, on average. */
  readonly faultEveryMs: number
  /** The probability that a fault follows at once, within milliseconds. */
  readonly burst: number
  /** The probability that a whole play is given instead of one fault. */
  readonly play: number
  /** Milliseconds that a fault lasts, at most. */
  readonly lastsMsMax: number
  readonly producers: readonly {
    readonly acks: -1 | 0 | 1
    readonly inFlight: number
    readonly lingerMs: number
    readonly metadataMaxAgeMs: number
    readonly isIdempotent: boolean
    readonly compression: 'none' | 'gzip'
  }[]
  /** Bytes of a batch that the topic takes: with few of them, batches that have waited are split. */
  readonly batchBytesMax: number
  readonly recordsPerProducer: number
  /** Milliseconds between two records of a producer, on average. */
  readonly recordEveryMs: number
  readonly sessionTimeoutMs: number
  readonly lagMsMax: number
  /** Milliseconds after which a follower gives a fetch up; by then another broker may lead. */
  readonly fetchTimeoutMs: number
  /** Bytes of a partition in one fetch of a follower: with few of them, it gets a batch at a time. */
  readonly fetchBytesMax: number
  /**
   * Whether the supervisor, consumers and the application sleep as on threads: an actor that is awake hears no bell.
   */
  readonly sleeps: boolean
  /** Whether there is a consumer that holds on to what it is lent from a log that is written over and over. */
  readonly lends: boolean
  /** Whether there is a topic that is deleted and made again while it is written and read. */
  readonly renews: boolean
  /** Whether there is a compacted topic, whose keys are written over and over. */
  readonly compacts: boolean
  /** The groups that read along; null: there are none. */
  readonly groups: GroupSwarm | null
  /** The clients that come through gateways; null: there are none. */
  readonly wire: WireSwarm | null
  /**
   * The most brokers that may lose their memory: fewer than the minimum of the isr, or acknowledged records can be
   * lost.
   */
  readonly memoryLossesMax: number
}

/** Each seed draws a subset of the faults, and how hard they hit (swarm testing, Groce et al. 2012). */
export function drawSwarm(random: Random): Swarm {
  const brokers = 3 + random.below(2)
  const replicationFactor = 3
  const minIsr = random.boolean(0.75) ? 2 : 1 + random.below(3)
  const share = 0.2 + 0.6 * random.next()
  const drawn = FAULT_KINDS.filter(() => random.boolean(share))
  const kinds = drawn.some((kind) => kind.startsWith('crash') || kind === 'pause')
    ? drawn
    : [...drawn, 'crash' as const]
  const producers = Array.from({ length: 1 + random.below(3) }, (_, index) => {
    // At least one producer is promised everything. Many of the others are promised order for having one request in
    // flight.
    const isIdempotent = index === 0 || random.boolean(0.5)
    return {
      acks: index === 0 || random.boolean(0.6) ? (-1 as const) : random.boolean(0.8) ? (1 as const) : (0 as const),
      inFlight: !isIdempotent && random.boolean(0.5) ? 1 : 1 + random.below(5),
      lingerMs: random.boolean(0.5) ? 0 : random.below(20),
      // A producer that asks often hears of a new leader while the old one has not answered yet.
      metadataMaxAgeMs: random.boolean(0.3) ? 50 + random.below(250) : 300_000,
      isIdempotent,
      compression: random.boolean(0.1) ? ('gzip' as const) : ('none' as const),
    }
  })
  return {
    brokers,
    partitions: 1 + random.below(3),
    replicationFactor,
    minIsr,
    kinds,
    faultEveryMs: 40 + random.below(260),
    burst: random.boolean(0.3) ? 0.4 : 0,
    play: random.boolean(0.5) ? 0.4 : 0,
    lastsMsMax: 100 + random.below(1_200),
    producers,
    batchBytesMax: random.boolean(0.3) ? 200 : 2 ** 20,
    recordsPerProducer: 142,
    recordEveryMs: 5 + random.below(20),
    sessionTimeoutMs: 200 + random.below(800),
    lagMsMax: 100 + random.below(500),
    fetchTimeoutMs: 300 + random.below(2_000),
    fetchBytesMax: random.boolean(0.3) ? 1 : 2 ** 20,
    sleeps: random.boolean(0.3),
    lends: random.boolean(0.2),
    renews: random.boolean(0.15),
    compacts: random.boolean(0.25),
    groups: drawGroups(random.fork('groups')),
    wire: drawWire(random.fork('wire')),
    memoryLossesMax: Math.min(minIsr, replicationFactor) - 1,
  }
}

/** Milliseconds: a clock that jumps by more was in a long rest. */
const REST_MS_MIN = 2_000

/** Returns when the next record is due: what was due in a long rest is not made up for. */
export function withoutRest(dueAt: number, now: number): number {
  return now - dueAt > REST_MS_MIN ? now : dueAt
}
