import {
  type ConsumerOptions,
  type GivenConsumerOptions,
  parseConsumerOptions,
} from '../../../../base/config/consumer-options.js'
import { WIRE_TEXT_BYTES_MAX } from '../../../../base/config/internal-limits.js'
import {
  type AssignmentStrategy,
  type GivenAssignmentStrategy,
  isBuiltIn,
  parseAssignmentStrategy,
} from '../assignors/assignment-strategy.js'
import type { GroupOptions } from '../group-options.js'

const STRATEGY = 'partition.assignment.strategy'

/** What a consumer is given: its options, of which one may hold functions. */
export type ConsumerConfig = Omit<GivenConsumerOptions, typeof STRATEGY> & {
  /** How the leader of the group shares partitions: names of assignors, or assignors of your own. */
  readonly [STRATEGY]?: GivenAssignmentStrategy | undefined
}

/** A consumer's options, and the assignors that they name. */
export interface ReadConsumerConfig {
  readonly options: ConsumerOptions
  readonly strategy: AssignmentStrategy
}

/** Completes and checks what a consumer is given. Throws a `ConfigError`, or an `InvalidGroupIdError`. */
export function readConsumerConfig(config: ConsumerConfig): ReadConsumerConfig {
  let strategy = parseAssignmentStrategy(undefined)
  const options = parseConsumerOptions(config as GivenConsumerOptions, {
    [STRATEGY]: (given) => {
      strategy = parseAssignmentStrategy(given as GivenAssignmentStrategy)
      return strategy.assignors.map(({ name }) => name)
    },
  })
  return { options, strategy }
}

/**
 * What the member is made with, as plain values; null: the consumer has no group. `number`: one that no other consumer
 * of the cluster has.
 */
export function groupOptionsOf({ options, strategy }: ReadConsumerConfig, number: number): GroupOptions | null {
  const groupId = options['group.id']
  if (groupId === null) return null
  const assignors = strategy.assignors.map((assignor) => {
    const { name, supportedProtocols } = assignor
    return { name, isCustom: !isBuiltIn(assignor), supportedProtocols }
  })
  const named = { ...options, 'client.id': options['client.id'] || clientIdOf(groupId, options, number) }
  return { ...named, 'group.id': groupId, assignors, protocol: strategy.protocol }
}

/** The name of a member that was given none: its id begins with it. (Kafka: `ConsumerConfig.maybeOverrideClientId`.) */
function clientIdOf(groupId: string, { 'group.instance.id': instanceId }: ConsumerOptions, number: number): string {
  const clientId = `consumer-${groupId}-${instanceId ?? number}`
  return Buffer.byteLength(clientId) <= WIRE_TEXT_BYTES_MAX ? clientId : `consumer-${number}`
}
