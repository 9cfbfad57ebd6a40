import { ConfigError, KafkaError, TimeoutError } from '../../base/errors.js'
import { ANOMALIES } from '../history/anomalies.js'
import { configOf } from '../workload.js'
import { type Experiment, type LabConfig, RefusedError, type RunOutcome } from './experiment.js'
import type { LabHost } from './lab-host.js'
import type { LabAnomaly, LabResult, LabRun } from './lab-result.js'
import type { TimelineEntry } from './recording.js'

export interface LabPlan {
  readonly experiment: Experiment
  readonly host: LabHost
  readonly configs: readonly LabConfig[]
  readonly seeds: readonly number[]
  /** The command that repeats one run. */
  readonly replay: (config: LabConfig, seed: number) => string
  readonly onRun?: (config: LabConfig, seed: number) => void
}

/** A run with what the table and the page show of it beside the contract. */
export interface ShownRun {
  readonly run: LabRun
  /** Of the first seed; null: nothing was run, or it did not come to its end. */
  readonly outcome: RunOutcome | null
  /** Why the claim does not hold, one sentence for each seed. */
  readonly broken: readonly string[]
}

export interface LabReport {
  readonly result: LabResult
  readonly experiment: Experiment
  readonly shown: readonly ShownRun[]
}

/** Lines of a history that are told: what came last matters most. */
const HISTORY_MAX = 60
/** Records of one kind that are told of one run. */
const RECORDS_TOLD_MAX = 10

/** Runs every cell under every seed. Throws a ConfigError when all are refused, and what is neither a refusal nor a finding. */
export async function runExperiment(plan: LabPlan): Promise<LabReport> {
  const { experiment, host } = plan
  const shown: ShownRun[] = []
  const anomalies: LabAnomaly[] = []
  for (const config of plan.configs) {
    const cell = await runCell(plan, config)
    shown.push(cell.shown)
    anomalies.push(...cell.anomalies)
  }
  const ran = shown.filter(({ run }) => run.refused === undefined)
  const [refused] = shown
  if (ran.length === 0 && refused !== undefined)
    throw new ConfigError('options', `Nothing could be run: ${refused.run.refused}`)
  const sum = (of: 'lost' | 'duplicated' | 'outOfOrder'): number => shown.reduce((total, { run }) => total + run[of], 0)
  const result: LabResult = {
    experiment: experiment.name,
    host: host.name,
    claim: experiment.claim,
    verdict: ran.every(({ broken }) => broken.length === 0) ? 'holds' : 'broken',
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    outOfOrder: sum('outOfOrder'),
    runs: shown.map(({ run }) => run),
    anomalies,
  }
  return { result, experiment, shown }
}

async function runCell(plan: LabPlan, config: LabConfig): Promise<{ shown: ShownRun; anomalies: LabAnomaly[] }> {
  const outcomes: RunOutcome[] = []
  const broken: string[] = []
  const anomalies: LabAnomaly[] = []
  const about = { config: shownConfig(config), recordsPerSecond: null }
  for (const seed of plan.seeds) {
    plan.onRun?.(config, seed)
    const replay = plan.replay(config, seed)
    try {
      const outcome = await plan.experiment.run(plan.host, config, seed)
      outcomes.push(outcome)
      if (outcome.broken !== null) broken.push(`seed ${seed}: ${outcome.broken}`)
      anomalies.push(...anomaliesOf(outcome, seed, replay))
    } catch (error) {
      if (error instanceof KafkaError) {
        const kind = error instanceof TimeoutError ? 'stuck' : 'failed'
        broken.push(`seed ${seed}: it did not come to its end: ${firstLine(error.message)}`)
        anomalies.push({ seed, kind, history: [{ atMs: 0, actor: 'lab', event: kind, says: error.message }], replay })
      } else if (error instanceof RefusedError) {
        // The same under every seed.
        const run = { ...about, refused: error.message, seeds: 0, lost: 0, duplicated: 0, outOfOrder: 0 }
        return { shown: { run, outcome: null, broken: [] }, anomalies: [] }
      } else throw error
    }
  }
  const sum = (of: (outcome: RunOutcome) => number): number => outcomes.reduce((total, one) => total + of(one), 0)
  const seconds = sum(({ tookMs }) => tookMs) / 1_000
  const [first = null] = outcomes
  const run: LabRun = {
    ...about,
    seeds: plan.seeds.length,
    lost: sum(({ observations }) => observations.lost.length),
    duplicated: sum(({ observations }) => observations.duplicated),
    outOfOrder: sum(({ observations }) => observations.outOfOrder),
    recordsPerSecond:
      plan.host.name === 'simulation' || seconds === 0
        ? null
        : sum(({ observations }) => observations.acknowledged) / seconds,
    ...(first !== null && { timeline: first.recording.timeline }),
  }
  return { shown: { run, outcome: first, broken }, anomalies }
}

function anomaliesOf({ observations, recording, broken }: RunOutcome, seed: number, replay: string): LabAnomaly[] {
  const { lost, duplicated, outOfOrder, anomalies } = observations
  const { timeline } = recording
  const found: LabAnomaly[] = []
  const add = (kind: string, last: readonly string[]): void => {
    const atMs = timeline.at(-1)?.atMs ?? 0
    const told = last.map((says): TimelineEntry => ({ atMs, actor: 'consumer', event: kind, says }))
    found.push({ seed, kind, history: [...timeline, ...told].slice(-HISTORY_MAX), replay })
  }
  if (lost.length > 0) {
    const name = ({ producer, number, acks }: (typeof lost)[number]): string =>
      `record ${producer}:${number} was acknowledged with acks=${acks === -1 ? 'all' : acks} and never read`
    add('lost', lost.slice(0, RECORDS_TOLD_MAX).map(name))
  }
  if (duplicated > 0) add('duplicated', [`${duplicated} records were read at several offsets`])
  if (outOfOrder > 0) add('outOfOrder', [`${outOfOrder} records were read behind later ones`])
  for (const { id, says } of anomalies) add(`${id} ${ANOMALIES[id]}`, [says])
  if (broken !== null) add('claim', [broken])
  return found
}

/** What was chosen, without what every experiment has in the same way. */
function shownConfig({ workload, records }: LabConfig): LabRun['config'] {
  const all = configOf(workload)
  const names = new Set([...Object.keys(workload.options), 'acks', 'brokers', 'replication.factor', 'recordSize'])
  return { ...Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name))), records }
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''
