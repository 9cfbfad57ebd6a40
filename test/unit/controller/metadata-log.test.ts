import { expect, test } from 'vitest'
import { BROKER_OPTIONS } from '../../../src/base/config/broker-options.js'
import {
  BROKERS_MAX,
  PARTITIONS_MAX,
  PARTITIONS_PER_REQUEST_MAX,
  TOPIC_NAME_LENGTH_MAX,
} from '../../../src/base/config/internal-limits.js'
import { parseTopicOptions } from '../../../src/base/config/topic-options.js'
import { MetadataLog } from '../../../src/controller/metadata-log.js'
import type { MetadataRecord } from '../../../src/controller/metadata-records.js'

const LARGE = 2 ** 31 - 1
const EVERY_BROKER = Array.from({ length: BROKERS_MAX }, (_, index) => index + 1)
const STATE = { leader: BROKERS_MAX, leaderEpoch: LARGE, partitionEpoch: LARGE, elr: [], lastKnownLeader: BROKERS_MAX }
const STATE_OF_ALL = { ...STATE, isr: EVERY_BROKER }

function givenLog(): MetadataLog {
  const segments = { inherited: [], keep: () => {}, forget: () => {} }
  const { default: segmentBytes } = BROKER_OPTIONS['metadata.log.segment.bytes']
  return new MetadataLog(segments, () => {}, { segmentBytes, bytesBetweenSnapshots: segmentBytes })
}

test('the end of a broker that is in every partition is one decision', () => {
  const records = Array.from({ length: PARTITIONS_MAX }, (_, partition): MetadataRecord => {
    return { type: 'partitionChange', topicId: LARGE, partition, ...STATE_OF_ALL }
  })
  expect(givenLog().append(records)).toBe(true)
})

test('as many topics as one request may create are one decision, with all options', () => {
  const configs = parseTopicOptions({ 'segment.bytes': 2 ** 30, 'retention.bytes': Number.MAX_SAFE_INTEGER })
  const name = 'x'.repeat(TOPIC_NAME_LENGTH_MAX)
  const records = Array.from({ length: PARTITIONS_PER_REQUEST_MAX }, (): MetadataRecord[] => [
    { type: 'topic', name, topicId: LARGE, configs },
    { type: 'partition', topicId: LARGE, partition: 0, replicas: EVERY_BROKER, ...STATE_OF_ALL },
  ])
  expect(givenLog().append(records.flat())).toBe(true)
})
