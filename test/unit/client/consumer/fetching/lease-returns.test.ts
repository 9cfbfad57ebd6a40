import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Connection } from '../../../../../src/actor/types.js'
import { LeaseReturns } from '../../../../../src/client/consumer/fetching/lease-returns.js'

function givenReturns(): { returns: LeaseReturns; published: [slot: number, lease: number][] } {
  const published: [number, number][] = []
  const connection = { giveBack: (slot: number, lease: number) => published.push([slot, lease]) }
  return { returns: new LeaseReturns(connection as unknown as Connection, 3), published }
}

test('leases that are finished in turn are given back in turn', () => {
  const { returns, published } = givenReturns()
  for (const lease of [1, 2]) returns.granted(lease)
  for (const lease of [1, 2]) returns.finished(lease)
  expect(published).toEqual([
    [3, 1],
    [3, 2],
  ])
})

test('a lease that is finished early comes back with the one before it', () => {
  const { returns, published } = givenReturns()
  for (const lease of [1, 2, 3]) returns.granted(lease)
  returns.finished(2)
  returns.finished(3)
  expect(published).toEqual([])
  returns.finished(1)
  expect(published).toEqual([[3, 3]])
})

test('no lease is given back while an older one is out, in whatever order readers finish', () => {
  const order = fc.shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: 6 })
  fc.assert(
    fc.property(order, (finishing) => {
      const { returns, published } = givenReturns()
      const out = new Set([1, 2, 3, 4, 5, 6])
      for (const lease of out) returns.granted(lease)
      for (const lease of finishing) {
        returns.finished(lease)
        out.delete(lease)
        const last = published.at(-1)?.[1] ?? 0
        expect(last).toBe(Math.min(7, ...out) - 1)
      }
    }),
  )
})

test('a lease is given back once, and only if it was granted', () => {
  const { returns } = givenReturns()
  returns.granted(1)
  returns.granted(2)
  returns.finished(2)
  expect(() => returns.finished(2)).toThrow('A lease is given back once')
  expect(() => returns.finished(9)).toThrow('A lease is given back once')
})
