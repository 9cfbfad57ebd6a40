/**
 * The limits that are no options: every queue, map of waiters and loop has one, with a name. They are far above
 * what a sensible cluster needs; reaching one is answered like any other refusal.
 */

/** Letters of a topic's name. Kafka: `Topic.MAX_NAME_LENGTH`. */
export const TOPIC_NAME_LENGTH_MAX = 249
export const PARTITIONS_PER_TOPIC_MAX = 10_000
/** Partitions that one request may create. Kafka: `ReplicationControlManager.MAX_PARTITIONS_PER_BATCH`, `validateTotalNumberOfPartitions`. */
export const PARTITIONS_PER_REQUEST_MAX = 10_000
/** Partitions of one cluster: a broker may be in all of them, and when it goes that is one decision, and one batch of the metadata log. */
export const PARTITIONS_MAX = 40_000
/** Brokers of one cluster; each one is a thread. */
export const BROKERS_MAX = 64
/**
 * Slices lent on one connection and not given back yet: twice as many as it has lease slots, since a consumer holds one of a
 * partition and has fetched one ahead.
 */
export const LEASES_PER_CONNECTION_MAX = 8_192
