/** What `run` is called with. */
import { type Shape, signature, WRONG } from '../../base/arguments/shape.js'
import {
  anything,
  callback,
  flag,
  milliseconds,
  nullable,
  objectOfMethods,
  objectWith,
  optional,
  wholeNumber,
} from '../../base/arguments/shapes.js'
import { cloned } from '../../base/cloned.js'
import { PARTITIONS_MAX } from '../../base/config/internal-limits.js'
import { ConfigError } from '../../base/errors.js'
import { messageOf } from '../../base/thrown.js'
import { urlText } from '../../base/url.js'
import type { DeadLetterSink } from '../dead-letters/dead-letters.js'
import type { HandlerModule, RecordHandler, RunOptions } from './handler.js'

/** Either a closure on this thread, or a module that runs inside the consumer's thread. */
export type RunRequest = (RecordHandler & RunOptions) | HandlerModule

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
const sink = objectOfMethods<DeadLetterSink>({ write: 'needed', read: 'needed', remove: 'optional', close: 'needed' })
/** What users of other clients look for here. */
const ELSEWHERE = {
  fromBeginning: 'it is given to subscribe',
  topics: 'they are given to subscribe',
  groupId: 'the group is named where the consumer is made, as group.id',
}
const GIVEN_TO_RUN = signature('run', [
  '',
  objectWith(
    {
      eachMessage: optional(eachMessage),
      eachBatch: optional(eachBatch),
      module: optional(moduleUrl),
      options: optional(anything),
      autoCommit: optional(flag),
      autoCommitInterval: optional(nullable(milliseconds)),
      autoCommitThreshold: optional(nullable(wholeNumber(1))),
      eachBatchAutoResolve: optional(flag),
      partitionsConsumedConcurrently: optional(wholeNumber(1, PARTITIONS_MAX)),
      errorPolicy: optional(objectWith({ retries: optional(wholeNumber(0)), backoffMs: optional(milliseconds) })),
      deadLetters: optional(sink),
    },
    ELSEWHERE,
  ),
])

export interface ReadClosure {
  readonly handler: RecordHandler
  readonly options: RunOptions
}
export interface ReadModule {
  readonly module: string
  readonly options?: unknown
}

/** Reads exactly one way to handle records. Throws a ConfigError. */
export function readRunRequest(request: unknown): ReadClosure | ReadModule {
  const [{ module, options, eachMessage: ofMessages, eachBatch: ofBatches, ...ofRun }] = GIVEN_TO_RUN(request)
  const ways = [ofMessages, ofBatches, module].filter((way) => way !== undefined)
  if (ways.length !== 1)
    throw new ConfigError('run', 'Cannot run without a handler, or with two: give eachMessage, eachBatch or module')
  if (module === undefined) {
    if (options !== undefined)
      throw new ConfigError('options', 'Cannot run with options: only a handler module takes them')
    const handler = ofBatches === undefined ? { eachMessage: ofMessages } : { eachBatch: ofBatches }
    return { handler: handler as RecordHandler, options: ofRun }
  }
  const [other] = Object.keys(ofRun)
  if (other !== undefined) throw new ConfigError(other, `Cannot run a handler module with ${other}: it is for closures`)
  return { module, options: clonedOptions(options) }
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
