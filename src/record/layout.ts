/**
 * RecordBatch v2: how Kafka lays out records in memory, on the wire and on disk (KIP-98; `DefaultRecordBatch.java`).
 * All numbers are big-endian.
 *
 *   position  bytes  field
 *          0      8  baseOffset              stamped by the broker  } outside the CRC: a broker writes
 *          8      4  batchLength             bytes from 12 on       } them and leaves the rest
 *         12      4  partitionLeaderEpoch    stamped by the broker  } as the producer sealed it
 *         16      1  magic                   2
 *         17      4  crc                     CRC-32C of all that follows
 *       ─ 21 ───────────────────────────────────────────────────────────────────────────
 *         21      2  attributes              bits 0-2 codec, 3 log append time, 4 transactional, 5 control,
 *                                            6 delete horizon (KIP-534)
 *         23      4  lastOffsetDelta         the last record's offset - baseOffset
 *         27      8  baseTimestamp           ms since 1970; records hold the difference
 *         35      8  maxTimestamp            ms since 1970
 *         43      8  producerId              -1: not idempotent
 *         51      2  producerEpoch
 *         53      4  baseSequence
 *         57      4  recordCount
 *         61      …  records
 *
 * One record (`DefaultRecord.java`), all lengths zigzag varints, -1 standing for null:
 *
 *   length  attributes:1  timestampDelta  offsetDelta  keyLength key  valueLength value  headerCount headers
 *   one header:  keyLength key  valueLength value
 */
export const BASE_OFFSET_AT = 0
export const BATCH_LENGTH_AT = 8
export const LEADER_EPOCH_AT = 12
export const MAGIC_AT = 16
export const CRC_AT = 17
export const ATTRIBUTES_AT = 21
export const LAST_OFFSET_DELTA_AT = 23
export const BASE_TIMESTAMP_AT = 27
export const MAX_TIMESTAMP_AT = 35
export const PRODUCER_ID_AT = 43
export const PRODUCER_EPOCH_AT = 51
export const BASE_SEQUENCE_AT = 53
export const RECORD_COUNT_AT = 57

/** Bytes before the first record. */
export const BATCH_OVERHEAD = 61
/** Bytes that `batchLength` does not count: baseOffset and batchLength itself. */
export const LOG_OVERHEAD = 12
/** The only format here; 0 and 1 were the message sets before Kafka 0.11. */
export const MAGIC = 2

export const NO_PRODUCER_ID = -1
export const NO_PRODUCER_EPOCH = -1
export const NO_SEQUENCE = -1
/** The epoch that a producer writes and the broker replaces with its own. */
export const NO_LEADER_EPOCH = -1
export const NO_TIMESTAMP = -1

/** The codec: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
export const COMPRESSION_MASK = 0b111
export const GZIP = 1
export const SNAPPY = 2
export const LZ4 = 3
export const ZSTD = 4
/** Set if the broker replaced the time: every record's is the batch's maxTimestamp (`message.timestamp.type`). */
export const LOG_APPEND_TIME = 1 << 3
/** Set on a batch of a transaction (KIP-98). */
export const TRANSACTIONAL = 1 << 4
/** Set on a marker, which a coordinator writes; clients never write one or see one. */
export const CONTROL = 1 << 5
/** Set if baseTimestamp holds the moment at which compaction may drop the tombstones (KIP-534). */
export const DELETE_HORIZON = 1 << 6
