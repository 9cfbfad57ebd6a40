import { KafkaError, TimeoutError } from '../../base/errors.js'
import { ANOMALIES } from '../history/anomalies.js'
import { type Experiment, type LabConfig, RefusedError, type RunOutcome, UnfinishedError } from './experiment.js'
import type { Place } from './findings.js'
import type { LabHost } from './lab-host.js'
import { HISTORY_MAX } from './lab-result.js'
import type { TimelineEntry } from './recording.js'
import { shrink } from './shrink.js'

/** One cell under one seed. */
export interface SeedRun {
  readonly experiment: Experiment
  readonly host: LabHost
  readonly config: LabConfig
  readonly seed: number
  /** Whether anomalies that the claim foresees are shrunk, too; those that break it always are. Default true. */
  readonly shrinksAll?: boolean
}

/** The findings of a seed, without anything that could not be handed to another thread. */
export interface SeedReport {
  readonly seed: number
  /** The reason why the options are impossible together, without any run; null when they are possible. */
  readonly refused: string | null
  readonly acknowledged: number
  readonly lost: number
  readonly duplicated: number
  readonly outOfOrder: number
  readonly tookMs: number
  /** Milliseconds in which records were sent; null when the run says nothing about speed. */
  readonly sendingMs: number | null
  readonly broken: string | null
  readonly anomalies: readonly SeedAnomaly[]
}

export interface SeedAnomaly {
  readonly kind: string
  /** The config that shows it: the cell, or something smaller. */
  readonly config: LabConfig
  /** The history that led to it there, oldest first. */
  readonly history: readonly TimelineEntry[]
}

/** The most records of one kind that one run tells of. */
const RECORDS_TOLD_MAX = 10

/**
 * Runs one cell under one seed; in the simulation each anomaly is shrunk to the smallest history that the experiment
 * can show it with. `outcome` is null where there is none. Never throws: an error of ours is a finding too. Thrown, it
 * would end all other seeds without naming its own.
 */
export async function runExperimentSeed(run: SeedRun): Promise<{ report: SeedReport; outcome: RunOutcome | null }> {
  const { experiment, host, config, seed } = run
  const nothing = { acknowledged: 0, lost: 0, duplicated: 0, outOfOrder: 0, tookMs: 0, sendingMs: null, anomalies: [] }
  let outcome: RunOutcome
  try {
    outcome = await experiment.run(host, config, seed)
  } catch (error) {
    if (error instanceof RefusedError)
      return { report: { seed, ...nothing, refused: error.message, broken: null }, outcome: null }
    const broken = `it did not come to its end: ${wordsOfError(error)}`
    return {
      report: { seed, ...nothing, refused: null, broken, anomalies: [unfinished(error, config)] },
      outcome: null,
    }
  }
  const { observations, tookMs, sendingMs = null } = outcome
  const isShrunk = outcome.broken !== null || run.shrinksAll !== false
  const anomalies: SeedAnomaly[] = []
  const crashes: SeedAnomaly[] = []
  for (const found of anomaliesOf(outcome))
    anomalies.push(isShrunk ? await smallest(run, { ...found, config }, crashes) : { ...found, config })
  const [crash] = crashes
  if (crash !== undefined) anomalies.push(crash)
  const crashed = crash && `a smaller run did not come to its end: ${firstLine(crash.history.at(-1)?.says ?? '')}`
  const broken = outcome.broken ?? crashed ?? null
  const { acknowledged, lost, duplicated, outOfOrder } = observations
  const counts = { acknowledged, lost: lost.length, duplicated, outOfOrder }
  return { report: { seed, refused: null, ...counts, tookMs, sendingMs, broken, anomalies }, outcome }
}

type Found = Omit<SeedAnomaly, 'config'>

/** Tells of a run that an error has ended, with what led to it. */
function unfinished(error: unknown, config: LabConfig): SeedAnomaly {
  const { timeline, atMs } = error instanceof UnfinishedError ? error : { timeline: [], atMs: 0 }
  const cause = causeOf(error)
  const kind = cause instanceof TimeoutError ? 'stuck' : 'failed'
  // The place says most about an error of ours.
  const says = cause instanceof KafkaError ? cause.message : ((cause as Error | null)?.stack ?? String(cause))
  const end = { atMs, actor: 'lab', event: kind, says }
  return { kind, config, history: [...timeline, end].slice(-HISTORY_MAX) }
}

const causeOf = (error: unknown): unknown => (error instanceof UnfinishedError ? error.cause : error)

function wordsOfError(error: unknown): string {
  const cause = causeOf(error)
  return firstLine(cause instanceof KafkaError ? cause.message : String(cause))
}

/**
 * Shrinks an anomaly; not on threads, where nothing happens twice in the same way. `crashes` gets the runs that an
 * error of ours has ended on the way.
 */
async function smallest(run: SeedRun, found: SeedAnomaly, crashes: SeedAnomaly[]): Promise<SeedAnomaly> {
  const { experiment, host, seed } = run
  const { shrinks = [] } = experiment
  const reason = reasonOf(found)
  if (host.name !== 'simulation' || shrinks.length === 0) return found
  return shrink(found, shrinks, async (config) => {
    try {
      const outcome = await experiment.run(host, config, seed)
      const again = anomaliesOf(outcome).find((one) => one.kind === found.kind && reasonOf(one) === reason)
      return again === undefined ? null : { ...again, config }
    } catch (error) {
      // Something else goes wrong there.
      if (!(causeOf(error) instanceof KafkaError || error instanceof RefusedError))
        crashes.push(unfinished(error, config))
      return null
    }
  })
}

/** Returns why a claim is broken, whatever the numbers: a smaller run may break it for another reason. */
function reasonOf({ kind, history }: Found): string {
  return kind === 'claim' ? (history.at(-1)?.says ?? '').replaceAll(/[\d,]+|s\b/g, '') : ''
}

function anomaliesOf({ observations, recording, broken }: RunOutcome): Found[] {
  const { lost, fate = 'never read', copies, moved, anomalies } = observations
  const { timeline } = recording
  const found: Found[] = []
  const add = (kind: string, last: readonly string[]): void => {
    const atMs = timeline.at(-1)?.atMs ?? 0
    const told = last.map((says): TimelineEntry => ({ atMs, actor: 'consumer', event: kind, says }))
    found.push({ kind, history: [...timeline, ...told].slice(-HISTORY_MAX) })
  }
  if (lost.length > 0) {
    const name = ({ producer, number, acks }: (typeof lost)[number]): string =>
      `record ${producer}:${number} was acknowledged with acks=${acks === -1 ? 'all' : acks} and ${fate}`
    add('lost', lost.slice(0, RECORDS_TOLD_MAX).map(name))
  }
  if (copies.length > 0) add('duplicated', copies.slice(0, RECORDS_TOLD_MAX).map(wordsOfCopy))
  if (moved.length > 0) add('outOfOrder', moved.slice(0, RECORDS_TOLD_MAX).map(wordsOfMove))
  for (const id of new Set(anomalies.map((one) => one.id)))
    add(
      `${id} ${ANOMALIES[id]}`,
      anomalies.flatMap((one) => (one.id === id ? [one.says] : [])),
    )
  if (broken !== null) add('claim', [broken])
  return found
}

function wordsOfCopy({ producer, number, partition, offsets }: Place): string {
  return `record ${producer}:${number} is in partition ${partition} at offsets ${offsets.join(', ')}`
}

function wordsOfMove({ producer, number, partition, offsets }: Place): string {
  return `record ${producer}:${number} is in partition ${partition} at offset ${offsets[0]}, behind records that were sent after it`
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''
