import type { Random } from '../../../base/random.js'

/** The kinds of faults that may strike gateways and their clients. */
export const WIRE_FAULT_KINDS = ['gateway-crash', 'client-reset', 'client-closes', 'client-stalls', 'nonsense'] as const

export type WireFaultKind = (typeof WIRE_FAULT_KINDS)[number]

/** The clients of one seed that speak Kafka's protocol, and the faults that strike them. */
export interface WireSwarm {
  /** How many gateways share the brokers out among them. */
  readonly gateways: number
  readonly producers: number
  readonly partitions: number
  /** Milliseconds between two batches, on average. */
  readonly batchEveryMs: number
  /** Whether the log is short, so that its memory is written over and over while it is read. */
  readonly isOverwritten: boolean
  readonly kinds: readonly WireFaultKind[]
  /** Milliseconds between two faults, on average. */
  readonly faultEveryMs: number
}

const STALLS: readonly WireFaultKind[] = ['client-stalls', 'client-stalls', 'client-stalls']

/** One seed of eight lets clients in. */
const SHARE = 1 / 8

/** Null: this seed has no gateways. */
export function drawWire(random: Random): WireSwarm | null {
  if (!random.boolean(SHARE)) return null
  const drawn = WIRE_FAULT_KINDS.filter(() => random.boolean(0.6))
  const isOverwritten = random.boolean(0.4)
  return {
    gateways: 1 + random.below(3),
    producers: 1 + random.below(2),
    partitions: 1 + random.below(2),
    batchEveryMs: isOverwritten ? 2 + random.below(6) : 5 + random.below(20),
    isOverwritten,
    // What is overwritten must be in the way of a client that does not take it.
    kinds: isOverwritten ? [...drawn, ...STALLS] : drawn.length > 0 ? drawn : ['client-reset'],
    faultEveryMs: isOverwritten ? 20 + random.below(80) : 50 + random.below(400),
  }
}
