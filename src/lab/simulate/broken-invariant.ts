/** The internal invariants, by the numbers of the table in `test/README.md`. */
const INVARIANTS = {
  I1: 'a partition has one leader in each epoch',
  I2: 'epochs of partitions only grow',
  I3: 'replicas hold the same batches up to the high watermark',
  I5: 'whoever is elected holds everything that was committed',
  I6: 'every replica of the isr and of the elr that runs holds everything that was committed',
  I7: 'a leader counts on every replica of which the controller thinks that it is in the isr',
  I8: 'every replica of a leader’s isr holds what that leader commits',
  I9: 'the high watermark only grows, and lies within the log',
  I10: 'what was committed is not truncated',
  I11: 'what is committed is on as many replicas as the minimum asks for',
  I12: 'the isr holds replicas that are not fenced, and the elr is for those that had to leave it while it was too small',
  I14: 'a replica that has lost its memory is in no isr and no elr before it has caught up',
  I20: 'every batch in a log is whole',
  I24: 'what is lent does not change before it is given back',
  I26: 'a follower that has not caught up for replica.lag.time.max.ms is asked out of the isr',
  I31: 'clients of Kafka’s protocol are answered in order, and what they read is whole',
  I27: 'a compacted log tells of each key what was committed last',
} as const

export type InvariantId = keyof typeof INVARIANTS

export class BrokenInvariant extends Error {
  readonly invariant: InvariantId

  constructor(invariant: InvariantId, says: string) {
    super(`${invariant}: ${INVARIANTS[invariant]}. ${says}`)
    this.name = 'BrokenInvariant'
    this.invariant = invariant
  }
}
