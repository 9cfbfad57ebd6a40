import { counted } from '../../base/words.js'
import { optionOf } from './batch-room.js'
import { type Experiment, isIdempotent, type LabConfig, RefusedError, type RunOutcome } from './experiment.js'
import { observe } from './findings.js'
import type { LabHost } from './lab-host.js'
import { duplicatedWords } from './order-run.js'
import type { Recording } from './recording.js'
import { Trial } from './trial.js'

const SHAPE = {
  brokers: '2',
  'replication.factor': '2',
  partitions: '1',
  acks: 'all',
  'min.insync.replicas': '2',
  'request.timeout.ms': '300',
  'delivery.timeout.ms': '25000',
} as const

export const notEnoughReplicasAfterAppend: Experiment = {
  name: 'not-enough-replicas-after-append',
  claim:
    'When a follower goes after the leader has appended, and the isr is too small then, the producer is told of a failure though the ' +
    'records are in the log. The retry writes them twice without idempotence, and once with it.',
  explanation: [
    'Two brokers have a partition with min.insync.replicas=2. The follower is cut off, records are sent with acks=all, the leader ' +
      'appends them, and then the follower dies.',
    'The leader cannot say yes: too few replicas have the records. It cannot take them back either. Before Kafka 4 the leader alone ' +
      'was the isr then, and its answer was NOT_ENOUGH_REPLICAS_AFTER_APPEND. Since KIP-966 the high watermark stands still below ' +
      'min.insync.replicas, so the request waits until request.timeout.ms instead. Either way the producer sends the records again.',
    'Retries are refused with NOT_ENOUGH_REPLICAS, which appends nothing, until the follower is back. The retry after that is ' +
      'appended: the records are there twice. With idempotence the leader knows them, and so does any broker that leads after it.',
  ].join('\n\n'),
  records: 3,
  shrinks: ['records'],
  cells: [
    { ...SHAPE, 'enable.idempotence': 'false' },
    { ...SHAPE, 'enable.idempotence': 'true' },
  ],
  run,
}

function run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome> {
  const { workload } = config
  if (Number(workload.options['min.insync.replicas'] ?? 1) !== workload.replicationFactor)
    throw new RefusedError(
      'Cannot run with min.insync.replicas other than replication.factor: no follower would be missed',
    )
  if (optionOf(workload, 'acks') !== -1)
    throw new RefusedError(
      `Cannot run with acks=${optionOf(workload, 'acks')}: the leader would not wait for the follower`,
    )
  const steps = async (trial: Trial): Promise<RunOutcome> => {
    const began = trial.cluster.now()
    const retries = await followerGoes(trial, config)
    const observations = observe(await trial.readEverything())
    const { duplicated, lost } = observations
    const isOnce = isIdempotent(workload)
    const wrong = isOnce === (duplicated === 0) ? null : duplicatedWords(duplicated)
    const answers = answersIn(trial.recording)
    return {
      observations,
      tookMs: trial.cluster.now() - began,
      broken: wrong ?? (lost.length > 0 ? `${counted(lost.length, 'record')} lost` : null),
      says:
        `The batch was sent ${counted(retries + 1, 'time')}${answers === '' ? '' : ` and answered with ${answers}`}: ${duplicatedWords(duplicated)}, ` +
        `${lost.length === 0 ? 'nothing' : counted(lost.length, 'record')} lost.`,
      facts: { 'batches sent again': retries },
      recording: trial.recording,
    }
  }
  return Trial.run(host, workload, seed, steps, { tellsBatches: true })
}

/** Returns how often a batch was sent again. */
async function followerGoes(trial: Trial, { records }: LabConfig): Promise<number> {
  const { cluster, recording } = trial
  const { doors } = cluster
  const source = trial.source()
  await cluster.run(trial.send(source))
  const { leader, isr } = await trial.watch.view()
  const follower = isr.find((id) => id !== leader) as number
  const arrived = { api: 'Produce', broker: leader, action: 'delay', delayMs: 0, once: true } as const
  const arrival = await cluster.run(doors.faults.add(arrived))

  await cluster.run(doors.cutLink(leader, follower))
  recording.startNow()
  recording.tell(`broker-${follower}`, 'cut', `is cut off from broker-${leader}`)
  trial.sendMany(source, records)
  await cluster.run(arrival.hit())
  recording.tell(`broker-${follower}`, 'kill', 'dies')
  await cluster.run(doors.killBroker(follower))
  await trial.watch.untilView((view) => !view.isr.includes(follower))

  // The first retry is for the request that was appended, the second for one that was refused.
  await trial.watch.until(() => source.producer.totals().retries >= 2, 'a retry is refused')
  await cluster.run(doors.healLink(leader, follower))
  await cluster.run(doors.restartBroker(follower))
  recording.tell(`broker-${follower}`, 'restarted', 'is back')
  await trial.watch.untilView((view) => view.isr.includes(follower))
  await trial.settled()
  return source.producer.totals().retries
}

/** Lists each error once, in the order of their coming. */
function answersIn({ timeline }: Recording): string {
  const errors = timeline.flatMap(({ batch }) => (batch?.error === undefined ? [] : [batch.error]))
  return [...new Set(errors.slice(1))].join(', ')
}
