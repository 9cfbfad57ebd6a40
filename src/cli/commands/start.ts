import { join } from 'node:path'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { loadInput } from '../../lab/input/load-input.js'
import { SAMPLE_DATA, sampleData } from '../../lab/input/sample-data.js'
import { inputRecords } from '../../lab/measure/record-source.js'
import { productOf, runSweep } from '../../lab/measure/sweep.js'
import { thisMachine } from '../../lab/measure/this-machine.js'
import { DEFAULT_WORKLOAD } from '../../lab/measure/workload.js'
import { checkDistinctOutputs, exitCodeOf, publish } from '../outputs.js'
import { sweepProgress } from '../progress.js'

const BATCH_SIZES = [1_024, 4_096, 16_384, 65_536]
const LINGERS_MS = [0, 5, 20]
const PARTITIONS = 4
// Runs are short, so that the twelve cells and their second pass are over in half a minute. The buffer is small,
// because its content at the end of a run is waited for.
const BUFFER_BYTES = 8 * 2 ** 20
const WARM_UP = { records: 100_000, seconds: 0.25, leadInSeconds: 0.2 }
const LIMIT = { seconds: 0.35 }
const LATENCY_LIMIT = { seconds: 0.25 }
const REPORT = join('reports', 'batch-size-by-linger.html')

export function startCommand(): CommandUnknownOpts {
  return new Command('start')
    .description('see it work: flights through four partitions, under twelve combinations of batch.size and linger.ms')
    .option('--json <file>', 'the result as JSON; - is standard output, which then carries nothing else')
    .option('--report <file>', 'where the HTML page goes', REPORT)
    .action(async ({ json, report }) => {
      process.exitCode = await start({ json, report })
    })
}

async function start(outputs: { readonly json: string | undefined; readonly report: string }): Promise<number> {
  checkDistinctOutputs(outputs)
  process.stderr.write(`${SAMPLE_DATA.says}\n`)
  const from = { name: SAMPLE_DATA.file, recordsMax: Number.POSITIVE_INFINITY }
  const source = inputRecords(await loadInput(sampleData(), from))
  const axes = [
    ['batch.size', BATCH_SIZES],
    ['linger.ms', LINGERS_MS],
  ] as const
  const cells = productOf<number>(axes).map((swept) => ({
    ...DEFAULT_WORKLOAD,
    partitions: PARTITIONS,
    options: { ...swept, acks: 1, 'buffer.memory': BUFFER_BYTES },
  }))
  const progress = sweepProgress(cells)
  try {
    const runs = await runSweep(
      { cells, repeats: 1, limit: LIMIT, latencyLimit: LATENCY_LIMIT, warmUp: WARM_UP, source },
      progress,
    )
    progress.stop()
    const result = { machine: thisMachine(), runs }
    publish(result, outputs, { command: 'npm start' })
    return exitCodeOf(result)
  } finally {
    progress.stop()
  }
}
