/** Exits with 1 when anything was wrong. */
import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import { counted } from '../../src/base/words.js'
import { positive } from '../support/tool-options.js'
import { METHODS, runHostile } from './campaign.js'

const values = new Command('hostile')
  .description('Calls every public method with values that no compiler would let pass, and asks the cluster afterwards')
  .option('--calls <n>', 'how many calls', positive, 2_000)
  .option('--seed <text>', 'what chance begins with', '1')
  .option('--only <beginning>', 'only methods whose names begin so', methodsBeginning, '')
  .option('--verbose', 'how often each method was called')
  .parse()
  .opts()
const began = performance.now()
const result = await runHostile({
  calls: values.calls,
  seed: values.seed,
  only: values.only,
  onProgress: (calls) => process.stderr.write(`${counted(calls, 'call')}\n`),
})
const seconds = ((performance.now() - began) / 1_000).toFixed(0)
if (values.verbose === true) {
  for (const [name, { calls, legal }] of result.methods)
    console.log(`${name}: ${counted(calls, 'call')}, ${legal} legal`)
}
const never = [...result.methods].filter(([, { calls }]) => calls === 0).map(([name]) => name)
if (never.length > 0) console.log(`never called: ${never.join(', ')}`)
for (const sentence of result.broken) console.log(sentence)
const share = ((100 * result.legal) / result.calls).toFixed(1)
console.log(
  `${counted(result.calls, 'call')} of ${counted(result.methods.size, 'method')} with seed ${values.seed} in ${seconds} s: ` +
    `${result.legal} (${share} %) legal, ${result.refused} refused, ${result.broken.length} wrong`,
)
process.exitCode = result.broken.length === 0 ? 0 : 1

function methodsBeginning(beginning: string): string {
  if (METHODS.some(({ name }) => name.startsWith(beginning))) return beginning
  throw new InvalidArgumentError('No method begins so.')
}
