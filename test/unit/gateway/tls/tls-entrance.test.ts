import { connect, createServer, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { deferred } from '../../../../src/base/deferred.js'
import { CertificateAuthority } from '../../../../src/gateway/tls/certificate-authority.js'
import { TlsEntrance } from '../../../../src/gateway/tls/tls-entrance.js'

const authority = new CertificateAuthority(Date.now())
const data = { ...authority.forServer(['127.0.0.1']), clientAuth: 'none' } as const

/** A port whose clients pass an entrance. */
async function givenEntrance(handshakeMs = 60_000) {
  const warnings: string[] = []
  const entrance = new TlsEntrance({ data, handshakeMs, warn: (says) => warnings.push(says) })
  const listening = deferred<number>()
  const entered = deferred<void>()
  const letIn = deferred<Socket>()
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    entrance.enter(socket, letIn.resolve)
    entered.resolve()
  })
  server.listen(0, '127.0.0.1', () => listening.resolve((server.address() as { port: number }).port))
  onTestFinished(() => void server.close())
  const port = await listening.promise
  const plain = (): Socket => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
    return socket
  }
  return { entrance, warnings, port, plain, entered: entered.promise, letIn: letIn.promise }
}

const ended = async (socket: Socket): Promise<void> => {
  const closed = deferred<void>()
  socket.once('close', () => closed.resolve())
  await closed.promise
}

/** The first record of a handshake. */
async function clientHello(): Promise<Buffer> {
  const hello = deferred<Buffer>()
  const server = createServer((socket) => socket.on('error', () => {}).once('data', hello.resolve))
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number }
    const socket = connectSecurely({ host: '127.0.0.1', port })
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
  })
  onTestFinished(() => void server.close())
  return hello.promise
}

test('a client is let in, and what it says at once behind its handshake is not lost', async () => {
  const { port, letIn } = await givenEntrance()
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const secured = connectSecurely({ socket, ca: authority.certificate, host: '127.0.0.1' }, () =>
    secured.write('all of it'),
  )
  onTestFinished(() => void secured.destroy())
  const inside = await letIn
  const heard = deferred<string>()
  inside.once('data', (chunk) => heard.resolve(String(chunk)))
  expect(await heard.promise).toBe('all of it')
})

test('a client is not waited for longer than so long for its first word', async () => {
  const { plain, warnings } = await givenEntrance(20)
  const socket = plain()
  socket.resume()
  await ended(socket)
  expect(warnings).toEqual([])
})

test('a client is not waited for longer than so long for the end of its handshake', async () => {
  const hello = await clientHello()
  const { plain, warnings } = await givenEntrance(500)
  const socket = plain()
  socket.resume()
  socket.write(hello.subarray(0, 40))
  await ended(socket)
  expect(warnings).toEqual([expect.stringContaining('its handshake of TLS has failed: TLS handshake timeout')])
})

test.each(['destroy', 'resetAndDestroy'] as const)(
  'a client that goes without a word is not worth one: %s',
  async (how) => {
    const { entered, plain, warnings, port, letIn } = await givenEntrance()
    const socket = plain()
    await entered
    socket[how]()
    await ended(socket)
    const next = connectSecurely({ host: '127.0.0.1', port, ca: authority.certificate })
    onTestFinished(() => void next.destroy())
    await letIn
    expect(warnings).toEqual([])
  },
)

test('whoever is in the handshake when it closes sees a connection that was reset, and nobody is warned', async () => {
  const { entered, entrance, plain, warnings } = await givenEntrance()
  const socket = plain()
  const errors: string[] = []
  socket.on('error', ({ code }: NodeJS.ErrnoException) => errors.push(String(code)))
  socket.write((await clientHello()).subarray(0, 40))
  await entered
  entrance.close()
  await ended(socket)
  expect([errors, warnings]).toEqual([['ECONNRESET'], []])
})
