/** What the methods of a consumer are called with. */
import { type Shape, signature, WRONG } from '../../base/arguments/shape.js'
import {
  anything,
  callback,
  either,
  flag,
  listOf,
  milliseconds,
  objectWith,
  oneOf,
  optional,
  wholeNumber,
} from '../../base/arguments/shapes.js'
import { cloned } from '../../base/cloned.js'
import { PARTITIONS_MAX } from '../../base/config/internal-limits.js'
import { ConfigError } from '../../base/errors.js'
import { messageOf } from '../../base/thrown.js'
import { urlText } from '../../base/url.js'
import type { PartitionName } from '../../protocol/partition.js'
import { partitionName, partitionNumber, topicName } from '../argument-shapes.js'
import type { MessageHandler, RecordHandler } from './handler.js'

const offset = wholeNumber(0)
const names = listOf('partitions', partitionName, PARTITIONS_MAX)

export const SUBSCRIBE = signature('subscribe', [
  '',
  objectWith({
    topic: optional(topicName),
    topics: optional(listOf('topics', topicName, PARTITIONS_MAX)),
    fromBeginning: optional(flag),
  }),
])

const GIVEN_TO_ASSIGN = signature('assign', [
  'assignments',
  listOf(
    'partitions',
    objectWith({ topic: topicName, partition: partitionNumber, offset: optional(offset) }),
    PARTITIONS_MAX,
  ),
])

/** Reads assignments, each partition once. Throws a ConfigError. */
export function readAssignments(given: unknown): readonly (PartitionName & { readonly offset?: number })[] {
  const [assignments] = GIVEN_TO_ASSIGN(given)
  const distinct = new Map<string, (typeof assignments)[number]>()
  for (const assignment of assignments) {
    const { topic, partition, offset } = assignment
    const name = `${topic}-${partition}`
    const before = distinct.get(name)
    if (before !== undefined && before.offset !== offset) {
      const offsets = `${before.offset ?? 'none'} and ${offset ?? 'none'}`
      throw new ConfigError('assignments', `Cannot assign ${name} twice with different offsets: ${offsets}`)
    }
    distinct.set(name, assignment)
  }
  return [...distinct.values()]
}

export const POSITION = signature('position', ['', partitionName])
export const PAUSE = signature('pause', ['partitions', names])
export const RESUME = signature('resume', ['partitions', names])
export const SEEK = signature('seek', [
  '',
  objectWith({ topic: topicName, partition: partitionNumber, offset: either(oneOf('earliest', 'latest'), offset) }),
])
export const POLL = signature('poll', ['timeoutMs', milliseconds])

/** An address that `import` takes: a relative one would be looked up from wherever the product's own files lie. */
const moduleUrl: Shape<string> = {
  right: 'the absolute URL of a module: new URL("./handler.js", import.meta.url)',
  read(given) {
    const address = typeof given === 'string' ? given : (urlText(given) ?? '')
    return URL.canParse(address) ? address : WRONG
  },
}

const eachMessage = callback<NonNullable<RecordHandler['eachMessage']>>()
const eachBatch = callback<NonNullable<RecordHandler['eachBatch']>>()
const GIVEN_TO_RUN = signature('run', [
  '',
  objectWith({
    eachMessage: optional(eachMessage),
    eachBatch: optional(eachBatch),
    module: optional(moduleUrl),
    options: optional(anything),
  }),
])

/** Reads exactly one way to handle records. Throws a ConfigError. */
export function readRunRequest(
  request: unknown,
): RecordHandler | { readonly module: string; readonly options?: unknown } {
  const [{ eachMessage, eachBatch, module, options }] = GIVEN_TO_RUN(request)
  if ([eachMessage, eachBatch, module].filter((given) => given !== undefined).length !== 1)
    throw new ConfigError('run', 'Cannot run without a handler, or with two: give eachMessage, eachBatch or module')
  if (module !== undefined) return { module, options: clonedOptions(options) }
  if (options !== undefined)
    throw new ConfigError('options', 'Cannot run with options: only a handler module takes them')
  return eachBatch === undefined ? { eachMessage: eachMessage as MessageHandler['eachMessage'] } : { eachBatch }
}

/** A clone, so that nothing can become of it until it is posted. */
function clonedOptions(options: unknown): unknown {
  try {
    return cloned(options)
  } catch (error) {
    throw new ConfigError('options', `Cannot hand these options to a handler module: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
