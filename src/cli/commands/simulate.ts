import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import cliProgress from 'cli-progress'
import { ConfigError } from '../../base/errors.js'
import { counted } from '../../base/words.js'
import type { History } from '../../lab/history/history.js'
import { historyLines } from '../../lab/history/history-lines.js'
import {
  type CampaignResult,
  type FailingSeed,
  type MutantResult,
  runCampaign,
  runMutants,
} from '../../lab/simulate/campaign.js'
import { runSeed } from '../../lab/simulate/run-seed.js'
import { SeedFarm } from '../../lab/simulate/seed-farm.js'
import { checkOutputs, writeJson, writeOutput } from '../outputs.js'

const SEEDS = 1_000
const MUTANT_SEEDS_MAX = 1_000

const EXAMPLES = `
Examples:
  simulate --seeds 10000                  seeds 1 to 10000, on all cores
  simulate --seed 4711 --trace            one of them, step by step
  simulate --seed 4711 --history h.ndjson what its clients have sent and read, for odradek check
  simulate --seeds 100 --mutants          and each guard switched off, until a seed shows that it is missed

A seed is a cluster with producers, consumers and a swarm of faults. The exit code is 1 when an invariant was violated, an
acknowledged record was lost, or a mutant was not caught.
`

interface Texts {
  readonly seeds?: string | undefined
  readonly firstSeed?: string | undefined
  readonly seed?: string | undefined
  readonly mutants?: true | undefined
  readonly trace?: true | undefined
  readonly history?: string | undefined
  readonly json?: string | undefined
}

export function simulateCommand(): CommandUnknownOpts {
  return new Command('simulate')
    .description('run clusters under swarms of faults, each from a seed, and check that nothing acknowledged is lost')
    .option('--seeds <n>', `how many seeds (default: ${SEEDS})`)
    .option('--first-seed <n>', 'where they begin (default: 1)')
    .option('--seed <n>', 'one seed alone')
    .option('--trace', 'with --seed: everything that happens, a line a step')
    .option('--history <file>', 'with --seed: what its clients have sent and read, in the format of odradek check')
    .option('--mutants', `switch each guard off in turn, for ${MUTANT_SEEDS_MAX} seeds at most, until one is caught`)
    .option('--json <file>', 'the result as JSON; - is standard output, which then carries nothing else')
    .addHelpText('after', EXAMPLES)
    .action(async (options) => {
      process.exitCode = await simulate(options)
    })
}

async function simulate(texts: Texts): Promise<number> {
  const { json, history, trace = false, mutants = false } = texts
  const { firstSeed, seeds } = rangeOf(texts)
  checkOutputs({ json, history })
  if (trace || history !== undefined) return tellSeed(firstSeed, { trace, history })
  const farm = new SeedFarm()
  try {
    const progress = progressOf(seeds)
    const now = (): number => performance.now()
    const onViolation = ({ replay, step, invariant }: FailingSeed): void =>
      void process.stderr.write(`${replay}   # step ${step}: ${invariant}\n`)
    const campaign = await runCampaign(farm, { firstSeed, seeds, now, onSeed: progress.update, onViolation })
    progress.stop()
    const onMutant = (name: string): void => void process.stderr.write(`${name}\n`)
    const result: CampaignResult = mutants
      ? { ...campaign, mutants: await runMutants(farm, { firstSeed, seedsMax: MUTANT_SEEDS_MAX, onMutant }) }
      : campaign
    publish(result, json)
    const escaped = Object.values(result.mutants ?? {}).some(({ caughtAtSeed }) => caughtAtSeed === null)
    return result.violations > 0 || escaped ? 1 : 0
  } finally {
    await farm.close()
  }
}

/** Throws a ConfigError. */
function rangeOf(texts: Texts): { readonly firstSeed: number; readonly seeds: number } {
  const { seed, seeds, firstSeed } = texts
  for (const telling of ['trace', 'history'] as const) {
    for (const option of ['json', 'mutants'] as const) {
      if (texts[telling] !== undefined && texts[option] !== undefined)
        throw new ConfigError(
          telling,
          `Cannot run --${telling} together with --${option}: it tells what happens, and nothing else`,
        )
    }
    if (texts[telling] !== undefined && seed === undefined)
      throw new ConfigError(telling, `Cannot run --${telling} for more than one seed: say which with --seed`)
  }
  if (texts.trace === true && texts.history === '-')
    throw new ConfigError('history', 'Cannot write --trace and --history both to standard output: name a file')
  if (seed === undefined) {
    return {
      firstSeed: wholeNumber('first-seed', firstSeed ?? '1', 0),
      seeds: wholeNumber('seeds', seeds ?? String(SEEDS), 1),
    }
  }
  if (seeds !== undefined || firstSeed !== undefined)
    throw new ConfigError('seed', 'Cannot run --seed together with --seeds or --first-seed: it is one seed alone')
  return { firstSeed: wholeNumber('seed', seed, 0), seeds: 1 }
}

function wholeNumber(option: string, text: string, min: number): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= min && text.trim() !== '') return value
  throw new ConfigError(option, `Cannot read --${option} ${text}: it must be a whole number of at least ${min}`)
}

interface Telling {
  readonly trace: boolean
  /** A file, or `-` for standard output. */
  readonly history: string | undefined
}

async function tellSeed(seed: number, { trace, history: path }: Telling): Promise<number> {
  const print = (text: string): void => void process.stdout.write(`${text}\n`)
  const { violation } = await runSeed(seed, {
    ...(trace ? { onTrace: print } : {}),
    ...(path === undefined ? {} : { onHistory: (history) => writeHistory(history, path) }),
  })
  if (violation === null) return 0
  process.stderr.write(`${violation.invariant} at step ${violation.step}: ${violation.says}\n`)
  return 1
}

function writeHistory(history: History, path: string): void {
  writeOutput('history', path, `${[...historyLines(history)].join('\n')}\n`)
}

function progressOf(seeds: number): { update(done: number): void; stop(): void } {
  const bar = new cliProgress.SingleBar({
    format: '{bar} {value}/{total} seeds | {eta_formatted} left',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  })
  if (process.stderr.isTTY !== true) return { update: () => {}, stop: () => {} }
  bar.start(seeds, 0)
  return { update: (done) => bar.update(done), stop: () => bar.stop() }
}

function publish(result: CampaignResult, json: string | undefined): void {
  const eye = json === '-' ? process.stderr : process.stdout
  eye.write(`${inWords(result)}\n`)
  if (json !== undefined) writeJson(json, result)
}

function inWords(result: CampaignResult): string {
  const {
    seeds,
    steps,
    violations,
    seedsPerSecond,
    simulatedHours,
    leaderChanges,
    acknowledgedRecords,
    skippedEpochs,
  } = result
  const perSeed = (sum: number): string => (sum / seeds).toFixed(1)
  const faults = Object.entries(result.faults).map(([kind, count]) => `${kind} ${count}`)
  return [
    `${counted(seeds, 'seed')}, ${counted(violations, 'violation')}; ${seedsPerSecond.toFixed(1)} seeds a second, ${simulatedHours.toFixed(2)} simulated hours`,
    `a seed: ${perSeed(steps)} steps, ${perSeed(leaderChanges)} leader changes, ${perSeed(skippedEpochs)} leader epochs that a broker skipped, ${perSeed(acknowledgedRecords)} acknowledged records`,
    `faults: ${faults.join(', ')}`,
    ...result.failingSeeds.map(
      ({ invariant, step, says, replay }) => `${replay}   # step ${step}: ${invariant} ${says}`,
    ),
    ...Object.entries(result.mutants ?? {}).map(mutantInWords),
  ].join('\n')
}

function mutantInWords([name, { caughtAtSeed, seedsTried }]: [string, MutantResult]): string {
  return caughtAtSeed === null
    ? `${name}: NOT CAUGHT in ${counted(seedsTried, 'seed')}`
    : `${name}: caught at seed ${caughtAtSeed}, after ${counted(seedsTried, 'seed')}`
}
