import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { parseText } from '../../base/config/definition.js'
import { meantName } from '../../base/config/meant-name.js'
import { ConfigError } from '../../base/errors.js'
import type { Experiment, LabConfig } from '../../lab/experiments/experiment.js'
import { LabFarm } from '../../lab/experiments/lab-farm.js'
import { LAB_HOSTS, type LabHost } from '../../lab/experiments/lab-host.js'
import { EXPERIMENTS, experimentNamed } from '../../lab/experiments/registry.js'
import { runExperiment } from '../../lab/experiments/run-experiment.js'
import { KAFKA_OPTIONS, WORKLOAD_OPTIONS } from '../../lab/measure/workload.js'
import { labPage } from '../../lab/report/lab-page.js'
import { labTable } from '../../lab/report/lab-table.js'
import { checkOutputs, writeJson, writeOutput } from '../outputs.js'
import { sweepProgress } from '../progress.js'
import { type GivenTexts, parseCells } from '../sweep-options.js'
import { addTable, commandLine, givenTexts, quoted } from './bench.js'

const EXAMPLES = `
Examples:
  odradek lab list
  odradek lab explain acks
  odradek lab run acks --report acks.html
  odradek lab run acks --acks 1 --min.insync.replicas 2 --seeds 20
  odradek lab run failover --threads --json - | jq '.runs[].timeline'
  odradek lab run in-flight-reorders --max.in.flight.requests.per.connection 1,2,5,20 --enable.idempotence true,false --seeds 1000

Every value may be a comma list; all combinations are run. A list of assignors is one value, as it is to Kafka. The exit
code is 1 when the claim is broken.
`

/** What is said of `odradek lab` where nothing stands behind it. */
export const LAB_ALONE = `Usage: odradek lab list | explain <experiment> | run <experiment> [options]

Start with:
  odradek lab list
  odradek lab explain acks
  odradek lab run acks --report acks.html

odradek lab --help names all options.
`

const SEED = { type: 'int', default: 1, min: 0, doc: '' } as const
const SEEDS = { type: 'int', default: 1, min: 1, max: 1_000_000, doc: '' } as const
const ERRORS = { type: 'int', default: 1, min: 0, max: 100, doc: '' } as const
const ERROR_AT = { type: 'int', default: 1, min: 1, max: 10_000, doc: '' } as const
const RECORDS = { type: 'int', default: 20, min: 1, max: 10_000, doc: '' } as const

/** The options that the shape of an experiment leaves open. */
const { brokers, partitions, 'replication.factor': replicationFactor, 'record-size': recordSize } = WORKLOAD_OPTIONS
const SHAPE = { brokers, partitions, 'replication.factor': replicationFactor, 'record-size': recordSize }

/** More seeds than this run on all cores; fewer are done before those have started. */
const SEEDS_ALONE_MAX = 20

interface LabTexts {
  readonly simulated?: true
  readonly threads?: true
  readonly seed?: string
  readonly seeds?: string
  readonly records?: string
  readonly errors?: string
  readonly errorAt?: string
  readonly json?: string
  readonly report?: string
}
const OF_THE_LAB = new Set(['simulated', 'threads', 'seed', 'seeds', 'records', 'errors', 'error-at', 'json', 'report'])

export function labCommand(): CommandUnknownOpts {
  const command = new Command('lab')
    .description('experiments: what Kafka promises, seen to hold or to break')
    .usage('list | explain <experiment> | run <experiment> [options]')
    .argument('<what>', 'list, explain or run')
    .argument('[experiment]', EXPERIMENTS.map(({ name }) => name).join(', '))
    .optionsGroup('Where, under which chance, to where:')
    .option('--simulated', 'on one thread, the same again for the same seed (the default)')
    .option('--threads', "on threads, under the machine's clock")
    .option('--seed <seed>', 'decides what is left to chance (default: 1)')
    .option('--seeds <n>', 'every seed from 1 up to this one')
    .option('--records <n>', 'records of each step (default: 20)')
    .option('--errors <n>', 'how many requests go wrong, where requests do (default: the seed decides)')
    .option('--error-at <n>', 'the first request that goes wrong (default: the seed decides)')
    .option('--json <file>', 'the result as JSON; - is standard output, which then carries nothing else')
    .option('--report <file>', 'the result as an HTML page')
  addTable(command, SHAPE, 'Shape:')
  const added = new Set<string>(Object.keys(SHAPE))
  for (const { title, definitions } of KAFKA_OPTIONS) {
    const own = Object.entries(definitions).filter(([name]) => !added.has(name))
    for (const [name] of own) added.add(name)
    addTable(command, Object.fromEntries(own), `${title}:`)
  }
  command.addHelpText('after', EXAMPLES)
  command.action(async (what, name, options, self) => {
    const given = givenTexts(self, OF_THE_LAB)
    const [first] = Object.keys(givenTexts(self, new Set()))
    if (first !== undefined && (what === 'list' || what === 'explain'))
      throw new ConfigError(first, `Cannot set ${first} together with ${what}: it is an option of run`)
    process.exitCode = await lab({ what, name }, options as LabTexts, given)
  })
  return command
}

interface Asked {
  readonly what: string
  readonly name: string | undefined
}

async function lab({ what, name }: Asked, options: LabTexts, given: GivenTexts): Promise<number> {
  switch (what) {
    case 'list':
      if (name !== undefined) throw new ConfigError('experiment', `Cannot list ${name}: list names all experiments`)
      process.stdout.write(`${listing()}\n`)
      return 0
    case 'explain':
      process.stdout.write(`${explained(named(name, what))}\n`)
      return 0
    case 'run':
      return run(named(name, what), options, given)
    default: {
      const meant = meantName(what, ['list', 'explain', 'run'], '; ')
      throw new ConfigError('lab', `Cannot do ${what}: it is list, explain or run${meant}`)
    }
  }
}

function named(name: string | undefined, what: string): Experiment {
  if (name !== undefined) return experimentNamed(name)
  const names = EXPERIMENTS.map((experiment) => experiment.name).join(', ')
  throw new ConfigError('experiment', `Cannot ${what} without the name of an experiment: there are ${names}`)
}

async function run(experiment: Experiment, options: LabTexts, given: GivenTexts): Promise<number> {
  const host = hostOf(options)
  const seeds = seedsOf(options)
  const configs = configsOf(experiment, options, given)
  checkOutputs(options)
  const replay = (config: LabConfig, seed: number): string => replayOf(experiment, host, config, { seed, given })
  const farm = seeds.length > SEEDS_ALONE_MAX && host.name === 'simulation' ? new LabFarm() : undefined
  const progress = sweepProgress(configs.map(({ workload }) => workload))
  const plan = { experiment, host, configs, seeds, replay, onRun: progress.onStep, ...(farm && { farm }) }
  const report = await runExperiment(plan).finally(() => {
    progress.stop()
    return farm?.close()
  })
  const eye = options.json === '-' ? process.stderr : process.stdout
  eye.write(`${labTable(report)}\n`)
  if (options.json !== undefined) writeJson(options.json, report.result)
  if (options.report !== undefined) {
    writeOutput('report', options.report, labPage(report, { command: commandLine() }))
    eye.write(`\nThe same as a page, with what happened along time: ${options.report}\n`)
  }
  return report.result.verdict === 'holds' ? 0 : 1
}

function hostOf({ simulated, threads }: LabTexts): LabHost {
  if (simulated && threads)
    throw new ConfigError('threads', 'Cannot set threads together with simulated: give one of the two')
  return threads ? LAB_HOSTS.threads : LAB_HOSTS.simulation
}

function seedsOf({ seed, seeds }: LabTexts): number[] {
  if (seed !== undefined && seeds !== undefined)
    throw new ConfigError('seed', 'Cannot set seed together with seeds: give one of the two')
  if (seeds === undefined) return [seed === undefined ? SEED.default : parseText(SEED, 'seed', seed)]
  return Array.from({ length: parseText(SEEDS, 'seeds', seeds) }, (_, index) => index + 1)
}

/** The experiment's cells, with given options instead of their own; equal cells become one. */
function configsOf(experiment: Experiment, { records, errors, errorAt }: LabTexts, given: GivenTexts): LabConfig[] {
  const count = records === undefined ? experiment.records : parseText(RECORDS, 'records', records)
  const { name, shrinks = [] } = experiment
  for (const [option, text] of Object.entries({ errors, 'error-at': errorAt }))
    if (text !== undefined && !shrinks.includes('errors'))
      throw new ConfigError(option, `Cannot set ${option} with ${name}: none of its requests is made to go wrong`)
  const cells = experiment.cells.flatMap((cell) => parseCells({ ...cell, ...given }, '1'))
  const different = new Map(cells.map((workload) => [JSON.stringify(workload), workload]))
  const drawn = {
    ...(errors !== undefined && { errors: parseText(ERRORS, 'errors', errors) }),
    ...(errorAt !== undefined && { errorAt: parseText(ERROR_AT, 'error-at', errorAt) }),
  }
  return [...different.values()].map((workload) => ({ workload, records: count, ...drawn }))
}

/** One cell under one seed, with the given options that the cell uses. */
function replayOf(
  { name, records: usual, cells }: Experiment,
  host: LabHost,
  { workload, records, errors, errorAt }: LabConfig,
  { seed, given }: { readonly seed: number; readonly given: GivenTexts },
): string {
  const shape: Record<string, unknown> = {
    brokers: workload.brokers,
    partitions: workload.partitions,
    'replication.factor': workload.replicationFactor,
    'record-size': workload.recordBytes,
  }
  const settingOf = (option: string): unknown => shape[option] ?? workload.options[option]
  const textOf = (option: string): string => {
    const value = settingOf(option)
    return option === 'acks' && value === -1 ? 'all' : String(value)
  }
  const names = new Set([...Object.keys(given), ...cells.flatMap((cell) => Object.keys(cell))])
  const isOfAll = (option: string): boolean => {
    const values = new Set(cells.map((cell) => cell[option]))
    return given[option] === undefined && values.size === 1 && values.has(textOf(option))
  }
  const chosen = [...names].flatMap((option) => {
    if (isOfAll(option) || settingOf(option) === undefined) return []
    return [`--${option}`, quoted(textOf(option))]
  })
  const where = host.name === 'threads' ? ['--threads'] : []
  const size = records === usual ? [] : ['--records', String(records)]
  const drawn = [
    ...(errors === undefined ? [] : ['--errors', errors]),
    ...(errorAt === undefined ? [] : ['--error-at', errorAt]),
  ]
  return ['odradek lab run', name, ...where, ...chosen, ...size, ...drawn, '--seed', seed].join(' ')
}

function listing(): string {
  const width = Math.max(...EXPERIMENTS.map(({ name }) => name.length))
  return EXPERIMENTS.map(({ name, claim }) => `${name.padEnd(width)}  ${claim}`).join('\n')
}

function explained({ name, claim, explanation }: Experiment): string {
  return `${name}\n\n${claim}\n\n${explanation}\n\nRun it: odradek lab run ${name}`
}
