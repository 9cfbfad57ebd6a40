import { expect, test } from 'vitest'
import { RingConnection } from '../../../src/actor/connection.js'
import { CAPACITY, connectionBytes } from '../../../src/actor/connection-layout.js'
import { ConnectionState } from '../../../src/actor/connection-state.js'
import type { Message } from '../../../src/actor/types.js'
import { Memory } from '../../../src/base/memory.js'
import type { Request, Response } from '../../../src/protocol/api.js'
import { inMemoryLines } from '../../support/stage.js'

interface GivenEnd {
  readonly connection: RingConnection
  readonly messages: Message[]
  /** Takes in what has arrived. */
  poll(): boolean
  rings: number
}

function givenConnection(): {
  asking: GivenEnd
  serving: GivenEnd
  memory: Memory
  state: ConnectionState
  closes: () => number
} {
  const memory = new Memory(new SharedArrayBuffer(connectionBytes(CAPACITY)))
  const [askingLine, servingLine] = inMemoryLines()
  let closes = 0
  const end = (isInitiator: boolean): GivenEnd => {
    const messages: Message[] = []
    const connection: RingConnection = new RingConnection({
      id: 1,
      peer: isInitiator ? 'broker-1' : 'client-1',
      isInitiator,
      memory,
      port: isInitiator ? askingLine : servingLine,
      peerBell: { noteFrame: () => {}, ring: () => (isInitiator ? serving : asking).rings++ },
      close: () => closes++,
    })
    return { connection, messages, rings: 0, poll: () => connection.poll((message) => messages.push(message)) }
  }
  const asking = end(true)
  const serving = end(false)
  return { asking, serving, memory, state: new ConnectionState(memory.shared), closes: () => closes }
}

const metadata = (...topics: string[]): Request => ({ api: 'Metadata', topics, allowAutoTopicCreation: false })
const metadataAnswer = (controller: number): Response => ({ api: 'Metadata', brokers: [], controller, topics: [] })
const numbersOf = (end: GivenEnd): unknown[] =>
  end.messages.map((message) => ('correlationId' in message ? message.correlationId : null))

test('a request reaches the serving end, and its response comes back with its number', () => {
  const { asking, serving } = givenConnection()
  expect(asking.connection.send(7, metadata('a'))).toBe('sent')
  serving.poll()
  serving.connection.reply(7, metadataAnswer(3))
  asking.poll()
  expect(serving.messages).toMatchObject([{ type: 'request', correlationId: 7, body: metadata('a') }])
  expect(asking.messages).toMatchObject([{ type: 'response', correlationId: 7, body: metadataAnswer(3) }])
  expect([serving.rings, asking.rings]).toEqual([1, 1])
})

test('requests of one connection are served one at a time', () => {
  const { asking, serving } = givenConnection()
  for (const number of [1, 2, 3]) asking.connection.send(number, metadata())
  expect([serving.poll(), serving.poll(), serving.poll()]).toEqual([true, false, false])
  serving.connection.reply(1, metadataAnswer(0))
  expect([serving.poll(), serving.poll()]).toEqual([true, false])
  serving.connection.finish()
  serving.poll()
  expect(numbersOf(serving)).toEqual([1, 2, 3])
})

test('a response that cannot be written ends nobody: whoever asked is told of the failure', () => {
  const { asking, serving } = givenConnection()
  asking.connection.send(1, { api: 'DescribeGroups', groups: ['tea'], includeAuthorizedOperations: false })
  serving.poll()
  const group = { errorCode: 'NONE', groupId: 'tea', groupState: '', protocolType: '', protocolData: '' } as const
  const described = { ...group, errorMessage: 'x'.repeat(40_000), members: [], authorizedOperations: 0 }
  serving.connection.reply(1, { api: 'DescribeGroups', throttleTimeMs: 0, groups: [described] })
  asking.poll()
  expect(asking.messages).toMatchObject([
    { body: { api: 'DescribeGroups', groups: [{ groupId: 'tea', errorCode: 'UNKNOWN_SERVER_ERROR' }] } },
  ])
})

test('a request is answered once', () => {
  const { asking, serving } = givenConnection()
  asking.connection.send(1, metadata())
  serving.poll()
  serving.connection.reply(1, metadataAnswer(0))
  expect(() => serving.connection.reply(1, metadataAnswer(0))).toThrow('A request is answered once')
})

test('a full ring of requests is an answer, and has room when requests were served', () => {
  const { asking, serving } = givenConnection()
  const large = metadata('x'.repeat(300_000))
  const outcomes = [1, 2, 3, 4].map((number) => asking.connection.send(number, large))
  expect(outcomes).toEqual(['sent', 'sent', 'sent', 'full'])
  serving.poll()
  serving.connection.finish()
  serving.poll()
  serving.connection.finish()
  expect(asking.connection.send(4, large)).toBe('sent')
})

test('a response that does not fit is kept, and nothing is served before it is written', () => {
  const { asking, serving } = givenConnection()
  const large: Response = {
    api: 'News',
    partitions: [],
    ended: [{ call: 1, error: 'NONE', says: 'x'.repeat(300_000) }],
  }
  for (let number = 1; number <= 5; number++) asking.connection.send(number, metadata())
  for (let number = 1; number <= 4; number++) {
    serving.poll()
    serving.connection.reply(number, large)
  }
  expect([serving.poll(), numbersOf(serving).length]).toEqual([false, 4])
  asking.poll()
  expect([serving.poll(), serving.poll(), numbersOf(serving).length]).toEqual([true, true, 5])
  asking.poll()
  expect(numbersOf(asking)).toEqual([1, 2, 3, 4])
})

test('a cursor is read when the request behind it is finished, not when it is taken in', () => {
  const { asking, serving } = givenConnection()
  asking.connection.send(1, metadata())
  const { cursor } = asking.connection
  serving.poll()
  expect(asking.connection.isRead(cursor)).toBe(false)
  serving.connection.finish()
  expect(asking.connection.isRead(cursor)).toBe(true)
})

test('a memory that is lent is one and the same for as long as the connection lives', () => {
  const { asking, serving } = givenConnection()
  const memory = Memory.allocate(64)
  asking.connection.lend(5, memory)
  expect(serving.connection.memory(5).shared).toBe(memory.shared)
  expect(serving.connection.memory(5)).toBe(serving.connection.memory(5))
})

test.each(['asked for before', 'never asked for'])(
  'a memory that is recalled, %s, is kept no longer than until the next one',
  (when) => {
    const { asking, serving } = givenConnection()
    asking.connection.lend(5, Memory.allocate(64))
    if (when === 'asked for before') serving.connection.memory(5)
    asking.connection.recall(5)
    const next = Memory.allocate(64)
    asking.connection.lend(6, next)
    expect(serving.connection.memory(6).shared).toBe(next.shared)
    expect(() => serving.connection.memory(5)).toThrow('A handle is posted before the frame that names it')
  },
)

test('asking for a memory that was not lent is a bug', () => {
  const { serving } = givenConnection()
  expect(() => serving.connection.memory(1)).toThrow('A handle is posted before the frame that names it')
})

test('an attached value is handed out once, in whatever order values are asked for', () => {
  const { asking, serving } = givenConnection()
  asking.connection.attach(1, 'one')
  asking.connection.attach(2, 'two')
  expect([serving.connection.attachment(2), serving.connection.attachment(1)]).toEqual(['two', 'one'])
  expect(() => serving.connection.attachment(1)).toThrow()
})

test('each slot of leases has a word of its own', () => {
  const { asking, serving } = givenConnection()
  asking.connection.giveBack(0, 3)
  asking.connection.giveBack(4095, -5)
  expect([0, 1, 4095].map((slot) => serving.connection.givenBack(slot))).toEqual([3, 0, -5])
})

test('a closed connection neither sends nor answers', () => {
  const { asking, serving } = givenConnection()
  asking.connection.send(1, metadata())
  serving.poll()
  for (const { connection } of [asking, serving]) connection.markClosed()
  serving.connection.reply(1, metadataAnswer(0))
  expect(asking.connection.send(2, metadata())).toBe('closed')
  expect([asking.poll(), serving.poll()]).toEqual([false, false])
})

test('a close asks for the end of both ends, and no more once that is over', () => {
  const { asking, closes } = givenConnection()
  asking.connection.close()
  asking.connection.markClosed()
  asking.connection.close()
  expect(closes()).toBe(1)
})

test('one turn takes a bounded number of responses, so that a fast peer starves nobody', () => {
  const { asking, serving } = givenConnection()
  for (let number = 0; number < 100; number++) {
    asking.connection.send(number, metadata())
    serving.poll()
    serving.connection.reply(number, metadataAnswer(0))
  }
  asking.poll()
  const first = asking.messages.length
  expect(first).toBeLessThan(100)
  while (asking.poll());
  expect(numbersOf(asking)).toEqual(Array.from({ length: 100 }, (_, number) => number))
})

test('a message that is too long for the ring arrives all the same, and in its place', () => {
  const { asking, serving } = givenConnection()
  const long = metadata('x'.repeat(2_000_000))
  for (const [number, body] of [metadata('a'), long, metadata('b')].entries()) {
    expect(asking.connection.send(number, body)).toBe('sent')
  }
  for (let request = 0; request < 3; request++) {
    serving.poll()
    serving.connection.finish()
  }
  expect(serving.messages).toMatchObject([{ body: metadata('a') }, { body: long }, { body: metadata('b') }])
})

test('a Produce of tens of thousands of batches arrives, and so does its answer', () => {
  const { asking, serving } = givenConnection()
  const numbers = Array.from({ length: 40_000 }, (_, partition) => partition)
  const batches = numbers.map((partition) => ({ topicId: 1, partition, memoryId: 0, position: partition, bytes: 61 }))
  const nothing = { logAppendTimeMs: -1, logStartOffset: 0, currentLeader: null }
  const partitions = numbers.map((partition) => {
    return { topicId: 1, partition, error: 'NONE' as const, baseOffset: partition, ...nothing }
  })

  asking.connection.send(1, { api: 'Produce', acks: 1, timeoutMs: 1, batches })
  serving.poll()
  serving.connection.reply(1, { api: 'Produce', partitions })
  asking.poll()

  expect(serving.messages).toMatchObject([{ body: { batches } }])
  expect(asking.messages).toMatchObject([{ body: { partitions } }])
})

test('the close of a connection is seen in its memory, before anybody is told', () => {
  const { asking, serving, state } = givenConnection()
  asking.connection.send(1, metadata())
  state.close()
  expect([asking.connection.isClosed, serving.connection.isClosed]).toEqual([true, true])
  expect([asking.connection.send(2, metadata()), serving.poll()]).toEqual(['closed', false])
})

test('an answer from before the close of its connection is still read', () => {
  const { asking, serving, state } = givenConnection()
  asking.connection.send(1, metadata())
  serving.poll()
  serving.connection.reply(1, metadataAnswer(0))
  state.close()
  asking.poll()
  expect(numbersOf(asking)).toEqual([1])
})

test('requests that are cut arrive when they are healed, and responses go on', () => {
  const { asking, serving, state } = givenConnection()
  asking.connection.send(1, metadata())
  serving.poll()
  state.cut('requests')
  expect(asking.connection.send(2, metadata())).toBe('sent')
  serving.connection.reply(1, metadataAnswer(0))
  expect([asking.poll(), serving.poll()]).toEqual([true, false])
  state.heal('requests')
  expect([serving.poll(), numbersOf(serving)]).toEqual([true, [1, 2]])
})

test('responses that are cut arrive when they are healed, and requests go on', () => {
  const { asking, serving, state } = givenConnection()
  state.cut('responses')
  for (const number of [1, 2]) asking.connection.send(number, metadata())
  for (const number of [1, 2]) {
    serving.poll()
    serving.connection.reply(number, metadataAnswer(0))
  }
  expect([asking.poll(), numbersOf(serving)]).toEqual([false, [1, 2]])
  state.heal('responses')
  expect([asking.poll(), numbersOf(asking)]).toEqual([true, [1, 2]])
})

test('a muted connection answers nothing, and serves nothing more', () => {
  const { asking, serving } = givenConnection()
  for (const number of [1, 2]) asking.connection.send(number, metadata())
  serving.poll()
  serving.connection.mute()
  serving.connection.reply(1, metadataAnswer(0))
  expect([asking.poll(), serving.poll()]).toEqual([false, false])
})

test('an end that has let go of a connection touches its memory no more, whatever is done with it', () => {
  const { asking, serving, memory } = givenConnection()
  asking.connection.send(1, metadata('a'))
  serving.poll()
  asking.connection.giveBack(3, 7)
  const cursor = asking.connection.cursor
  for (const { connection } of [asking, serving]) connection.letGo()
  // As another connection would have it.
  memory.bytes.fill(0)
  const polled = [asking.poll(), serving.poll()]
  const sent = asking.connection.send(2, metadata('b'))
  serving.connection.reply(1, metadataAnswer(3))
  serving.connection.finish()
  asking.connection.giveBack(4, 9)
  expect([polled, sent, asking.connection.isRead(cursor)]).toEqual([[false, false], 'closed', false])
  expect([asking.connection.givenBack(3), asking.connection.givenBack(4)]).toEqual([7, 9])
  expect(memory.bytes.every((byte) => byte === 0)).toBe(true)
})
