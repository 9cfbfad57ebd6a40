import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runProgram, typeErrorsIn } from './support/snippets.js'
import { repositoryRoot } from './support/source-tree.js'

const FOLDER = join(repositoryRoot(), 'examples')
const LINES_MAX = 80

/** What a program has printed, and its numbers in the order of the text. */
interface Printed {
  readonly text: string
  numbersOf(pattern: RegExp): readonly number[]
}

/** What each program must have printed, whatever else it says. */
const CHECKS: Readonly<Record<string, (printed: Printed) => void>> = {
  'work-queue.mjs': ({ text, numbersOf }) => {
    const [, job = ''] = /^worker-2 dies in the middle of (job-\d+)$/m.exec(text) ?? []
    expect(job).not.toBe('')
    expect(numbersOf(/^worker-2 has done (\d+)$/gm)).toEqual([4])
    expect(numbersOf(/^worker-\d has done (\d+)$/gm).reduce((sum, each) => sum + each, 0)).toBe(60)
    expect(text).toMatch(/^60 of 60 jobs are done, 0 of them more than once$/m)
    // Two workers have all six partitions after the death of the third one.
    const afterwards = text.slice(text.indexOf(job)).matchAll(/now has partitions ([\d ]+)$/gm)
    const partitions = [...afterwards].slice(-2).flatMap(([, numbers = '']) => numbers.split(' ').map(Number))
    expect(partitions.sort()).toEqual([0, 1, 2, 3, 4, 5])
  },
  'many-threads.mjs': ({ text, numbersOf }) => {
    expect(numbersOf(/^worker-\d was served (\d+) times$/gm)).toEqual([200, 200])
    expect(text).toMatch(/^worker-3 was killed after some orders$/m)
    expect(text).toMatch(/^the topic has all that was served$/m)
  },
  'exactly-once-in-effect.mjs': ({ text, numbersOf }) => {
    expect(text).toMatch(/^CommitFailedError: /m)
    const [handedOut = 0] = numbersOf(/^40 payments of 1 were handed out (\d+) times/gm)
    expect(handedOut).toBeGreaterThan(40)
    expect(text).toMatch(/ and the balance is 40$/m)
  },
  'retry-bug.mjs': ({ text }) => {
    expect(text).toMatch(/^1 answer was lost, and payments has 2 of 1 payment$/m)
    expect(text).toMatch(/^1 answer was lost, and payments-once has 1 of 1 payment$/m)
    expect(text).toMatch(/^the leader was cut off, and payments-late has 1 of 1 payment$/m)
  },
  'scale-a-group.mjs': ({ text, numbersOf }) => {
    expect(numbersOf(/^(\d) of 4 consumers$/gm)).toEqual([1, 2, 3, 4, 3, 2, 1])
    for (const step of text.split(/^\d of 4 consumers$/m).slice(1)) {
      const lines = [...step.matchAll(/^consumer-\d reads ([\d ]+) and is ([\d ]+) records behind$/gm)]
      const [partitions, lags] = [1, 2].map((column) => lines.flatMap((line) => line[column]!.split(' ').map(Number)))
      expect(partitions!.sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      expect(lags).toHaveLength(8)
      expect(Math.max(...lags!)).toBeLessThanOrEqual(25)
    }
    expect(text).toMatch(/^1400 of 1400 records were read, 0 of them more than once$/m)
  },
}
const NAMES = Object.keys(CHECKS)
/** What a program is warned of, because it shows what the warning is about; of nothing else, and others of nothing. */
const WARNED: Readonly<Record<string, RegExp>> = {
  'exactly-once-in-effect.mjs': /^\(node:\d+\) OdradekWarning: The member [^\n]* has left it: [^\n]*\n\(Use [^\n]*\n$/,
}

test('every example has its check', () => expect(readdirSync(FOLDER).sort()).toEqual([...NAMES].sort()))

test('the examples have the types of the package', () => {
  expect(typeErrorsIn(NAMES.map((name) => join(FOLDER, name)))).toEqual([])
})

describe.each(NAMES)('%s', (name) => {
  const path = join(FOLDER, name)

  test(`has fewer than ${LINES_MAX} lines`, () => {
    expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThanOrEqual(LINES_MAX)
  })

  test('runs to its end by itself, and nothing is lost or done twice', { timeout: 90_000 }, async () => {
    const { code, stdout, stderr } = await runProgram(path)
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(WARNED[name] ?? /^$/) })
    const numbersOf = (pattern: RegExp) => [...stdout.matchAll(pattern)].map(([, number]) => Number(number))
    CHECKS[name]?.({ text: stdout, numbersOf })
  })
})
