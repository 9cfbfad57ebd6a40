import { TOPIC_NAME_LENGTH_MAX } from '../base/config/internal-limits.js'
import { isInternalTopic } from '../base/internal-topics.js'

/** The rules for names of topics. (`Topic` in Kafka's `internals`.) */

/** The controller's own log, which is no topic of the brokers. (`Topic.CLUSTER_METADATA_TOPIC_NAME`) */
const CLUSTER_METADATA = '__cluster_metadata'

/**
 * What is wrong with the name of a topic that is to be made, which a request may choose freely; null if nothing is.
 * (`Topic.validate`, `Topic.isInternal`)
 */
export function topicNameFault(name: unknown): string | null {
  const fault = illegalName(name)
  if (fault !== null) return fault
  if (name === CLUSTER_METADATA || isInternalTopic(name as string))
    return `The name '${name}' is that of an internal topic, which clients cannot create`
  return null
}

/** What is wrong with a name that no topic can have, internal ones included; null if nothing is. (`Topic.validate`) */
export function illegalName(name: unknown): string | null {
  if (typeof name !== 'string') return 'A topic is named by a string'
  if (name.length === 0) return 'A topic needs a name'
  if (name === '.' || name === '..') return `A topic cannot be named '${name}'`
  if (name.length > TOPIC_NAME_LENGTH_MAX)
    return `A topic's name has at most ${TOPIC_NAME_LENGTH_MAX} letters, not ${name.length}`
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    return `The topic name '${name}' may hold only ASCII letters, digits, '.', '_' and '-'`
  return null
}

/**
 * The same text for names that differ only in '.' and '_': metric names would not tell their topics apart.
 * (`Topic.unifyCollisionChars`)
 */
export function unifiedName(name: string): string {
  // A request may name anything, and nobody has checked it yet.
  return typeof name === 'string' && name.includes('.') ? name.replaceAll('.', '_') : name
}
