import { expect, test } from 'vitest'
import { allocateShared, Memory } from '../../../src/base/memory.js'

test('large shared memory is a mapping of its own, and small memory is not', () => {
  expect([allocateShared(65_536).growable, allocateShared(512).growable]).toEqual([true, false])
})

test('a mapping and its views are as long as was asked for', () => {
  const { shared, bytes, view, words, size } = Memory.allocate(100_000)
  const lengths = [size, shared.maxByteLength, bytes.length, view.byteLength, words.length * 4]
  expect(lengths).toEqual([100_000, 100_000, 100_000, 100_000, 100_000])
})

test('a mapping stays the same memory when it is posted to another thread', () => {
  const { shared, words } = Memory.allocate(100_000)
  const other = new Memory(structuredClone(shared))
  Atomics.store(other.words, 24_999, 7)
  expect([Atomics.load(words, 24_999), other.size]).toEqual([7, 100_000])
})

test('dropped memory is counted by the collector for as long as it is there, and takes no more room', () => {
  const memory = Memory.allocate(256_000_000)
  const before = process.memoryUsage()
  memory.drop()
  const { external, rss } = process.memoryUsage()
  expect(memory.weight?.byteLength).toBe(256_000_000)
  expect(external - before.external).toBeGreaterThan(200_000_000)
  expect(rss - before.rss).toBeLessThan(100_000_000)
})

test('a few megabytes that nobody else uses weigh as much as starts a collection, and a gigabyte no more than that', () => {
  const weights = [2 ** 16, 2 ** 23, 2 ** 30].map((bytes) => {
    const memory = Memory.allocate(bytes)
    memory.discard()
    return memory.weight?.byteLength
  })
  expect(weights).toEqual([2 ** 19, 2 ** 26, 2 ** 26])
})

test('small memory that is dropped weighs nothing', () => {
  const memory = Memory.allocate(512)
  memory.drop()
  expect(memory.weight).toBeNull()
})
