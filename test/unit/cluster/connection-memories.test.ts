import { expect, test } from 'vitest'
import { connectionBytes, ringsOf } from '../../../src/actor/connection-layout.js'
import { ConnectionState } from '../../../src/actor/connection-state.js'
import { RingReader, RingWriter } from '../../../src/actor/ring.js'
import { Memory } from '../../../src/base/memory.js'
import { ConnectionMemories } from '../../../src/cluster/connection-memories.js'

const BYTES = connectionBytes({ ringBytes: 1024, leaseSlots: 64 })

test('the memory of a connection is used again when both ends have let go', () => {
  const memories = new ConnectionMemories<string>()
  const memory = memories.take(BYTES)
  memories.over(1, memory, ['asking', 'serving'])
  memories.letGo(1, 'asking')
  const other = memories.take(BYTES)
  memories.letGo(1, 'serving')
  expect([other === memory, memories.take(BYTES) === memory]).toEqual([false, true])
})

test('an end that says twice that it has let go does not speak for the other one', () => {
  const memories = new ConnectionMemories<string>()
  const memory = memories.take(BYTES)
  memories.over(1, memory, ['asking', 'serving'])
  memories.letGo(1, 'asking')
  memories.letGo(1, 'asking')
  expect(memories.take(BYTES)).not.toBe(memory)
})

test('an actor that has left has let go of every connection', () => {
  const memories = new ConnectionMemories<string>()
  const taken = [memories.take(BYTES), memories.take(BYTES)]
  taken.forEach((memory, id) => void memories.over(id, memory, ['client', `broker ${id}`]))
  memories.left('client')
  memories.letGo(0, 'broker 0')
  expect([memories.take(BYTES), memories.take(BYTES) === taken[1]]).toEqual([taken[0], false])
})

test('connections that come one after the other take the memory of one', () => {
  const memories = new ConnectionMemories<string>()
  for (let id = 0; id < 100; id++) {
    memories.over(id, memories.take(BYTES), ['asking'])
    memories.letGo(id, 'asking')
  }
  expect(memories.bytes).toBe(BYTES)
})

test('memory that is used again is open, has nothing lent and nothing in its rings', () => {
  const memories = new ConnectionMemories<string>()
  const memory = new Memory(memories.take(BYTES))
  memory.bytes.fill(0xff)
  memories.over(1, memory.shared, [])
  memories.take(BYTES)
  const words = memory.words.subarray(0, 64 / 4 + 64)
  expect([new ConnectionState(memory.shared).isClosed, words.every((word) => word === 0)]).toEqual([false, true])
  for (const isInitiator of [true, false]) {
    const { incoming, outgoing, capacity } = ringsOf(memory, isInitiator)
    expect(new RingReader(memory, incoming, capacity).peek()).toBe(-1)
    expect(new RingWriter(memory, outgoing, capacity).isReleased(0)).toBe(true)
  }
})
