import { expect, test } from 'vitest'
import { parseProducerOptions } from '../../../../src/base/config/producer-options.js'
import { AccumulatorMemory } from '../../../../src/client/batches/accumulator-memory.js'
import { ProducerMemories } from '../../../../src/client/batches/producer-memory.js'

const SMALL = parseProducerOptions({ 'buffer.memory': 1_000_000 })

test('producers that come one after the other take the memory of one', () => {
  const memories = new ProducerMemories()
  const first = memories.take(SMALL)
  const { pool } = first
  const large = first.take(1_048_576)
  first.giveBack()
  const { bytes } = memories
  for (let count = 0; count < 50; count++) {
    const memory = memories.take(SMALL)
    expect([memory.pool === pool, memory.take(1_048_576) === large]).toEqual([true, true])
    memory.giveBack()
  }
  expect(memories.bytes).toBe(bytes)
})

test('producers that are open at once share nothing', () => {
  const memories = new ProducerMemories()
  const [one, other] = [memories.take(SMALL), memories.take(SMALL)]
  expect(one.pool).not.toBe(other.pool)
  expect(one.shared.memory.shared).not.toBe(other.shared.memory.shared)
})

test('nothing that a producer has announced, reported or asked for reaches the next one', () => {
  const memories = new ProducerMemories()
  const first = memories.take(SMALL)
  const { shared } = first
  shared.announce(3)
  shared.reports.write({ slot: 3, error: 'NONE', baseOffset: 17, sends: 1, bytes: 100, parts: 2 })
  shared.noteTopicChange()
  shared.isClosing = true
  shared.isFlushing = true
  shared.isWaiting = true
  const result = { error: 'NONE', baseOffset: 1, logAppendTimeMs: -1, recordCount: 1 } as const
  shared.partResults.write([{ ...result, sends: 1, bytes: 100, uncompressedBytes: 100 }])
  first.giveBack()
  // Of another number of slots, and so laid out otherwise.
  const next = memories.take(parseProducerOptions({ 'buffer.memory': 900_000 })).shared
  expect(next.memory.shared).toBe(shared.memory.shared)
  const fresh = AccumulatorMemory.allocate(next.slots)
  for (const memory of [next, fresh]) {
    expect([memory.opened, memory.reports.written, memory.topicChanges]).toEqual([0, 0, 0])
    expect([memory.isClosing, memory.isFlushing, memory.isWaiting]).toEqual([false, false, false])
    expect(memory.partResults.room).toBe(fresh.partResults.room)
  }
})
