// `npm run compat:node`: whether the package, as npm packs it, works for those who install it, on every Node that is supported.
// Not a part of `npm test`: it installs jest, webpack and whole Nodes into a temporary folder.
//
//     npm run compat:node                          all
//     npm run compat:node -- --nodes 22,24         some Nodes
//     npm run compat:node -- --only jest,webpack   the rows whose names have one of these words
//
// The exit code is 0 when every cell of the table says ok. A Node that cannot be had is told, and fails unless it is not out yet.
import { parseArgs } from 'node:util'
import { CHECKS, CHECKS_ONCE } from './checks.mjs'
import { nodeOf, prepareWorkshop } from './workshop.mjs'

/** On these, all must work. The others are tried where they can be had. */
const SUPPORTED = ['20', '22', '24']
const { values } = parseArgs({
  options: { nodes: { type: 'string', default: [...SUPPORTED, '26'].join(',') }, only: { type: 'string' } },
})
const say = (sentence) => process.stderr.write(`compat: ${sentence}\n`)
const isWanted = ([name]) => values.only === undefined || values.only.split(',').some((word) => name.includes(word))

const majors = values.nodes.split(',')
const workshop = await prepareWorkshop(say)
const nodes = new Map()
for (const major of majors) {
  say(`getting Node ${major}`)
  nodes.set(major, await nodeOf(major))
}

const rows = []
const failures = []

async function cellOf(name, check, major) {
  const node = nodes.get(major)
  if (node === null) return 'no Node'
  try {
    await check({ ...workshop, node })
    return 'ok'
  } catch (error) {
    failures.push(`${name}, Node ${node.version}:\n${error.message}`)
    return 'FAILED'
  }
}

for (const [name, check] of CHECKS.filter(isWanted)) {
  say(name)
  const cells = []
  for (const major of majors) cells.push(await cellOf(name, check, major))
  rows.push([name, ...cells])
}
const first = majors.find((major) => nodes.get(major) !== null)
for (const [name, check] of CHECKS_ONCE.filter(isWanted)) {
  say(name)
  const cell = first === undefined ? 'no Node' : await cellOf(name, check, first)
  rows.push([name, ...majors.map((major) => (major === first || first === undefined ? cell : 'the same'))])
}

const missing = majors.filter((major) => nodes.get(major) === null)
for (const failure of failures) process.stdout.write(`\n${failure}\n`)
process.stdout.write(
  `\n${tableOf(['', ...majors.map((major) => nodes.get(major)?.version ?? `v${major}: none`)], rows)}\n\n`,
)
for (const major of missing) process.stdout.write(`skipped: Node ${major} cannot be had here\n`)
const cells = rows.flatMap(([, ...row]) => row)
const count = (cell) => cells.filter((one) => one === cell).length
process.stdout.write(`${count('ok')} passed, ${count('FAILED')} failed, ${count('no Node')} skipped\n`)
process.exitCode =
  count('FAILED') > 0 || count('ok') === 0 || missing.some((major) => SUPPORTED.includes(major)) ? 1 : 0

function tableOf(head, body) {
  const lines = [head, ...body]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
