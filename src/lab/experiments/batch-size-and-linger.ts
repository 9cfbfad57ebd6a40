import { counted } from '../../base/words.js'
import type { SenderTotals } from '../../client/sender/sender-counters.js'
import { threeDigits } from '../numbers.js'
import { isAlikeBut } from './alike-but.js'
import { optionOf, roomOfBatch } from './batch-room.js'
import type { CellOutcome, Experiment, LabConfig, RunOutcome } from './experiment.js'
import { observe } from './findings.js'
import type { LabHost } from './lab-host.js'
import { Trial } from './trial.js'

const SHAPE = { brokers: '3', 'replication.factor': '3', 'max.in.flight.requests.per.connection': '5' } as const
const RECORD_EVERY_MS = 1

/** Shows how full batches get under each batch.size and linger.ms, and which of the two has ended them. */
export const batchSizeAndLinger: Experiment = {
  name: 'batch-size-and-linger',
  claim:
    'A batch leaves when it is full or when linger.ms has passed since its first record, whichever comes first. So batches get ' +
    'fuller with linger.ms until batch.size is the limit, and fuller with batch.size until linger.ms is.',
  explanation: [
    `A producer is given a record every ${RECORD_EVERY_MS === 1 ? 'millisecond' : `${RECORD_EVERY_MS} ms`}, all for one partition. ` +
      'Nobody flushes it and nobody waits for memory, so that a batch has two ways to leave. It is full: the next record would make it ' +
      'larger than batch.size. Or it has lingered: linger.ms has passed since its first record was put in.',
    'With linger.ms=0 nothing waits for company: each record leaves as soon as the sender comes by. A larger batch.size changes nothing ' +
      'then. With a longer linger.ms more records lie in each batch, in proportion to it, until they are as many as batch.size has room ' +
      'for; from there on only a larger batch.size makes batches fuller. That is how the two are chosen: batch.size for the memory, ' +
      'linger.ms for the time that a record may lose, and the reasons that batches left for say which of the two is in force.',
    'linger.ms is no delay under load: batches that fill before it has passed leave at once. And it is no promise either: while ' +
      'max.in.flight.requests.per.connection requests are unanswered, a batch waits longer and gets fuller still.',
  ].join('\n\n'),
  records: 100,
  cells: ['1024', '16384'].flatMap((batchSize) =>
    ['0', '5', '20'].map((linger) => ({ ...SHAPE, 'batch.size': batchSize, 'linger.ms': linger })),
  ),
  run,
  compare: brokenBetween,
}

function run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome> {
  return Trial.run(
    host,
    config.workload,
    seed,
    async (trial) => {
      const { cluster, recording } = trial
      const source = trial.source()
      await cluster.run(trial.send(source))
      const before = source.producer.totals()
      const began = cluster.now()
      recording.startNow()
      recording.tell('producer', 'send', `sends ${counted(config.records, 'record')}, one every ${RECORD_EVERY_MS} ms`)
      for (let sent = 0, nextAt = began; sent < config.records; await cluster.pass()) {
        if (cluster.now() < nextAt) continue
        trial.send(source)
        sent += 1
        nextAt += RECORD_EVERY_MS
      }
      await trial.settled()
      const tookMs = cluster.now() - began
      const seen = batchesOf(before, source.producer.totals())
      recording.tell('producer', 'acknowledged', `has sent them in ${counted(seen.batches, 'batch')}`)
      const observations = observe(await trial.readEverything())
      return {
        observations,
        tookMs,
        broken: brokenBy(seen, config, tookMs) ?? observations.anomalies[0]?.says ?? null,
        says: wordsOf(seen, config),
        facts: {
          batches: seen.batches,
          'records per batch': threeDigits(seen.records / seen.batches),
          'room for': roomOfBatch(config.workload).fewest,
          'left full': seen.full,
          'left by linger.ms': seen.linger,
        },
        recording,
      }
    },
    { tellsBatches: true, replicasMin: 1 },
  )
}

interface Batches {
  readonly records: number
  readonly batches: number
  readonly full: number
  readonly linger: number
}

function batchesOf(before: SenderTotals, after: SenderTotals): Batches {
  const left = (reason: 'full' | 'linger'): number => after.batchesByReason[reason] - before.batchesByReason[reason]
  return {
    records: after.records - before.records,
    batches: after.batches - before.batches,
    full: left('full'),
    linger: left('linger'),
  }
}

/**
 * Compares lingering batches with the time: those of one partition are open one after the other, so the time has room
 * for only so many.
 */
function brokenBy({ records, batches, full, linger }: Batches, config: LabConfig, tookMs: number): string | null {
  const { fewest, most } = roomOfBatch(config.workload)
  const lingerMs = Number(optionOf(config.workload, 'linger.ms'))
  if (full + linger !== batches) return `${counted(batches - full - linger, 'time')} a batch left for another reason`
  if (records > batches * most)
    return `${counted(records, 'record')} in ${counted(batches, 'batch')} are more than batch.size has room for`
  if (records < full * fewest)
    return `${counted(full, 'batch')} left as full, but ${counted(records, 'record')} cannot fill so many`
  if (linger * lingerMs > tookMs + lingerMs) return `${counted(linger, 'batch')} left before linger.ms had passed`
  return null
}

/**
 * Returns why batches are not fuller in a cell than in one with less of what was the limit there; null when they are.
 */
function brokenBetween(cells: readonly CellOutcome[]): string | null {
  for (const less of cells) {
    for (const more of cells) {
      const name = (['linger.ms', 'batch.size'] as const).find((one) => hasMore(one, less, more))
      const [before, after] = [less, more].map(({ outcome }) => Number(outcome.facts.batches)) as [number, number]
      if (name === undefined || after < before) continue
      const [from, to] = [less, more].map(({ config }) => optionOf(config.workload, name))
      return `${name} from ${from} to ${to} makes no batch fuller: ${counted(after, 'batch')} after ${before}`
    }
  }
  return null
}

/** The fewest batches that are compared: half of fewer may be as many. */
const BATCHES_COMPARED_MIN = 4

/**
 * Whether one option was the limit, and the other cell has room and time for at least twice as much, and differs in
 * nothing else.
 */
function hasMore(name: 'linger.ms' | 'batch.size', less: CellOutcome, more: CellOutcome): boolean {
  const { batches = 0, 'left full': full = 0, 'left by linger.ms': byLinger = 0 } = less.outcome.facts
  if (!isAlikeBut(name, less, more) || Number(batches) < BATCHES_COMPARED_MIN) return false
  const [room, roomOfMore] = [less, more].map(({ config }) => roomOfBatch(config.workload).fewest) as [number, number]
  const lingerOf = ({ config }: CellOutcome): number => Number(optionOf(config.workload, 'linger.ms'))
  const linger = lingerOf(less)
  if (name === 'batch.size') return full > byLinger && roomOfMore >= 2 * room && linger >= 2 * room * RECORD_EVERY_MS
  const mean = less.config.records / Number(batches)
  // Where requests are slow, batches wait for them and not for linger.ms.
  const isInTime = mean <= linger / RECORD_EVERY_MS + 2
  return byLinger > full && isInTime && room >= 2 * mean && lingerOf(more) >= 2 * Math.max(linger, RECORD_EVERY_MS)
}

function wordsOf({ records, batches, full, linger }: Batches, { workload }: LabConfig): string {
  const mean = threeDigits(records / batches)
  const lingerMs = optionOf(workload, 'linger.ms')
  const start = `${mean} records in each of ${counted(batches, 'batch')}, where batch.size has room for ${roomOfBatch(workload).fewest}`
  if (linger <= full)
    return `${start}: ${full} left because they were full. batch.size is the limit here; a longer linger.ms changes nothing.`
  if (lingerMs === 0) return `${start}: with linger.ms=0 none waits for a second record, however large batch.size is.`
  return `${start}: ${linger} left because linger.ms=${lingerMs} had passed. It is the limit here; a larger batch.size changes nothing.`
}
