import { counted } from '../../base/words.js'
import type { BatchReason, BenchRun } from '../measure/bench-result.js'
import { compact, percent, threeDigits } from '../numbers.js'
import {
  batchFill,
  busiestThread,
  inFlightLimit,
  mainReason,
  type ReasonShare,
  reasonShares,
  roleOf,
} from './figures.js'

/** The share from which on a thread had no time left, and a connection no request to spare. */
const BUSY = 0.9
/** The share from which on a batch counts as full: the next record would hardly have fitted. */
const FULL = 0.9
/** The share of all batches below which a reason explains only a part of them. */
const DOMINANT = 0.6

/** Says in one sentence why the batches of a run left when they did, and what set the pace. */
export function explain(run: BenchRun): string {
  if (run.refused !== undefined) return `Not run: ${run.refused.replace(/\.$/, '')}.`
  const reason = mainReason(run)
  if (reason === undefined) return 'No batch was sent, so there is nothing to explain.'
  return reason.share < DOMINANT ? mixed(run) : BY_REASON[reason.reason](run)
}

const BY_REASON: Readonly<Record<BatchReason, (run: BenchRun) => string>> = {
  full: becauseFull,
  linger: (run) => (run.config['linger.ms'] === 0 ? becauseNoLinger(run) : becauseLinger(run)),
  flush: (run) =>
    `Batches left because the benchmark flushed at its end, ${filled(run)}: the run was too short to say more.`,
  memory: (run) =>
    `Batches left because buffer.memory ran out, ${filled(run)}: records came faster than they were acknowledged.`,
  close: (run) => `Batches left because the producer was closed, ${filled(run)}: the run was too short to say more.`,
}

function becauseFull(run: BenchRun): string {
  const fill = batchFill(run)
  const records = run.batchRecordsMean
  if (fill > 1 || run.config['batch.size'] === 0)
    return `Every batch held a single record, as batch.size allows no more: ${pace(run)}.`
  if (fill < FULL) {
    return `Batches left because the next record did not fit, ${filled(run)} with ${inWords(records)}: ${pace(run)}.`
  }
  const before = run.config['linger.ms'] === 0 ? 'though linger.ms is 0' : 'before linger passed'
  return `Batches left full, ${before}: ${pace(run)}.`
}

function becauseLinger(run: BenchRun): string {
  const start = `Batches left because linger passed, ${filled(run)}`
  if (batchFill(run) >= FULL) return `${start}: records came just too slowly to fill them.`
  const limit = limitOf(run)
  if (limit?.part === 'application') return `${start}: the sender was waiting for records, and ${limit.says}.`
  // A batch does not wait longer than linger for records; where it also waits for the broker, the broker is the cause.
  if (limit !== null && limit.part !== 'rate') return `${start}: ${limit.says}.`
  const paced = limit === null ? '' : ` (${limit.says})`
  return `${start}: the sender was waiting for records${paced}, not for the broker.`
}

function becauseNoLinger(run: BenchRun): string {
  const start = 'Batches left at once because linger.ms is 0'
  if (run.batchRecordsMean < 1.5)
    return `${start}, with a single record each: every record paid for a request of its own.`
  const limit = limitOf(run)
  if (limit !== null && limit.part !== 'rate') return `${start}, ${filled(run)}: they grew only while ${limit.says}.`
  return `${start}, ${filled(run)}: each took the ${inWords(run.batchRecordsMean)} that had come while the one before was sent.`
}

const REASON_WORDS: Readonly<Record<BatchReason, string>> = {
  full: 'full',
  linger: 'linger passed',
  flush: 'flushed at the end',
  memory: 'buffer.memory ran out',
  close: 'producer closed',
}

/** Writes the reason as a label. `linger.ms` = 0 never passes: it sends at once. */
export function reasonLabel(reason: BatchReason, lingerMs: number): string {
  return reason === 'linger' && lingerMs === 0 ? 'sent at once' : REASON_WORDS[reason]
}

function mixed(run: BenchRun): string {
  const words = ({ reason, share }: ReasonShare) => `${percent(share)} ${reasonLabel(reason, run.config['linger.ms'])}`
  const reasons = reasonShares(run).filter(({ share }) => share >= 0.05)
  const list = [...reasons].sort((a, b) => b.share - a.share).map(words)
  return `Batches left for different reasons (${list.join(', ')}), ${filled(run)} on average: ${pace(run)}.`
}

interface Limit {
  readonly part: 'rate' | 'application' | 'sender' | 'broker' | 'consumer'
  readonly says: string
}

/** Returns what had nothing to spare; null when everything had. */
function limitOf(run: BenchRun): Limit | null {
  const { rate } = run.config
  if (rate !== 'max' && run.recordsPerSecond >= 0.95 * rate) {
    return { part: 'rate', says: `the run was paced at ${compact(rate)} records/s` }
  }
  const thread = busiestThread(run)
  if (thread !== undefined && thread.busy >= BUSY) {
    const part = PARTS[roleOf(thread.thread)] ?? 'application'
    return { part, says: `the ${part} was busy ${percent(thread.busy)} of the time` }
  }
  const requestsMax = inFlightLimit(run)
  if (run.inFlightMean >= BUSY * requestsMax) {
    return {
      part: 'broker',
      says: `the broker kept ${threeDigits(run.inFlightMean)} of ${counted(requestsMax, 'request')} waiting`,
    }
  }
  return null
}

const PARTS: Readonly<Record<string, Limit['part']>> = { sender: 'sender', broker: 'broker', consumer: 'consumer' }

function pace(run: BenchRun): string {
  const limit = limitOf(run)
  return limit?.says ?? 'no thread was busy all the time, so the hand-overs between them set the pace'
}

function filled(run: BenchRun): string {
  return `${percent(batchFill(run))} full`
}

function inWords(records: number): string {
  return `${threeDigits(records)} records`
}
