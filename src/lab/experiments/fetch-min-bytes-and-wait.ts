import { parseConsumerOptions } from '../../base/config/consumer-options.js'
import { align8 } from '../../base/memory.js'
import { counted } from '../../base/words.js'
import type { Read } from '../history/history.js'
import { threeDigits } from '../numbers.js'
import { isAlikeBut } from './alike-but.js'
import { bytesAlone, optionOf } from './batch-room.js'
import { type CellOutcome, type Experiment, type LabConfig, RefusedError, type RunOutcome } from './experiment.js'
import { observe } from './findings.js'
import type { LabHost } from './lab-host.js'
import type { FetchStep } from './timeline.js'
import { type HandOut, Trial } from './trial.js'
import { consumerOptionsOf, trialOptions } from './trial-options.js'

/** Each hand-out is to be one whole answer, and each record to be in the log by itself. */
const SHAPE = { 'linger.ms': '0', 'max.in.flight.requests.per.connection': '5', 'max.poll.records': '10000' } as const
const RECORD_EVERY_MS = 1
/** The longest fetch.max.wait.ms: a run waits for it several times. */
const WAIT_MS_MAX = 5_000
/** Milliseconds of a record's way when nobody waits: the simulation holds each of its hops up for a while. */
const WAY_MS_MAX = 25

/** Shows what a broker that waits for more records saves, and what it costs each record. */
export const fetchMinBytesAndWait: Experiment = {
  name: 'fetch-min-bytes-and-wait',
  claim:
    'A broker answers a fetch when it has fetch.min.bytes of records for it, or when fetch.max.wait.ms has passed, whichever comes ' +
    'first. So a consumer fetches less often, and gets more records at once, with a larger fetch.min.bytes until fetch.max.wait.ms is ' +
    'the limit, and with a longer fetch.max.wait.ms until fetch.min.bytes is. No record waits at the broker for longer than fetch.max.wait.ms.',
  explanation: [
    `A producer sends a record every ${RECORD_EVERY_MS === 1 ? 'millisecond' : `${RECORD_EVERY_MS} ms`}, and none waits for another one ` +
      '(linger.ms=0). A consumer reads along. It has one fetch under way, and sends the next one when that is answered. For each ' +
      'record the lab notes when it was sent and when it was handed out.',
    'With fetch.min.bytes=1, which is the default, a broker answers as soon as there is any record: each record is handed out at once, ' +
      'and each costs a fetch, an answer, and a turn of the broker and of the consumer. With more, the broker keeps the fetch until ' +
      'that many bytes have come. One answer then carries many records, and the first of them has waited for the last. That is the ' +
      'exchange: fewer requests, and less work for each record, against the time that a record lies in the log with nobody told of it.',
    'fetch.max.wait.ms ends the waiting when records come too slowly. It bounds what fetch.min.bytes may cost, so the two are chosen ' +
      'together: fetch.max.wait.ms for the time that a record may lose, fetch.min.bytes for the work that an answer is worth. Where ' +
      'records come fast enough, neither costs anything: the bytes are there before anybody has waited, and a consumer that is behind ' +
      'never waits at all. A fetch that ends with no record is answered, too, with nothing in it.',
  ].join('\n\n'),
  records: 200,
  cells: ['1', '2048', '65536'].flatMap((bytes) =>
    ['20', '100'].map((wait) => ({ ...SHAPE, 'fetch.min.bytes': bytes, 'fetch.max.wait.ms': wait })),
  ),
  run,
  compare: brokenBetween,
}

function run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome> {
  const { records, workload } = config
  const limits = limitsOf(config)
  return Trial.run(
    host,
    workload,
    seed,
    async (trial) => {
      const { cluster, recording } = trial
      const source = trial.source()
      await cluster.run(trial.send(source))
      await trial.untilRead(1)
      const before = trial.handOuts.length
      const began = cluster.now()
      recording.startNow()
      recording.tell('producer', 'send', `sends ${counted(records, 'record')}, one every ${RECORD_EVERY_MS} ms`)
      for (let sent = 0, nextAt = began; sent < records; await cluster.pass()) {
        if (cluster.now() < nextAt) continue
        trial.send(source)
        sent += 1
        nextAt += RECORD_EVERY_MS
      }
      await trial.settled()
      await trial.untilRead(1 + records)
      const tookMs = cluster.now() - began
      const handOuts = trial.handOuts.slice(before)
      const history = await trial.readEverything()
      const sentAt = new Map(
        history.sent.map(({ producer, number, invokedAt }) => [`${producer}:${number}`, invokedAt]),
      )
      const steps = handOuts.map((one) => stepOf(one, limits, (read) => sentAt.get(`${read.producer}:${read.number}`)))
      for (const [index, step] of steps.entries()) {
        const entry = { actor: 'consumer', event: 'fetched', says: wordsOfStep(step, limits), fetch: step }
        recording.add(entry, handOuts[index]?.atMs)
      }
      const observations = observe(history)
      const seen = seenOf(steps, records)
      return {
        observations,
        tookMs,
        broken: brokenBy(seen, limits, tookMs, host) ?? observations.anomalies[0]?.says ?? null,
        says: wordsOf(seen, limits),
        facts: {
          answers: seen.answers,
          'records each': threeDigits(records / seen.answers),
          'for their bytes': seen.byBytes,
          'for the time': seen.byTime,
          'latency p50, ms': threeDigits(seen.latencyMs.median),
          'latency max, ms': threeDigits(seen.latencyMs.max),
        },
        recording,
      }
    },
    { replicasMin: 1 },
  )
}

interface Limits {
  readonly bytesMin: number
  readonly waitMsMax: number
  /** Bytes that one record takes in the log at most. */
  readonly recordBytesMax: number
  readonly lingerMs: number
}

function limitsOf({ workload, records }: LabConfig): Limits {
  const options = parseConsumerOptions(consumerOptionsOf(trialOptions(workload)))
  const { 'fetch.min.bytes': bytes, 'fetch.max.wait.ms': waitMsMax, 'max.poll.records': recordsMax } = options
  if (optionOf(workload, 'compression.type') !== 'none')
    throw new RefusedError('Cannot set compression.type: records are counted by their bytes here')
  if (waitMsMax < 1 || waitMsMax > WAIT_MS_MAX)
    throw new RefusedError(`Cannot set fetch.max.wait.ms to ${waitMsMax}: it must be between 1 and ${WAIT_MS_MAX} here`)
  if (recordsMax < records)
    throw new RefusedError(
      `Cannot set max.poll.records to ${recordsMax}: it must be at least ${records}, for each hand-out to be a whole answer`,
    )
  // What may not be returned is not waited for.
  const bytesMin = Math.min(bytes, options['fetch.max.bytes'], options['max.partition.fetch.bytes'])
  const lingerMs = Number(optionOf(workload, 'linger.ms'))
  return { bytesMin, waitMsMax, recordBytesMax: align8(bytesAlone(workload)), lingerMs }
}

function stepOf(
  { atMs, reads }: HandOut,
  { bytesMin, waitMsMax, recordBytesMax }: Limits,
  sentAt: (read: Read) => number | undefined,
): FetchStep {
  const [first] = reads
  return {
    partition: first?.partition ?? -1,
    baseOffset: first?.offset ?? -1,
    waitedMs: reads.map((read) => Math.round((atMs - (sentAt(read) ?? atMs)) * 1_000) / 1_000),
    reason: reads.length * recordBytesMax >= bytesMin ? 'bytes' : 'time',
    waitMsMax,
  }
}

interface Seen {
  readonly answers: number
  readonly records: number
  readonly byBytes: number
  readonly byTime: number
  readonly latencyMs: { readonly median: number; readonly max: number }
}

function seenOf(steps: readonly FetchStep[], records: number): Seen {
  const byBytes = steps.filter(({ reason }) => reason === 'bytes').length
  const waited = steps.flatMap(({ waitedMs }) => waitedMs).sort((a, b) => a - b)
  const latencyMs = { median: waited[Math.floor(waited.length / 2)] ?? 0, max: waited.at(-1) ?? 0 }
  return { answers: steps.length, records, byBytes, byTime: steps.length - byBytes, latencyMs }
}

/**
 * Compares answers that were too small with the time: fetches are under way one after the other, so the time has room
 * for only so many. How long a record waited is known where nobody else uses the machine.
 */
function brokenBy({ byTime, latencyMs }: Seen, limits: Limits, tookMs: number, { name }: LabHost): string | null {
  const { waitMsMax, lingerMs } = limits
  if (byTime * waitMsMax > tookMs + waitMsMax)
    return `${counted(byTime, 'answer')} came with less than fetch.min.bytes before fetch.max.wait.ms had passed`
  if (name === 'simulation' && latencyMs.max > lingerMs + waitMsMax + WAY_MS_MAX)
    return `a record waited for ${threeDigits(latencyMs.max)} ms, longer than fetch.max.wait.ms`
  return null
}

/**
 * Returns why records do not come in fewer answers in a cell than in one with less of what was the limit there; null
 * when they do.
 */
function brokenBetween(cells: readonly CellOutcome[]): string | null {
  for (const less of cells) {
    for (const more of cells) {
      const name = (['fetch.min.bytes', 'fetch.max.wait.ms'] as const).find((one) => hasMore(one, less, more))
      const [before, after] = [less, more].map(({ outcome }) => Number(outcome.facts.answers)) as [number, number]
      if (name === undefined || after < before) continue
      const [from, to] = [less, more].map(({ config }) => config.workload.options[name])
      return `${name} from ${from} to ${to} makes no fewer answers: ${after} after ${before}`
    }
  }
  return null
}

/** The fewest answers that are compared: half of fewer may be as many. */
const ANSWERS_COMPARED_MIN = 4

/**
 * Whether one option was the limit, and the other cell has at least twice as much of it, room for twice as much under
 * the other option, and differs in nothing else. Records must have been sent in their time: those that come late come
 * in one answer.
 */
function hasMore(name: 'fetch.min.bytes' | 'fetch.max.wait.ms', less: CellOutcome, more: CellOutcome): boolean {
  const [limits, limitsOfMore] = [less, more].map(({ config }) => limitsOf(config)) as [Limits, Limits]
  const { answers = 0, 'for their bytes': byBytes = 0 } = less.outcome.facts
  if (!isAlikeBut(name, less, more) || Number(answers) < ANSWERS_COMPARED_MIN) return false
  if (![less, more].every(isInTime)) return false
  const isByBytes = Number(byBytes) > Number(answers) / 2
  // Until fetch.min.bytes have come, or for as long as the broker waits.
  const fillMs = (limits.bytesMin / limits.recordBytesMax) * RECORD_EVERY_MS
  const fillMsOfMore = (limitsOfMore.bytesMin / limits.recordBytesMax) * RECORD_EVERY_MS
  if (name === 'fetch.min.bytes')
    return isByBytes && fillMsOfMore >= 2 * Math.max(fillMs, RECORD_EVERY_MS) && limits.waitMsMax >= 2 * fillMs
  return !isByBytes && limitsOfMore.waitMsMax >= 2 * limits.waitMsMax && fillMs >= 2 * limits.waitMsMax
}

const isInTime = ({ config, outcome }: CellOutcome): boolean =>
  outcome.tookMs <= 1.25 * config.records * RECORD_EVERY_MS + limitsOf(config).waitMsMax

function wordsOfStep({ waitedMs, reason, baseOffset }: FetchStep, { bytesMin, waitMsMax }: Limits): string {
  const why = reason === 'bytes' ? `fetch.min.bytes=${bytesMin} had come` : `fetch.max.wait.ms=${waitMsMax} had passed`
  return (
    `is handed out ${counted(waitedMs.length, 'record')} from offset ${baseOffset}, answered when ${why}; ` +
    `the first was sent ${threeDigits(waitedMs[0] ?? 0)} ms ago`
  )
}

function wordsOf({ answers, records, byBytes, byTime, latencyMs }: Seen, { bytesMin, waitMsMax }: Limits): string {
  const start =
    `${counted(records, 'record')} in ${counted(answers, 'answer')}; half of the records were handed out within ` +
    `${threeDigits(latencyMs.median)} ms of their sending, all within ${threeDigits(latencyMs.max)} ms.`
  const [bytes, wait] = [`fetch.min.bytes=${bytesMin}`, `fetch.max.wait.ms=${waitMsMax}`]
  if (bytesMin <= 1) return `${start} ${bytes} waits for no second record.`
  if (byTime === 0) return `${start} ${bytes} is the limit here; a longer fetch.max.wait.ms changes nothing.`
  if (byBytes === 0) return `${start} ${wait} is the limit here; a larger fetch.min.bytes changes nothing.`
  return (
    `${start} ${bytes} is the limit of ${counted(byBytes, 'answer')}, and ${wait} that of ${counted(byTime, 'answer')} ` +
    'for which too few bytes came in time.'
  )
}
