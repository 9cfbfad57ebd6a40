import { because } from '../../../base/error-code.js'
import { KafkaError, NoOffsetForPartitionError } from '../../../base/errors.js'
import type { FetchedSlice } from './fetched-slice.js'
import { whyUnreadable } from './fetched-slice.js'

/** What the application is told of a partition that cannot be read on. */
export function unreadable(slice: FetchedSlice): KafkaError {
  const { topic, partition, error, fetchOffset } = slice
  if (error !== 'OFFSET_OUT_OF_RANGE' || fetchOffset >= 0)
    return new KafkaError(error, `${whyUnreadable(slice)}: ${because(error)}`)
  const says = `Partition ${partition} of '${topic}' has no position: nothing is committed, and auto.offset.reset is none`
  const toDo = 'Commit an offset, seek to one, or set auto.offset.reset to earliest, latest or by_duration'
  return new NoOffsetForPartitionError({ topic, partition }, `${says}. ${toDo}`)
}
