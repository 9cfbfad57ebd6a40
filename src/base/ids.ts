/**
 * Numbers that must not be mistaken for one another. A brand costs nothing at run time; it stops an offset
 * from being passed where a position is meant.
 */
declare const brand: unique symbol
type Branded<Name extends string> = number & { readonly [brand]: Name }

/** Counts records of one partition; exact up to 2^53 - 1. */
export type Offset = Branded<'Offset'>
/** Counts bytes from the start of one piece of memory. */
export type Position = Branded<'Position'>
/** Milliseconds since 1970 with a fraction; monotonic, and comparable between the threads of one process. */
export type Timestamp = Branded<'Timestamp'>
/** Grows by one with each election of a partition. */
export type LeaderEpoch = Branded<'LeaderEpoch'>

/**
 * The name of a topic for its whole life; a topic that is created again has another. Shorter than Kafka's UUID
 * (KIP-516).
 */
export type TopicId = number

export const offset = (value: number): Offset => value as Offset
export const position = (value: number): Position => value as Position
export const timestamp = (value: number): Timestamp => value as Timestamp
export const leaderEpoch = (value: number): LeaderEpoch => value as LeaderEpoch

/** Later than every moment: "call me only when something arrives". */
export const NEVER = timestamp(Number.POSITIVE_INFINITY)

export const earliest = (a: Timestamp, b: Timestamp): Timestamp => (a < b ? a : b)
