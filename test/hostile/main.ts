/** `npm run hostile -- --calls N --seed S`: exits with 1 when anything was wrong. */
import { parseArgs } from 'node:util'
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
  onProgress: (calls) => process.stderr.write(`${calls} calls\n`),
})
const seconds = ((performance.now() - began) / 1_000).toFixed(0)
if (values.verbose === true) {
  for (const [name, { calls, legal }] of result.methods) console.log(`${name}: ${calls} calls, ${legal} legal`)
}
const never = [...result.methods].filter(([, { calls }]) => calls === 0).map(([name]) => name)
if (never.length > 0) console.log(`never called: ${never.join(', ')}`)
for (const sentence of result.broken) console.log(sentence)
const share = ((100 * result.legal) / result.calls).toFixed(1)
console.log(
  `${result.calls} calls of ${result.methods.size} methods with seed ${values.seed} in ${seconds} s: ` +
    `${result.legal} (${share} %) legal, ${result.refused} refused, ${result.broken.length} wrong`,
)
process.exitCode = result.broken.length === 0 ? 0 : 1
