import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Connection } from '../../../src/actor/types.js'
import { LEASES_PER_CONNECTION_MAX } from '../../../src/base/config/internal-limits.js'
import { LeaseBook } from '../../../src/broker/lease-book.js'
import { append, batchOfBytes, givenLog, SEGMENT_BYTES, sliceAt } from '../log/given-log.js'

function givenBook(): { book: LeaseBook; returned: Map<number, number>; given: ReturnType<typeof givenLog> } {
  const returned = new Map<number, number>()
  const connection = { givenBack: (slot: number) => returned.get(slot) ?? 0 }
  const given = givenLog()
  // Two segments with one batch each.
  for (let batch = 0; batch < 2; batch++) append(given.log, batchOfBytes(600))
  return { book: new LeaseBook(connection as unknown as Connection), returned, given }
}

/** How many slices of the segment that holds this offset are lent. */
const leasesAt = ({ log, pool }: ReturnType<typeof givenLog>, offset: number): number =>
  pool.segmentOf(sliceAt(log, offset).segment).leases

test('a segment is lent until every lease on it came back', () => {
  const { book, returned, given } = givenBook()
  const slice = sliceAt(given.log, 0)
  expect([book.grant(0, given.log, slice), book.grant(0, given.log, slice)]).toEqual([1, 2])
  expect(leasesAt(given, 0)).toBe(2)
  returned.set(0, 1)
  book.collect()
  expect(leasesAt(given, 0)).toBe(1)
  returned.set(0, 2)
  book.collect()
  expect(leasesAt(given, 0)).toBe(0)
})

test('one number gives back all leases of a slot up to it', () => {
  const { book, returned, given } = givenBook()
  for (const offset of [0, 1, 0]) book.grant(7, given.log, sliceAt(given.log, offset))
  returned.set(7, 3)
  book.collect()
  expect([leasesAt(given, 0), leasesAt(given, 1)]).toEqual([0, 0])
})

test('each slot of a lease book counts for itself', () => {
  const { book, returned, given } = givenBook()
  expect([book.grant(1, given.log, sliceAt(given.log, 0)), book.grant(2, given.log, sliceAt(given.log, 1))]).toEqual([
    1, 1,
  ])
  returned.set(2, 1)
  book.collect()
  expect([leasesAt(given, 0), leasesAt(given, 1)]).toEqual([1, 0])
})

test('a return of a lease that was not lent is a bug', () => {
  const { book, returned, given } = givenBook()
  book.grant(0, given.log, sliceAt(given.log, 0))
  returned.set(0, 2)
  expect(() => book.collect()).toThrow('Only what was lent can be given back')
})

test('there is room for a limited number of leases', () => {
  const { book, returned, given } = givenBook()
  const slice = sliceAt(given.log, 0)
  for (let lease = 0; lease < LEASES_PER_CONNECTION_MAX; lease++) book.grant(lease % 5, given.log, slice)
  expect(book.hasRoom).toBe(false)
  returned.set(3, 1)
  book.collect()
  expect(book.hasRoom).toBe(true)
})

test('a lease book frees what a lost reader had given back, and never what it held', () => {
  const { book, returned, given } = givenBook()
  const held = given.log.memoryOf(sliceAt(given.log, 1).segment)
  for (const offset of [0, 1]) book.grant(offset, given.log, sliceAt(given.log, offset))
  returned.set(0, 1)
  book.abandon()
  given.log.close()
  expect(given.pool.freeBytes).toBe(SEGMENT_BYTES)
  expect(given.pool.take().memory).not.toBe(held)
  expect(given.pool.take().memory).not.toBe(held)
})

test('in any order of granting and giving back, as much is lent as is out', () => {
  const step = fc.record({ slot: fc.nat({ max: 2 }), isReturn: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { book, returned, given } = givenBook()
      const granted = [0, 0, 0]
      for (const { slot, isReturn } of steps) {
        if (isReturn) returned.set(slot, Math.min(granted[slot]!, (returned.get(slot) ?? 0) + 1))
        else granted[slot] = book.grant(slot, given.log, sliceAt(given.log, 0))
        book.collect()
        const out = granted.reduce((sum, last, index) => sum + last - (returned.get(index) ?? 0), 0)
        expect(leasesAt(given, 0)).toBe(out)
      }
      given.pool.checkInvariants()
    }),
  )
})
