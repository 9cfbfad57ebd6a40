import type { Socket } from 'node:net'
import type { Server, TLSSocket } from 'node:tls'
import { tls } from '../built-in.js'
import { notTls } from '../looks-like.js'
import type { TlsData } from './tls-options.js'

/** A socket in its handshake, and who waits for the end of it. */
interface Entering {
  readonly socket: Socket
  readonly letIn: (secured: TLSSocket) => void
  hasSpoken: boolean
}

export interface TlsEntranceParts {
  readonly data: TlsData
  /** Time for a handshake, or for its first byte. */
  readonly handshakeMs: number
  /** Told why somebody did not come in. */
  readonly warn: (says: string) => void
}

/**
 * Where sockets pass before their clients are let in, if they must speak TLS. The first bytes are looked at: what is not
 * TLS is told so in words that help. Until its handshake is over, a client costs no more than its socket.
 *
 * Owned by the gateway's thread.
 */
export class TlsEntrance {
  readonly #server: Server
  readonly #mustHaveCertificate: boolean
  readonly #handshakeMs: number
  readonly #warn: (says: string) => void
  /** By the client's address and port, of which one server has each once. */
  readonly #entering = new Map<string, Entering>()

  constructor({ data: { clientAuth, ...data }, handshakeMs, warn }: TlsEntranceParts) {
    this.#handshakeMs = handshakeMs
    this.#warn = warn
    this.#mustHaveCertificate = clientAuth === 'required'
    const requestCert = clientAuth !== 'none'
    // Whether a certificate is good enough is decided here, where it can be said why not.
    const options = { ...data, requestCert, rejectUnauthorized: false, handshakeTimeout: handshakeMs }
    // It listens nowhere: sockets are brought to it.
    this.#server = tls()
      .createServer(options)
      .on('secureConnection', (secured) => this.#secured(secured))
      .on('tlsClientError', (error, socket) => {
        this.#failed(peerOf(socket), error)
        // Node leaves open what has taken too long.
        socket.destroy()
      })
  }

  enter(socket: Socket, letIn: (secured: TLSSocket) => void): void {
    const peer = peerOf(socket)
    this.#entering.set(peer, { socket, letIn, hasSpoken: false })
    socket
      .on('error', () => {})
      .on('close', () => this.#failed(peer, null))
      .setTimeout(this.#handshakeMs, () => socket.destroy())
      .once('readable', () => this.#look(peer, socket))
      .read(0)
  }

  /** Whoever is in the handshake does not come in any more. */
  close(): void {
    for (const { socket } of this.#entering.values()) socket.resetAndDestroy()
    this.#entering.clear()
  }

  #look(peer: string, socket: Socket): void {
    const entering = this.#entering.get(peer)
    const first = socket.read() as Buffer | null
    if (first === null || entering === undefined) return
    entering.hasSpoken = true
    // From here on the server looks at the time.
    socket.setTimeout(0)
    const says = notTls(first)
    if (says === null) {
      socket.unshift(first)
      this.#server.emit('connection', socket)
      return
    }
    this.#turnAway(peer, says)
    socket.destroySoon()
  }

  #secured(secured: TLSSocket): void {
    const peer = peerOf(secured)
    const entering = this.#entering.get(peer)
    if (entering === undefined) return void secured.destroy()
    const why = this.#unwanted(secured)
    if (why !== null) {
      this.#turnAway(peer, why)
      return void secured.destroy()
    }
    this.#entering.delete(peer)
    entering.letIn(secured)
  }

  #unwanted(secured: TLSSocket): string | null {
    const hasCertificate = Object.keys(secured.getPeerCertificate()).length > 0
    if (!hasCertificate)
      return this.#mustHaveCertificate ? 'it shows no certificate, which clients of this port must' : null
    return secured.authorized ? null : `its certificate is not trusted here: ${secured.authorizationError}`
  }

  /** Its handshake has ended badly, or has not begun. An error of null: it has gone. */
  #failed(peer: string, error: Error | null): void {
    const entering = this.#entering.get(peer)
    if (entering === undefined) return
    if (entering.hasSpoken) this.#turnAway(peer, error === null ? GONE : reasonOf(error))
    // Whoever has not said a word is not worth one.
    else this.#entering.delete(peer)
  }

  #turnAway(peer: string, why: string): void {
    this.#entering.delete(peer)
    this.#warn(`The connection of ${peer} was closed: ${why}`)
  }
}

const GONE = 'it went away during the handshake of TLS, as clients do that do not trust the certificate'

/** What OpenSSL calls the alerts of clients that do not trust a certificate. */
const DISTRUST = /alert (unknown ca|bad certificate|certificate (unknown|expired))/

function reasonOf({ message }: Error): string {
  if (DISTRUST.test(message)) return `it does not trust the certificate of this port: ${reasonIn(message)}`
  return `its handshake of TLS has failed: ${reasonIn(message)}`
}

/** The sentence of an OpenSSL error: `error:0A0000C1:SSL routines::no shared cipher` has numbers and files around it. */
const reasonIn = (message: string): string => /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress}:${remotePort}`
