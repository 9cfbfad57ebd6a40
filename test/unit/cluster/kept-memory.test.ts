import { expect, test } from 'vitest'
import { Memory } from '../../../src/base/memory.js'
import { KeptMemory, segmentKeeper, worseOf } from '../../../src/cluster/kept-memory.js'

/** What a thread keeps, and what the next one finds. */
function givenIncarnation(kept: KeptMemory): ReturnType<typeof segmentKeeper> {
  return segmentKeeper(kept.inheritance, kept)
}

test('the next incarnation inherits what the ones before have kept', () => {
  const kept = new KeptMemory()
  const first = givenIncarnation(kept)
  const memory = Memory.allocate(64)
  first.keep({ id: 0, memory })
  givenIncarnation(kept).keep({ id: 1, memory: Memory.allocate(64) })
  const { inherited } = givenIncarnation(kept)
  expect([first.inherited.length, inherited.map(({ id }) => id)]).toEqual([0, [0, 1]])
  expect(inherited[0]?.memory.shared).toBe(memory.shared)
})

test('memory that is forgotten is not inherited', () => {
  const kept = new KeptMemory()
  const first = givenIncarnation(kept)
  first.keep({ id: 0, memory: Memory.allocate(64) })
  first.forget(0)
  expect(givenIncarnation(kept).inherited).toEqual([])
})

test('notes are the same memory for all incarnations', () => {
  const kept = new KeptMemory()
  new Float64Array(kept.inheritance.notes)[0] = 5
  expect(new Float64Array(kept.inheritance.notes)[0]).toBe(5)
})

test.each(['unwritten', 'unflushed', 'everything'] as const)(
  'a death that loses %s leaves neither segments nor notes',
  (loss) => {
    const kept = new KeptMemory()
    givenIncarnation(kept).keep({ id: 0, memory: Memory.allocate(64) })
    new Float64Array(kept.inheritance.notes)[0] = 5
    kept.lose(loss)
    expect([givenIncarnation(kept).inherited, new Float64Array(kept.inheritance.notes)[0]]).toEqual([[], 0])
  },
)

test('a death that loses nothing leaves segments and notes', () => {
  const kept = new KeptMemory()
  givenIncarnation(kept).keep({ id: 0, memory: Memory.allocate(64) })
  new Float64Array(kept.inheritance.notes)[0] = 5
  kept.lose('nothing')
  expect([givenIncarnation(kept).inherited.length, new Float64Array(kept.inheritance.notes)[0]]).toEqual([1, 5])
})

test.each([
  ['nothing', 'unwritten', 'unwritten'],
  ['unflushed', 'unwritten', 'unflushed'],
  ['everything', 'everything', 'everything'],
] as const)('the worse of the losses %s and %s is %s', (one, other, worse) => {
  expect([worseOf(one, other), worseOf(other, one)]).toEqual([worse, worse])
})
