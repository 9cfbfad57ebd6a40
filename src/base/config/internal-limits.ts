/**
 * The limits that are not options: every queue, map of waiters and loop has one, with a name. They are far above what a
 * sensible cluster needs; reaching one is answered like any other refusal.
 */

/** Letters of a topic's name. Kafka: `Topic.MAX_NAME_LENGTH`. */
export const TOPIC_NAME_LENGTH_MAX = 249
/** Bytes of a text that has an int16 for its length. */
export const WIRE_TEXT_BYTES_MAX = 2 ** 15 - 1
export const PARTITIONS_PER_TOPIC_MAX = 10_000
/**
 * Partitions that one request may create. Kafka: `ReplicationControlManager.MAX_PARTITIONS_PER_BATCH`,
 * `validateTotalNumberOfPartitions`.
 */
export const PARTITIONS_PER_REQUEST_MAX = 10_000
/**
 * Partitions of one cluster. A broker may be in all of them; when it goes, that is one decision and one batch of the
 * metadata log.
 */
export const PARTITIONS_MAX = 40_000
/** Groups that one call of an admin names. */
export const GROUPS_PER_CALL_MAX = 10_000
/** Topics and brokers whose options one call of an admin tells or changes. */
export const RESOURCES_PER_CALL_MAX = 10_000
/** Options of one topic or broker that one call of an admin names. */
export const CONFIGS_PER_CALL_MAX = 1_000
/** Letters of one option of a topic, as it is given: the log of metadata and every broker keep them. */
export const CONFIG_VALUE_LENGTH_MAX = 1_000
/** Failed records that go to a producer's dead letters in one write. */
export const DEAD_LETTERS_PER_WRITE_MAX = 1_000
/** Letters given to a sink in one call, by any caller. */
export const DEAD_LETTERS_PER_CALL_MAX = 1_000_000
/** Records of one `send`: far more than memory holds, so that an endless iterable is refused before memory is full. */
export const RECORDS_PER_SEND_MAX = 10_000_000
/** Bytes of keys, values and headers after which no further letter joins a write. */
export const DEAD_LETTER_BYTES_PER_WRITE = 4_194_304
/**
 * Bytes of the records that `produce` has thrown for and whose letters still wait to be written: nothing else holds the
 * caller back.
 */
export const DEAD_LETTER_BACKLOG_BYTES_MAX = 67_108_864
/** What each such record counts on top of its bytes; with its error it really takes about six times as much. */
export const DEAD_LETTER_BACKLOG_BYTES_EACH = 256
/**
 * Time for a dead letter sink outside of the cluster to write once, or to close, in milliseconds of the process. A sink
 * that takes longer has failed.
 */
export const DEAD_LETTER_SINK_MS_MAX = 30_000
/**
 * Time for the `close` of a producer's interceptors, in milliseconds of the process. After that nobody waits for it.
 */
export const INTERCEPTOR_CLOSE_MS_MAX = 30_000
/**
 * Time for a thread to end when it is told to. A thread in native code ends when that code returns; nobody waits for it
 * longer than this.
 */
export const THREAD_END_MS_MAX = 3_000

/**
 * What a close of a member keeps of its time to commit, to call back and to leave: its handler has all the rest. It
 * keeps a fifth of a time that is shorter than five times this.
 */
export const LEAVE_RESERVE_MS = 250
/**
 * The longest that a member's LeaveGroup is waited for when its consumer's close has run out of time. Its thread is
 * ended then. Nobody waits for that: the close has settled.
 */
export const LAST_WORD_MS_MAX = 1_000
/**
 * Consumers that have crashed and are remembered, for coordinators that take over their groups. The member of one that
 * is forgotten is waited for until its session ends.
 */
export const CRASHED_PEERS_MAX = 1_024
/** Brokers of one cluster; each one is a thread. */
export const BROKERS_MAX = 64
/**
 * Slices lent on one connection and not given back yet. The limit is twice the number of lease slots, since a consumer
 * holds one slice of a partition and has fetched one ahead.
 */
export const LEASES_PER_CONNECTION_MAX = 8_192
/**
 * What a record without a batch, kept by `produce`, counts in buffer.memory on top of its bytes: it is an object until
 * then.
 */
export const PARKED_RECORD_BYTES = 256
/** Bytes of a log that a broker compacts in one turn: it serves others as well. */
export const COMPACTED_BYTES_PER_TURN = 131_072
/** Keys after which a compaction goes no further: the rest of the log has its turn in the next one. */
export const COMPACTED_KEYS_MAX = 1_000_000
/** Bytes up to which a broker or a gateway decompresses the records of a batch to look at them. */
export const DECOMPRESSED_BYTES_MAX = 134_217_728
/**
 * How many times its own size a compressed batch may become, from DECOMPRESSED_BYTES_FREE on: a little more than gzip
 * can make of zeros. zstd makes of 4 bytes 128 KiB.
 */
export const DECOMPRESSION_RATIO_MAX = 1_100
/** Bytes that any batch may become, however small it is: many kilobytes of one letter are what a test writes. */
export const DECOMPRESSED_BYTES_FREE = 16_777_216
/**
 * Values that a handler module has emitted and the application has not asked for. From here on the module's handler is
 * not called until there are fewer.
 */
export const EMITTED_VALUES_TO_WAIT = 1_024
/** From here on `emit` throws: a call of a handler that emits so much must await it. */
export const EMITTED_VALUES_MAX = 65_536
/**
 * Bytes of the largest frame that a socket may send which is the first one, and whose head asks for nothing that is
 * served. Kafka: `sasl.server.max.receive.size`.
 */
export const FIRST_FRAME_BYTES_MAX = 524_288
/** Time for a client to come through the handshake of TLS, before its connection is closed. Node's own default. */
export const TLS_HANDSHAKE_MS_MAX = 120_000
/** Links between clients that come in over TCP and brokers that are cut at once. */
export const CUT_CLIENTS_MAX = 256
/**
 * Items of all lists of one request of a socket, far more than there may be partitions. 100 MB of them, a byte or two
 * each, would be gigabytes of objects.
 */
export const REQUEST_ITEMS_MAX = 250_000
/** Requests of one socket that are begun in one turn of its gateway: others have theirs. */
export const REQUESTS_PER_TURN = 64
/** Requests of one socket that are not answered yet. From here on no more of its bytes are read. */
export const UNANSWERED_REQUESTS_MAX = 64
/**
 * Requests of one socket whose answers may be far larger than they are, and that it has not taken. Beyond that it waits
 * for these, however many it sends.
 */
export const LARGE_ANSWERS_MAX = 4
/** Bytes of the requests of one socket that are not answered yet. From here on no more of its bytes are read. */
export const UNANSWERED_BYTES_MAX = 33_554_432
/** Bytes that a socket's Fetch may ask for, whatever it says. Kafka: `fetch.max.bytes` of a broker. */
export const FETCHED_BYTES_MAX = 57_671_680
/** Partitions of all fetch sessions of one broker's clients. Beyond that no session is opened, and none grows. */
export const FETCH_SESSION_PARTITIONS_MAX = 1_000_000
/** Bytes of memory for Produce requests that a gateway keeps although nobody needs it at the moment. */
export const FREE_RECEIVE_BYTES_MAX = 67_108_864
/**
 * Time for a broker to answer what a socket has asked that is gone, before its memory is given up, and for a socket
 * that is to be closed to take its last answers.
 */
export const CONVERSATION_END_MS_MAX = 30_000
/** Time for brokers and gateways to answer when a cluster is reset. */
export const RESET_MS_MAX = 60_000
