import { deferred } from '../../base/deferred.js'
import { type Random, seededRandom } from '../../base/random.js'
import { counted } from '../../base/words.js'
import { type Experiment, type LabConfig, RefusedError, type RunOutcome } from './experiment.js'
import { runGroups, sendInTurn, untilCommitted } from './group-run.js'
import type { LabHost } from './lab-host.js'
import type { Trial } from './trial.js'
import { TrialGroup } from './trial-group.js'
import type { HandedRecord, Handler } from './trial-member.js'

const SHAPE = {
  brokers: '1',
  'replication.factor': '1',
  partitions: '2',
  'max.poll.records': '4',
  'auto.commit.interval.ms': '100',
} as const

/** Shows what becomes of records when a member dies, by who commits and when. */
export const autoCommitLosesOrRepeats: Experiment = {
  name: 'auto-commit-loses-or-repeats',
  claim:
    'With auto-commit, the crash of a member repeats what it has handled since the last commit. A handler that passes its work on and ' +
    'returns loses what is not done by then, for auto-commit counts it as done. A handler that commits by itself what is done loses ' +
    'nothing, in order or not: it only repeats.',
  explanation: [
    'Auto-commit commits the position of a member every auto.commit.interval.ms: all records of calls that have returned. It asks nobody ' +
      'whether the work is done.',
    'Group in-order handles records in the call itself. Its member dies in the middle of a call: the thread ends, and with it whatever ' +
      'it was at. The calls before have been committed, this one has not, so the next member is handed all of its records again, those ' +
      'too that had been handled.',
    'Group passed-on puts records on a list and returns; somebody else works that list off, and not in its order. With auto-commit the ' +
      'positions run ahead of the work. When the member dies, its list dies with it. The next member begins behind the committed offsets: ' +
      'what was on the list and not done is never handled by anybody, though the log still has it.',
    'With enable.auto.commit=false both handlers commit by themselves, up to the first record that is not done. What is done behind that ' +
      'record is repeated after a crash, and nothing is lost. So: commit behind the work, and make a repetition harmless ' +
      '(see idempotent-handler).',
  ].join('\n\n'),
  records: 20,
  shrinks: ['records'],
  cells: [
    { ...SHAPE, 'enable.auto.commit': 'true' },
    { ...SHAPE, 'enable.auto.commit': 'false' },
  ],
  run,
}

/** What the crash of a member has led to. */
interface Crash {
  readonly group: TrialGroup
  /** Records that were handled twice. */
  readonly repeated: number
  /** Records that nobody has handled. */
  readonly lost: number
  /** Records that the member had handled and not committed. */
  readonly uncommitted: number
  /** Records that the member had been handed, and had not handled. */
  readonly undone: number
}

interface Given {
  readonly trial: Trial
  readonly ends: ReadonlyMap<number, number>
  readonly records: number
  readonly isAuto: boolean
  readonly chance: Random
}

function run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome> {
  const { workload, records } = config
  if (records < workload.partitions * 2)
    throw new RefusedError(`Cannot show it with ${counted(records, 'record')}: each partition needs at least 2`)
  const isAuto = workload.options['enable.auto.commit'] !== false
  return runGroups(host, config, seed, async (trial) => {
    const ends = await sendInTurn(trial, trial.source(), records)
    const chance = seededRandom(`crash ${seed}`)
    const given = { trial, ends, records, isAuto, chance }
    const inOrder = await crashInOrder(given)
    const passedOn = await crashPassedOn(given)
    return {
      groups: [inOrder.group, passedOn.group],
      broken: brokenBy(inOrder, passedOn, isAuto),
      says: wordsOf(inOrder, passedOn, isAuto),
      facts: {
        'in order, twice': inOrder.repeated,
        'in order, never': inOrder.lost,
        'passed on, twice': passedOn.repeated,
        'passed on, never': passedOn.lost,
      },
    }
  })
}

/** The member dies in the middle of its second call, when what it did in the first is committed. */
async function crashInOrder({ trial, ends, records, isAuto, chance }: Given): Promise<Crash> {
  const group = new TrialGroup(trial, 'in-order')
  const isInTheMiddle = deferred<void>()
  const never = deferred<void>()
  const share = chance.next()
  const finished = new Map<number, number>()
  let uncommitted = 0
  let undone = 0
  const a = await group.start('a', async ({ member, partition, records: handed }) => {
    if (finished.size === 0) {
      member.handle(...handed)
      finished.set(partition, endOf(handed))
      if (!isAuto) await member.commit(partition, endOf(handed))
      return
    }
    uncommitted = Math.max(1, Math.floor(handed.length * share))
    undone = handed.length - uncommitted
    member.handle(...handed.slice(0, uncommitted))
    isInTheMiddle.resolve()
    await never.promise
  })
  await group.come(isInTheMiddle.promise)
  await untilCommitted(group, finished)
  await a.die('dies in the middle of its records')
  return takeUp(group, { ends, records, isAuto, uncommitted, undone })
}

/** The member dies when all records were handed to it, and most of them are done. */
async function crashPassedOn({ trial, ends, records, isAuto, chance }: Given): Promise<Crash> {
  const group = new TrialGroup(trial, 'passed-on')
  // Nobody comes to these before the crash; there are records behind them that are done.
  const late = new Set([chance.below(Math.ceil(records / 2)), chance.below(Math.ceil(records / 2))])
  const handedOut: HandedRecord[] = []
  const isLate = ({ number }: HandedRecord): boolean => late.has(number)
  const firstUndone = (partition: number): number => {
    const ofPartition = handedOut.filter((record) => record.partition === partition)
    return ofPartition.find(isLate)?.offset ?? endOf(ofPartition)
  }
  const a = await group.start('a', async ({ member, partition, records: handed }) => {
    handedOut.push(...handed)
    member.handle(...handed.filter((record) => !isLate(record)))
    const done = firstUndone(partition)
    if (!isAuto && done > 0) await member.commit(partition, done)
  })
  await group.until(() => handedOut.length >= records, 'everything is handed out')
  const expected = isAuto ? ends : new Map([...ends.keys()].map((partition) => [partition, firstUndone(partition)]))
  await untilCommitted(group, expected)
  const undone = handedOut.filter(isLate).length
  const uncommitted = handedOut.filter((one) => !isLate(one) && one.offset >= (expected.get(one.partition) ?? 0)).length
  await a.die(`dies with ${counted(undone, 'record')} on its list`)
  return takeUp(group, { ends, records, isAuto, uncommitted, undone })
}

type Left = Pick<Given, 'ends' | 'records' | 'isAuto'> & Pick<Crash, 'uncommitted' | 'undone'>

/** Another member reads on, and leaves when everything is committed. */
async function takeUp(group: TrialGroup, { ends, records, isAuto, uncommitted, undone }: Left): Promise<Crash> {
  const readsOn: Handler = async ({ member, partition, records: handed }) => {
    member.handle(...handed)
    if (!isAuto) await member.commit(partition, endOf(handed))
  }
  const b = await group.start('b', readsOn)
  await group.untilSettled('b')
  await untilCommitted(group, ends)
  await b.close()
  const lost = records - group.handledCount
  return { group, repeated: group.handledAgainCount, lost, uncommitted, undone }
}

const endOf = (records: readonly HandedRecord[]): number => (records.at(-1)?.offset ?? -1) + 1

function brokenBy(inOrder: Crash, passedOn: Crash, isAuto: boolean): string | null {
  for (const { group, repeated, uncommitted } of [inOrder, passedOn])
    if (repeated < uncommitted)
      return `group ${group.name} has handled ${counted(repeated, 'record')} twice, and ${uncommitted} were not committed`
  if (inOrder.repeated === 0) return 'no record was repeated, so that nothing is shown'
  if (inOrder.lost > 0) return `group ${inOrder.group.name} has never handled ${counted(inOrder.lost, 'record')}`
  const expected = isAuto ? passedOn.undone : 0
  if (passedOn.lost === expected) return null
  return `group ${passedOn.group.name} has never handled ${counted(passedOn.lost, 'record')}, and not ${expected}`
}

function wordsOf(inOrder: Crash, passedOn: Crash, isAuto: boolean): string {
  const crash =
    `In order, ${counted(inOrder.uncommitted, 'record')} ${inOrder.uncommitted === 1 ? 'was' : 'were'} handled and not committed when ` +
    `the member died: handled twice ${inOrder.repeated}, never ${inOrder.lost}.`
  const why = isAuto
    ? `Auto-commit had counted all of them as done: never handled ${passedOn.lost}.`
    : `The handler had committed up to the first of them: never handled ${passedOn.lost}, twice ${passedOn.repeated}.`
  return `${crash} Passed on, ${counted(passedOn.undone, 'record')} ${passedOn.undone === 1 ? 'was' : 'were'} still to be done when the member died. ${why}`
}
