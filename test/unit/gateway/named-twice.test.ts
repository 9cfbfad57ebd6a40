import { describe, expect, test } from 'vitest'
import { joined, lastOfEach, withFewRepeats } from '../../../src/gateway/named-twice.js'

const topic = (name: string, ...parts: readonly number[]) => ({ name, parts })
const together = (...topics: readonly ReturnType<typeof topic>[]) =>
  joined(
    topics,
    ({ name }) => name,
    ({ parts }) => parts,
  ).map(({ topic: { name }, parts }) => topic(name, ...parts))

describe('topics of one name', () => {
  test('are one, where the first of them stood, with the partitions of all', () => {
    expect(together(topic('a', 1, 2), topic('b', 3), topic('a', 2, 4))).toEqual([topic('a', 1, 2, 2, 4), topic('b', 3)])
  })

  test('are there without partitions as well', () => {
    expect(together(topic('a'), topic('b'), topic('a'))).toEqual([topic('a'), topic('b')])
  })

  test('stay as they were given', () => {
    const given = topic('a', 1)
    together(given, topic('a', 2))
    expect(given).toEqual(topic('a', 1))
  })
})

test('a partition that is named twice is there once, where it was named first, as it was named last', () => {
  const named = (index: number, says: string) => ({ index, says })
  const parts = [named(7, 'first'), named(3, 'other'), named(7, 'last')]
  expect(lastOfEach(parts, ({ index }) => index)).toEqual([named(7, 'last'), named(3, 'other')])
})

test('what is asked about again is told again, unless that is asked for more than a hundred times', () => {
  const asked = (count: number) => Array.from({ length: count }, (_, index) => (index === 0 ? 'other' : 'one'))
  expect([101, 102].map((repeats) => withFewRepeats(asked(repeats + 1), (key) => key).length)).toEqual([102, 2])
})
