/** What is wrong with the options that a topic is to have. */
import type { BrokerOptions } from '../base/config/broker-options.js'
import { CONFIG_VALUE_LENGTH_MAX } from '../base/config/internal-limits.js'
import { parseTopicOptions, TOPIC_OPTIONS } from '../base/config/topic-options.js'
import { ConfigError } from '../base/errors.js'
import { chosenCodec } from '../record/codecs/chosen-codec.js'
import { type Refusal, refuse } from './refusal.js'

/** Options of a topic as records keep them: as they were given. */
export type TopicConfigs = Readonly<Record<string, unknown>>

/** Null: nothing is wrong. (`ControllerConfigurationValidator.validate`) */
export function topicConfigFault(configs: TopicConfigs, broker: BrokerOptions): Refusal | null {
  const unset = Object.keys(configs).filter((name) => configs[name] === null)
  // The words of `LogConfig.validateNames` and of `ReplicationControlManager.computeConfigChanges`.
  if (unset.length > 0) return invalid(`Null value not supported for topic configs: ${unset.join(',')}`)
  const unknown = Object.keys(configs).find((name) => !Object.hasOwn(TOPIC_OPTIONS, name))
  if (unknown !== undefined) return invalid(`Unknown topic config name: ${unknown}`)
  const long = Object.keys(configs).find((name) => lengthOf(configs[name]) > CONFIG_VALUE_LENGTH_MAX)
  if (long !== undefined) return invalid(`Cannot set ${long} to a text of more than ${CONFIG_VALUE_LENGTH_MAX} letters`)
  try {
    // What leaders could not compress is refused here, where somebody reads why.
    chosenCodec(parseTopicOptions(configs, broker))
    return null
  } catch (error) {
    if (error instanceof ConfigError) return invalid(error.message)
    throw error
  }
}

const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0)

const invalid = (says: string): Refusal => refuse('INVALID_CONFIG', says)
