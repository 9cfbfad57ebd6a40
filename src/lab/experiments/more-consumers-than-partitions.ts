import { seededRandom } from '../../base/random.js'
import { counted } from '../../base/words.js'
import { threeDigits } from '../numbers.js'
import { type Experiment, type LabConfig, RefusedError, type RunOutcome } from './experiment.js'
import { type GroupFindings, runGroups, sendInTurn, untilCommitted } from './group-run.js'
import type { LabHost } from './lab-host.js'
import { strayHandOut } from './rebalance-stops.js'
import type { Source, Trial } from './trial.js'
import { TrialGroup } from './trial-group.js'
import type { Handler, TrialMember } from './trial-member.js'

/** Members beyond one for each partition: one steps in for a member that leaves, one for a member that dies. */
const SPARE = 2
/** The most partitions; each member has a thread of its own. */
const PARTITIONS_MAX = 8
const NAMES = 'abcdefghij'

/** Shows members that have nothing to read, and how they step in. */
export const moreConsumersThanPartitions: Experiment = {
  name: 'more-consumers-than-partitions',
  claim:
    'A partition has one reader in a group, so a group with more members than partitions has members that read nothing. When a member ' +
    'that reads leaves or dies, one of those takes its place, at the committed offset: nothing is lost, and nothing that was committed ' +
    'is read again.',
  explanation: [
    `A group has ${SPARE === 2 ? 'two' : SPARE} more members than the topic has partitions. Records are sent to all partitions, and each ` +
      'member commits what it has handled. Then a member that reads leaves, with close(). More records are sent. Then the thread of ' +
      'another one that reads is killed, and more records are sent again.',
    'An assignor gives each partition to exactly one member, since the order of a partition is the order in which one reader reads it. ' +
      'So the number of partitions is the most readers that a group can have. Members beyond it join, send their heartbeats, and are ' +
      'given nothing: they make nothing faster. To read with more members, make more partitions.',
    'They are not useless: each of them is a reader that has started already. When a reader is gone, the group rebalances, and one ' +
      'of them is told a partition and where to begin. A member that leaves says so at once. The end of a thread is seen by the ' +
      'cluster, which makes the member leave; where it cannot be seen, as with a process that is lost, session.timeout.ms must pass ' +
      'first. With range or another eager assignor all members stop for each of these rebalances, whether they lose anything or not: ' +
      'see cooperative-against-eager.',
  ].join('\n\n'),
  records: 12,
  shrinks: ['records'],
  cells: ['1', '3'].flatMap((partitions) =>
    ['range', 'cooperative-sticky'].map((strategy) => ({
      brokers: '1',
      'replication.factor': '1',
      partitions,
      'partition.assignment.strategy': strategy,
    })),
  ),
  run,
}

function run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome> {
  const { partitions } = config.workload
  if (partitions > PARTITIONS_MAX)
    throw new RefusedError(`Cannot set partitions to ${partitions}: it must be at most ${PARTITIONS_MAX} here`)
  return runGroups(host, config, seed, (trial) => replaceReaders(trial, config, seed))
}

async function replaceReaders(trial: Trial, config: LabConfig, seed: number): Promise<GroupFindings> {
  const chance = seededRandom(`more consumers ${seed}`)
  const group = new TrialGroup(trial, 'kitchen', { 'enable.auto.commit': false })
  const source = trial.source()
  for (const name of NAMES.slice(0, config.workload.partitions + SPARE)) await group.start(name, COMMITS_ALL)
  const read = (): Promise<Readers> => readAll(group, source, config.records)

  const first = await read()
  const leaving = chance.pick(first.readers)
  await leaving.close()
  const second = await read()
  const dying = chance.pick(second.readers)
  await dying.die('its thread ends')
  const third = await read()
  trial.recording.tell('consumer', 'read', 'all records are read and committed')

  const replacements = [
    { gone: leaving, ...replacementOf(group, leaving, first, second) },
    { gone: dying, ...replacementOf(group, dying, second, third) },
  ]
  const unhandled = source.sent - group.handledCount
  const named = (members: readonly TrialMember[]): string => members.map(({ name }) => name).join(', ')
  const [left, died] = replacements
  return {
    groups: [group],
    broken: brokenBy(group, [first, second, third], config, unhandled),
    says:
      `Of ${counted(group.members.length, 'member')} ${first.readers.length} read, and ${named(first.idle)} had nothing. ` +
      `When ${leaving.name} left, ${left?.by} took its place after ${left?.after}; when ${dying.name} died, ${died?.by} did, ` +
      `after ${died?.after}. ${unhandled === 0 ? 'Nothing' : counted(unhandled, 'record')} is lost, and ` +
      `${group.redelivered.length === 0 ? 'nothing' : counted(group.redelivered.length, 'record')} was read twice.`,
    facts: {
      members: group.members.length,
      'with a partition': first.readers.length,
      'without one': first.idle.length,
      'for the one that leaves': `${leaving.name} → ${left?.by}, ${left?.after}`,
      'for the one that dies': `${dying.name} → ${died?.by}, ${died?.after}`,
      'read twice': group.redelivered.length,
    },
  }
}

const COMMITS_ALL: Handler = async ({ member, partition, records }) => {
  member.handle(...records)
  await member.commit(partition, (records.at(-1)?.offset ?? -1) + 1)
}

interface Readers {
  readonly readers: readonly TrialMember[]
  readonly idle: readonly TrialMember[]
}

/** Waits until the members that are there have shared the partitions, and have read and committed more records. */
async function readAll(group: TrialGroup, source: Source, records: number): Promise<Readers> {
  const present = group.members.filter(({ isOver }) => !isOver)
  await group.untilSettled(...present.map(({ name }) => name))
  const ends = await sendInTurn(group.trial, source, records)
  await untilCommitted(group, ends)
  return {
    readers: present.filter(({ owned }) => owned.size > 0),
    idle: present.filter(({ owned }) => owned.size === 0),
  }
}

/** Returns who has taken the place of a member, and how long nobody read what it had. */
function replacementOf(group: TrialGroup, gone: TrialMember, before: Readers, after: Readers) {
  const by = after.readers.filter((member) => before.idle.includes(member)).map(({ name }) => name)
  const { owned } = group.story
  const last = owned.findLast(({ member }) => member === gone.name)
  const next = owned.find(({ partition, fromMs }) => partition === last?.partition && fromMs >= (last?.untilMs ?? 0))
  const ms = next === undefined || last === undefined ? null : next.fromMs - last.untilMs
  return { by: by.join(', ') || 'nobody', after: ms === null ? 'for ever' : `${threeDigits(ms)} ms` }
}

function brokenBy(
  { story, redelivered }: TrialGroup,
  phases: readonly Readers[],
  { workload }: LabConfig,
  unhandled: number,
): string | null {
  for (const [index, { readers, idle }] of phases.entries()) {
    if (readers.length !== workload.partitions)
      return `${counted(readers.length, 'member')} read ${counted(workload.partitions, 'partition')}`
    if (idle.length !== SPARE - index) return `${counted(idle.length, 'member')} had nothing, and not ${SPARE - index}`
  }
  const stray = strayHandOut(story)
  if (stray !== null) return stray
  if (redelivered.length > 0) return `${counted(redelivered.length, 'committed record')} read again`
  return unhandled === 0 ? null : `${counted(unhandled, 'record')} never handled`
}
