import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileAll, runProgram, type Snippet, snippetsIn, wholeProgram } from './support/snippets.js'
import { repositoryRoot } from './support/source-tree.js'

const DOCUMENTS = ['README.md', ...readdirSync(join(repositoryRoot(), 'docs')).map((name) => `docs/${name}`)]
const given = (place: string, text: string): Snippet => ({ place, language: 'ts', text, prints: [] })
/** One run of the compiler for all: it takes most of the time. */
const [wrong, failing, ...compiled] = compileAll([
  given('wrong:1', "import { Cluster } from 'odradek'\nawait Cluster.start({ brokers: 'three' })"),
  given('failing:1', "throw new Error('no tea')"),
  ...DOCUMENTS.flatMap(snippetsIn),
])

test('the documents have programs', () => {
  expect(compiled.length).toBeGreaterThanOrEqual(6)
  expect(compiled[1]).toMatchObject({ snippet: { language: 'js', prints: ['0 0 one tea'] } })
})

test.each([...DOCUMENTS, 'src/README.md', 'test/README.md', 'bench/README.md'])(
  'every link of %s names a file',
  (document) => {
    const text = readFileSync(join(repositoryRoot(), document), 'utf8')
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => String(link))
    const missing = links.filter((link) => !existsSync(join(repositoryRoot(), dirname(document), link)))
    expect(missing).toEqual([])
  },
)

describe.each(compiled.map((each) => [each.snippet.place, each] as const))('the program of %s', (_, each) => {
  test('has the types of the package', () => expect(each.errors).toEqual([]))

  test('runs to its end, and prints what it says', { timeout: 90_000 }, async () => {
    const { code, stdout, stderr } = await runProgram(each.program)
    expect(code, stderr).toBe(0)
    for (const line of each.snippet.prints) expect(stdout.split('\n')).toContain(line)
  })
})

test('a program with a wrong type, or that fails, is found', async () => {
  expect(wrong?.errors.join()).toContain("Type 'string' is not assignable to type 'number'")
  expect(failing?.errors).toEqual([])
  expect(await runProgram(failing!.program)).toMatchObject({ code: 1, stderr: expect.stringContaining('no tea') })
})

test('a snippet that starts no cluster is completed, and one that does is left as it stands', () => {
  expect(wholeProgram('await producer.flush()')).toMatch(
    /Cluster\.start.*const producer.*producer\.flush.*cluster\.close/s,
  )
  const whole = 'await Cluster.start()'
  expect(wholeProgram(whole)).toBe(whole)
})
