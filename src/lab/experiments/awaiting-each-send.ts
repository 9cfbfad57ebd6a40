import { counted } from '../../base/words.js'
import type { SenderTotals } from '../../client/sender/sender-counters.js'
import { threeDigits } from '../numbers.js'
import { roomOfBatch } from './batch-room.js'
import { type Experiment, type LabConfig, RefusedError, type RunOutcome } from './experiment.js'
import { observe } from './findings.js'
import type { LabHost } from './lab-host.js'
import { type Source, Trial } from './trial.js'

const SHAPE = { brokers: '3', 'replication.factor': '3', 'max.in.flight.requests.per.connection': '5' } as const
/** The fewest records that a batch must have room for: smaller batches show nothing. */
const ROOM_MIN = 4

/** Shows what waiting for each answer before the next send does to batches. */
export const awaitingEachSend: Experiment = {
  name: 'awaiting-each-send-kills-batching',
  claim:
    'Awaiting each send() before the next makes a batch and a request of every record, whatever batch.size and linger.ms say. ' +
    'Sent without waiting in between, the same records share batches: at most half as many, and as many requests.',
  explanation: [
    'Two producers with the same options send the same number of records to one partition. The first awaits each send() before it ' +
      'calls the next one. The second calls them all, keeps the promises, and awaits them together at the end.',
    'The first one has never more than one record under way. A batch fills while it waits for its turn, and nobody gives it a ' +
      'second record: it leaves with the one that it has, in a request of its own, and the next record is sent when the answer is ' +
      'back. linger.ms only makes that worse: each record waits for company that cannot come.',
    'The second one gives its records as fast as it can. Those that come while a batch is open lie in it together, and while ' +
      'requests are in flight the next batches fill up. Every promise still settles by itself, with the offset or the error of its ' +
      'own record, so nothing is given up by not waiting: keep the promises and await them all, or give produce() a callback.',
  ].join('\n\n'),
  records: 100,
  cells: [
    { ...SHAPE, 'linger.ms': '0' },
    { ...SHAPE, 'linger.ms': '5' },
  ],
  run,
}

type Moved = Pick<SenderTotals, 'records' | 'batches' | 'requests'>

function run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome> {
  checkRoom(config)
  const { records, workload } = config
  return Trial.run(
    host,
    workload,
    seed,
    async (trial) => {
      const { cluster, recording } = trial
      const began = cluster.now()
      recording.startNow()
      const [patient, eager] = [trial.source(), trial.source()]

      const oneByOne = await moved(trial, patient, async () => {
        recording.tell('producer', 'send', `sends ${counted(records, 'record')}, and awaits each before the next`)
        for (let sent = 0; sent < records; sent++) await cluster.run(trial.send(patient))
      })
      recording.tell('producer', 'acknowledged', `has sent ${inWords(oneByOne)}`)
      const together = await moved(trial, eager, async () => {
        recording.tell('producer', 'send', `sends ${counted(records, 'record')}, and awaits them all at the end`)
        await cluster.run(Promise.all(trial.sendMany(eager, records)))
      })
      recording.tell('producer', 'acknowledged', `has sent ${inWords(together)}`)

      const observations = observe(await trial.readEverything())
      return {
        observations,
        tookMs: cluster.now() - began,
        broken: brokenBy(oneByOne, together) ?? observations.anomalies[0]?.says ?? null,
        says:
          `Awaited one by one, ${inWords(oneByOne)}. Awaited together, ${inWords(together)}: ` +
          `${threeDigits(oneByOne.batches / together.batches)} times as many records in each.`,
        facts: {
          'one by one: batches': oneByOne.batches,
          'one by one: requests': oneByOne.requests,
          'together: batches': together.batches,
          'together: requests': together.requests,
          'together: records per batch': threeDigits(together.records / together.batches),
        },
        recording,
      }
    },
    { tellsBatches: true, replicasMin: 1 },
  )
}

/**
 * Returns what the producer's sender has sent during the steps. Before them the sender learns what it must know, with a
 * record of its own.
 */
async function moved(trial: Trial, source: Source, steps: () => Promise<void>): Promise<Moved> {
  await trial.cluster.run(trial.send(source))
  const before = source.producer.totals()
  await steps()
  const after = source.producer.totals()
  return {
    records: after.records - before.records,
    batches: after.batches - before.batches,
    requests: after.requests - before.requests,
  }
}

function checkRoom({ workload }: LabConfig): void {
  const { fewest } = roomOfBatch(workload)
  if (fewest >= ROOM_MIN) return
  throw new RefusedError(
    `Records of ${workload.recordBytes} bytes: batch.size must have room for ${ROOM_MIN} of them, or there is no batching to be lost`,
  )
}

function brokenBy(oneByOne: Moved, together: Moved): string | null {
  if (oneByOne.batches !== oneByOne.records || oneByOne.requests !== oneByOne.records)
    return `awaited one by one, ${inWords(oneByOne)}`
  const most = Math.ceil(together.records / 2)
  if (together.batches > most || together.requests > most) return `awaited together, ${inWords(together)}`
  return null
}

function inWords({ records, batches, requests }: Moved): string {
  return `${counted(records, 'record')} in ${counted(batches, 'batch')} and ${counted(requests, 'request')}`
}
