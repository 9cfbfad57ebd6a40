/** Everything that can go wrong with records, by the numbers of the table in `test/README.md`. */
export const ANOMALIES = {
  A1: 'lost write: acknowledged, never read, and what was written behind it was read',
  A2: 'unseen at the end: acknowledged, and not read by somebody who has read everything',
  A3: 'divergence: two records were read at one offset',
  A4: 'duplicate: one record was read at two offsets',
  A10: 'skip within a poll',
  A11: 'step back within a poll',
  A12: 'skip or step back between two polls of one consumer',
  A13: 'inversion: records of one producer were read in another order than they were sent in',
  A15: 'real time: a record that was sent after another one had been acknowledged lies before it',
  A16: 'phantom: a record was read that nobody has sent, or not like this',
  A17: 'two acknowledgements name one offset',
  A18: 'another record, or none, was read at the offset that an acknowledgement names',
  A20: 'a record that was read before is gone',
  A21: 'a record was read that was not committed',
} as const

/** The most anomalies of one kind, promised or not, that are told in full; all are counted. */
export const TOLD_MAX = 10

export type AnomalyId = keyof typeof ANOMALIES

export interface Anomaly {
  readonly id: AnomalyId
  /** Whether anybody has promised that it would not happen. */
  readonly isPromised: boolean
  readonly partition: number
  /** The anomaly in words; `1:17` is record 17 of producer 1. */
  readonly says: string
}
