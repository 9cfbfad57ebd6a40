import { describe, expect, test } from 'vitest'
import { LARGE_ANSWERS_MAX } from '../../../src/base/config/internal-limits.js'
import { Memory } from '../../../src/base/memory.js'
import {
  apiVersionsFrame,
  fetchFrame,
  GivenGateway,
  heartbeatFrame,
  metadataFrame,
  produceFrame,
} from './given-gateway.js'
import type { ScriptedStream } from './scripted-stream.js'
import { sentBatch } from './sent-batch.js'

const GARBAGE = Buffer.from('ffffffff', 'hex')
/** Longer than any stream may take to end. */
const LONG_MS = 60_000

const idsIn = (client: ScriptedStream): number[] => client.frames().map((frame) => frame.readInt32BE())
const idOf = (frame: Buffer): number => frame.readInt32BE(8)

const HEARTBEAT_DONE = { api: 'Heartbeat', throttleTimeMs: 0, errorCode: 'NONE' } as const
const METADATA_DONE = { api: 'Metadata', brokers: [1], controller: 0, topics: [] } as const

/** A memory that a broker lends, with one batch in it. */
function lentBatch(): { readonly memory: Memory; readonly bytes: number } {
  const batch = sentBatch('a value')
  const memory = Memory.allocate(batch.length)
  memory.copyIn(0, batch)
  return { memory, bytes: batch.length }
}

/** Answers the oldest request, a Fetch, with a slice under this lease. */
function answerFetch(given: GivenGateway, lease: number): void {
  const request = given.broker.unanswered('Fetch')[0]
  if (request === undefined) throw new Error('Nobody has fetched')
  const { memory, bytes } = lentBatch()
  request.connection.lend(lease, memory)
  const offsets = { highWatermark: 1, lastStableOffset: 1, logStartOffset: 0 }
  const slice = { segment: lease, position: 0, bytes, lease }
  const partition = { topicId: 0, partition: 0, error: 'NONE', ...offsets, divergingEpoch: null } as const
  given.answer({ api: 'Fetch', partitions: [{ ...partition, currentLeader: null, slice }] })
}

const givenBack = (given: GivenGateway): number =>
  given.broker.messages
    .flatMap((message) => (message.type === 'request' ? message.connection : []))
    .at(-1)
    ?.givenBack(0) ?? -1

describe('requests of one stream', () => {
  test('are all served, however many come at once', () => {
    const given = new GivenGateway()
    const client = given.client()
    const frames = Array.from({ length: 1_000 }, apiVersionsFrame)
    given.say(client, ...frames)
    expect(idsIn(client)).toEqual(frames.map(idOf))
  })

  test('are all served when the broker answers as many as may be on their way at once', () => {
    const given = new GivenGateway()
    given.broker.script = (body) => (body.api === 'Heartbeat' ? HEARTBEAT_DONE : null)
    const client = given.client()
    const frames = Array.from({ length: 300 }, (_, index) => heartbeatFrame(`group ${index}`))
    given.say(client, ...frames)
    expect(idsIn(client)).toEqual(frames.map(idOf))
  })

  test('are answered in their order, the ones that the broker need not see as well', () => {
    const given = new GivenGateway()
    const client = given.client()
    const frames = [heartbeatFrame('first'), apiVersionsFrame(), heartbeatFrame('third')]
    given.say(client, ...frames)
    expect(client.frames()).toEqual([])
    given.answer(HEARTBEAT_DONE)
    given.answer(HEARTBEAT_DONE)
    expect(idsIn(client)).toEqual(frames.map(idOf))
  })

  test('wait for the topic of the one before them, so that records of one topic keep their order', () => {
    const given = new GivenGateway()
    given.broker.script = () => null
    const client = given.client()
    given.say(client, produceFrame('orders', sentBatch('a')), heartbeatFrame('behind'))
    expect([given.asked('Metadata').length, given.asked('Heartbeat').length]).toEqual([1, 0])
    const topic = { error: 'NONE', name: 'orders', topicId: 0, isInternal: false, partitions: [] } as const
    given.answer({ ...METADATA_DONE, topics: [topic] })
    expect([given.asked('Produce').length, given.asked('Heartbeat').length]).toEqual([1, 0])
    given.refuse()
    expect(given.asked('Heartbeat')).toHaveLength(1)
  })

  test('are not read while the client takes no answers', () => {
    const given = new GivenGateway()
    const client = given.client()
    given.say(client, heartbeatFrame('first'))
    client.isFull = true
    given.answer(HEARTBEAT_DONE)
    expect(client.isPaused).toBe(true)
    client.drain()
    given.stage.settle()
    expect(client.isPaused).toBe(false)
  })

  test('are begun a few at a time where their answers may be large, as long as the client takes none', () => {
    const given = new GivenGateway()
    given.broker.script = () => null
    const client = given.client()
    const frames = Array.from({ length: 3 * LARGE_ANSWERS_MAX }, () => metadataFrame('orders'))
    given.say(client, ...frames)
    const asked = (): number => {
      const count = given.asked('Metadata').length
      for (let index = 0; index < count; index++) given.answer(METADATA_DONE)
      return count
    }
    const answerAll = (): number => {
      let all = 0
      for (let count = asked(); count > 0; count = asked()) all += count
      return all
    }
    expect([answerAll(), answerAll()]).toEqual([LARGE_ANSWERS_MAX, 0])
    client.take()
    given.stage.settle()
    expect([answerAll(), answerAll()]).toEqual([LARGE_ANSWERS_MAX, 0])
    client.take()
    given.stage.settle()
    expect(answerAll()).toBe(LARGE_ANSWERS_MAX)
    expect(idsIn(client)).toEqual(frames.map(idOf))
  })

  test('with large answers do not wait for a fetch that waits', () => {
    const given = new GivenGateway()
    const client = given.client()
    given.say(client, fetchFrame('orders', 1_000), metadataFrame('orders'))
    const [waiting] = given.broker.unanswered('Fetch')
    // The broker sees that a request has come behind it, and answers at once.
    expect(waiting?.connection.hasNext).toBe(true)
  })

  test('are not read while the broker takes none', () => {
    const given = new GivenGateway()
    const client = given.client()
    given.say(client, ...Array.from({ length: 100 }, (_, index) => heartbeatFrame(`${index}`)))
    expect([given.asked('Heartbeat').length, client.isPaused]).toEqual([1, true])
  })
})

describe('a fetch', () => {
  test('gives back what it was lent when the stream has taken it, and not before', () => {
    const given = new GivenGateway()
    const client = given.client()
    given.say(client, fetchFrame('orders'))
    answerFetch(given, 1)
    expect([client.frames().length, givenBack(given)]).toEqual([1, 0])
    client.take()
    expect(givenBack(given)).toBe(1)
  })

  test('is not begun before the answer of the last one is taken: a slow reader holds one of them', () => {
    const given = new GivenGateway()
    const client = given.client()
    given.say(client, fetchFrame('orders'), fetchFrame('orders'), heartbeatFrame('behind'))
    answerFetch(given, 1)
    expect([given.asked('Fetch').length, given.asked('Heartbeat').length]).toEqual([0, 0])
    client.take()
    given.stage.settle()
    expect(given.asked('Fetch')).toHaveLength(1)
    answerFetch(given, 2)
    expect(given.asked('Heartbeat')).toHaveLength(1)
  })

  test('gives nothing back that the stream still has to take when it is closed behind it', () => {
    const given = new GivenGateway()
    const client = given.client()
    given.say(client, fetchFrame('orders'))
    answerFetch(given, 1)
    given.say(client, heartbeatFrame('behind'), GARBAGE)
    given.answer(HEARTBEAT_DONE)
    expect([client.state, givenBack(given)]).toEqual(['closing', 0])
    client.take()
    given.stage.settle()
    expect([client.state, givenBack(given)]).toEqual(['closed', 1])
  })

  test('is waited for when its client has gone, and gives back what comes of it', () => {
    const given = new GivenGateway()
    const client = given.client()
    given.say(client, fetchFrame('orders', 5_000))
    client.vanish()
    given.stage.settle()
    const { connection } = given.broker.unanswered('Fetch')[0] ?? {}
    expect([connection?.isClosed, connection?.hasNext]).toEqual([false, true])
    answerFetch(given, 1)
    // The request that has hurried it.
    given.broker.answerWhere((body) => (body.api === 'ReadNoMore' ? { api: 'ReadNoMore' } : null))
    given.stage.settle()
    expect([connection?.isClosed, givenBack(given)]).toEqual([true, 1])
  })

  test('is given up when its broker answers it no more', () => {
    const given = new GivenGateway()
    const client = given.client()
    given.say(client, fetchFrame('orders', 5_000))
    const { connection } = given.broker.unanswered('Fetch')[0] ?? {}
    client.vanish()
    given.stage.settle()
    for (let passed = 0; passed < LONG_MS; passed += 1_000) given.stage.pass(1_000)
    expect(connection?.isClosed).toBe(true)
  })
})

describe('a stream that is over', () => {
  test('ends its connection, since nothing was lent', () => {
    const given = new GivenGateway()
    const client = given.client()
    given.say(client, heartbeatFrame('first'))
    const { connection } = given.broker.unanswered('Heartbeat')[0] ?? {}
    client.vanish()
    given.stage.settle()
    expect(connection?.isClosed).toBe(true)
  })

  test('is none before all is answered that the client has said, if it still listens', () => {
    const given = new GivenGateway()
    const client = given.client()
    const frames = [heartbeatFrame('first'), heartbeatFrame('second')]
    given.say(client, ...frames, Buffer.from('00000064', 'hex'))
    client.sayNoMore()
    given.stage.settle()
    given.answer(HEARTBEAT_DONE)
    expect(client.state).toBe('open')
    given.answer(HEARTBEAT_DONE)
    expect([idsIn(client), client.state, given.log]).toEqual([frames.map(idOf), 'closing', []])
    client.take()
    expect(client.state).toBe('closed')
  })

  test('is closed at once when the client says no more and nothing is to be answered', () => {
    const given = new GivenGateway()
    const client = given.client()
    client.sayNoMore()
    given.stage.settle()
    expect(client.state).toBe('closed')
  })

  test('is reset when its client takes no answers and it is to be closed', () => {
    const given = new GivenGateway({ idleMs: 2_000 })
    const client = given.client()
    given.say(client, fetchFrame('orders'))
    answerFetch(given, 1)
    for (let passed = 0; passed < LONG_MS; passed += 1_000) given.stage.pass(1_000)
    expect([client.state, givenBack(given)]).toEqual(['reset', 1])
  })

  test('is closed when it was silent for too long, and not while something is to be answered', () => {
    const given = new GivenGateway({ idleMs: 2_000 })
    const [silent, waiting] = [given.client(), given.client()]
    given.say(waiting, heartbeatFrame('first'))
    for (let passed = 0; passed < 5_000; passed += 500) given.stage.pass(500)
    expect([silent.state, waiting.state]).toEqual(['closed', 'open'])
  })

  test('is reset when its broker is gone, whatever it is at', () => {
    const given = new GivenGateway()
    const [idle, waiting, fetching] = [given.client(), given.client(), given.client()]
    given.say(waiting, heartbeatFrame('first'))
    given.say(fetching, fetchFrame('orders'))
    given.stage.kill('broker-1')
    expect([idle.state, waiting.state, fetching.state]).toEqual(['reset', 'reset', 'reset'])
    // Who comes now finds nobody.
    expect(given.client().state).toBe('reset')
  })

  test('ends what was not joined with a broker yet', () => {
    const given = new GivenGateway()
    const stream = given.clientThatVanishes()
    expect(stream.state).toBe('closed')
    given.say(given.client(), heartbeatFrame('another'))
    expect(given.asked('Heartbeat')).toHaveLength(1)
  })
})

describe('what is no request', () => {
  test('closes its stream when what came before it is answered, with a line in the log', () => {
    const given = new GivenGateway()
    const [client, neighbour] = [given.client(), given.client()]
    const frames = [heartbeatFrame('first'), apiVersionsFrame()]
    given.say(client, ...frames, GARBAGE)
    expect([client.state, client.isPaused]).toEqual(['open', true])
    given.answer(HEARTBEAT_DONE)
    expect([idsIn(client), client.state]).toEqual([frames.map(idOf), 'closing'])
    expect(given.log).toEqual([expect.stringContaining('127.0.0.1:50000 was closed: it looks like garbage')])
    given.say(neighbour, apiVersionsFrame())
    expect(neighbour.frames()).toHaveLength(1)
  })

  test('closes its stream after a while if what came before it is not answered', () => {
    const given = new GivenGateway()
    const client = given.client()
    given.say(client, heartbeatFrame('first'), GARBAGE)
    for (let passed = 0; passed < LONG_MS; passed += 1_000) given.stage.pass(1_000)
    expect(client.state).toBe('closed')
  })

  test('is known by its first bytes: nobody waits for the rest', () => {
    const given = new GivenGateway({ frameBytesMax: 100_000_000 })
    for (const [head, says] of [
      ['0500000003e70000', 'API 999'],
      ['0000ffff00030063', 'Metadata in version 99'],
      ['0600000000030001', 'too long'],
    ] as const) {
      const client = given.client()
      given.say(client, Buffer.from(head, 'hex'))
      expect([client.state, given.log.at(-1)]).toEqual(['closed', expect.stringContaining(says)])
    }
  })

  test('with acks=0, what fails closes the stream behind the answers before it', () => {
    const given = new GivenGateway()
    const client = given.client()
    const before = metadataFrame('orders')
    given.say(client, before, produceFrame('orders', new Uint8Array(0), 0), metadataFrame('orders'))
    given.refuse()
    expect([idsIn(client), client.state, given.log]).toEqual([[idOf(before)], 'closing', []])
  })
})

test('a Produce may be the first request, however long it is', () => {
  const given = new GivenGateway({ frameBytesMax: 10_000_000 })
  const client = given.client()
  given.say(client, produceFrame('orders', sentBatch('x'.repeat(1_000_000))))
  expect(given.asked('Produce')).toHaveLength(1)
})
