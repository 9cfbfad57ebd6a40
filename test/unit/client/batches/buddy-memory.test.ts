import { expect, test } from 'vitest'
import type { Memory } from '../../../../src/base/memory.js'
import { type Block, BuddyMemory } from '../../../../src/client/batches/buddy-memory.js'

function givenBlocks(bytesMax = 1_000_000): { blocks: BuddyMemory; lent: Memory[] } {
  const lent: Memory[] = []
  return { blocks: new BuddyMemory(bytesMax, (memory) => lent.push(memory)), lent }
}

function takeAll(blocks: BuddyMemory, bytes: number): Block[] {
  const taken: Block[] = []
  for (let block = blocks.take(bytes); block !== null; block = blocks.take(bytes)) taken.push(block)
  return taken
}

test('buddy memory is one memory, lent before it is used', () => {
  const { blocks, lent } = givenBlocks()
  expect(lent).toHaveLength(0)
  const taken = [1000, 1024, 1025, 70_000].map((bytes) => blocks.take(bytes))
  expect(new Set(taken.map((block) => block?.memory))).toEqual(new Set(lent))
  expect(lent).toHaveLength(1)
})

test('blocks that are out at once do not overlap', () => {
  const { blocks } = givenBlocks()
  const sizes = [5000, 100, 70_000, 1024, 200_000, 1025, 5000]
  const taken = sizes.map((bytes) => ({ bytes, at: (blocks.take(bytes) as Block).position }))
  taken.sort((a, b) => a.at - b.at)
  taken.forEach(({ at, bytes }, index) => {
    expect(at + bytes).toBeLessThanOrEqual(taken[index + 1]?.at ?? 2 ** 20)
    expect(at % 8).toBe(0)
  })
})

test('a block that comes back is used again, however often and in whatever sizes', () => {
  const { blocks, lent } = givenBlocks(2 ** 20)
  for (const bytes of [5000, 100_000, 2 ** 20, 3000]) {
    const taken = takeAll(blocks, bytes)
    expect(taken).toHaveLength(2 ** 20 / blocks.sizeFor(bytes))
    for (const { position } of taken) blocks.giveBack(position)
  }
  expect(lent).toHaveLength(1)
})

test('a large block is there again once both of its halves are back', () => {
  const { blocks } = givenBlocks(2 ** 16)
  const [first, second] = takeAll(blocks, 2 ** 15) as [Block, Block]
  blocks.giveBack(first.position)
  expect(blocks.take(2 ** 16)).toBeNull()
  blocks.giveBack(second.position)
  expect(blocks.take(2 ** 16)).not.toBeNull()
})

test('blocks that are out are counted, until they come back', () => {
  const { blocks } = givenBlocks()
  const first = blocks.take(5000) as Block
  const second = blocks.take(100) as Block
  expect(blocks.bytesTaken).toBe(8192 + 128)
  blocks.giveBack(first.position)
  blocks.giveBack(second.position)
  expect(blocks.bytesTaken).toBe(0)
})

test('a block comes back once', () => {
  const { blocks } = givenBlocks()
  const { position } = blocks.take(5000) as Block
  blocks.giveBack(position)
  expect(() => blocks.giveBack(position)).toThrow('A block comes back once')
})

test('a batch never counts as more than there is in all', () => {
  const { blocks } = givenBlocks()
  expect(blocks.sizeFor(600_000)).toBe(1_000_000)
  expect(blocks.take(600_000)?.memory.size).toBe(2 ** 20)
  expect(blocks.bytesTaken).toBe(1_000_000)
})
