import fc from 'fast-check'
import { type History, NEVER_COMPLETED, type Read, type Sent } from '../../../../src/lab/history/history.js'

const upTo = (max: number): fc.Arbitrary<number> => fc.nat({ max })

const settings = fc
  .record({ acks: fc.constantFrom<Sent['acks']>(-1, 0, 1), keepsOrder: fc.boolean(), isOnce: fc.boolean() })
  // Kafka has no idempotence without acks=all, and promises no order of what is not answered.
  .map((one) => ({ ...one, keepsOrder: one.keepsOrder && one.acks !== 0, isOnce: one.isOnce && one.acks === -1 }))

const fate = fc.record({
  partition: upTo(1),
  invokedAt: upTo(20),
  takes: upTo(10),
  outcome: fc.constantFrom<Sent['outcome']>('acknowledged', 'acknowledged', 'acknowledged', 'refused', 'unknown'),
  offset: fc.integer({ min: -1, max: 8 }),
})

const sends = fc
  .tuple(fc.array(settings, { minLength: 3, maxLength: 3 }), fc.array(fc.tuple(upTo(2), fate), { maxLength: 12 }))
  .map(([all, fates]) =>
    fates.map(([producer, { takes, ...one }], at): Sent => {
      const isAcknowledged = one.outcome === 'acknowledged'
      return {
        ...one,
        ...(all[producer] as (typeof all)[number]),
        producer,
        number: fates.slice(0, at).filter(([other]) => other === producer).length,
        offset: isAcknowledged ? one.offset : -1,
        completedAt: isAcknowledged ? one.invokedAt + takes : NEVER_COMPLETED,
      }
    }),
  )

const reads: fc.Arbitrary<Read[]> = fc.array(
  fc.record({
    consumer: fc.integer({ min: 1, max: 3 }),
    poll: upTo(2),
    partition: upTo(1),
    offset: upTo(8),
    producer: upTo(2),
    number: upTo(6),
    isIntact: fc.nat({ max: 9 }).map((chance) => chance > 0),
    highWatermark: fc.integer({ min: 7, max: 10 }),
  }),
  { maxLength: 14 },
)

/** Anything that clients might tell, most of it wrong in many ways. */
export const histories: fc.Arbitrary<History> = fc.record({
  sent: sends,
  // A consumer's polls follow each other.
  read: reads.map((all) => all.sort((a, b) => a.poll - b.poll)),
  readers: fc.subarray([1, 2]),
})
