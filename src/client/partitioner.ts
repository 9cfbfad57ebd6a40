import type { ProducerOptions } from '../base/config/producer-options.js'
import { KafkaError } from '../base/errors.js'
import type { Random } from '../base/random.js'
import type { RecordData } from '../record/record.js'
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

/** What takes the built-in partitioner's place: the user's function, or what `partitioner.class` names. Null: nothing does. */
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

/** `KafkaProducer.partition`: an answer that is no partition is the partitioner's mistake, and is told as such. */
function checkedPartitioner(custom: Partitioner): PartitionChooser {
  return ({ name: topic }, key, value, partitionCount) => {
    const partition = custom({ topic, key, value, partitionCount })
    if (Number.isInteger(partition) && partition >= 0 && partition < partitionCount) return partition
    const who = custom.name === '' ? 'The partitioner' : `The partitioner '${custom.name}'`
    throw new KafkaError(
      'INVALID_REQUEST',
      `${who} gave ${String(partition)} for a record of '${topic}': it must give an integer from 0 to ${partitionCount - 1}`,
    )
  }
}
