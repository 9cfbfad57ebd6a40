import type { ErrorCode, LocalErrorCode } from '../../base/error-code.js'
import { KafkaError } from '../../base/errors.js'
import type { KeptRecord } from '../../record/lent-record.js'
import type { RecordHeader } from '../../record/record.js'
import type { DeadLetter } from '../dead-letters/dead-letters.js'
import type { ProducerMessage } from '../producer/producer-record.js'

/**
 * A dead letter as a record: key, value and timestamp as they were, and behind its own headers these, as text; null
 * where a letter has null. The first five are Kafka Connect's (`DeadLetterQueueReporter.populateContextHeaders`), for
 * tools that know them; its stage says what was being done (`Stage`: KAFKA_PRODUCE here), its class is the error's. The
 * others have no name there.
 */
const HEADERS = {
  '__connect.errors.topic': ({ topic }) => topic,
  '__connect.errors.partition': ({ partition }) => partition,
  '__connect.errors.stage': () => 'KAFKA_PRODUCE',
  '__connect.errors.exception.class.name': ({ error }) => error.name,
  '__connect.errors.exception.message': ({ error }) => error.message,
  '__odradek.errors.code': ({ error }) => error.code,
  '__odradek.errors.retriable': ({ error }) => error.retriable,
  '__odradek.errors.attempts': ({ attempts }) => attempts,
  '__odradek.errors.partition.named': ({ isPartitionNamed }) => isPartitionNamed,
  '__odradek.errors.serialized': ({ isSerialized }) => isSerialized,
  '__odradek.errors.created': ({ createdAt }) => createdAt,
  '__odradek.errors.failed': ({ failedAt }) => failedAt,
} as const satisfies Record<string, (letter: DeadLetter) => string | number | boolean | null>

type Name = keyof typeof HEADERS
const NAMES = Object.keys(HEADERS) as Name[]

export function messageOf(letter: DeadLetter): ProducerMessage {
  const { key, value, timestamp } = letter
  const told = NAMES.map((name): RecordHeader => {
    const said = HEADERS[name](letter)
    return { key: name, value: said === null ? null : String(said) }
  })
  return { key, value, timestamp, headers: [...letter.headers, ...told] }
}

/**
 * Takes what `messageOf` has put behind the record's own headers, whatever those are called. Throws a KafkaError if it
 * is not there.
 */
export function letterOf(record: KeptRecord): DeadLetter {
  const { key, value, timestamp } = record
  const own = record.headers.length - NAMES.length
  const told = new Map(record.headers.slice(Math.max(own, 0)).map((header) => [header.key, header.value]))
  if (own < 0 || NAMES.some((name) => !told.has(name))) {
    const where = `partition ${record.partition} of '${record.topic}'`
    throw new KafkaError('CORRUPT_MESSAGE', `The record at offset ${record.offset} in ${where} is not a dead letter`)
  }
  const text = (name: Name): string | null => told.get(name)?.toString('utf8') ?? null
  const number = (name: Name): number | null => (text(name) === null ? null : Number(text(name)))
  return {
    topic: text('__connect.errors.topic') ?? '',
    partition: number('__connect.errors.partition'),
    isPartitionNamed: text('__odradek.errors.partition.named') === 'true',
    key,
    value,
    headers: record.headers.slice(0, own),
    timestamp,
    isSerialized: text('__odradek.errors.serialized') === 'true',
    error: {
      name: text('__connect.errors.exception.class.name') ?? '',
      code: text('__odradek.errors.code') as ErrorCode | LocalErrorCode | null,
      message: text('__connect.errors.exception.message') ?? '',
      retriable: text('__odradek.errors.retriable') === 'true',
    },
    attempts: number('__odradek.errors.attempts'),
    createdAt: number('__odradek.errors.created') ?? 0,
    failedAt: number('__odradek.errors.failed') ?? 0,
  }
}
