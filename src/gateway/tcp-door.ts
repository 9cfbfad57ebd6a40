import { createServer, type Server, type Socket } from 'node:net'
import type { Door, DoorFailure, DoorListener } from './broker-doors.js'
import { TcpStream } from './tcp-stream.js'
import type { TlsEntrance } from './tls/tls-entrance.js'

/** A door that is a port of this machine, in plaintext or behind TLS. */
export class TcpDoor implements Door {
  readonly #host: string
  readonly #listener: DoorListener
  readonly #tls: TlsEntrance | null
  #server: Server | null = null

  constructor(host: string, listener: DoorListener, tls: TlsEntrance | null) {
    this.#host = host
    this.#tls = tls
    this.#listener = listener
  }

  open(port: number): void {
    // TLS has an end of its own.
    const allowHalfOpen = this.#tls === null
    const options = { noDelay: true, keepAlive: true, pauseOnConnect: true, allowHalfOpen }
    const server = createServer(options, (socket) => this.#accept(socket))
    this.#server = server
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#server !== server) return
      if (server.listening) return this.#listener.turnedAway(troubleOf(error))
      this.#server = null
      this.#listener.failed(failureOf(error, this.#host, port))
    })
    server.listen({ host: this.#host, port }, () => {
      const address = server.address()
      if (this.#server === server && typeof address === 'object' && address !== null)
        this.#listener.opened(address.port)
    })
  }

  close(): void {
    this.#server?.close()
    this.#tls?.close()
    this.#server = null
  }

  #accept(socket: Socket): void {
    if (this.#tls === null) this.#letIn(new TcpStream(socket))
    else this.#tls.enter(socket, (secured) => this.#letIn(new TcpStream(secured, socket)))
  }

  #letIn(stream: TcpStream): void {
    stream.listen(this.#listener.accepted(stream))
  }
}

/** Why a single connection could not be accepted. */
function troubleOf({ code, message }: NodeJS.ErrnoException): string {
  const why = code === 'EMFILE' || code === 'ENFILE' ? 'this process may open no more files and sockets' : message
  return `A connection could not be accepted: ${why}`
}

function failureOf({ code, message }: NodeJS.ErrnoException, host: string, port: number): DoorFailure {
  switch (code) {
    case 'EADDRINUSE':
      return { option: 'port', says: `port ${port} of ${host} is taken` }
    case 'EACCES':
      return { option: 'port', says: `this process may not listen at port ${port} of ${host}` }
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return { option: 'host', says: `${host} is not an address of this machine` }
    default:
      return { option: 'host', says: message }
  }
}
