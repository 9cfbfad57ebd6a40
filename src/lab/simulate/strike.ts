import { type BrokerPoint, SLEEP_POINTS, type SleepPoint } from '../../actor/points.js'
import type { Random } from '../../base/random.js'
import { actionsOf, type ScriptedFault } from '../../cluster/fault-rule.js'
import { APIS, apiNamed, type KafkaApiName } from '../../protocol/api.js'
import { type FaultKind, PRODUCER_EXPIRATION_MS, type Swarm } from './swarm.js'

/** The kinds of fault that happen to requests. */
type ScriptedKind = 'error' | 'delay' | 'drop' | 'drop-response' | 'disconnect' | 'duplicate'

/** The kinds that make something slow for a while. */
type SlowKind = 'late-images' | 'slow-follower'

/** One fault: what goes wrong, to whom, and for how many milliseconds. */
export type Strike =
  | {
      readonly kind: Exclude<
        FaultKind,
        ScriptedKind | SlowKind | 'pause-in-a-turn' | 'late-sleep' | 'cut' | 'cut-one-way'
      >
      readonly broker: number
      readonly lastsMs: number
    }
  | {
      readonly kind: 'pause-in-a-turn'
      readonly broker: number
      readonly lastsMs: number
      readonly point: BrokerPoint | null
    }
  | {
      readonly kind: 'cut' | 'cut-one-way'
      readonly broker: number
      readonly lastsMs: number
      readonly other: number | 'controller-0'
    }
  | { readonly kind: ScriptedKind | 'late-images'; readonly fault: ScriptedFault }
  | { readonly kind: 'late-sleep'; readonly point: SleepPoint; readonly nth: number; readonly restMs: number }
  | { readonly kind: 'slow-follower'; readonly broker: number; readonly lastsMs: number; readonly delayMs: number }

const ACTIONS = {
  error: 'error',
  delay: 'delay',
  drop: 'drop',
  'drop-response': 'dropResponse',
  disconnect: 'disconnect',
  duplicate: 'duplicate',
} as const satisfies Record<ScriptedKind, ScriptedFault['action']>

/**
 * Returns the APIs that a kind of fault may strike. Their order is part of what a seed means: APIs that endure all
 * faults come first.
 */
function struckBy(kind: ScriptedKind, where: 'outside' | 'inside'): readonly KafkaApiName[] {
  return APIS.filter(({ struck, name }) => struck === where && actionsOf(name).includes(ACTIONS[kind]))
    .sort((one, other) => Number(other.endures.repetition) - Number(one.endures.repetition))
    .map(({ name }) => name)
}

/** Draws any fault of the swarm's kinds. */
export function drawStrike({ kinds, brokers, lastsMsMax, lagMsMax }: Swarm, random: Random): Strike {
  const kind = random.pick(kinds)
  const broker = 1 + random.below(brokers)
  // Most faults are short: what recovers at once meets what has not noticed yet.
  const lastsMs = lastsMsMax * random.next() ** 2
  switch (kind) {
    case 'cut':
    case 'cut-one-way': {
      const others = Array.from({ length: brokers }, (_, index) => index + 1).filter((id) => id !== broker)
      return { kind, broker, lastsMs, other: random.pick([...others, 'controller-0' as const]) }
    }
    case 'pause-in-a-turn':
      return { kind, broker, lastsMs, point: null }
    case 'late-sleep':
      return { kind, point: random.pick(SLEEP_POINTS), nth: 1 + random.below(4), restMs: 5 * random.next() }
    case 'long-quiet':
      return { kind, broker, lastsMs: PRODUCER_EXPIRATION_MS * (0.2 + random.next()) }
    case 'slow-follower':
      // The fault lasts as long as the leader may take to ask the follower out of the isr, or longer.
      return { kind, broker, lastsMs: lagMsMax * (1.5 + 3 * random.next()), delayMs: 30 + 90 * random.next() }
    case 'late-images':
      return lateImages(broker, lastsMs, 1 + random.below(5))
    case 'error':
    case 'delay':
    case 'drop':
    case 'drop-response':
    case 'disconnect':
    case 'duplicate':
      return { kind, fault: drawFault(kind, broker, lastsMs, random) }
    default:
      return { kind, broker, lastsMs }
  }
}

/** Makes a broker hear late of each of the next images, and never of those that have become old by then. */
export function lateImages(broker: number, delayMs: number, times: number): Strike {
  return { kind: 'late-images', fault: { api: 'UpdateMetadata', broker, action: 'delay', delayMs, times } }
}

/**
 * Draws a fault between clients and brokers, or between brokers; or between brokers and the supervisor, where nothing
 * is lost, only late.
 */
function drawFault(kind: ScriptedKind, broker: number, lastsMs: number, random: Random): ScriptedFault {
  const isInside = (kind === 'error' || kind === 'delay' || kind === 'duplicate') && random.boolean(0.25)
  const apis = struckBy(kind, isInside ? 'inside' : 'outside')
  const api = apis.length === 1 ? (apis[0] as KafkaApiName) : random.pick(apis)
  const where = apiNamed(api).servedBy === 'controller' ? { api } : { api, broker }
  const more =
    kind === 'error' ? { error: 'NOT_LEADER_OR_FOLLOWER' as const } : kind === 'delay' ? { delayMs: lastsMs } : {}
  return { ...where, ...more, action: ACTIONS[kind], times: 1 + random.below(3) }
}
