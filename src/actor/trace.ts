import { createHash } from 'node:crypto'
import type { PartitionFetchResult } from '../protocol/apis/fetch.js'
import type { PartitionProduceResult, ProduceRequest } from '../protocol/apis/produce.js'
import type { TakenSlice } from '../protocol/inner/take.js'
import type { Body } from '../protocol/messages.js'
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
  const { connection } = message
  if (message.type === 'connected' || message.type === 'disconnected') {
    return `< ${message.type} ${connection.peer} (connection ${connection.id})`
  }
  return `< ${message.type} ${message.body.api} #${message.correlationId} from ${connection.peer}: ${numbersOf(message.body)}`
}

/** The frequent ones in short, the rare ones in full. */
function numbersOf(body: Body): string {
  if (body.api === 'Produce') return 'batches' in body ? producing(body) : body.partitions.map(produced).join(', ')
  if (body.api === 'Take') return 'news' in body ? body.slices.map(taken).join(', ') : body.slices ? 'slices' : 'news'
  if (body.api !== 'Fetch') return JSON.stringify(body)
  if (!('waitMsMax' in body)) return body.partitions.map(fetched).join(', ')
  return body.partitions
    .map(({ topicId, partition, fetchOffset }) => `${topicId}-${partition} @${fetchOffset}`)
    .join(', ')
}

function producing({ acks, batches }: ProduceRequest): string {
  return [`acks ${acks}`, ...batches.map((batch) => `${batch.topicId}-${batch.partition} ${batch.bytes} bytes`)].join(
    ', ',
  )
}

function produced({ topicId, partition, error, baseOffset }: PartitionProduceResult): string {
  return `${topicId}-${partition} ${error} @${baseOffset}`
}

function taken({ index, error, fetchOffset, bytes, lease }: TakenSlice): string {
  return `${index} ${error} @${fetchOffset} ${bytes} bytes, lease ${lease}`
}

function fetched({ topicId, partition, error, highWatermark, slice }: PartitionFetchResult): string {
  const lent = slice === null ? 'nothing' : `${slice.bytes} bytes, lease ${slice.lease}`
  return `${topicId}-${partition} ${error} ${lent}, high watermark ${highWatermark}`
}
