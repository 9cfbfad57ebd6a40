import { expect, test } from 'vitest'
import type { Connection } from '../../../../src/actor/types.js'
import { Memory } from '../../../../src/base/memory.js'
import { LARGE_MEMORY_ID, POOL_MEMORY_ID, SENDER_MEMORY_ID } from '../../../../src/client/batches/buffer-memory.js'
import { SenderMemories } from '../../../../src/client/sender/sender-memories.js'

/** A connection that notes what is lent on it; what was lent to it, it hands out. */
function givenConnection(lentToIt = new Map<number, Memory>()): { connection: Connection; lent: [number, Memory][] } {
  const lent: [number, Memory][] = []
  const connection = {
    lend: (memoryId: number, memory: Memory) => lent.push([memoryId, memory]),
    memory: (memoryId: number) => lentToIt.get(memoryId),
  }
  return { connection: connection as unknown as Connection, lent }
}

function givenMemories(): { memories: SenderMemories; pool: Memory; large: Memory } {
  const [pool, large] = [Memory.allocate(64), Memory.allocate(64)]
  const memories = new SenderMemories(pool)
  memories.application = givenConnection(new Map([[LARGE_MEMORY_ID, large]])).connection
  return { memories, pool, large }
}

test('each broker is lent the pool when it is connected, and any other memory once, before a batch in it', () => {
  const { memories, pool, large } = givenMemories()
  const brokers = [givenConnection(), givenConnection()]
  for (const { connection } of brokers) memories.connected(connection)
  const lentTo = brokers.map(({ connection, lent }) => {
    const before = [...lent]
    for (const memoryId of [POOL_MEMORY_ID, LARGE_MEMORY_ID, LARGE_MEMORY_ID]) memories.lend(connection, memoryId)
    return [before, lent]
  })
  const atFirst = [[POOL_MEMORY_ID, pool]]
  expect(lentTo).toEqual(Array(2).fill([atFirst, [...atFirst, [LARGE_MEMORY_ID, large]]]))
})

test('a broker that is connected again is lent all that it needs anew, and one that is gone nothing', () => {
  const { memories } = givenMemories()
  const [before, after] = [givenConnection(), givenConnection()]
  memories.connected(before.connection)
  memories.lend(before.connection, LARGE_MEMORY_ID)
  memories.disconnected(before.connection)
  memories.lend(before.connection, SENDER_MEMORY_ID)
  expect([before.lent.length, memories.connections]).toEqual([2, 0])
  memories.connected(after.connection)
  memories.lend(after.connection, LARGE_MEMORY_ID)
  expect([after.lent.length, memories.connections]).toEqual([2, 1])
})

test('a memory is found by its id, whoever it is from', () => {
  const { memories, pool, large } = givenMemories()
  const own = memories.take(100)
  expect([memories.of(POOL_MEMORY_ID), memories.of(LARGE_MEMORY_ID)]).toEqual([pool, large])
  expect([own >= SENDER_MEMORY_ID, memories.of(own).size >= 100]).toEqual([true, true])
})

test('memories of the sender that are out at once are different ones', () => {
  const { memories } = givenMemories()
  const ids = [memories.take(10), memories.take(10), memories.take(10_000)]
  expect(new Set(ids.map((memoryId) => memories.of(memoryId))).size).toBe(3)
})

test('a memory that was given back is taken again where it is large enough, and another one is made where not', () => {
  const { memories } = givenMemories()
  const [small, large] = [memories.take(10), memories.take(10_000)]
  for (const memoryId of [small, large]) memories.giveBack(memoryId)
  expect(memories.take(5_000)).toBe(large)
  const other = memories.take(5_000)
  expect([other === small, memories.of(other).size >= 5_000]).toEqual([false, true])
  expect(memories.take(4_000)).toBe(small)
})
