/** What the methods of an admin that are about options are called with. */
import { type Shape, signature } from '../../base/arguments/shape.js'
import { exactly, flag, listOf, objectWith, oneOf, optional } from '../../base/arguments/shapes.js'
import { CONFIGS_PER_CALL_MAX, RESOURCES_PER_CALL_MAX } from '../../base/config/internal-limits.js'
import { ConfigError } from '../../base/errors.js'
import { wireText } from '../argument-shapes.js'
import type { ConfigValue, ResourceType } from './config-admin.js'

const RESOURCE_TYPES: readonly unknown[] = ['topic', 'broker', 2, 4]
const type: Shape<ResourceType> = exactly("'topic' or 'broker'", (given): given is ResourceType =>
  RESOURCE_TYPES.includes(given),
)
const name = wireText('a name')
const value: Shape<ConfigValue> = exactly('a text, a number or a boolean', (given): given is ConfigValue =>
  ['string', 'number', 'boolean'].includes(typeof given),
)
const resources = <Resource>(resource: Shape<Resource>): Shape<readonly Resource[]> =>
  listOf('resources', resource, RESOURCES_PER_CALL_MAX)
const names = listOf('names', name, CONFIGS_PER_CALL_MAX)

export const DESCRIBE_CONFIGS = signature('describeConfigs', [
  '',
  objectWith({
    resources: resources(objectWith({ type, name, configNames: optional(names) })),
    includeSynonyms: optional(flag),
    includeDocumentation: optional(flag),
  }),
])
export const ALTER_CONFIGS = signature('alterConfigs', [
  '',
  objectWith({
    resources: resources(
      objectWith({ type, name, configEntries: listOf('entries', objectWith({ name, value }), CONFIGS_PER_CALL_MAX) }),
    ),
    validateOnly: optional(flag),
  }),
])
const operation = oneOf('SET', 'DELETE', 'APPEND', 'SUBTRACT')
const change = objectWith({ name, value: optional(value), operation: optional(operation) })
const GIVEN_TO_ALTER = signature('incrementalAlterConfigs', [
  '',
  objectWith({
    resources: resources(objectWith({ type, name, configEntries: listOf('entries', change, CONFIGS_PER_CALL_MAX) })),
    validateOnly: optional(flag),
  }),
])

/** An option is given back, or has a value. */
export function readIncrementalConfigs(given: unknown): ReturnType<typeof GIVEN_TO_ALTER>[0] {
  const [read] = GIVEN_TO_ALTER(given)
  for (const { name, value, operation = 'SET' } of read.resources.flatMap(({ configEntries }) => configEntries)) {
    if (value !== undefined || operation === 'DELETE') continue
    throw new ConfigError('value', `Cannot ${operation} ${name} without a value: only DELETE has none`)
  }
  return read
}
