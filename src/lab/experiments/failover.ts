import { counted } from '../../base/words.js'
import type { Sent } from '../history/history.js'
import { threeDigits } from '../numbers.js'
import type { Experiment, LabConfig, RunOutcome } from './experiment.js'
import { observe } from './findings.js'
import type { LabHost } from './lab-host.js'
import type { PartitionView } from './recording.js'
import { Trial } from './trial.js'

/** Shows what happens between a leader's death and the first record that is read behind it. */
export const failover: Experiment = {
  name: 'failover',
  claim:
    'When the leader of a partition dies, another replica of the isr takes over, and producers and consumers go on by ' +
    'themselves: nothing that was acknowledged with acks=all is lost.',
  explanation: [
    'A producer sends one record after the other with acks=all to a partition of three replicas, and a consumer reads along. ' +
      'In the middle of it the leader dies, with all that it had.',
    'First the death has to be noticed: the controller fences the broker, when its thread is seen to end or when it shows no ' +
      'sign of life for broker.session.timeout.ms. Then the controller elects another replica of the isr: it has all that was ' +
      'acknowledged, because acks=all waits for the isr. The leader epoch grows by one, and whoever still speaks of the old one ' +
      'is refused.',
    'The producer sees its connection end, asks for metadata, and sends again whatever was not answered; the consumer does the ' +
      'same and reads on where it was. A record whose answer got lost may be written twice: only idempotence prevents that.',
  ].join('\n\n'),
  records: 20,
  cells: [{ brokers: '3', 'replication.factor': '3', acks: 'all', 'min.insync.replicas': '2' }],
  run,
}

interface Moments {
  readonly fenced: number
  readonly elected: number
  readonly acknowledged: number
  readonly read: number
}

/** The least milliseconds between two records: others get on meanwhile. */
const RECORD_EVERY_MS = 1

function run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome> {
  return Trial.run(host, config.workload, seed, async (trial) => {
    const began = trial.cluster.now()
    const moments = await failOver(trial, config)
    const observations = observe(await trial.readEverything())
    const lost = observations.lost.length
    trial.recording.tell('consumer', 'read', `everything was read: ${counted(lost, 'record')} lost`)
    const [found] = observations.anomalies
    const broken = found === undefined ? null : `${found.id}: ${found.says}`
    return {
      observations,
      tookMs: trial.cluster.now() - began,
      broken: lost > 0 ? `${counted(lost, 'acknowledged record')} lost` : broken,
      says: wordsOf(moments, lost),
      facts: {
        acknowledged: observations.acknowledged,
        'fenced, ms': threeDigits(moments.fenced),
        'elected, ms': threeDigits(moments.elected),
        'first acknowledged, ms': threeDigits(moments.acknowledged),
        'first read, ms': threeDigits(moments.read),
      },
      recording: trial.recording,
    }
  })
}

async function failOver(trial: Trial, { records }: LabConfig): Promise<Moments> {
  const { cluster, recording } = trial
  const producer = trial.source()
  const { leader } = await trial.watch.view()
  let nextAt = cluster.now()
  const sendDue = (onAcknowledged?: (sent: Sent) => void): void => {
    if (cluster.now() < nextAt) return
    nextAt = cluster.now() + RECORD_EVERY_MS
    trial.send(producer).then(({ sent, error }) => error === 'NONE' && onAcknowledged?.(sent))
  }

  recording.tell('producer', 'send', 'sends one record after the other')
  await trial.watch.untilView(() => {
    sendDue()
    return producer.sent >= records && trial.readings.length >= records / 2
  })
  recording.tellKill(`broker-${leader}`, 'dies, and all that it had with it')
  // The dead broker may still have answered what was sent before its end.
  let before = Number.POSITIVE_INFINITY
  const killed = cluster.doors.killBroker(leader, { loses: 'everything' }).then(() => {
    before = producer.sent
  })

  let acknowledged: number | null = null
  let read: number | null = null
  const onAcknowledged = (sent: Sent): void => {
    if (acknowledged !== null || sent.number < before) return
    const says = `the first record of those sent since is acknowledged, at offset ${sent.offset}`
    acknowledged = recording.tell('producer', 'acknowledged', says)
  }
  const isFenced = ({ alive }: PartitionView): boolean => !alive.includes(leader)
  const isElected = (view: PartitionView): boolean => view.leader >= 0 && view.leader !== leader
  await trial.watch.untilView((view) => {
    sendDue(onAcknowledged)
    const reading = trial.readings.find((one) => one.producer === producer.index && one.number >= before)
    if (reading !== undefined)
      read ??= recording.tell(
        'consumer',
        'read',
        `reads the first record of those sent since, at offset ${reading.offset}`,
      )
    return isFenced(view) && isElected(view) && acknowledged !== null && read !== null
  })
  await cluster.run(killed)
  await trial.settled()
  const firstSeen = (is: (view: PartitionView) => boolean): number => recording.views.find(is)?.atMs ?? Number.NaN
  return {
    fenced: firstSeen(isFenced),
    elected: firstSeen(isElected),
    acknowledged: acknowledged ?? Number.NaN,
    read: read ?? Number.NaN,
  }
}

function wordsOf({ fenced, elected, acknowledged, read }: Moments, lost: number): string {
  const ms = threeDigits
  return (
    `The death was noticed ${ms(fenced)} ms after it, and a new leader was there after ${ms(elected)} ms. The first record that was sent ` +
    `since was acknowledged after ${ms(acknowledged)} ms and read after ${ms(read)} ms. ` +
    `${lost === 0 ? 'Nothing that was acknowledged is' : `${counted(lost, 'acknowledged record')} are`} lost.`
  )
}
