import { expect, test } from 'vitest'
import { Memory } from '../../../src/base/memory.js'
import { MemoryPool } from '../../../src/base/memory-pool.js'

const KIB = 1024

function givenPool(): { pool: MemoryPool; made: number[] } {
  const made: number[] = []
  const pool = new MemoryPool((bytes) => {
    made.push(bytes)
    return Memory.allocate(bytes)
  })
  return { pool, made }
}

test('a piece of memory that came back is used again, as it is', () => {
  const { pool } = givenPool()
  const memory = pool.take(256 * KIB)
  memory.bytes[7] = 9
  pool.giveBack(memory)
  expect([pool.take(200 * KIB) === memory, memory.bytes[7]]).toEqual([true, 9])
})

test('a piece of memory in use is handed out to nobody else', () => {
  const { pool } = givenPool()
  expect(pool.take(64 * KIB)).not.toBe(pool.take(64 * KIB))
})

test('a small request does not get a piece of more than twice its size', () => {
  const { pool } = givenPool()
  const large = pool.take(1024 * KIB)
  pool.giveBack(large)
  expect(pool.take(256 * KIB)).not.toBe(large)
  expect(pool.take(600 * KIB)).toBe(large)
})

test('the smallest of the pieces that are large enough is taken', () => {
  const { pool } = givenPool()
  const [large, small] = [pool.take(400 * KIB), pool.take(300 * KIB)]
  pool.giveBack(large)
  pool.giveBack(small)
  expect(pool.take(250 * KIB)).toBe(small)
})

test('sizes that grow step by step leave one piece behind for each power of two', () => {
  const { pool, made } = givenPool()
  for (let size = 128 * KIB; size <= 512 * KIB; size += KIB) pool.giveBack(pool.take(size))
  expect(made.length).toBe(385)
  expect(pool.bytes).toBeLessThan(1024 * KIB)
})

test('a size that comes again and again beside a smaller one makes nothing new', () => {
  const { pool, made } = givenPool()
  for (let round = 0; round < 50; round++) for (const size of [512 * KIB, 128 * KIB]) pool.giveBack(pool.take(size))
  expect([made, pool.bytes]).toEqual([[512 * KIB, 128 * KIB], 640 * KIB])
})

test('a piece comes back once', () => {
  const { pool } = givenPool()
  const memory = pool.take(64 * KIB)
  pool.giveBack(memory)
  expect(() => pool.giveBack(memory)).toThrow('What was taken comes back once')
})
