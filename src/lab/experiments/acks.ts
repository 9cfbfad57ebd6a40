import { TimeoutError } from '../../base/errors.js'
import { counted } from '../../base/words.js'
import type { Delivered } from '../history/history-recorder.js'
import type { Experiment, LabConfig, RunOutcome } from './experiment.js'
import { type Observations, observe } from './findings.js'
import type { LabHost } from './lab-host.js'
import { Trial } from './trial.js'

const SHAPE = { brokers: '3', 'replication.factor': '3' } as const

/** Shows what the leader's death loses under each setting of acks. */
export const acks: Experiment = {
  name: 'acks',
  claim:
    'When a leader dies for good, acks=0 and acks=1 lose records that were acknowledged, and acks=all loses none. With ' +
    'min.insync.replicas below the replication factor writes go on without the dead broker; with min.insync.replicas as ' +
    'high as the factor nothing can be written until it is replaced.',
  explanation: [
    'One partition has three replicas. Some records are written and replicated. Then the followers are cut off from their ' +
      'leader, and more records are sent: the leader has them, and nobody else. Now the leader dies, with all that it had.',
    'With acks=0 nobody answers a producer, and with acks=1 the leader answers as soon as it has the record itself: both have ' +
      'said yes to records that are gone, and nothing will ever send them again. With acks=all the leader says yes when all ' +
      'replicas of the isr have the record: it has said nothing yet, so the producer sends the records again, to the new leader.',
    'min.insync.replicas says how small the isr may become before acks=all is refused. Two of three keep every acknowledged ' +
      'record on two brokers and allow for one that is down. Three of three lose nothing either, but while any replica is ' +
      'missing every write is refused with NOT_ENOUGH_REPLICAS.',
  ].join('\n\n'),
  records: 20,
  cells: [
    { ...SHAPE, acks: '0', 'min.insync.replicas': '2' },
    { ...SHAPE, acks: '1', 'min.insync.replicas': '2' },
    { ...SHAPE, acks: 'all', 'min.insync.replicas': '2' },
    { ...SHAPE, acks: 'all', 'min.insync.replicas': '3' },
  ],
  run,
}

function run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome> {
  return Trial.run(host, config.workload, seed, async (trial) => {
    const began = trial.cluster.now()
    const steps = await leaderDies(trial, config)
    const observations = observe(await trial.readEverything())
    trial.recording.tell('consumer', 'read', `everything was read: ${counted(observations.lost.length, 'record')} lost`)
    const seen: Seen = { ...steps, lost: observations.lost.length }
    return {
      observations,
      tookMs: trial.cluster.now() - began,
      broken: brokenBy(seen, observations, config),
      says: wordsOf(seen, config),
      facts: {
        acknowledged: observations.acknowledged,
        'while the leader had them alone': `${steps.unreplicated} of ${config.records}`,
        'while one broker is down': steps.refusal ?? 'acknowledged',
      },
      recording: trial.recording,
    }
  })
}

interface Steps {
  /** Records that were acknowledged while only the leader had them. */
  readonly unreplicated: number
  /** The error that answers a write while one broker is down; null when the write is acknowledged. */
  readonly refusal: string | null
  /** Records that were acknowledged while one broker was down. */
  readonly meanwhile: number
}
type Seen = Steps & { readonly lost: number }

/**
 * Each step waits for what the one before has led to, and relies on no time: on threads the order of events is this
 * one, too. Steps stand apart in time only so that a drawing tells them apart.
 */
async function leaderDies(trial: Trial, { records, workload }: LabConfig): Promise<Steps> {
  const { cluster, recording } = trial
  const producer = trial.source()
  const { leader, isr } = await trial.watch.view()
  const followers = isr.filter((id) => id !== leader)
  const acknowledged = (all: readonly Promise<Delivered>[]): { count: number } => {
    const sum = { count: 0 }
    for (const one of all)
      one.then(({ error }) => {
        if (error === 'NONE') sum.count += 1
      })
    return sum
  }

  recording.tell('producer', 'send', `sends ${counted(records, 'record')}`)
  trial.sendMany(producer, records)
  await trial.settled()
  await trial.untilRead(records)
  recording.tell('consumer', 'read', `has read ${counted(records, 'record')}: every replica of the isr has them`)

  await apart(trial)
  for (const follower of followers) {
    await cluster.run(cluster.doors.cutLink(leader, follower))
    recording.tell(`broker-${follower}`, 'cut', `is cut off from broker-${leader}`)
  }
  // The fault shows that the leader was asked, where no answer can show it.
  const arrived = { api: 'Produce', broker: leader, action: 'delay', delayMs: 0, once: true } as const
  const arrival = producer.acks === -1 ? await cluster.run(cluster.doors.faults.add(arrived)) : null
  await apart(trial)
  const alone = trial.sendMany(producer, records)
  const whileAlone = acknowledged(alone)
  if (arrival === null) await cluster.run(Promise.all(alone))
  else await cluster.run(arrival.hit())
  const unreplicated = whileAlone.count
  const outOf = `${unreplicated} of ${counted(records, 'record')} acknowledged`
  recording.tell('producer', 'send', `${outOf} that broker-${leader} alone has`)

  await apart(trial)
  recording.tellKill(`broker-${leader}`, 'dies, and all that it had with it')
  await cluster.run(cluster.doors.killBroker(leader, { loses: 'everything' }))
  await trial.watch.untilView((view) => view.leader >= 0 && view.leader !== leader)

  await apart(trial)
  const refusal = await answerWhileDown(trial)
  recording.tell('producer', refusal === null ? 'acknowledged' : 'refused', wordsOfAnswer(refusal))
  const later = trial.sendMany(producer, records)
  const whileDown = acknowledged(later)
  if (refusal === null) await trial.settled()
  await apart(trial)
  const meanwhile = whileDown.count

  for (const follower of followers) await cluster.run(cluster.doors.healLink(leader, follower))
  await cluster.run(cluster.doors.restartBroker(leader))
  recording.tell(`broker-${leader}`, 'restart', 'is replaced: it is back, with nothing, and can be reached')
  await trial.watch.untilView((view) => view.isr.length === workload.replicationFactor)
  await trial.settled()
  recording.tell('producer', 'acknowledged', 'has no record under way any more')
  return { unreplicated, refusal, meanwhile }
}

const APART = 10

async function apart(trial: Trial): Promise<void> {
  for (let pass = 0; pass < APART; pass++) await trial.cluster.pass()
}

/**
 * Writes without retries until a write is acknowledged or refused for want of replicas: at first, some may not know the
 * leader. Throws a TimeoutError when every write is answered with something else.
 */
async function answerWhileDown(trial: Trial): Promise<string | null> {
  const once = trial.source({ retries: 0, 'enable.idempotence': false })
  for (const end = trial.cluster.now() + trial.watch.patienceMs; ; ) {
    const { error } = await trial.cluster.run(trial.send(once))
    if (error === 'NONE') return null
    if (error.startsWith('NOT_ENOUGH_REPLICAS')) return error
    if (trial.cluster.now() > end)
      throw new TimeoutError(
        `No write has come through or been refused for want of replicas: the last one met ${error}`,
      )
    await trial.watch.untilView(({ leader }) => leader >= 0)
    await trial.cluster.pass()
  }
}

function wordsOfAnswer(refusal: string | null): string {
  return refusal === null ? 'can write while one broker is down' : `is refused while one broker is down: ${refusal}`
}

function needsAll({ workload }: LabConfig): boolean {
  const { acks: of, 'min.insync.replicas': least = 1 } = workload.options
  return (of === -1 || of === undefined) && Number(least) >= workload.replicationFactor
}

function brokenBy(seen: Seen, { anomalies }: Observations, config: LabConfig): string | null {
  const { acks: of = -1 } = config.workload.options
  const isSafe = of === -1
  if (isSafe && seen.lost > 0) return `acks=all has lost ${counted(seen.lost, 'record')}`
  if (!isSafe && seen.lost === 0) return `acks=${of} has lost nothing`
  if (needsAll(config) && seen.refusal === null) return 'a write was acknowledged though a replica was missing'
  if (needsAll(config) && seen.meanwhile > 0)
    return `${counted(seen.meanwhile, 'record')} acknowledged while one was down`
  if (!needsAll(config) && seen.refusal !== null) return `writes were refused with ${seen.refusal}`
  const [found] = anomalies
  return found === undefined ? null : `${found.id}: ${found.says}`
}

function wordsOf({ lost, unreplicated, refusal }: Seen, { records, workload }: LabConfig): string {
  const { acks: of = -1, 'min.insync.replicas': least = 1 } = workload.options
  if (of !== -1) {
    const why = of === 0 ? 'acks=0 waits for no answer' : 'with acks=1 the leader answers for itself alone'
    return `${counted(lost, 'record')} lost: ${why}, so ${unreplicated} of ${records} were acknowledged that no follower had when the leader died.`
  }
  const kept = `${lost === 0 ? 'Nothing' : counted(lost, 'record')} lost: of the ${counted(records, 'record')} that no follower had, ${unreplicated} were acknowledged, and the producer sent the others again.`
  if (refusal !== null)
    return `${kept} But min.insync.replicas=${least} is all that there are: with one broker down every write is refused with ${refusal}, until it is replaced.`
  return `${kept} With min.insync.replicas=${least} the two that were left took writes at once.`
}
