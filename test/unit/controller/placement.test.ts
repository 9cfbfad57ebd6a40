import fc from 'fast-check'
import { expect, test } from 'vitest'
import { placeReplicas } from '../../../src/controller/placement.js'

const shape = fc.integer({ min: 1, max: 9 }).chain((brokerCount) =>
  fc.record({
    brokers: fc.constant(Array.from({ length: brokerCount }, (_, index) => index + 1)),
    fenced: fc.constant([]),
    partitions: fc.integer({ min: 1, max: 40 }),
    replicationFactor: fc.integer({ min: 1, max: brokerCount }),
    start: fc.nat({ max: 1000 }),
  }),
)

const countsOf = (brokers: readonly number[], placed: readonly number[]): number[] =>
  brokers.map((broker) => placed.filter((one) => one === broker).length)

test('each partition has as many replicas as asked for, on different brokers', () => {
  fc.assert(
    fc.property(shape, (parts) => {
      for (const replicas of placeReplicas(parts)) {
        expect(new Set(replicas).size).toBe(parts.replicationFactor)
        expect(replicas.every((broker) => parts.brokers.includes(broker))).toBe(true)
      }
    }),
  )
})

test('leaders are spread: no broker leads two partitions more than another', () => {
  fc.assert(
    fc.property(shape, (parts) => {
      const leaders = placeReplicas(parts).map((replicas) => replicas[0] as number)
      const counts = countsOf(parts.brokers, leaders)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      expect(leaders).toHaveLength(parts.partitions)
    }),
  )
})

test('the partitions of one leader have different brokers to take over', () => {
  const placed = placeReplicas({ brokers: [1, 2, 3, 4], fenced: [], partitions: 12, replicationFactor: 2, start: 0 })
  const successors = placed.filter(([leader]) => leader === 1).map(([, follower]) => follower)
  expect(new Set(successors).size).toBe(3)
})

test('topics begin with different brokers', () => {
  const leaders = [0, 1, 2].map(
    (start) => placeReplicas({ brokers: [1, 2, 3], fenced: [], partitions: 1, replicationFactor: 1, start })[0]?.[0],
  )
  expect(leaders).toEqual([1, 2, 3])
})
