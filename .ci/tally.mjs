// The last word of .ci/run: `node tally.mjs REPORT --lint CODE --tests CODE` reads vitest's JSON report and the exit codes
// of the linter and of vitest, says what failed, and ends with the line `N passed, N failed, N skipped`.
import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { lint: { type: 'string' }, tests: { type: 'string' } },
})
const [report] = positionals
const files = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).testResults : []

const statuses = files.flatMap((file) => file.assertionResults.map(({ status }) => status))
const count = (...wanted) => statuses.filter((status) => wanted.includes(status)).length
const passed = count('passed')
const skipped = count('skipped', 'pending', 'todo', 'disabled')
let failed = statuses.length - passed - skipped

// A file that cannot even be loaded, or whose hooks fail, has no failed test in it.
for (const file of files.filter(({ status }) => status === 'failed')) {
  if (file.assertionResults.some(({ status }) => status === 'failed')) continue
  console.log(`failed as a whole: ${file.name}`)
  failed++
}
if (values.tests !== '0' && failed === 0) {
  console.log(`npm test ended with exit code ${values.tests}, though no test failed`)
  failed++
}
if (values.lint !== '0') {
  console.log(`npm run lint ended with exit code ${values.lint}`)
  failed++
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed === 0 ? 0 : 1
