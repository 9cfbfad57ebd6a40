/** What `run` is called with. */

import { type Shape, signature, WRONG } from '../../base/arguments/shape.js'
import {
  anything,
  callback,
  exactly,
  flag,
  listOf,
  milliseconds,
  nullable,
  objectOfMethods,
  objectWith,
  optional,
  wholeNumber,
} from '../../base/arguments/shapes.js'
import type { Transferable } from '../../base/cloned.js'
import { cloned, sentToOurselves } from '../../base/cloned.js'
import { PARTITIONS_MAX } from '../../base/config/internal-limits.js'
import { ConfigError } from '../../base/errors.js'
import { messageOf } from '../../base/thrown.js'
import { urlText } from '../../base/url.js'
import type { DeadLetterSink } from '../dead-letters/dead-letters.js'
import type { OnEmit } from './emissions.js'
import type { HandlerModule, RecordHandler, RunOptions } from './handler.js'

/** What one run may move to its module. */
const TRANSFERABLES_MAX = 1_000

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

/** Whether each can be moved, and is in the options, the clone will tell. */
const transferables = listOf<Transferable>(
  'objects to be moved',
  exactly('an object that can be moved', (given): given is Transferable => typeof given === 'object' && given !== null),
  TRANSFERABLES_MAX,
)
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
      transfer: optional(transferables),
      onEmit: optional(callback<OnEmit>()),
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
/** A clone of what was given, with what has moved into it. */
export interface ReadModule {
  readonly module: string
  readonly options?: unknown
  readonly transfer?: readonly Transferable[]
  readonly onEmit?: OnEmit
}

/** Reads exactly one way to handle records. Throws a ConfigError. */
export function readRunRequest(request: unknown): ReadClosure | ReadModule {
  const [given] = GIVEN_TO_RUN(request)
  const { module, options, transfer, onEmit, eachMessage: ofMessages, eachBatch: ofBatches, ...ofRun } = given
  const ways = [ofMessages, ofBatches, module].filter((way) => way !== undefined)
  if (ways.length !== 1)
    throw new ConfigError('run', 'Cannot run without a handler, or with two: give eachMessage, eachBatch or module')
  if (module === undefined) {
    const [own] = Object.entries({ options, transfer, onEmit }).find(([, value]) => value !== undefined) ?? []
    if (own !== undefined) throw new ConfigError(own, `Cannot run with ${own}: only a handler module takes it`)
    const handler = ofBatches === undefined ? { eachMessage: ofMessages } : { eachBatch: ofBatches }
    return { handler: handler as RecordHandler, options: ofRun }
  }
  const [other] = Object.keys(ofRun)
  if (other !== undefined) throw new ConfigError(other, `Cannot run a handler module with ${other}: it is for closures`)
  return { module, ...clonedOptions(options, transfer), ...(onEmit && { onEmit }) }
}

/** A clone, so that nothing can become of it until it is posted. */
function clonedOptions(options: unknown, transfer: ReadModule['transfer']): Pick<ReadModule, 'options' | 'transfer'> {
  try {
    return transfer === undefined ? { options: cloned(options) } : sentToOurselves({ options, transfer }, transfer)
  } catch (error) {
    throw new ConfigError('options', `Cannot hand these options to a handler module: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
