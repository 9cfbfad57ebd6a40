import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import { tortureAccumulator } from './torture-accumulator.js'

/** Many more records than a test has time for: `node dist/bench/torture/accumulator.js --records 100000000` */
const program = new Command('accumulator')
  .description(
    'appends on one thread and closes batches on another at random moments; every record must arrive once, whole and in order',
  )
  .option('--records <count>', 'records to append', positive, 1e7)
  .option('--batch-size <bytes>', 'size of a batch', positive, 2048)
  .option('--buffer-memory <bytes>', 'memory of all batches', positive, 65_536)
  .option('--value-size <bytes>', 'the largest value', positive, 64)
  .option('--seed <text>', 'decides sizes and moments', '1')

const options = program.parse().opts()
const began = performance.now()
const figures = await tortureAccumulator({
  records: options.records,
  batchBytes: options.batchSize,
  bufferBytes: options.bufferMemory,
  valueBytesMax: options.valueSize,
  seed: options.seed,
})
process.stdout.write(`${JSON.stringify({ ...figures, seconds: (performance.now() - began) / 1e3 }, null, 2)}\n`)
if (figures.fault !== null) process.exitCode = 1

function positive(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It must be an integer above 0.')
  return number
}
