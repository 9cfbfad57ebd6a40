import type { ErrorCode } from '../../base/error-code.js'
import { seededRandom } from '../../base/random.js'
import { NUMBER_BYTES } from '../measure/record-number.js'
import type { Workload } from '../measure/workload.js'
import { roomOfBatch } from './batch-room.js'
import { inFlightMax, type LabConfig } from './experiment.js'
import type { RecordShape } from './trial.js'

/**
 * An error that hits the nth Produce request, from 1, of those that reach the broker and are not hit by another one.
 */
export interface PlannedError {
  readonly nth: number
  /** The error of a refusal, which writes nothing; with null everything is written, and the answer is lost. */
  readonly error: ErrorCode | null
}

/** The deeds of one seed. */
export interface OrderPlan {
  /** Records that are sent at once, while the broker stands still. */
  readonly atOnce: readonly RecordShape[]
  /** Groups of records that are sent afterwards, each after a short while. */
  readonly later: readonly (readonly RecordShape[])[]
  readonly errors: readonly PlannedError[]
  readonly 'linger.ms': number
  readonly 'retry.backoff.ms': number
}

export type ErrorKind = 'refusal' | 'lostAnswer'

/** Errors that leave nothing written and are worth a retry. */
const REFUSALS = [
  'NOT_ENOUGH_REPLICAS',
  'NOT_LEADER_OR_FOLLOWER',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'KAFKA_STORAGE_ERROR',
] as const
const LINGERS = [0, 1, 5] as const
const BACKOFFS = [1, 5, 20, 100] as const
const ERRORS_MAX = 3
/** The most requests between two errors. */
const BETWEEN_MAX = 6

/**
 * Draws what the config leaves open. Each choice has chance of its own: a config that settles one choice leaves the
 * others as they are.
 *
 * The partitions that are written to take turns. So of the requests that are on their way together, each one up to the
 * first error has another one behind it with a batch of the same partition, if more than one may be on its way.
 */
export function drawPlan(config: LabConfig, seed: number, kind: ErrorKind): OrderPlan {
  const { workload, records } = config
  const chance = seededRandom(`order ${seed}`)
  const inFlight = inFlightMax(workload)
  const partitions = chance.fork('partitions')
  const used = 1 + partitions.below(Math.min(workload.partitions, Math.max(1, Math.min(inFlight, records) - 1)))
  const first = partitions.below(workload.partitions)
  const sizes = chance.fork('sizes')
  const shapes = Array.from({ length: records }, (_, index): RecordShape => {
    const bytes = NUMBER_BYTES + sizes.below(Math.max(1, workload.recordBytes - NUMBER_BYTES + 1))
    return { partition: (first + (index % used)) % workload.partitions, bytes }
  })
  const times = chance.fork('times')
  const atOnce = Math.min(
    records,
    Math.max(used * Math.min(inFlight, 5), Math.ceil(records * (0.4 + 0.6 * times.next()))),
  )
  // Records that share batches may make any number of requests; only the first is certain.
  const behindMax = hasBatchOfEach(workload) ? Math.max(1, Math.min(inFlight - used, Math.floor(atOnce / used) - 1)) : 1
  const options = chance.fork('options')
  return {
    atOnce: shapes.slice(0, atOnce),
    later: groups(shapes.slice(atOnce), () => 1 + times.below(4)),
    errors: drawErrors(config, { seed, kind, behindMax }),
    'linger.ms': options.pick(LINGERS),
    'retry.backoff.ms': options.pick(BACKOFFS),
  }
}

/** Whether each record has a batch of its own, the smallest ones too. */
export function hasBatchOfEach(workload: Workload): boolean {
  return roomOfBatch({ ...workload, recordBytes: NUMBER_BYTES }).most === 1
}

interface ErrorsDrawn {
  readonly seed: number
  readonly kind: ErrorKind
  /** The last request that may be hit first. */
  readonly behindMax: number
}

function drawErrors({ errors, errorAt }: LabConfig, { seed, kind, behindMax }: ErrorsDrawn): PlannedError[] {
  const chance = seededRandom(`errors ${seed}`)
  const count = errors ?? 1 + chance.fork('count').below(ERRORS_MAX)
  const place = chance.fork('place')
  let nth = errorAt ?? 1 + place.below(behindMax)
  const kinds = chance.fork('kind')
  return Array.from({ length: count }, (_, index) => {
    if (index > 0) nth += 1 + place.below(BETWEEN_MAX)
    return { nth, error: kind === 'refusal' ? kinds.pick(REFUSALS) : null }
  })
}

function groups<Item>(items: readonly Item[], size: () => number): Item[][] {
  const all: Item[][] = []
  for (let from = 0; from < items.length; ) {
    const group = items.slice(from, from + size())
    all.push(group)
    from += group.length
  }
  return all
}
