/** Options as Kafka tells of them: each with its value as a text, and where the value comes from. */
import { BROKER_OPTIONS, type BrokerOptions } from './broker-options.js'
import type { OptionDefinition, OptionDefinitions, OptionValue } from './definition.js'
import { BROKER_SYNONYMS, type GivenTopicOptions, parseTopicOptions, TOPIC_OPTIONS } from './topic-options.js'

/** Kafka: `DescribeConfigsResponse.ConfigSource`. */
export const CONFIG_SOURCE = { topic: 1, staticBroker: 4, default: 5 } as const
/** Kafka: `DescribeConfigsResponse.ConfigType`. */
const CONFIG_TYPE = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7, enum: 2, acks: 2 } as const
const LONG_MAX = '9223372036854775807'

/** A value that an option would have if those before it were not said. */
export interface OptionSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: number
}

export interface DescribedOption {
  readonly name: string
  readonly value: string | null
  readonly source: number
  readonly type: number
  readonly doc: string
  /** What decides, first what does so first. (`ConfigHelper.createTopicConfigEntry`) */
  readonly synonyms: readonly OptionSynonym[]
}

/** Whether values can be added to the topic's option and taken out of it. (`KafkaConfigSchema.isSplittable`) */
export function isListOption(name: string): boolean {
  const definitions: OptionDefinitions = TOPIC_OPTIONS
  return Object.hasOwn(definitions, name) && definitions[name]?.type === 'list'
}

/** The names of Kafka's options of brokers, where there is none of that name here: the default holds. */
const UNSET_SYNONYMS: { readonly [name: string]: string } = {
  'cleanup.policy': 'log.cleanup.policy',
  'file.delete.delay.ms': 'log.segment.delete.delay.ms',
  'flush.messages': 'log.flush.interval.messages',
  'flush.ms': 'log.flush.interval.ms',
  'index.interval.bytes': 'log.index.interval.bytes',
  'local.retention.bytes': 'log.local.retention.bytes',
  'local.retention.ms': 'log.local.retention.ms',
  'message.timestamp.type': 'log.message.timestamp.type',
  preallocate: 'log.preallocate',
  'segment.index.bytes': 'log.index.size.max.bytes',
  'segment.jitter.ms': 'log.roll.jitter.ms',
}

/** All options of a topic, by name. `given` are those that the topic says itself, which were checked. */
export function describeTopicOptions(given: GivenTopicOptions, broker: BrokerOptions): DescribedOption[] {
  const options = parseTopicOptions(given, broker)
  return named(TOPIC_OPTIONS).map(([name, definition]) => {
    const value = textOf(definition, options[name])
    const own = given[name] === undefined ? [] : [{ name: name as string, value, source: CONFIG_SOURCE.topic }]
    return described(name, definition, [...own, ...inheritedOf(name, definition, broker)])
  })
}

/** All options of a broker, by name. */
export function describeBrokerOptions(broker: BrokerOptions): DescribedOption[] {
  return named(BROKER_OPTIONS).map(([name, definition]) => described(name, definition, ofBroker(name, broker)))
}

function described(name: string, definition: OptionDefinition, synonyms: readonly OptionSynonym[]): DescribedOption {
  const { value, source } = synonyms[0] as OptionSynonym
  const type = CONFIG_TYPE[definition.type]
  return { name, value, source, type, doc: definition.doc, synonyms }
}

function inheritedOf(name: keyof typeof TOPIC_OPTIONS, definition: OptionDefinition, broker: BrokerOptions) {
  const synonym = (BROKER_SYNONYMS as Partial<Record<string, keyof BrokerOptions>>)[name]
  if (synonym !== undefined) return ofBroker(synonym, broker)
  const value = textOf(definition, definition.default)
  return [{ name: UNSET_SYNONYMS[name] ?? name, value, source: CONFIG_SOURCE.default }]
}

/** A broker does not remember which of its options were said: those that differ from the default. */
function ofBroker(name: keyof BrokerOptions, broker: BrokerOptions): OptionSynonym[] {
  const definition = BROKER_OPTIONS[name]
  const [value, unsaid] = [textOf(definition, broker[name]), textOf(definition, definition.default)]
  const byDefault = { name, value: unsaid, source: CONFIG_SOURCE.default }
  return value === unsaid ? [byDefault] : [{ name, value, source: CONFIG_SOURCE.staticBroker }, byDefault]
}

/** The text that means this value, in Kafka as here. Long.MAX_VALUE is what Kafka has for no limit. */
function textOf({ type, ...rest }: OptionDefinition, value: OptionValue): string | null {
  if (value === null) return null
  if (type === 'long' && value === Number.MAX_SAFE_INTEGER && !('max' in rest)) return LONG_MAX
  if (type === 'double' && Number.isInteger(value)) return `${value}.0`
  return Array.isArray(value) ? value.join(',') : String(value)
}

function named<Ds extends OptionDefinitions>(definitions: Ds): [keyof Ds & string, OptionDefinition][] {
  return Object.entries(definitions).sort(([one], [other]) => (one < other ? -1 : 1))
}
