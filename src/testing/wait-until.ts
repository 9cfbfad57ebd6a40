import { shown } from '../base/arguments/shown.js'
import { TimeoutError } from '../base/errors.js'
import { messageOf } from '../base/thrown.js'
import { Deadline } from './deadline.js'

interface Outcome {
  readonly isTrue: boolean
  readonly value?: unknown
  readonly error?: unknown
  readonly says: string
}

/**
 * Calls the condition until it is true, or like true, and resolves with what it says. Rejects with a TimeoutError that
 * tells its last word and what there is.
 */
export async function waitUntil(
  call: () => unknown,
  waitMs: number,
  contents: () => Promise<string>,
): Promise<unknown> {
  const deadline = new Deadline(waitMs)
  let last: Outcome = { isTrue: false, says: 'has not settled' }
  do {
    // A call that is cut off by the deadline says less than the one before it.
    last = (await deadline.limit(outcomeOf(call))) ?? last
    if (last.isTrue) return last.value
    await deadline.pause()
  } while (!deadline.isOver)
  const says = `Waited ${waitMs} ms in vain: the condition ${last.says}\n${await contents()}`
  throw new TimeoutError(says, last.error === undefined ? {} : { cause: last.error })
}

async function outcomeOf(call: () => unknown): Promise<Outcome> {
  try {
    const value = await call()
    const hint = value === undefined ? ': what asserts something has to return something true when it holds' : ''
    return { isTrue: Boolean(value), value, says: `returned ${shown(value)}${hint}` }
  } catch (error) {
    return { isTrue: false, error, says: `threw ${messageOf(error)}` }
  }
}
