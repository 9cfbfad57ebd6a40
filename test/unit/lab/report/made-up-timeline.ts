import type { TimelineEntry } from '../../../../src/lab/experiments/recording.js'
import type { BatchStep } from '../../../../src/lab/experiments/timeline.js'

/** Of producer 0, in partition 0, one batch a request. */
export function closed(atMs: number, batch: number, numbers: readonly number[]): TimelineEntry {
  return entry(atMs, 'sender', 'closed', { batch, numbers, attempt: 0 })
}

export function sent(atMs: number, batch: number, numbers: readonly number[], attempt = 1): TimelineEntry {
  return entry(atMs, 'sender', 'sent', { batch, numbers, attempt, broker: 'broker-1' })
}

/** `end` is the base offset, or an error. */
export function answered(
  atMs: number,
  batch: number,
  numbers: readonly number[],
  end: number | string,
  attempt = 1,
): TimelineEntry {
  const said = typeof end === 'number' ? { error: 'NONE', baseOffset: end } : { error: end, baseOffset: -1 }
  return entry(atMs, 'broker-1', 'answered', { batch, numbers, attempt, broker: 'broker-1', ...said })
}

/** The log of partition 0 from offset 0, by the numbers of producer 0. */
export function logOf(...numbers: readonly number[]): TimelineEntry[] {
  return numbers.map((number, offset) => ({
    atMs: 1_000,
    actor: 'log',
    event: 'log',
    says: `offset ${offset} is record ${number}`,
    record: { partition: 0, offset, producer: 0, number },
  }))
}

/** Two batches; the first one is refused once, and written behind the second one. */
export const SWAPPED: readonly TimelineEntry[] = [
  closed(10, 1, [0, 1]),
  sent(10, 1, [0, 1]),
  closed(11, 2, [2]),
  sent(11, 2, [2]),
  answered(12, 1, [0, 1], 'NOT_ENOUGH_REPLICAS'),
  answered(13, 2, [2], 0),
  sent(30, 1, [0, 1], 2),
  answered(31, 1, [0, 1], 1, 2),
  ...logOf(2, 0, 1),
]

/** One batch is written twice, because its first answer is lost. */
export const TWICE: readonly TimelineEntry[] = [
  closed(0, 1, [0]),
  sent(0, 1, [0]),
  answered(5, 1, [0], 'NETWORK_EXCEPTION'),
  sent(9, 1, [0], 2),
  answered(10, 1, [0], 1, 2),
  ...logOf(0, 0),
]

function entry(
  atMs: number,
  actor: string,
  event: string,
  step: Omit<BatchStep, 'producer' | 'partition'>,
): TimelineEntry {
  const says = `batch ${step.batch} is ${event}`
  return { atMs, actor, event, says, batch: { producer: 0, partition: 0, request: step.batch, ...step } }
}
