/** What `odradek/testing` exports. */
export { kafkaForFile, type TestHooks } from './testing/kafka-for-file.js'
export { shareKafka, stopSharedKafka } from './testing/share-kafka.js'
export { type SharedKafka, sharedKafka } from './testing/shared-kafka.js'
export { startKafka } from './testing/start-kafka.js'
export type { CommittedOffsets, RecordsOptions, TestKafka, WaitOptions } from './testing/test-kafka.js'
export type { RecordFormat, RecordToSend, TestRecord } from './testing/test-record.js'
