import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SeenNumbers } from '../../../../src/lab/measure/seen-numbers.js'
import { findings, Verifier } from '../../../../src/lab/measure/verifier.js'

const CHUNK = 2 ** 17

/** Reads these counts of one producer from one partition. */
function read(...counts: readonly number[]): Verifier {
  const verifier = new Verifier({ producers: 1, partitions: 1 })
  for (const count of counts) verifier.take(0, 0, count)
  return verifier
}

test('records that come once and in order are neither lost, duplicated nor out of order', () => {
  expect(findings([read(0, 1, 2, 3)], 4)).toEqual({ lost: 0, duplicated: 0, outOfOrder: 0 })
})

test('a dropped record is lost, and nothing else', () => {
  expect(findings([read(0, 1, 3)], 4)).toEqual({ lost: 1, duplicated: 0, outOfOrder: 0 })
  expect(findings([read(0, 1, 2)], 4)).toEqual({ lost: 1, duplicated: 0, outOfOrder: 0 })
  expect(findings([read()], 4)).toEqual({ lost: 4, duplicated: 0, outOfOrder: 0 })
})

test('a repeated record is duplicated, and not out of order', () => {
  expect(findings([read(0, 1, 1, 2, 0)], 3)).toEqual({ lost: 0, duplicated: 2, outOfOrder: 0 })
})

test('the lower of two swapped records is out of order', () => {
  expect(findings([read(0, 2, 1, 3)], 4)).toEqual({ lost: 0, duplicated: 0, outOfOrder: 1 })
})

test('a repetition does not hide a loss', () => {
  expect(findings([read(0, 0, 2)], 3)).toEqual({ lost: 1, duplicated: 1, outOfOrder: 0 })
})

test('records of another producer, or in another partition, are in no order with these', () => {
  const verifier = new Verifier({ producers: 2, partitions: 2 })
  verifier.take(0, 0, 5)
  verifier.take(0, 1, 0)
  verifier.take(1, 0, 1)
  expect(verifier.outOfOrder).toBe(0)
  verifier.take(0, 0, 4)
  expect(verifier.outOfOrder).toBe(1)
})

test('consumers that share the partitions find together what one would', () => {
  const verifiers = [read(0, 2, 4), read(1, 3, 3)]
  expect(findings(verifiers, 6)).toEqual({ lost: 1, duplicated: 1, outOfOrder: 0 })
})

test('records that were read although nobody was told that they were written are not a negative loss', () => {
  expect(findings([read(0, 1, 2)], 2)).toMatchObject({ lost: 0 })
})

test('a number that no producer has given stops the run', () => {
  expect(() => new Verifier({ producers: 1, partitions: 1 }).take(0, 1, 0)).toThrow('one of the producers')
})

test('any sequence is judged as by somebody who remembers everything', () => {
  const reading = fc.record({ partition: fc.nat(2), producer: fc.nat(1), count: count() })
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 200 }), (readings) => {
      const verifier = new Verifier({ producers: 2, partitions: 3 })
      for (const { partition, producer, count } of readings) verifier.take(partition, producer, count)
      const { read, duplicated, outOfOrder } = verifier
      expect({ read, duplicated, outOfOrder }).toEqual(judged(readings))
    }),
  )
})

test('seen numbers are exact across the ends of words and chunks, and forget chunks that are complete', () => {
  const seen = new SeenNumbers()
  let refused = 0
  for (let count = 2 * CHUNK + 40; count > 0; count--) if (!seen.add(count)) refused += 1
  expect(refused).toBe(0)
  expect(seen.chunks).toBe(3)
  expect(seen.add(0)).toBe(true)
  expect(seen.chunks).toBe(1)
  for (const count of [0, 31, 32, CHUNK - 1, CHUNK, 2 * CHUNK + 40]) expect(seen.add(count)).toBe(false)
  expect(seen.add(2 * CHUNK + 41)).toBe(true)
})

test('numbers in order need no memory, however many', () => {
  const seen = new SeenNumbers()
  for (let count = 0; count < 3 * CHUNK; count++) seen.add(count)
  expect(seen.chunks).toBe(0)
})

/** Mostly neighbours, some around the end of a chunk. */
function count(): fc.Arbitrary<number> {
  return fc.oneof(fc.nat(40), fc.integer({ min: CHUNK - 3, max: CHUNK + 3 }))
}

interface Reading {
  readonly partition: number
  readonly producer: number
  readonly count: number
}

function judged(readings: readonly Reading[]) {
  let duplicated = 0
  let outOfOrder = 0
  readings.forEach(({ partition, producer, count }, index) => {
    const before = readings.slice(0, index).filter((other) => other.producer === producer)
    if (before.some((other) => other.count === count)) duplicated += 1
    else if (before.some((other) => other.partition === partition && other.count > count)) outOfOrder += 1
  })
  return { read: readings.length, duplicated, outOfOrder }
}
