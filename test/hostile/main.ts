/** `npm run hostile -- --calls N --seed S`: exits with 1 when anything was wrong. */

import { parseArgs } from 'node:util'
import { counted } from '../../src/base/words.js'
import { runHostile } from './campaign.js'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean' },
  },
})
const began = performance.now()
const result = await runHostile({
  calls: Number(values.calls),
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
