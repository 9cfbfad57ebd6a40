import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { POINTS, SLEEP_POINTS } from '../src/actor/points.js'
import { BROKER_OPTIONS } from '../src/base/config/broker-options.js'
import { CONSUMER_OPTIONS } from '../src/base/config/consumer-options.js'
import type { OptionDefinition } from '../src/base/config/definition.js'
import { PRODUCER_OPTIONS } from '../src/base/config/producer-options.js'
import { TOPIC_OPTIONS } from '../src/base/config/topic-options.js'
import { GUARDS } from '../src/base/guards.js'
import { GROUP_FAULT_KINDS } from '../src/lab/simulate/groups/group-swarm.js'
import { FAULT_KINDS } from '../src/lab/simulate/swarm.js'
import { WIRE_FAULT_KINDS } from '../src/lab/simulate/wire/wire-swarm.js'
import { readTree, repositoryRoot } from './support/source-tree.js'

const root = repositoryRoot()
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')

describe('docs/differences.md', () => {
  const OPTIONS: Readonly<Record<string, OptionDefinition>> = {
    ...PRODUCER_OPTIONS,
    ...CONSUMER_OPTIONS,
    ...TOPIC_OPTIONS,
    ...BROKER_OPTIONS,
  }
  const DIFFERS = /Kafka (has|knows|takes)|in Kafka|Not an option of Kafka|Not available yet|librdkafka/
  const SINCE = /Kafka has \S+ since [^.]*\.$/
  const names = Object.entries(OPTIONS)
    .filter(([, { doc, kafkaDefault }]) => kafkaDefault !== undefined || (DIFFERS.test(doc) && !SINCE.test(doc)))
    .map(([name]) => name)
  const firstCells = [...textOf('docs/differences.md').matchAll(/^\| ([^|]*) \|/gm)].map(([, cell]) => String(cell))

  test('has a row for every option whose default or values are not those of Kafka', () => {
    expect(names.length).toBeGreaterThan(15)
    expect(names.filter((name) => !firstCells.some((cell) => cell.includes(`\`${name}\``)))).toEqual([])
  })
})

test('test/README.md has a row for every guard and every kind of fault', () => {
  const rows = textOf('test/README.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | ')[0] ?? '')
  const names = [...Object.keys(GUARDS), ...FAULT_KINDS, ...GROUP_FAULT_KINDS, ...WIRE_FAULT_KINDS]
  expect(names.filter((name) => !rows.some((row) => row.includes(`\`${name}\``)))).toEqual([])
})

test('a file in a table of src/README.md stands in the folder that it names, or in that of the file before it', () => {
  const sources = new Set(readTree(root).keys())
  const lost: string[] = []
  const rows = textOf('src/README.md')
    .split('\n')
    .filter((line) => line.startsWith('| '))
  for (const row of rows) {
    let before = 'src'
    for (const [, name = ''] of row.matchAll(/`([\w./-]+\.ts)`/g)) {
      const path = [`src/${name}`, name, `${before}/${name}`].find((one) => sources.has(one))
      if (path === undefined) lost.push(name)
      else before = posix.dirname(path)
    }
  }
  expect(lost).toEqual([])
})

describe('docs/faults-and-lab.md', () => {
  test('names every point between two steps over shared memory, and no other', () => {
    const passed = [...Object.values(POINTS).flat(), ...SLEEP_POINTS]
    const [, section = ''] = /^\| point \|.*\n((?:\|.*\n)+)/m.exec(textOf('docs/faults-and-lab.md')) ?? []
    const firstCells = section.split('\n').map((row) => row.split(' | ')[0] ?? '')
    const told = [...firstCells.join().matchAll(/`([\w-]+)`/g)].map(([, name]) => String(name))
    expect(told.length).toBeGreaterThan(5)
    expect(told.sort()).toEqual([...new Set(passed)].sort())
  })
})

describe('the packed files', () => {
  const [{ files }] = JSON.parse(
    String(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, stdio: 'pipe' })),
  ) as [{ readonly files: readonly { readonly path: string }[] }]
  const paths = files.map(({ path }) => path)
  const isThere = (path: string): boolean => paths.some((one) => one === path || one.startsWith(`${path}/`))
  const documents = paths.filter((path) => path.endsWith('.md'))

  test('hold the documents', () => expect(documents).toContain('docs/consumer.md'))

  test.each(documents)('hold whatever %s links to', (document) => {
    const links = [...textOf(document).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => String(link))
    const missing = links.filter((link) => !isThere(posix.join(posix.dirname(document), link)))
    expect(missing).toEqual([])
  })

  test.each(documents.filter((path) => !/^(test|bench)\//.test(path)))(
    'hold what the commands of %s run, unless it says that they need a checkout',
    (document) => {
      for (const [block] of textOf(document).matchAll(/((?:[^\n]+\n)*)\n*```sh\n.*?```/gs)) {
        const isOfCheckout = /\bnpm (run|start|test)\b/.test(block)
        expect([document, block, !isOfCheckout || /checkout/.test(block)]).toEqual([document, block, true])
      }
    },
  )
})
