import { ConfigError } from '../../base/errors.js'
import type { SweepStep } from '../measure/sweep.js'
import { configOf } from '../measure/workload.js'
import type { Experiment, LabConfig, RunOutcome } from './experiment.js'
import { runExperimentSeed, type SeedReport } from './experiment-seed.js'
import type { LabFarm } from './lab-farm.js'
import type { LabHost } from './lab-host.js'
import type { LabAnomaly, LabResult, LabRun } from './lab-result.js'

export interface LabPlan {
  readonly experiment: Experiment
  readonly host: LabHost
  readonly configs: readonly LabConfig[]
  readonly seeds: readonly number[]
  /** Returns the command that repeats one run. */
  readonly replay: (config: LabConfig, seed: number) => string
  /** The farm that runs all seeds but the first in the simulation. Without it they run here, one after the other. */
  readonly farm?: LabFarm
  /** Called with how many seeds are behind us; a refused cell's seeds count once the refusal is known. */
  readonly onRun?: (step: SweepStep) => void
}

/** A run with what the table and the page show beside the contract. */
export interface ShownRun {
  readonly run: LabRun
  /** The outcome of the first seed; null when nothing was run, or the run did not come to its end. */
  readonly outcome: RunOutcome | null
  /** The reasons why the claim does not hold, one sentence for each seed. */
  readonly broken: readonly string[]
}

export interface LabReport {
  readonly result: LabResult
  readonly experiment: Experiment
  readonly shown: readonly ShownRun[]
  /** The reason why the claim does not hold between the runs, whatever each has shown by itself; null when it does. */
  readonly brokenBetween: string | null
}

/** Runs every cell under every seed. Throws a ConfigError when all are refused. */
export async function runExperiment(plan: LabPlan): Promise<LabReport> {
  const { experiment, host } = plan
  const shown: ShownRun[] = []
  const anomalies: LabAnomaly[] = []
  const total = plan.configs.length * plan.seeds.length
  for (const [index, config] of plan.configs.entries()) {
    const before = index * plan.seeds.length
    const onDone = (done: number): void => plan.onRun?.({ workload: config.workload, done: before + done, total })
    const cell = await runCell(plan, config, onDone)
    shown.push(cell.shown)
    anomalies.push(...cell.anomalies)
  }
  const ran = shown.filter(({ run }) => run.refused === undefined)
  const [refused] = shown
  if (ran.length === 0 && refused !== undefined)
    throw new ConfigError('options', `Nothing could be run: ${refused.run.refused}`)
  const outcomes = shown.flatMap(({ outcome }, index) =>
    outcome === null ? [] : [{ config: plan.configs[index] as LabConfig, outcome }],
  )
  const brokenBetween = experiment.compare?.(outcomes) ?? null
  const isBroken = brokenBetween !== null || ran.some(({ broken }) => broken.length > 0)
  const sum = (of: 'lost' | 'duplicated' | 'outOfOrder'): number => shown.reduce((total, { run }) => total + run[of], 0)
  const result: LabResult = {
    experiment: experiment.name,
    host: host.name,
    claim: experiment.claim,
    verdict: isBroken ? 'broken' : 'holds',
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    outOfOrder: sum('outOfOrder'),
    runs: shown.map(({ run }) => run),
    anomalies,
  }
  return { result, experiment, shown, brokenBetween }
}

interface Cell {
  readonly shown: ShownRun
  readonly anomalies: readonly LabAnomaly[]
}

async function runCell(plan: LabPlan, config: LabConfig, onDone: (seeds: number) => void): Promise<Cell> {
  const { experiment, host, seeds, replay } = plan
  const about = { config: shownConfig(config), recordsPerSecond: null }
  const [firstSeed, ...otherSeeds] = seeds as readonly [number, ...number[]]
  onDone(0)
  const { report: firstReport, outcome } = await runExperimentSeed({ experiment, host, config, seed: firstSeed })
  if (firstReport.refused !== null) {
    // A refusal is the same under every seed.
    const run = { ...about, refused: firstReport.refused, seeds: 0, lost: 0, duplicated: 0, outOfOrder: 0 }
    return { shown: { run, outcome: null, broken: [] }, anomalies: [] }
  }
  const reports = [firstReport]
  onDone(reports.length)
  let told = firstReport.anomalies.length
  for await (const report of runSeeds(plan, config, otherSeeds)) {
    reports.push(told < HISTORIES_MAX ? report : withoutHistories(report))
    onDone(reports.length)
    told += report.anomalies.length
  }
  const sum = (of: (report: SeedReport) => number): number => reports.reduce((total, one) => total + of(one), 0)
  const run: LabRun = {
    ...about,
    seeds: seeds.length,
    lost: sum(({ lost }) => lost),
    duplicated: sum(({ duplicated }) => duplicated),
    outOfOrder: sum(({ outOfOrder }) => outOfOrder),
    recordsPerSecond: paceOf(plan, reports),
    ...(outcome !== null && { timeline: outcome.recording.timeline }),
  }
  const broken = reports.flatMap((one) => (one.broken === null ? [] : [`seed ${one.seed}: ${one.broken}`]))
  const anomalies = reports.flatMap(({ seed, anomalies: found }) =>
    found.map(({ kind, history, config: smaller }) => ({ seed, kind, history, replay: replay(smaller, seed) })),
  )
  return { shown: { run, outcome, broken }, anomalies }
}

/**
 * The most anomalies of one cell whose history is kept whole: a hundred thousand histories have no room in memory, nor
 * in a JSON.
 */
const HISTORIES_MAX = 1_000

/** Drops all histories but for the last line of each, which says what is wrong. */
function withoutHistories(report: SeedReport): SeedReport {
  return { ...report, anomalies: report.anomalies.map((one) => ({ ...one, history: one.history.slice(-1) })) }
}

async function* runSeeds({ experiment, host, farm }: LabPlan, config: LabConfig, seeds: readonly number[]) {
  if (farm !== undefined && host.name === 'simulation') yield* farm.run({ experiment: experiment.name, config }, seeds)
  else for (const seed of seeds) yield (await runExperimentSeed({ experiment, host, config, seed })).report
}

/**
 * Returns acknowledged records in a second of the host's clock, while records were sent; null when the runs say nothing
 * about speed.
 */
function paceOf({ host }: LabPlan, reports: readonly SeedReport[]): number | null {
  const ran = reports.filter(({ acknowledged }) => acknowledged > 0)
  const timed = ran.filter(({ sendingMs }) => sendingMs !== null)
  const isTimed = timed.length > 0
  if (!isTimed && host.name === 'simulation') return null
  const among = isTimed ? timed : ran
  const ms = among.reduce((sum, { sendingMs, tookMs }) => sum + (sendingMs ?? tookMs), 0)
  const acknowledged = among.reduce((sum, one) => sum + one.acknowledged, 0)
  return ms === 0 ? null : (acknowledged * 1_000) / ms
}

/** Returns the config that was chosen, without what every experiment has in the same way. */
function shownConfig({ workload, ...config }: LabConfig): LabRun['config'] {
  const all = configOf(workload)
  const names = new Set([
    ...Object.keys(workload.options),
    'acks',
    'brokers',
    'partitions',
    'replication.factor',
    'recordSize',
  ])
  const { records, errors, errorAt } = config
  const drawn = { ...(errors !== undefined && { errors }), ...(errorAt !== undefined && { errorAt }) }
  return { ...Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name))), records, ...drawn }
}
