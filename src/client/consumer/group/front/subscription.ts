import { fieldOf } from '../../../../base/arguments/fields.js'
import { Place, type Shape, signature, WRONG } from '../../../../base/arguments/shape.js'
import { callback, either, flag, listOf, objectWith, optional } from '../../../../base/arguments/shapes.js'
import { PARTITIONS_MAX } from '../../../../base/config/internal-limits.js'
import { ConfigError, InvalidGroupIdError, KafkaError } from '../../../../base/errors.js'
import { messageOf } from '../../../../base/thrown.js'
import type { TopicPattern } from '../../../../protocol/inner/group-words.js'
import type { PartitionName } from '../../../../protocol/partition.js'
import { possibleTopicName } from '../../../argument-shapes.js'

/**
 * Hears of partitions that a member of a group gets or gives up. A promise is waited for before the group goes on;
 * whatever else it returns is passed over.
 */
export type RebalanceCallback = (partitions: readonly PartitionName[]) => unknown

/**
 * Called in `poll`, in a loop when its next record is asked for, or between two calls of a handler. All partitions may
 * still be read from and committed in `onPartitionsRevoked`; those of `onPartitionsLost` may be another member's by
 * then. Kafka: `ConsumerRebalanceListener`.
 */
export interface RebalanceCallbacks {
  readonly onPartitionsRevoked?: RebalanceCallback
  readonly onPartitionsAssigned?: RebalanceCallback
  /** Absent: `onPartitionsRevoked` is called instead. */
  readonly onPartitionsLost?: RebalanceCallback
}

export interface Subscription extends RebalanceCallbacks {
  readonly topic?: string
  /** Names and, with a group, regular expressions, which may match anywhere in a name, as in KafkaJS; no `pattern`. */
  readonly topics?: readonly (string | RegExp)[]
  /** With a group: all topics whose whole name matches, as in Kafka, those that are made later too. */
  readonly pattern?: RegExp | string
  /** True: from the earliest record, false: from the latest; absent: as auto.offset.reset says. */
  readonly fromBeginning?: boolean
}

/** What is subscribed to. */
export interface ReadSubscription {
  readonly topics: readonly string[]
  readonly pattern: TopicPattern | null
  readonly reset: 'earliest' | 'latest' | null
  readonly callbacks: RebalanceCallbacks
}

const PATTERN_PLACE = new Place('subscribe', 'pattern')

/** A regular expression of any realm, each half read once. */
const regExp: Shape<TopicPattern> = {
  right: 'a regular expression',
  read(given) {
    if (Object.prototype.toString.call(given) !== '[object RegExp]') return WRONG
    const source = fieldOf(given as RegExp, 'source', PATTERN_PLACE)
    const flags = fieldOf(given as RegExp, 'flags', PATTERN_PLACE)
    return compiled(String(source), String(flags))
  },
}

const regExpText: Shape<TopicPattern> = {
  right: 'the text of one',
  read: (given) => (typeof given === 'string' && given !== '' ? compiled(given, '') : WRONG),
}

/** Throws Kafka's error for a text that is not a regular expression. What remembers where it was says nothing here. */
function compiled(source: string, flags: string): TopicPattern {
  const kept = flags.replace(/[gyd]/g, '')
  try {
    return { source: new RegExp(source, kept).source, flags: kept }
  } catch (error) {
    const says = `Cannot subscribe to the topics that match ${JSON.stringify(source)}: ${messageOf(error)}`
    throw new KafkaError('INVALID_REGULAR_EXPRESSION', says, { cause: error })
  }
}

const rebalanceCallback = optional(callback<RebalanceCallback>())
const givenToSubscribe = (topics: Shape<string | TopicPattern>) =>
  signature('subscribe', [
    '',
    objectWith(
      {
        topic: optional(possibleTopicName),
        topics: optional(listOf('topics', topics, PARTITIONS_MAX)),
        pattern: optional(either(regExp, regExpText)),
        fromBeginning: optional(flag),
        onPartitionsRevoked: rebalanceCallback,
        onPartitionsAssigned: rebalanceCallback,
        onPartitionsLost: rebalanceCallback,
      },
      ELSEWHERE,
    ),
  ])

/** What users of other clients look for here. */
const ELSEWHERE = {
  groupId: 'the group is named where the consumer is made, as group.id',
  autoCommit: 'it is given to run',
  eachMessage: 'it is given to run',
  eachBatch: 'it is given to run',
  partitionsConsumedConcurrently: 'it is given to run',
}

const OF_MEMBER = givenToSubscribe(either(regExp, possibleTopicName))
const ALONE = givenToSubscribe(possibleTopicName)

/** Reads a subscription. Throws a ConfigError; or an InvalidGroupIdError for what only a member of a group can have. */
export function readSubscription(given: unknown, hasGroup: boolean): ReadSubscription {
  const [read] = (hasGroup ? OF_MEMBER : ALONE)(given)
  const { topic, topics: listed = [], pattern: whole, fromBeginning, ...callbacks } = read
  if (topic === undefined && read.topics === undefined && whole === undefined)
    throw new ConfigError('topics', 'Cannot subscribe without a topic: name one, or give a list or a pattern')
  // (Kafka: `SubscriptionState`, which says that the two are mutually exclusive)
  if (whole !== undefined && (topic !== undefined || read.topics !== undefined))
    throw new ConfigError('pattern', 'Cannot subscribe to topics and to a pattern at once: say it in one of the two')
  const names = listed.filter((one) => typeof one === 'string')
  const topics = [...new Set([...names, ...(topic === undefined ? [] : [topic])])]
  const anywhere = listed.filter((one) => typeof one !== 'string').map(matchingAnywhere)
  const pattern = whole ?? joined(anywhere)
  if (!hasGroup) refuseWithoutGroup(pattern, callbacks)
  const reset = fromBeginning === undefined ? null : fromBeginning ? 'earliest' : 'latest'
  return { topics, pattern, reset, callbacks: bound(callbacks, given as object) }
}

/** The callbacks, called on the object that had them. */
function bound(callbacks: RebalanceCallbacks, owner: object): RebalanceCallbacks {
  const entries = Object.entries(callbacks) as [keyof RebalanceCallbacks, RebalanceCallback][]
  return Object.fromEntries(entries.map(([name, call]) => [name, call.bind(owner)]))
}

function refuseWithoutGroup(pattern: TopicPattern | null, callbacks: RebalanceCallbacks): void {
  const [what] = [...(pattern === null ? [] : ['a regular expression']), ...Object.keys(callbacks)]
  if (what === undefined) return
  throw new InvalidGroupIdError(`Cannot subscribe with ${what} without a group: set group.id`)
}

/** A pattern for whole names that matches those in which this one is found. */
const matchingAnywhere = ({ source, flags }: TopicPattern): TopicPattern => ({
  source: `[^]*(?:${source})[^]*`,
  flags,
})

/** One pattern for all; null: there is none. */
function joined(patterns: readonly TopicPattern[]): TopicPattern | null {
  const [first] = patterns
  if (first === undefined) return null
  const other = patterns.find(({ flags }) => flags !== first.flags)
  if (other !== undefined) {
    const flags = `'${first.flags}' and '${other.flags}'`
    throw new ConfigError('topics', `Cannot subscribe to regular expressions with different flags: ${flags}`)
  }
  if (patterns.length === 1) return first
  return compiled(patterns.map(({ source }) => `(?:${source})`).join('|'), first.flags)
}
