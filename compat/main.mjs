// Whether the package, as npm packs it, works for those who install it, on every Node that is supported. Not a part of
// `npm test`: it installs jest, webpack and whole Nodes into a temporary folder. The exit code is 0 when every cell of
// the table says ok. A Node that cannot be had is told, and fails unless it is not out yet.
import { Command } from '@commander-js/extra-typings'
import { matching, names } from '../dist/test/support/tool-options.js'
import { CHECKS, CHECKS_ONCE } from './checks.mjs'
import { nodeOf, prepareWorkshop } from './workshop.mjs'

/** On these, all must work. The others are tried where they can be had. */
const SUPPORTED = ['20', '22', '24']
const ROWS = [...CHECKS, ...CHECKS_ONCE]
const values = new Command('compat:node')
  .description('Installs the package, as npm packs it, and tries it on several Nodes')
  .option('--nodes <majors>', 'some Nodes, a comma list', names, [...SUPPORTED, '26'])
  .option(
    '--only <words>',
    'the rows whose names have one of these words, a comma list',
    matching(ROWS, ([name]) => name),
  )
  .parse()
  .opts()
const wanted = values.only ?? ROWS
const say = (sentence) => process.stderr.write(`compat: ${sentence}\n`)

const majors = values.nodes
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

for (const [name, check] of CHECKS.filter((row) => wanted.includes(row))) {
  say(name)
  const cells = []
  for (const major of majors) cells.push(await cellOf(name, check, major))
  rows.push([name, ...cells])
}
const first = majors.find((major) => nodes.get(major) !== null)
for (const [name, check] of CHECKS_ONCE.filter((row) => wanted.includes(row))) {
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
