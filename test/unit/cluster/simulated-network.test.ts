import { describe, expect, test } from 'vitest'
import type { Context } from '../../../src/actor/types.js'
import { NEVER, timestamp } from '../../../src/base/ids.js'
import { seededRandom } from '../../../src/base/random.js'
import type { ClientListener } from '../../../src/cluster/simulated-connection.js'
import { SimulatedNetwork } from '../../../src/cluster/simulated-network.js'
import type { ByteStream, StreamListener } from '../../../src/gateway/byte-stream.js'

/** A network with a gateway that listens for one broker, and a clock that runs until nothing is due. */
function given(seed = 1) {
  let now = timestamp(0)
  const restarted: string[] = []
  const network = new SimulatedNetwork({
    random: seededRandom(seed),
    now: () => now,
    wake: () => {},
    restart: (gateway) => restarted.push(gateway),
  })
  const streams: ByteStream[] = []
  const chunks: Buffer[] = []
  const told: string[] = []
  const listener: StreamListener = {
    data: (chunk) => void chunks.push(chunk),
    drained: () => void told.push('drained'),
    ended: () => void told.push('ended'),
    closed: () => void told.push('closed'),
  }
  let port = 0
  const door = network.doorsOf('gateway-1')({
    opened: (opened) => {
      port = opened
    },
    failed: ({ says }) => void told.push(says),
    turnedAway: (says) => void told.push(says),
    accepted: (stream) => {
      streams.push(stream)
      return listener
    },
  })
  const run = (msMax = Number.MAX_SAFE_INTEGER): void => {
    const until = now + msMax
    for (let due = network.tick({ now } as Context); due !== NEVER && due <= until; ) {
      now = due
      due = network.tick({ now } as Context)
    }
  }
  door.open(0)
  run()
  return { network, door, streams, chunks, told, restarted, run, port: () => port }
}

function client() {
  const heard: string[] = []
  const received: Buffer[] = []
  const listener: ClientListener = {
    connected: () => void heard.push('connected'),
    data: (chunk) => void received.push(chunk),
    closed: (how) => void heard.push(how),
  }
  return { listener, heard, received }
}

const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => index % 251))

describe('bytes', () => {
  test.each([1, 2, 3])('arrive whole and in order, in chunks of any length (seed %i)', (seed) => {
    const { network, streams, chunks, run, port } = given(seed)
    const { listener, received } = client()
    const end = network.connect(port(), listener)
    run()
    streams[0]?.resume()
    for (let at = 0; at < 60_000; at += 10_000) end.write(bytes(60_000).subarray(at, at + 10_000))
    streams[0]?.write([bytes(100), bytes(50_000)], () => {})
    run()
    expect(Buffer.concat(chunks)).toEqual(bytes(60_000))
    expect(Buffer.concat(received)).toEqual(Buffer.concat([bytes(100), bytes(50_000)]))
    expect(chunks.length).toBeGreaterThan(6)
  })

  test('are read where they lie until they arrive, and then their writer is told', () => {
    const { network, streams, run, port } = given()
    const { listener, received } = client()
    const end = network.connect(port(), listener)
    run()
    end.hold(true)
    const lent = bytes(100)
    let isWritten = false
    streams[0]?.write([lent], () => {
      isWritten = true
    })
    run()
    expect([received.length, isWritten]).toEqual([0, false])
    lent.fill(7)
    end.hold(false)
    run()
    expect([Buffer.concat(received), isWritten]).toEqual([Buffer.alloc(100, 7), true])
  })

  test('wait for a gateway that does not read', () => {
    const { network, streams, chunks, run, port } = given()
    const end = network.connect(port(), client().listener)
    run()
    end.write(bytes(10))
    run()
    expect(chunks).toEqual([])
    streams[0]?.resume()
    run()
    expect(Buffer.concat(chunks)).toEqual(bytes(10))
  })
})

describe('a connection', () => {
  test('is refused where nobody listens', () => {
    const { network, run, door, port } = given()
    door.close()
    const { listener, heard } = client()
    network.connect(port(), listener)
    run()
    expect(heard).toEqual(['refused'])
  })

  test('that is closed ends when what was written has arrived', () => {
    const { network, streams, told, run, port } = given()
    const { listener, heard, received } = client()
    network.connect(port(), listener)
    run()
    streams[0]?.write([bytes(5_000)], () => {})
    streams[0]?.close()
    run()
    expect([Buffer.concat(received).length, heard, told]).toEqual([
      5_000,
      ['connected', 'closed'],
      ['drained', 'closed'],
    ])
  })

  test('whose client says no more is over when the gateway closes it', () => {
    const { network, streams, told, chunks, run, port } = given()
    const { listener, heard } = client()
    const end = network.connect(port(), listener)
    run()
    end.write(bytes(100))
    end.close()
    streams[0]?.resume()
    run()
    expect([Buffer.concat(chunks).length, heard, told]).toEqual([100, ['connected'], ['ended']])
    streams[0]?.close()
    run()
    expect([heard, told]).toEqual([
      ['connected', 'closed'],
      ['ended', 'closed'],
    ])
  })

  test('that is reset ends at once, and whoever has written is told', () => {
    const { network, streams, told, run, port } = given()
    const { listener, heard } = client()
    const end = network.connect(port(), listener)
    run()
    end.hold(true)
    const written: string[] = []
    streams[0]?.write([bytes(10)], () => void written.push('written'))
    end.reset()
    run()
    expect([heard, told, written]).toEqual([['connected', 'reset'], ['closed'], ['written']])
  })

  test('is reset when its gateway has ended, which hears of nothing and is started again', () => {
    const { network, streams, told, restarted, run, port } = given()
    const { listener, heard } = client()
    network.connect(port(), listener)
    run()
    const written: string[] = []
    streams[0]?.write([bytes(10)], () => void written.push('written'))
    network.ended('gateway-1')
    run()
    expect([heard, told, written, restarted]).toEqual([['connected', 'reset'], [], [], ['gateway-1']])
  })
})

test('a gateway that ends again before it has asked for a door is started again', () => {
  const { network, restarted, run } = given()
  network.ended('gateway-1')
  run()
  network.ended('gateway-1')
  run()
  expect(restarted).toEqual(['gateway-1', 'gateway-1'])
})
