import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import type { OptionDefinition } from '../../base/config/definition.js'
import { ConfigError } from '../../base/errors.js'
import { loadInput } from '../../lab/input/load-input.js'
import { readInput } from '../../lab/input/read-input.js'
import type { BenchResult } from '../../lab/measure/bench-result.js'
import { inputRecords, type RecordSource } from '../../lab/measure/record-source.js'
import { runSweep } from '../../lab/measure/sweep.js'
import { thisMachine } from '../../lab/measure/this-machine.js'
import { KAFKA_OPTIONS, WORKLOAD_OPTIONS } from '../../lab/measure/workload.js'
import { checkOutputs, exitCodeOf, publish } from '../outputs.js'
import { sweepProgress } from '../progress.js'
import { type GivenTexts, parseCells, parseLimit, parseRepeat } from '../sweep-options.js'

const EXAMPLES = `
Examples:
  odradek bench --batch.size 1024,16384,65536 --linger.ms 0,5,20 --acks 1
  odradek bench --rate 10000 --linger.ms 0 --handler module,closure
  odradek bench --input orders.ndjson --key customer --partitions 8 --report orders.html
  odradek bench --records 100000 --json - | jq '.runs[].recordsPerSecond'

Every value may be a comma list; all combinations are run. Every run checks every record: the exit code is 1 when one was
lost, duplicated, out of order or not acknowledged, and when no combination could be run.
`

/** Options of the whole sweep; all others are part of its cells. */
type SweepTexts = Partial<
  Record<'records' | 'duration' | 'repeat' | 'input' | 'key' | 'json' | 'report' | 'seed', string | undefined>
>

export function benchCommand(): CommandUnknownOpts {
  const command = new Command('bench')
    .description('measure throughput and latency under any options of Kafka, and check every record')
    .usage('[options]')
    .optionsGroup('How long, from where, to where:')
    .option('--records <n>', 'records of a run; instead of --duration')
    .option('--duration <seconds>', 'seconds of sending of a run (default: 2)')
    .option('--repeat <times>', 'repeats of every cell, in turns; figures are medians (default: 1)')
    .option('--input <file>', 'records from NDJSON, JSON, CSV, TSV or plain lines, gzip or not; - is standard input')
    .option('--key <field>', "the field of the input that becomes the record's key")
    .option('--seed <seed>', 'decides made-up values and what the cluster leaves to chance', '1')
    .option('--json <file>', 'the result as JSON; - is standard output, which then carries nothing else')
    .option('--report <file>', 'the result as an HTML page')
    .optionsGroup('Workload:')
    .option(
      '--rate <values>',
      'records per second, or max; with a rate, latency counts from the intended send time (default: max)',
    )
  addTable(command, WORKLOAD_OPTIONS, 'Workload:')
  const added = new Set<string>()
  for (const { title, definitions } of KAFKA_OPTIONS) {
    const own = Object.entries(definitions).filter(([name]) => !added.has(name))
    for (const [name] of own) added.add(name)
    addTable(command, Object.fromEntries(own), `${title}:`)
  }
  command.addHelpText('after', EXAMPLES)
  command.action(async (options, self) => {
    process.exitCode = await bench(options as SweepTexts, givenTexts(self, OF_THE_SWEEP))
  })
  return command
}

/** Adds one option for each definition, under a heading of the help. */
export function addTable(
  command: { addOption(option: Option): unknown },
  definitions: Readonly<Record<string, OptionDefinition>>,
  group: string,
): void {
  for (const [name, definition] of Object.entries(definitions)) {
    const usual = definition.type === 'acks' ? 'all' : String(definition.default)
    const isWorthSaying = definition.default !== null && usual !== ''
    const says = isWorthSaying ? `${definition.doc} (default: ${usual})` : definition.doc
    command.addOption(new Option(`--${name} <values>`, says).helpGroup(group))
  }
}

const OF_THE_SWEEP = new Set(['records', 'duration', 'repeat', 'input', 'key', 'json', 'report', 'seed'])

/**
 * The options of the cells by name, in the order in which they were given. `others` names options that are not theirs.
 */
export function givenTexts(command: CommandUnknownOpts, others: ReadonlySet<string>): GivenTexts {
  const names = command.options.map((option) => [option.long?.slice(2) ?? '', option.attributeName()] as const)
  const values = command.opts() as Record<string, string | undefined>
  // Commander keeps options in the order in which it met them.
  const order = Object.keys(values)
  const given = names.filter(([name, attribute]) => !others.has(name) && values[attribute] !== undefined)
  given.sort(([, a], [, b]) => order.indexOf(a) - order.indexOf(b))
  return Object.fromEntries(given.map(([name, attribute]) => [name, values[attribute]]))
}

async function bench(options: SweepTexts, texts: GivenTexts): Promise<number> {
  const cells = parseCells(texts, options.seed ?? '1')
  const limit = parseLimit(options)
  const repeats = parseRepeat(options.repeat)
  checkOutputs(options, options.input)
  const recordsMax = 'records' in limit ? limit.records : Number.POSITIVE_INFINITY
  const source = await sourceOf(options, texts, recordsMax)
  const progress = sweepProgress(cells)
  let result: BenchResult
  try {
    const runs = await runSweep({ cells, repeats, limit, ...(source === null ? {} : { source }) }, progress)
    result = { machine: thisMachine(), runs }
  } finally {
    progress.stop()
  }
  publish(result, options, { command: commandLine() })
  return exitCodeOf(result)
}

async function sourceOf(
  { input, key }: SweepTexts,
  texts: GivenTexts,
  recordsMax: number,
): Promise<RecordSource | null> {
  if (input === undefined) {
    if (key !== undefined) throw new ConfigError('key', 'Cannot set key without input: made-up records have no fields')
    return null
  }
  if (texts['record-size'] !== undefined) {
    throw new ConfigError(
      'record-size',
      'Cannot set record-size together with input: the values are those of the input',
    )
  }
  const name = input === '-' ? 'standard input' : input
  return inputRecords(await loadInput(readInput(input, key === undefined ? {} : { key }), { name, recordsMax }))
}

/** The command line as it can be pasted into a shell. */
export function commandLine(): string {
  return ['odradek', ...process.argv.slice(2).map(quoted)].join(' ')
}

/** One word of a shell's command. */
export function quoted(word: string): string {
  return /^[\w.,:/@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
