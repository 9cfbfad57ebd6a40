import { expect, test } from 'vitest'
import type { Memory } from '../../../src/base/memory.js'
import { OwnMemories } from '../../../src/client/own-memories.js'

function givenOwn(): { own: OwnMemories; lent: Map<number, Memory> } {
  const lent = new Map<number, Memory>()
  return { own: new OwnMemories(1_000_000, (memoryId, memory) => lent.set(memoryId, memory)), lent }
}

test('a memory is large enough, and lent before it is used', () => {
  const { own, lent } = givenOwn()
  for (const bytes of [1000, 1024, 1025, 70_000]) {
    const { memory, memoryId } = own.take(bytes)
    expect(memory.size).toBeGreaterThanOrEqual(bytes)
    expect(lent.get(memoryId)).toBe(memory)
  }
})

test('what comes back is used again, under the id it is known by', () => {
  const { own, lent } = givenOwn()
  const first = own.take(5000)
  own.giveBack(first.memoryId)
  expect(own.take(6000)).toBe(first)
  expect(lent.size).toBe(1)
})

test('two that are out at once are two', () => {
  const { own } = givenOwn()
  expect(own.take(5000).memoryId).not.toBe(own.take(5000).memoryId)
})

test('what is out is counted, until it comes back', () => {
  const { own } = givenOwn()
  const first = own.take(5000)
  const second = own.take(100)
  expect(own.bytesTaken).toBe(first.memory.size + second.memory.size)
  own.giveBack(first.memoryId)
  own.giveBack(second.memoryId)
  expect(own.bytesTaken).toBe(0)
})

test('a memory comes back once', () => {
  const { own } = givenOwn()
  const { memoryId } = own.take(5000)
  own.giveBack(memoryId)
  expect(() => own.giveBack(memoryId)).toThrow('A memory comes back once')
})

test('a few of each size are kept, the others are left to the collector', () => {
  const { own, lent } = givenOwn()
  const taken = Array.from({ length: 10 }, () => own.take(5000))
  for (const { memoryId } of taken) own.giveBack(memoryId)
  for (let count = 0; count < 10; count++) own.take(5000)
  expect(lent.size).toBeLessThan(20)
  expect(lent.size).toBeGreaterThan(10)
})

test('a batch never takes more than there is in all', () => {
  const { own } = givenOwn()
  expect(own.sizeFor(600_000)).toBe(1_000_000)
  expect(own.take(600_000).memory.size).toBe(1_000_000)
  expect(own.bytesTaken).toBe(1_000_000)
})
