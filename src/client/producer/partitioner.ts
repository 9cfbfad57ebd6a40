import type { ProducerOptions } from '../../base/config/producer-options.js'
import { KafkaError } from '../../base/errors.js'
import type { Random } from '../../base/random.js'
import { hearRejection, messageOf } from '../../base/thrown.js'
import { kindOf, type RecordData } from '../../record/record.js'
import { crc32OfKey } from './key-hash.js'

/** Chooses the partition of a record that names none. Must return an integer in [0, partitionCount). */
export type Partitioner = (record: {
  readonly topic: string
  readonly key: RecordData
  readonly value: RecordData
  readonly partitionCount: number
}) => number

/** As a `Partitioner`; `topic.nextRoundRobin` counts the records that were appended to partitions so chosen. */
export type PartitionChooser = (
  topic: { readonly name: string; readonly nextRoundRobin: number },
  key: RecordData,
  value: RecordData,
  partitionCount: number,
) => number

/**
 * What takes the built-in partitioner's place: the user's function, or what `partitioner.class` names; null if nothing
 * does.
 */
export function partitionChooser(
  options: ProducerOptions,
  custom: Partitioner | null,
  random: Random,
): PartitionChooser | null {
  if (custom !== null) return checkedPartitioner(custom)
  switch (options['partitioner.class']) {
    case 'RoundRobinPartitioner':
    case 'org.apache.kafka.clients.producer.RoundRobinPartitioner':
      return (topic, _key, _value, partitionCount) => topic.nextRoundRobin % partitionCount
    case 'consistent_random':
      return consistentRandom(random)
    default:
      return null
  }
}

/** `rd_kafka_msg_partitioner_consistent_random` in librdkafka: an empty key is none. */
function consistentRandom(random: Random): PartitionChooser {
  return (_topic, key, _value, partitionCount) =>
    key === null || key.length === 0 ? random.below(partitionCount) : crc32OfKey(key) % partitionCount
}

/**
 * Checks what the function answers (`KafkaProducer.partition`): an answer that is not a partition is the partitioner's
 * mistake, and is told as such.
 */
function checkedPartitioner(custom: Partitioner): PartitionChooser {
  const who = custom.name === '' ? 'The partitioner' : `The partitioner '${custom.name}'`
  return ({ name: topic }, key, value, partitionCount) => {
    const partition = called(custom, who, { topic, key, value, partitionCount })
    if (Number.isInteger(partition) && (partition as number) >= 0 && (partition as number) < partitionCount)
      return partition as number
    // A promise is not a partition, and nobody else hears of its rejection.
    hearRejection(partition)
    throw new KafkaError(
      'INVALID_REQUEST',
      `${who} gave ${shown(partition)} for a record of '${topic}': it must give an integer from 0 to ${partitionCount - 1}`,
    )
  }
}

function called(custom: Partitioner, who: string, record: Parameters<Partitioner>[0]): unknown {
  try {
    return custom(record)
  } catch (cause) {
    // Anything can be thrown, and whoever sends is to get an error.
    throw new KafkaError('INVALID_REQUEST', `${who} failed for a record of '${record.topic}': ${messageOf(cause)}`, {
      cause,
    })
  }
}

/** Puts a value into a sentence: text and numbers as they are, a 1n as such, of anything else what kind it is. */
function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  return typeof value === 'object' || typeof value === 'function' ? kindOf(value) : String(value)
}
