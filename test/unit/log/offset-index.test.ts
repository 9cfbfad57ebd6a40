import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OffsetIndex } from '../../../src/log/offset-index.js'

interface Indexed {
  readonly relativeOffset: number
  readonly position: number
  readonly timestamp: number
}

function givenIndex(batches: readonly Indexed[], intervalBytes: number): OffsetIndex {
  const index = new OffsetIndex()
  index.reset(intervalBytes)
  let largest = Number.NEGATIVE_INFINITY
  for (const batch of batches) {
    index.note(batch.relativeOffset, batch.position, largest)
    largest = Math.max(largest, batch.timestamp)
  }
  return index
}

const batches = fc
  .array(
    fc.record({
      records: fc.integer({ min: 1, max: 9 }),
      words: fc.integer({ min: 8, max: 40 }),
      timestamp: fc.nat(50),
    }),
  )
  .map((sizes) => {
    let relativeOffset = 0
    let position = 64
    return sizes.map(({ records, words, timestamp }) => {
      const batch = { relativeOffset, position, timestamp }
      relativeOffset += records
      position += words * 8
      return batch
    })
  })

test('an index finds nothing before the first batch', () => {
  const index = givenIndex([], 100)
  expect([index.entryByOffset(0), index.entryByPosition(64), index.entryByTimestamp(0)]).toEqual([-1, -1, -1])
})

test('an index has one entry for each interval, not for each batch', () => {
  const index = givenIndex(
    Array.from({ length: 1000 }, (_, n) => ({ relativeOffset: n, position: 64 + 80 * n, timestamp: 0 })),
    4096,
  )
  expect(index.count).toBe(Math.ceil((1000 * 80) / (52 * 80)))
})

test('an index grows without losing an entry', () => {
  const all = Array.from({ length: 300 }, (_, n) => ({ relativeOffset: 3 * n, position: 64 + 80 * n, timestamp: n }))
  const index = givenIndex(all, 0)
  all.forEach((batch, entry) => {
    expect(index.entryByOffset(batch.relativeOffset + 2)).toBe(entry)
    expect(index.entryByPosition(batch.position + 79)).toBe(entry)
    expect(index.entryByTimestamp(batch.timestamp)).toBe(entry)
  })
})

test('a search by hand that starts at an entry crosses at most one interval and one batch', () => {
  fc.assert(
    fc.property(batches, fc.integer({ min: 0, max: 400 }), (all, intervalBytes) => {
      const index = givenIndex(all, intervalBytes)
      for (const batch of all) {
        const start = index.positionAt(index.entryByOffset(batch.relativeOffset))
        expect(start).toBeLessThanOrEqual(batch.position)
        expect(batch.position - start).toBeLessThanOrEqual(intervalBytes)
        expect(index.positionAt(index.entryByPosition(batch.position))).toBe(start)
      }
    }),
  )
})

test('no batch in front of the entry for a time is as young as that time', () => {
  fc.assert(
    fc.property(batches, fc.nat(60), (all, time) => {
      const index = givenIndex(all, 100)
      const entry = index.entryByTimestamp(time)
      const start = entry < 0 ? 64 : index.positionAt(entry)
      expect(all.filter((batch) => batch.position < start).every((batch) => batch.timestamp < time)).toBe(true)
    }),
  )
})

test('a truncated index equals one that never saw the rest', () => {
  fc.assert(
    fc.property(batches, fc.nat(20), (all, cut) => {
      const kept = all.slice(0, cut)
      const index = givenIndex(all, 200)
      index.truncate(all[cut]?.position ?? Number.POSITIVE_INFINITY)
      const expected = givenIndex(kept, 200)
      expect(index.count).toBe(expected.count)
      for (let entry = 0; entry < index.count; entry++) expect(index.positionAt(entry)).toBe(expected.positionAt(entry))
    }),
  )
})

test('a reset index has forgotten everything', () => {
  const index = givenIndex([{ relativeOffset: 0, position: 64, timestamp: 7 }], 0)
  index.reset(100)
  expect(index.count).toBe(0)
  expect(() => index.positionAt(0)).toThrow('exists')
})
