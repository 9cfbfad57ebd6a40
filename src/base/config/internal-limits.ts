/**
 * The limits that are no options: every queue, map of waiters and loop has one, with a name. They are far above
 * what a sensible cluster needs; reaching one is answered like any other refusal.
 */

/** Letters of a topic's name. Kafka: `Topic.MAX_NAME_LENGTH`. */
export const TOPIC_NAME_LENGTH_MAX = 249
export const PARTITIONS_PER_TOPIC_MAX = 10_000
/**
 * Partitions that one request may create. Kafka: `ReplicationControlManager.MAX_PARTITIONS_PER_BATCH`,
 * `validateTotalNumberOfPartitions`.
 */
export const PARTITIONS_PER_REQUEST_MAX = 10_000
/**
 * Partitions of one cluster: a broker may be in all of them, and when it goes that is one decision, and one batch of
 * the metadata log.
 */
export const PARTITIONS_MAX = 40_000
/** Failed records that go to a producer's dead letters in one write. */
export const DEAD_LETTERS_PER_WRITE_MAX = 1_000
/** Letters that a sink is given in one call, by whoever calls it. */
export const DEAD_LETTERS_PER_CALL_MAX = 1_000_000
/**
 * Records of one `send`: far more than memory holds, so that an iterable without an end is refused before it fills it.
 */
export const RECORDS_PER_SEND_MAX = 10_000_000
/** Bytes of keys, values and headers after which no further letter joins a write. */
export const DEAD_LETTER_BYTES_PER_WRITE = 4_194_304
/**
 * Bytes of records that `produce` has thrown for, and whose letters wait to be written: nothing holds the caller back
 * there.
 */
export const DEAD_LETTER_BACKLOG_BYTES_MAX = 67_108_864
/** What each of those counts on top of its bytes; with its error it takes about six times as much. */
export const DEAD_LETTER_BACKLOG_BYTES_EACH = 256
/**
 * What a dead letter sink outside of the cluster has for one write, or to close, in milliseconds of the process; then
 * it has failed.
 */
export const DEAD_LETTER_SINK_MS_MAX = 30_000
/** What the `close` of a producer's interceptors has, in milliseconds of the process; then it is not waited for. */
export const INTERCEPTOR_CLOSE_MS_MAX = 30_000
/**
 * What a thread has to end when it is told to. One that stands in native code ends when that returns, and is not waited
 * for until then.
 */
export const THREAD_END_MS_MAX = 3_000
/** Brokers of one cluster; each one is a thread. */
export const BROKERS_MAX = 64
/**
 * Slices lent on one connection and not given back yet: twice as many as it has lease slots, since a consumer holds one
 * of a partition and has fetched one ahead.
 */
export const LEASES_PER_CONNECTION_MAX = 8_192
/**
 * What a record that `produce` keeps before it has a batch counts in buffer.memory on top of its bytes: it is an object
 * until then.
 */
export const PARKED_RECORD_BYTES = 256
/** Bytes up to which a broker decompresses a batch to look at the timestamps of its records. */
export const DECOMPRESSED_BYTES_MAX = 134_217_728
