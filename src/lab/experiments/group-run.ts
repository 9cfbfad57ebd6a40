import { KafkaError } from '../../base/errors.js'
import { counted } from '../../base/words.js'
import type { History, Read, Sent } from '../history/history.js'
import { type LabConfig, RefusedError, type RunOutcome } from './experiment.js'
import { observe } from './findings.js'
import type { LabHost } from './lab-host.js'
import type { Source } from './trial.js'
import { Trial } from './trial.js'
import type { TrialGroup } from './trial-group.js'

/** The result of a run with groups, but for what the log itself shows. */
export interface GroupFindings extends Pick<RunOutcome, 'broken' | 'says' | 'facts'> {
  /** The groups, each of which was to handle every record. */
  readonly groups: readonly TrialGroup[]
}

/** Runs the steps of an experiment with groups. What a group has never handled counts as lost. */
export function runGroups(
  host: LabHost,
  config: LabConfig,
  seed: number,
  steps: (trial: Trial) => Promise<GroupFindings>,
): Promise<RunOutcome> {
  checkMembers(config)
  return Trial.run(
    host,
    config.workload,
    seed,
    async (trial) => {
      const began = trial.cluster.now()
      trial.recording.startNow()
      const { groups, broken, says, facts } = await steps(trial).catch(throwRefused)
      for (const group of groups) group.endStory()
      const log = observe(await trial.readEverything())
      const observations = { ...log, lost: unhandledOf(log.history, groups), fate: 'never handled' }
      const [found] = log.anomalies
      const wrong = log.lost.length > 0 ? `${counted(log.lost.length, 'record')} lost by the log` : found?.says
      return {
        observations,
        tookMs: trial.cluster.now() - began,
        broken: broken ?? wrong ?? null,
        says,
        facts,
        recording: trial.recording,
      }
    },
    { replicasMin: 1 },
  )
}

/**
 * Lists acknowledged records that some group has never handled. A record's offset is taken from its readers: an
 * acknowledgement with acks=0 tells none.
 */
function unhandledOf({ sent, read }: History, groups: readonly TrialGroup[]): readonly Sent[] {
  const isHandled = (place: Read): boolean => groups.every((group) => group.timesHandled(place) > 0)
  const handled = new Set(read.filter(isHandled).map(({ producer, number }) => `${producer} ${number}`))
  return sent.filter(
    ({ producer, number, outcome }) =>
      producer === 0 && outcome === 'acknowledged' && !handled.has(`${producer} ${number}`),
  )
}

const OFFSETS_REPLICAS = 'offsets.topic.replication.factor'

/** A coordinator's answers to members whose options its own do not allow. */
const REFUSALS: readonly string[] = ['INVALID_SESSION_TIMEOUT', 'GROUP_MAX_SIZE_REACHED']

/** Throws the error: as a RefusedError, where it says that the options are impossible together. */
function throwRefused(error: unknown): never {
  if (error instanceof KafkaError && REFUSALS.includes(error.code))
    throw new RefusedError(error.message, { cause: error })
  throw error
}

/** Throws a RefusedError for options that no experiment with groups leaves open. */
function checkMembers({ workload: { options, brokers } }: LabConfig): void {
  for (const name of ['group.id', 'group.instance.id'])
    if (options[name] !== undefined)
      throw new RefusedError(
        `Cannot set ${name} to ${options[name]}: the experiment names its groups and members itself`,
      )
  const reset = options['auto.offset.reset']
  if (reset !== undefined && reset !== 'earliest')
    throw new RefusedError(
      `Cannot set auto.offset.reset to ${reset}: it must be earliest, for members read what was sent before`,
    )
  const replicas = Number(options[OFFSETS_REPLICAS] ?? 1)
  if (replicas > brokers)
    throw new RefusedError(
      `Cannot set ${OFFSETS_REPLICAS} to ${replicas} with ${counted(brokers, 'broker')}: groups have no coordinator then`,
    )
}

/** Throws a RefusedError for auto-commit, where handlers commit behind their work. */
export function checkCommitsByHand({ workload: { options } }: LabConfig): void {
  if (options['enable.auto.commit'] !== true) return
  throw new RefusedError('Cannot set enable.auto.commit to true: the handlers of this experiment commit by themselves')
}

/** The time that the first record has; each one is a millisecond older than the next, whenever it is sent. */
const FIRST_TIMESTAMP = 1_700_000_000_000

/**
 * Sends so many records to the partitions in turn, and waits for their acknowledgements. Returns the offset behind the
 * last record of each partition.
 */
export async function sendInTurn(trial: Trial, source: Source, count: number): Promise<ReadonlyMap<number, number>> {
  const { partitions, recording } = trial
  const ends = new Map(partitions.map((partition) => [partition, source.numbers.get(partition)?.length ?? 0]))
  for (let sent = 0; sent < count; sent++) {
    const partition = source.sent % partitions.length
    ends.set(partition, (ends.get(partition) ?? 0) + 1)
    trial.send(source, { partition, timestamp: FIRST_TIMESTAMP + source.sent })
  }
  recording.tell(
    'producer',
    'send',
    `sends ${counted(count, 'record')} to ${counted(partitions.length, 'partition')} in turn`,
  )
  await trial.cluster.run(source.producer.flush())
  await trial.settled()
  recording.tell('producer', 'acknowledged', `has ${counted(count, 'record')} acknowledged`)
  return ends
}

/** Waits until the group has committed these offsets. */
export async function untilCommitted(group: TrialGroup, ends: ReadonlyMap<number, number>): Promise<void> {
  await group.until(async () => {
    const committed = await group.committed()
    return [...ends].every(([partition, offset]) => offset === 0 || committed.get(partition) === offset)
  }, `group ${group.name} has committed everything`)
}
