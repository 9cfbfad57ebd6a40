import { counted, grouped } from '../../base/words.js'
import { type Experiment, isIdempotent, SHRINKABLE } from './experiment.js'
import { ORDER_SHAPE } from './in-flight.js'
import { duplicatedWords, type Judgement, runOrder, type Seen } from './order-run.js'

/** The shape of a run: a request is given up soon, so that a lost answer does not take half a minute. */
const SHAPE = {
  ...ORDER_SHAPE,
  'max.in.flight.requests.per.connection': '5',
  'request.timeout.ms': '200',
  'delivery.timeout.ms': '20000',
} as const

const STEPS =
  'A producer sends records. The broker writes what a request holds, and the answer is lost on its way. The producer cannot know ' +
  'that: after request.timeout.ms it closes the connection and sends again what was not answered on it.'

export const retryDuplicates: Experiment = {
  name: 'retry-duplicates',
  claim: 'When an answer is lost, the retry writes records twice without idempotence, and once with it.',
  explanation: [
    STEPS,
    'Without idempotence the broker cannot tell a retry from new records, and writes it: the records are there twice. The requests ' +
      'behind it on that connection are not answered either, and are sent again too.',
    'acks=all does not help, and no setting of retries but 0 does, which loses records instead. Set --enable.idempotence true, and it is gone.',
  ].join('\n\n'),
  records: 10,
  shrinks: SHRINKABLE,
  cells: [{ ...SHAPE, 'enable.idempotence': 'false' }],
  run: (host, config, seed) =>
    runOrder({
      host,
      config,
      seed,
      errors: 'lostAnswer',
      judge(seen) {
        const isOnce = isIdempotent(config.workload)
        const { duplicated } = seen.observations
        return judgement(seen, isOnce === (duplicated === 0) ? null : duplicatedWords(duplicated), isOnce)
      },
    }),
}

export const idempotenceDeduplicates: Experiment = {
  name: 'idempotence-deduplicates',
  claim: 'With idempotence a retry after a lost answer writes nothing twice, and changes no order.',
  explanation: [
    STEPS,
    'The batches of an idempotent producer are numbered, and a broker remembers the last 5 of each producer. It sees that the retry ' +
      'is written already, writes nothing, and answers with the offset of the first time.',
  ].join('\n\n'),
  records: 10,
  shrinks: SHRINKABLE,
  cells: [{ ...SHAPE, 'enable.idempotence': 'true' }],
  run: (host, config, seed) =>
    runOrder({
      host,
      config,
      seed,
      errors: 'lostAnswer',
      judge(seen) {
        const { duplicated, outOfOrder } = seen.observations
        const moved = outOfOrder === 0 ? null : `${counted(outOfOrder, 'record')} changed places`
        return judgement(seen, duplicated === 0 ? moved : duplicatedWords(duplicated), isIdempotent(config.workload))
      },
    }),
}

/** Judges a run; `wrong` is what contradicts the claim. */
function judgement({ observations, lost, hits, retries }: Seen, wrong: string | null, isOnce: boolean): Judgement {
  const because = isOnce
    ? 'the broker knew every batch that came again'
    : 'the broker could not know that it had them already'
  const says =
    `Of the answers ${grouped(hits)} lost, of the batches ${grouped(retries)} sent again: ` +
    `${duplicatedWords(observations.duplicated)}, ${lost === 0 ? 'nothing' : counted(lost, 'record')} is lost (${because}).`
  return { broken: wrong ?? (lost > 0 ? `${counted(lost, 'record')} lost` : null), says }
}
