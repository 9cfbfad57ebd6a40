import { seededRandom } from '../../base/random.js'
import { counted } from '../../base/words.js'
import { crc32OfKey, partitionForKey } from '../../client/producer/key-hash.js'
import { NUMBER_BYTES } from '../measure/record-number.js'
import type { Workload } from '../measure/workload.js'
import { type Experiment, type LabConfig, RefusedError, type RunOutcome } from './experiment.js'
import { observe } from './findings.js'
import type { LabHost } from './lab-host.js'
import { Trial } from './trial.js'

/** Shows that one key decides one partition, and that a partition has one order. */
export const keyKeepsOrderPerKey: Experiment = {
  name: 'key-keeps-order-per-key',
  claim: 'Records of one key are read in the order in which they were sent. Records of different keys need not be.',
  explanation: [
    'A topic has 4 partitions on 2 brokers. A producer sends records with keys, by turns to keys that live on one broker and on the ' +
      'other. One broker stands still until everything that is on the other one has been read, and goes on.',
    'The hash of a key names its partition, so all records of a key are in one log, in one order. Between two partitions there is no ' +
      'order: records that were sent later were read earlier, because their broker was faster.',
    'So records that belong together, such as the events of one account, need the same key. Set --partitioner.class RoundRobinPartitioner, and ' +
      'the order within a key is gone as well.',
  ].join('\n\n'),
  records: 12,
  shrinks: ['records'],
  cells: [{ brokers: '2', 'replication.factor': '1', partitions: '4', acks: 'all' }],
  run: runKeys,
}

const KEYS_MAX = 3
/** More names than it takes to find keys for every broker. */
const NAMES = Array.from({ length: 200 }, (_, index) => `key-${index}`)

function runKeys(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome> {
  const { workload, records } = config
  if (records < 2)
    throw new RefusedError('Cannot show it with 1 record: there must be at least 2 records for one to pass the other')
  if (workload.brokers < 2 || workload.partitions < 2)
    throw new RefusedError('Cannot run with one broker or one partition: all records would have one order')
  const steps = async (trial: Trial): Promise<RunOutcome> => {
    const began = trial.cluster.now()
    const keys = await sendByTurns(trial, config, seed)
    const observations = observe(await trial.readEverything())
    const numbers = trial.readings.filter(({ consumer, producer }) => consumer === 1 && producer === 0)
    const { moved, passed } = orderOf(numbers.flatMap(({ number }) => ({ number, key: keys.get(number) ?? null })))
    const { lost, duplicated } = observations
    const says =
      `Of each key every record was read in its turn${moved === 0 ? '' : `, but for ${moved}`}. Of all keys together, ` +
      `${counted(passed, 'record')} ${passed === 1 ? 'was' : 'were'} read before one of another key that was sent earlier.`
    const wrong = moved > 0 ? `${counted(moved, 'record')} read behind later ones of the same key` : null
    const isHarmed = lost.length > 0 || duplicated > 0
    return {
      observations,
      tookMs: trial.cluster.now() - began,
      broken:
        wrong ?? (isHarmed ? 'records were lost or doubled' : passed === 0 ? 'no record passed another one' : null),
      says,
      facts: { keys: new Set(keys.values()).size, 'passed another key': passed },
      recording: trial.recording,
    }
  }
  // Where keys do not decide the partition, nobody knows beforehand what a batch holds.
  return Trial.run(host, workload, seed, steps, { tellsBatches: partitionerOf(workload) !== null, replicasMin: 1 })
}

/** Returns what tells where a key lives; null when keys do not decide that. */
function partitionerOf({ options, partitions }: Workload): ((key: string) => number) | null {
  const { 'partitioner.class': named = null, 'partitioner.ignore.keys': ignoresKeys = false } = options
  if (named === 'consistent_random') return (key) => crc32OfKey(key) % partitions
  return named === null && ignoresKeys === false ? (key) => partitionForKey(key, partitions) : null
}

/** Returns the key of each record by its number. */
async function sendByTurns(trial: Trial, { workload, records }: LabConfig, seed: number): Promise<Map<number, string>> {
  const { cluster, recording } = trial
  const chance = seededRandom(`keys ${seed}`)
  const source = trial.source()
  for (const partition of trial.partitions) await cluster.run(trial.send(source, { partition }))
  const leaders = await trial.watch.leaders()
  const slow = chance.pick(leaders)
  const count = 1 + chance.below(KEYS_MAX)
  const placed = partitionerOf(workload)
  const place = placed ?? ((key: string): number => partitionForKey(key, workload.partitions))
  const slowKeys = NAMES.filter((key) => leaders[place(key)] === slow).slice(0, count)
  const fastKeys = NAMES.filter((key) => leaders[place(key)] !== slow).slice(0, count)
  const keys = new Map<number, string>()

  await cluster.run(cluster.doors.pauseBroker(slow))
  recording.startNow()
  recording.tell(`broker-${slow}`, 'paused', 'stands still')
  for (let index = 0; index < records; index++) {
    const key = chance.pick(index % 2 === 0 ? slowKeys : fastKeys)
    keys.set(source.sent, key)
    trial.send(source, { partition: place(key), key, bytes: NUMBER_BYTES + chance.below(workload.recordBytes) })
  }
  const fast = [...keys.values()].filter((key) => fastKeys.includes(key)).length
  const isRead = (): boolean => trial.readings.filter(({ number }) => keys.has(number)).length >= fast
  // A partitioner that ignores keys has put some of these records on the broker that stands still.
  if (placed !== null) await trial.watch.until(isRead, 'the other broker is read')
  cluster.doors.resumeBroker(slow)
  recording.tell(`broker-${slow}`, 'resumed', 'goes on')
  await trial.settled()
  await trial.watch.until(() => trial.readings.length >= source.sent, 'everything is read')
  return keys
}

interface Keyed {
  readonly number: number
  readonly key: string | null
}

/**
 * Counts records in the order of reading: `moved` ones come behind a later one of their key, `passed` ones before an
 * earlier one of another key.
 */
function orderOf(read: readonly Keyed[]): { readonly moved: number; readonly passed: number } {
  const keyed = read.filter(({ key }) => key !== null)
  const comesAfter = (index: number, is: (other: Keyed) => boolean): boolean => keyed.slice(index + 1).some(is)
  const moved = keyed.filter(({ number, key }, index) =>
    keyed.slice(0, index).some((other) => other.key === key && other.number > number),
  )
  const passed = keyed.filter(({ number, key }, index) =>
    comesAfter(index, (other) => other.key !== key && other.number < number),
  )
  return { moved: moved.length, passed: passed.length }
}
