import { expect, test } from 'vitest'
import { RingConnection } from '../../../src/actor/connection.js'
import { CAPACITY, connectionBytes } from '../../../src/actor/connection-layout.js'
import { ConnectionState } from '../../../src/actor/connection-state.js'
import { ControlBlock } from '../../../src/actor/control-block.js'
import { ReadyConnections } from '../../../src/actor/ready-connections.js'
import type { Message } from '../../../src/actor/types.js'
import { Memory } from '../../../src/base/memory.js'
import { inMemoryLines } from '../../support/stage.js'

/** Bits are shared by connections whose numbers are so far apart. */
const BITS = 512

class GivenActor {
  readonly #control = new ControlBlock()
  readonly ready = new ReadyConnections(this.#control)
  readonly seen: number[] = []
  readonly states = new Map<number, ConnectionState>()

  /** A connection on which it serves. Returns the other end. */
  connection(id: number, bell = new ControlBlock(this.#control.memory.shared)): RingConnection {
    const memory = new Memory(new SharedArrayBuffer(connectionBytes({ ...CAPACITY, ringBytes: 1 << 14 })))
    const [askingLine, servingLine] = inMemoryLines()
    const parts = { id, memory, close: () => {} }
    const nobody = new ControlBlock()
    this.states.set(id, new ConnectionState(memory.shared))
    this.ready.add(
      new RingConnection({ ...parts, peer: 'client-1', isInitiator: false, port: servingLine, peerBell: nobody }),
    )
    return new RingConnection({ ...parts, peer: 'broker-1', isInitiator: true, port: askingLine, peerBell: bell })
  }

  poll(deliver = (message: Message): void => void this.seen.push(idOf(message))): boolean {
    return this.ready.poll(deliver)
  }
}

const idOf = (message: Message): number => ('connection' in message ? message.connection.id : -1)
const say = (connection: RingConnection): void => {
  connection.send(1, { api: 'Metadata', topics: [], allowAutoTopicCreation: false })
}

test('what was written before the connection was known is found in the next turn', () => {
  const actor = new GivenActor()
  say(actor.connection(7, new ControlBlock()))
  expect([actor.poll(), actor.poll(), actor.seen]).toEqual([true, false, [7]])
})

test('a connection is looked at when its peer has told of a frame, and no other one', () => {
  const actor = new GivenActor()
  const [loud, quiet] = [actor.connection(1), actor.connection(2, new ControlBlock())]
  actor.poll()
  for (const connection of [loud, quiet]) say(connection)
  expect([actor.poll(), actor.seen]).toEqual([true, [1]])
})

test('connections that share a bit are looked at together, at the ends of the words as well', () => {
  const actor = new GivenActor()
  const ids = [0, 31, 32, BITS - 1, BITS, 2 * BITS - 1]
  const ends = ids.map((id) => actor.connection(id))
  actor.poll()
  for (const end of ends) say(end)
  actor.poll()
  expect(actor.seen).toEqual([0, BITS, 31, 32, BITS - 1, 2 * BITS - 1])
})

test('whoever throws over a message has the others looked at in the next turn', () => {
  const actor = new GivenActor()
  for (const id of [1, 2, 1 + BITS]) say(actor.connection(id))
  const fail = (): void => {
    throw new Error('over this')
  }
  expect(() => actor.poll(fail)).toThrow('over this')
  actor.poll()
  expect(actor.seen).toEqual([1 + BITS, 2])
})

test('a request that is cut off is found when the way is healed, though nobody tells of it again', () => {
  const actor = new GivenActor()
  const end = actor.connection(3)
  actor.states.get(3)?.cut('requests')
  say(end)
  expect(actor.poll()).toBe(false)
  actor.states.get(3)?.heal('requests')
  expect([actor.poll(), actor.seen]).toEqual([true, [3]])
})

test('a connection that was taken out is not looked at, also in the middle of a turn', () => {
  const actor = new GivenActor()
  for (const id of [1, 2]) say(actor.connection(id))
  actor.poll((message) => {
    actor.seen.push(idOf(message))
    for (const connection of actor.ready.removeAll()) connection.letGo()
  })
  say(actor.connection(4))
  const [other] = [...actor.ready.all]
  actor.ready.remove(other as RingConnection)
  expect([actor.poll(), actor.seen, actor.ready.find(4)]).toEqual([false, [1], undefined])
})
