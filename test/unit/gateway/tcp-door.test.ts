import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { deferred } from '../../../src/base/deferred.js'
import type { ByteStream, StreamListener } from '../../../src/gateway/byte-stream.js'
import { TcpDoor } from '../../../src/gateway/tcp-door.js'

const silent: StreamListener = { data: () => {}, drained: () => {}, ended: () => {}, closed: () => {} }

function givenDoor(accepted: (stream: ByteStream) => StreamListener = () => silent) {
  let opened = deferred<number>()
  const listener = {
    accepted,
    opened: (port: number) => opened.resolve(port),
    failed: ({ says }: { says: string }) => opened.reject(new Error(says)),
    turnedAway: () => {},
  }
  const door = new TcpDoor('127.0.0.1', listener, null)
  onTestFinished(() => door.close())
  const open = (port: number): Promise<number> => {
    opened = deferred<number>()
    door.open(port)
    return opened.promise
  }
  return { door, open }
}

test('a door that was closed before it was open holds no port', async () => {
  const { door, open } = givenDoor()
  const port = await open(0)
  door.close()
  // Its port is free in the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve))
  void open(port)
  door.close()
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
  expect(await open(port)).toBe(port)
})

test('a client that says no more still hears what is said to it', async () => {
  const heard = deferred<string>()
  const { open } = givenDoor((stream) => {
    const ended = (): void => {
      stream.write([Buffer.from('all '), Buffer.from('of it')], () => {})
      stream.close()
    }
    setImmediate(() => stream.resume())
    return { ...silent, ended }
  })
  const port = await open(0)
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('end', () => heard.resolve(text))
  socket.end('a question')
  expect(await heard.promise).toBe('all of it')
  socket.destroy()
})

test('a client that vanishes while it is written to does not disturb the gateway', async () => {
  const written = deferred<void>()
  const closed = deferred<void>()
  const { open } = givenDoor((stream) => {
    setImmediate(() => {
      stream.resume()
      stream.write([Buffer.alloc(50_000_000)], () => written.resolve())
    })
    return { ...silent, closed: () => closed.resolve() }
  })
  const socket = connect({ host: '127.0.0.1', port: await open(0) })
  socket.on('error', () => {})
  socket.once('data', () => socket.resetAndDestroy())
  await Promise.all([written.promise, closed.promise])
})
