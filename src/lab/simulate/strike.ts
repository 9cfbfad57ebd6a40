import type { Random } from '../../base/random.js'
import type { ScriptedFault } from '../../cluster/scripted-faults.js'
import type { FaultKind, Swarm } from './swarm.js'

/** The kinds of fault that happen to requests. */
type ScriptedKind = 'error' | 'delay' | 'drop' | 'drop-response' | 'disconnect' | 'duplicate'

/** One fault: what goes wrong, to whom, and for how many milliseconds. */
export type Strike =
  | {
      readonly kind: Exclude<FaultKind, ScriptedKind | 'pause-in-a-turn' | 'cut' | 'cut-one-way'>
      readonly broker: number
      readonly lastsMs: number
    }
  | {
      readonly kind: 'pause-in-a-turn'
      readonly broker: number
      readonly lastsMs: number
      readonly point: string | null
    }
  | {
      readonly kind: 'cut' | 'cut-one-way'
      readonly broker: number
      readonly lastsMs: number
      readonly other: number | 'controller-0'
    }
  | { readonly kind: ScriptedKind; readonly fault: ScriptedFault }

const ACTIONS = {
  error: 'error',
  delay: 'delay',
  drop: 'drop',
  'drop-response': 'dropResponse',
  disconnect: 'disconnect',
  duplicate: 'duplicate',
} as const satisfies Record<ScriptedKind, ScriptedFault['action']>

const UNLENT_APIS = ['Produce', 'Metadata', 'ListOffsets'] as const
const BROKER_APIS = [...UNLENT_APIS, 'Fetch'] as const

/** Any fault of the swarm's kinds. */
export function drawStrike({ kinds, brokers, lastsMsMax }: Swarm, random: Random): Strike {
  const kind = random.pick(kinds)
  const broker = 1 + random.below(brokers)
  // Most are short: what recovers at once meets what has not noticed yet.
  const lastsMs = lastsMsMax * random.next() ** 2
  switch (kind) {
    case 'cut':
    case 'cut-one-way': {
      const others = Array.from({ length: brokers }, (_, index) => index + 1).filter((id) => id !== broker)
      return { kind, broker, lastsMs, other: random.pick([...others, 'controller-0' as const]) }
    }
    case 'pause-in-a-turn':
      return { kind, broker, lastsMs, point: null }
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

/** Between clients and brokers, between brokers, or where nothing is lost, but late: between brokers and the supervisor. */
function drawFault(kind: ScriptedKind, broker: number, lastsMs: number, random: Random): ScriptedFault {
  const isInside = (kind === 'error' || kind === 'delay' || kind === 'duplicate') && random.boolean(0.25)
  const isNews = isInside && kind !== 'error' && random.boolean(0.5)
  const where = isNews
    ? { api: 'UpdateMetadata' as const, broker }
    : isInside
      ? { api: 'AlterPartition' as const }
      : { api: random.pick(kind === 'duplicate' ? UNLENT_APIS : BROKER_APIS), broker }
  const more =
    kind === 'error' ? { error: 'NOT_LEADER_OR_FOLLOWER' as const } : kind === 'delay' ? { delayMs: lastsMs } : {}
  return { ...where, ...more, action: ACTIONS[kind], times: 1 + random.below(3) }
}
