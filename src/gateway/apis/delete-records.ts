import { deleteRecords } from '../../protocol/apis/delete-records.js'
import { joined, lastOfEach } from '../named-twice.js'
import { passedOn } from '../passage.js'

/**
 * DeleteRecords: a topic without partitions is not answered, and of a partition that is named twice the last word
 * counts. (`KafkaApis.handleDeleteRecordsRequest`)
 */
export const deleteRecordsPassage = passedOn(deleteRecords, {
  request(message) {
    const topics = joined(
      message.topics,
      ({ name }) => name,
      ({ partitions }) => partitions,
    )
    return {
      ...message,
      topics: topics.flatMap(({ topic: { name }, parts }) =>
        parts.length === 0 ? [] : { name, partitions: lastOfEach(parts, ({ partitionIndex }) => partitionIndex) },
      ),
    }
  },
})
