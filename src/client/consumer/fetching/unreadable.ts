import { because } from '../../../base/error-code.js'
import { KafkaError, NoOffsetForPartitionError } from '../../../base/errors.js'
import type { FetchedSlice } from './fetched-slice.js'
import { whyUnreadable } from './fetched-slice.js'

/** What the application is told of a partition that cannot be read on. */
export function unreadable(slice: FetchedSlice): KafkaError {
  const { topic, partition, error, fetchOffset } = slice
  if (error !== 'OFFSET_OUT_OF_RANGE') return new KafkaError(error, `${whyUnreadable(slice)}: ${because(error)}`)
  if (fetchOffset >= 0) {
    const toDo = 'Seek to an offset that is there, or set auto.offset.reset to earliest, latest or by_duration'
    return new KafkaError(error, `${whyUnreadable(slice)}, and auto.offset.reset is none. ${toDo} (${error})`)
  }
  const says = `Partition ${partition} of '${topic}' has no position: nothing is committed, and auto.offset.reset is none`
  const toDo = 'Commit an offset, seek to one, or set auto.offset.reset to earliest, latest or by_duration'
  return new NoOffsetForPartitionError({ topic, partition }, `${says}. ${toDo}`)
}
