/**
 * The limits that are no options: every queue, map of waiters and loop has one, with a name. They are far above
 * what a sensible cluster needs; reaching one is answered like any other refusal.
 */

/** Letters of a topic's name. Kafka: `Topic.MAX_NAME_LENGTH`. */
export const TOPIC_NAME_LENGTH_MAX = 249
export const PARTITIONS_PER_TOPIC_MAX = 10_000
/** Brokers of one cluster; each one is a thread. */
export const BROKERS_MAX = 64
/** Connections of one broker, clients and followers together. */
export const CONNECTIONS_PER_BROKER_MAX = 1_024
/** Frames that one drain takes from a ring before the actor's next tick, so that no peer starves the others. */
export const DRAIN_FRAMES_MAX = 64
/** Requests that wait in one broker for a watermark, for bytes or for a time. */
export const WAITING_REQUESTS_MAX = 16_384
/** Fetch answers of one connection whose slices are not given back yet. */
export const LEASES_PER_CONNECTION_MAX = 1_024
/** Segments of one log, those included that are unlinked and still lent. */
export const SEGMENTS_PER_LOG_MAX = 65_536
