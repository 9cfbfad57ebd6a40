import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { onTestFinished } from 'vitest'
import type { DeadLetter, DeadLetterSink, KafkaError, Producer, RecordData } from '../../src/index.js'
import type { GivenCluster } from './given.js'

/** A path in a folder that is gone when the test has finished. */
export function givenPath(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'odradek-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, name)
}

export const ANY_LETTER: DeadLetter = {
  topic: 'orders',
  partition: 0,
  isPartitionNamed: false,
  key: Buffer.from('alice'),
  value: Buffer.from('one tea'),
  headers: [],
  timestamp: 1_700_000_000_000,
  isSerialized: true,
  error: { name: 'TimeoutError', code: 'REQUEST_TIMED_OUT', message: 'too late', retriable: true },
  attempts: 3,
  createdAt: 1_700_000_000_001,
  failedAt: 1_700_000_120_000,
}

const bytes = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => Buffer.from(text)),
)
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const count = fc.nat(2 ** 50)

/** Anything that can become of a record. */
export const letters: fc.Arbitrary<DeadLetter> = fc.record({
  topic: text,
  partition: fc.option(fc.nat(2 ** 31 - 1)),
  isPartitionNamed: fc.boolean(),
  key: bytes,
  value: bytes,
  headers: fc.array(fc.record({ key: text, value: bytes }), { maxLength: 3 }),
  timestamp: count,
  isSerialized: fc.boolean(),
  error: fc.record({
    name: text,
    code: fc.constantFrom(null, 'REQUEST_TIMED_OUT' as const, 'MESSAGE_TOO_LARGE' as const),
    message: text,
    retriable: fc.boolean(),
  }),
  attempts: fc.option(fc.nat(2 ** 31 - 1)),
  createdAt: count,
  failedAt: count,
})

/** What a sink holds, and what it throws behind that. */
export async function readAll(sink: DeadLetterSink): Promise<{ letters: DeadLetter[]; error: unknown }> {
  const read: DeadLetter[] = []
  try {
    for await (const letter of sink.read()) read.push(letter)
    return { letters: read, error: null }
  } catch (error) {
    return { letters: read, error }
  }
}

/** A sink of a user's own: it keeps letters in a list. */
export class ListSink implements DeadLetterSink {
  readonly letters: DeadLetter[] = []
  readonly writes: number[] = []

  async write(letters: readonly DeadLetter[]): Promise<void> {
    this.writes.push(letters.length)
    this.letters.push(...letters)
  }

  async *read(): AsyncGenerator<DeadLetter> {
    yield* [...this.letters]
  }

  async close(): Promise<void> {}
}

export const refuseOnce = (cluster: GivenCluster): Promise<unknown> =>
  cluster.addFault({ api: 'Produce', action: 'error', error: 'INVALID_RECORD', once: true })

/** The producer has heard of the topic, however long that takes, and has sent nothing. */
export async function heardOfOrders(cluster: GivenCluster, producer: Producer): Promise<void> {
  await cluster.hearOf(producer, 'orders')
}

export const sendOne = (producer: Producer, value: RecordData): Promise<unknown> =>
  producer.send({ topic: 'orders', messages: [{ value }] })
export const errorOf = (sent: Promise<unknown>): Promise<KafkaError | null> =>
  sent.then(
    () => null,
    (reason) => reason,
  )
export const errorsOf = (sends: readonly Promise<unknown>[]): Promise<(KafkaError | null)[]> =>
  Promise.all(sends.map(errorOf))
