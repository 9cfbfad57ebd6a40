import { Place, type Shape, WRONG } from '../../../../base/arguments/shape.js'
import { callback, exactly, itemsOf, listOf, objectWith, oneOf, optional } from '../../../../base/arguments/shapes.js'
import { shown } from '../../../../base/arguments/shown.js'
import { meantName } from '../../../../base/config/meant-name.js'
import { ConfigError } from '../../../../base/errors.js'
import { alternatives } from '../../../../base/words.js'
import type { Assignor, RebalanceProtocol } from './assignor.js'
import { type CustomAssignor, customAssignor } from './custom-assignor.js'
import { rangeAssignor } from './range-assignor.js'
import { roundRobinAssignor } from './round-robin-assignor.js'
import { cooperativeStickyAssignor, stickyAssignor } from './sticky-assignor.js'

/** The names of Kafka's assignors, or the names of their classes, as they stand in a Java program's properties. */
const BUILT_IN: ReadonlyMap<string, Assignor> = new Map(
  Object.entries({
    RangeAssignor: rangeAssignor,
    RoundRobinAssignor: roundRobinAssignor,
    StickyAssignor: stickyAssignor,
    CooperativeStickyAssignor: cooperativeStickyAssignor,
  }).flatMap(([className, assignor]) => [
    [assignor.name, assignor],
    [`org.apache.kafka.clients.consumer.${className}`, assignor],
  ]),
)
const NAMES = [...new Set([...BUILT_IN.values()].map(({ name }) => name))]
/** Whether it is one of Kafka's, which every thread has; otherwise it is the application's own. */
export const isBuiltIn = (assignor: Assignor): boolean => [...BUILT_IN.values()].includes(assignor)
const OPTION = 'partition.assignment.strategy'
const ASSIGNORS_MAX = 100

/** What `partition.assignment.strategy` may be set to; a text may hold several names, with commas between them. */
export type GivenAssignmentStrategy = string | CustomAssignor | Iterable<string | CustomAssignor>

/** What a member offers its group: any of these assignors, preferred in this order. */
export interface AssignmentStrategy {
  readonly assignors: readonly Assignor[]
  /** How this member rebalances, whichever assignor its group chooses. */
  readonly protocol: RebalanceProtocol
}

/** Kafka's default. Its rebalances are eager, and become cooperative where `range` is left out. */
const DEFAULT = [rangeAssignor, cooperativeStickyAssignor]

/** Reads the option. Throws a `ConfigError`. */
export function parseAssignmentStrategy(given: GivenAssignmentStrategy | undefined): AssignmentStrategy {
  const assignors = given === undefined ? DEFAULT : listed(given).map((one, index) => assignorOf(one, index))
  if (assignors.length === 0) throw refusal('to nothing: a group needs at least one assignor')
  for (const [index, { name }] of assignors.entries()) {
    if (assignors.findIndex((one) => one.name === name) < index)
      throw refusal(`to two assignors named ${shown(name)}: members know them by their names`)
  }
  return { assignors, protocol: protocolOf(assignors) }
}

/**
 * The newest kind of rebalance that all of them support: a member must know how it rebalances before it knows which
 * assignor its group has chosen. (Kafka: the constructor of `ConsumerCoordinator`.)
 */
function protocolOf(assignors: readonly Assignor[]): RebalanceProtocol {
  const isCommon = (protocol: RebalanceProtocol): boolean =>
    assignors.every(({ supportedProtocols }) => supportedProtocols.includes(protocol))
  if (isCommon('COOPERATIVE')) return 'COOPERATIVE'
  if (isCommon('EAGER')) return 'EAGER'
  const supports = assignors.map(({ name, supportedProtocols }) => `${name} supports ${supportedProtocols.join(', ')}`)
  throw refusal(`to assignors with no kind of rebalance in common: ${supports.join('; ')}`)
}

function listed(given: unknown): readonly unknown[] {
  if (typeof given === 'string') return given.trim() === '' ? [] : given.trim().split(/\s*,\s*/)
  const items = itemsOf(given, new Place('consumer', OPTION), ASSIGNORS_MAX)
  return items === WRONG ? [given] : items
}

const name: Shape<string> = exactly('a name', (given): given is string => typeof given === 'string' && given !== '')
const custom = objectWith({
  name,
  assign: callback<CustomAssignor['assign']>(),
  supportedProtocols: optional(listOf('kinds of rebalance', oneOf('EAGER', 'COOPERATIVE'), 2)),
})

function assignorOf(given: unknown, index: number): Assignor {
  if (typeof given !== 'object' || given === null) return builtIn(given)
  const read = new Place('consumer', `${OPTION}[${index}]`).read(custom, given)
  if (read.supportedProtocols?.length === 0) throw refusal(`to ${read.name}: it supports no kind of rebalance`)
  return customAssignor({ ...read, assign: read.assign.bind(given) })
}

function builtIn(given: unknown): Assignor {
  const assignor = typeof given === 'string' ? BUILT_IN.get(given) : undefined
  if (assignor !== undefined) return assignor
  const meant = typeof given === 'string' ? meantName(given, NAMES, '; ') : ''
  throw refusal(`to ${shown(given)}: it must be ${alternatives([...NAMES, '{ name, assign }'])}${meant}`)
}

function refusal(says: string): ConfigError {
  return new ConfigError(OPTION, `Cannot set ${OPTION} ${says}`)
}
