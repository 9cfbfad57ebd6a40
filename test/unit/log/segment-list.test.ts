import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { offset } from '../../../src/base/ids.js'
import type { Segment } from '../../../src/log/segment.js'
import { SegmentList } from '../../../src/log/segment-list.js'

/** A segment that counts how often it was asked where it begins. */
class CountedSegment {
  static asked = 0
  readonly #baseOffset: number
  bytes = 0

  constructor(baseOffset: number) {
    this.#baseOffset = baseOffset
  }

  get baseOffset(): number {
    CountedSegment.asked += 1
    return this.#baseOffset
  }
}

const segmentAt = (baseOffset: number): Segment => new CountedSegment(baseOffset) as unknown as Segment

const action = fc.oneof(
  fc.record({ type: fc.constant('grow' as const), bytes: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ type: fc.constantFrom('push' as const, 'shift' as const) }),
  fc.record({
    type: fc.constant('replace' as const),
    first: fc.nat(3),
    count: fc.integer({ min: 1, max: 3 }),
    by: fc.integer({ min: 1, max: 2 }),
  }),
)

test('a segment list holds what a plain array would, and knows its bytes', () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 1, maxLength: 400 }), (actions) => {
      const plain = [segmentAt(0)]
      const list = new SegmentList(plain)
      let [next, shifted] = [10, 0]
      for (const one of actions) {
        if (one.type === 'grow') (plain.at(-1) as unknown as CountedSegment).bytes += one.bytes
        else if (one.type === 'push') {
          plain.push(segmentAt(next))
          list.push(plain.at(-1)!)
          next += 10
        } else if (one.type === 'replace') {
          if (one.first + one.count >= plain.length) continue
          const from = plain[one.first]!.baseOffset
          // Segments have offsets of their own, below those of the one behind them.
          const room = plain[one.first + one.count]!.baseOffset - from
          const others = Array.from({ length: Math.min(one.by, room) }, (_, index) => segmentAt(from + index))
          plain.splice(one.first, one.count, ...others)
          list.replace(one.first, one.count, others)
        } else if (plain.length > 1) {
          expect(list.shift()).toBe(plain.shift())
          shifted += 1
        }
        expect(list.shifted).toBe(shifted)
        list.checkInvariants()
      }
      expect(list.toArray()).toEqual(plain)
      expect([list.length, list.at(plain.length)]).toEqual([plain.length, undefined])
      for (const [index, segment] of plain.entries()) expect(list.indexOf(offset(segment.baseOffset))).toBe(index)
    }),
  )
})

test('a segment among a hundred thousand is found in a few steps', () => {
  const list = new SegmentList(Array.from({ length: 100_000 }, (_, index) => segmentAt(10 * index)))
  CountedSegment.asked = 0
  expect(list.indexOf(offset(500_005))).toBe(50_000)
  expect(CountedSegment.asked).toBeLessThan(20)
})

test('the last segment of a list is not replaced', () => {
  const list = new SegmentList([0, 10].map(segmentAt))
  expect(() => list.replace(0, 2, [segmentAt(0)])).toThrow('A log goes on in its last segment')
})

test('a log goes on in its last segment', () => {
  expect(() => new SegmentList([segmentAt(0)]).shift()).toThrow('A log goes on in its last segment')
})

test('a segment that was dropped is collected while the list goes on', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const list = new SegmentList([0, 10, 20].map(segmentAt))
  const dropped = new WeakRef(list.shift())
  // What a weak reference was made of in this job is kept until the next one.
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  expect([dropped.deref(), list.length]).toEqual([undefined, 2])
})
