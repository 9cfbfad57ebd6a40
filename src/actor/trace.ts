import { createHash } from 'node:crypto'
import { wordNamed } from '../protocol/api.js'
import type { Message } from './types.js'

/** What happened in a simulation, one line a step. The same seed gives the same text, byte for byte. */
export class Trace {
  readonly #hash = createHash('sha256')
  readonly #isKept: boolean
  #lines: string[] = []
  /** A call of the hash costs more than a line. */
  #toHash = ''

  /** `isKept: false` keeps the last lines alone, for runs of millions of steps; the digest covers all of them. */
  constructor({ isKept }: { readonly isKept: boolean }) {
    this.#isKept = isKept
  }

  write(line: string): void {
    this.#toHash += `${line}\n`
    if (this.#toHash.length >= HASHED_AT_ONCE) this.#updateHash()
    this.#lines.push(line)
    if (!this.#isKept && this.#lines.length >= 2 * LAST_LINES) this.#lines = this.#lines.slice(-LAST_LINES)
  }

  /** SHA-256 of all lines, in hexadecimal. */
  get digest(): string {
    this.#updateHash()
    return this.#hash.copy().digest('hex')
  }

  #updateHash(): void {
    this.#hash.update(this.#toHash)
    this.#toHash = ''
  }

  get text(): string {
    return this.#lines.join('\n')
  }

  /** The last few lines, for the message of an error. */
  get end(): string {
    return this.#lines.slice(-LAST_LINES).join('\n')
  }
}

const LAST_LINES = 20
const HASHED_AT_ONCE = 1 << 14

/** `< request Produce #3 from sender-1: acks -1, 1-0 121 bytes` */
export function describeMessage(message: Message): string {
  if (message.type === 'refused') return `< refused by ${message.peer}`
  if (message.type === 'crashed') return `< crashed ${message.peers.join(', ')}`
  const { connection } = message
  if (message.type === 'connected' || message.type === 'disconnected') {
    return `< ${message.type} ${connection.peer} (connection ${connection.id})`
  }
  return `< ${message.type} ${message.body.api} #${message.correlationId} from ${connection.peer}: ${numbersOf(message)}`
}

/** The frequent ones in short, the rare ones in full. */
function numbersOf({ type, body }: Extract<Message, { type: 'request' | 'response' }>): string {
  const brief = wordNamed(body.api)?.brief
  if (brief === undefined) return JSON.stringify(body)
  return type === 'request' ? brief.request(body) : brief.response(body)
}
