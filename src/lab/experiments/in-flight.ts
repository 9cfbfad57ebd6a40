import { counted, grouped } from '../../base/words.js'
import { optionOf } from './batch-room.js'
import { type Experiment, inFlightMax, isIdempotent, type LabConfig, RefusedError, SHRINKABLE } from './experiment.js'
import { hasBatchOfEach } from './order-plan.js'
import { duplicatedWords, type Judgement, movedWords, runOrder, type Seen } from './order-run.js'

const IN_FLIGHT = 'max.in.flight.requests.per.connection'

/** One record for each batch, so that what changes places can be told record by record. */
export const ORDER_SHAPE = {
  brokers: '1',
  'replication.factor': '1',
  partitions: '3',
  acks: 'all',
  'batch.size': '0',
} as const

/** The steps of all experiments with refused requests. */
const STEPS =
  'The broker stands still for a moment while a producer sends records, one for each batch. So the producer has as many requests on ' +
  'their way as max.in.flight.requests.per.connection allows. Then the broker goes on. It serves the requests of a connection one after ' +
  'the other, and refuses one of them with an error that passes, such as NOT_ENOUGH_REPLICAS. The producer sends that batch again.'

export const inFlightReorders: Experiment = {
  name: 'in-flight-reorders',
  claim:
    'With more than one request in flight and without idempotence, one passing error changes the order of records. With one request ' +
    'in flight, or with idempotence, the same error does not.',
  explanation: [
    STEPS,
    'The requests behind the refused one are already on their way. They are written before it comes again: its records now lie behind ' +
      'records that were sent after them. Nothing is lost and nothing is there twice.',
    `Set --${IN_FLIGHT} 1, or --enable.idempotence true, and it is gone.`,
  ].join('\n\n'),
  records: 20,
  shrinks: SHRINKABLE,
  cells: [{ ...ORDER_SHAPE, [IN_FLIGHT]: '5', 'enable.idempotence': 'false' }],
  run(host, config, seed) {
    const { workload } = config
    const mayMove = inFlightMax(workload) > 1 && !isIdempotent(workload)
    if (mayMove) checkBehind(config)
    return runOrder({
      host,
      config,
      seed,
      errors: 'refusal',
      judge(seen) {
        const { outOfOrder } = seen.observations
        const because = mayMove
          ? 'what was behind the refused request had been written when it came again'
          : isIdempotent(workload)
            ? 'the broker takes the batches of an idempotent producer in their turn only'
            : 'nothing was on its way behind the refused request'
        const wrong = mayMove === outOfOrder > 0 ? null : movedWords(outOfOrder)
        return judgement(seen, wrong, because)
      },
    })
  },
}

/** Throws a RefusedError where no record could come behind a refused one. */
function checkBehind({ workload, records }: LabConfig): void {
  if (records < 2)
    throw new RefusedError('Cannot show it with 1 record: there must be at least 2 records to change places')
  if (hasBatchOfEach(workload)) return
  const size = optionOf(workload, 'batch.size')
  throw new RefusedError(
    `Cannot show it with batch.size ${size}: what lies in one batch keeps its order, so each record needs one of its own`,
  )
}

export const inFlightOneKeepsOrder: Experiment = {
  name: 'in-flight-one-keeps-order',
  claim: 'With one request in flight no error changes the order of records, without idempotence too.',
  explanation: [
    STEPS,
    'With one request in flight nothing is on its way behind the refused one, and nothing of its partition is sent before it has come ' +
      'through. The price: each request waits for the answer to the one before.',
  ].join('\n\n'),
  records: 20,
  shrinks: SHRINKABLE,
  cells: [{ ...ORDER_SHAPE, [IN_FLIGHT]: '1', 'enable.idempotence': 'false' }],
  run: (host, config, seed) =>
    runOrder({
      host,
      config,
      seed,
      errors: 'refusal',
      judge(seen) {
        const { outOfOrder } = seen.observations
        const wrong = outOfOrder === 0 ? null : movedWords(outOfOrder)
        return judgement(seen, wrong, `${inFlightMax(config.workload)} in flight`)
      },
    }),
}

export const idempotenceKeepsOrder: Experiment = {
  name: 'idempotence-keeps-order',
  claim: 'With idempotence no error changes the order of records or writes one twice, with 1 to 5 requests in flight.',
  explanation: [
    STEPS,
    'The batches of an idempotent producer are numbered. The requests behind the refused one arrive out of their turn: the broker ' +
      'answers OUT_OF_ORDER_SEQUENCE_NUMBER and writes nothing, and the producer sends all of them again, the oldest first.',
    'A broker remembers the last 5 batches of each producer. That is why no more than 5 requests are allowed.',
    'A record to each partition is written before: a broker that knows nothing of a producer takes whichever batch comes first ' +
      '(KAFKA-15591), so the first batch to a partition goes alone, and only those behind it are in flight together.',
  ].join('\n\n'),
  records: 20,
  shrinks: SHRINKABLE,
  cells: ['1', '2', '3', '4', '5'].map((inFlight) => ({
    ...ORDER_SHAPE,
    [IN_FLIGHT]: inFlight,
    'enable.idempotence': 'true',
  })),
  run: (host, config, seed) =>
    runOrder({
      host,
      config,
      seed,
      errors: 'refusal',
      judge(seen) {
        const { outOfOrder, duplicated } = seen.observations
        const moved = outOfOrder === 0 ? null : movedWords(outOfOrder)
        const wrong = duplicated === 0 ? moved : duplicatedWords(duplicated)
        return judgement(seen, wrong, 'the broker takes each batch once, and in its turn')
      },
    }),
}

/** Judges a run; `wrong` is what contradicts the claim. */
function judgement({ observations, lost, hits, retries }: Seen, wrong: string | null, because: string): Judgement {
  const { outOfOrder, duplicated } = observations
  const says =
    `Of the requests ${grouped(hits)} refused, of the batches ${grouped(retries)} sent again: ${movedWords(outOfOrder)}, ` +
    `${duplicatedWords(duplicated)} (${because}).`
  return { broken: wrong ?? otherwiseWrong(lost, duplicated), says }
}

/** A refused request leaves nothing behind, so nothing may be lost or doubled. */
function otherwiseWrong(lost: number, duplicated: number): string | null {
  if (lost > 0) return `${counted(lost, 'record')} lost`
  return duplicated > 0 ? duplicatedWords(duplicated) : null
}
