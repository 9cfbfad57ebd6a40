import { counted } from '../../base/words.js'
import type { Experiment, LabConfig, RunOutcome } from './experiment.js'
import { runGroups } from './group-run.js'
import { rangeInWords } from './group-words.js'
import type { LabHost } from './lab-host.js'
import { checkTakeOver, type TakenOver, takeOver } from './taken-over.js'

/** The shape of all experiments with a group that a member falls out of. */
export const GROUP_SHAPE = {
  brokers: '1',
  'replication.factor': '1',
  partitions: '2',
  'max.poll.records': '4',
  'session.timeout.ms': '500',
} as const

/** Shows that a commit fails because the group has gone on, and that what it was to cover is read again. */
export const rebalanceRedelivers: Experiment = {
  name: 'rebalance-redelivers',
  claim:
    'When a group rebalances without a member, the commit of that member fails with a CommitFailedError, and the records that it was to ' +
    'cover are read again, at the same offsets, by the next owner of the partition. Nothing is lost.',
  explanation: [
    'Member a of a group reads alone, handles a few records at a time, and commits behind them. In the middle of such a call it is cut off ' +
      'from its coordinator. Member b joins. The coordinator hears nothing of a for session.timeout.ms, takes it out of the group, and ' +
      'begins the next generation with b alone. b begins at the committed offsets, so it is handed what a is still at work on.',
    'Then a can be reached again, and knows nothing of all that. It finishes its records and commits them, in the name of a generation that ' +
      'is over. The coordinator refuses: only the present owner of a partition may say how far it is read. a hears so, gives up its ' +
      'partitions as lost, and joins again as a new member.',
    'An offset is committed after its records are handled, so there is always a time in which they are handled and not committed. Whoever ' +
      'is expelled in that time has handled them in vain or for the first of two times: at least once is all that a group promises. See ' +
      'idempotent-handler for what makes that harmless.',
  ].join('\n\n'),
  records: 20,
  shrinks: ['records'],
  cells: ['range', 'cooperative-sticky'].map((strategy) => ({
    ...GROUP_SHAPE,
    'partition.assignment.strategy': strategy,
  })),
  run,
}

function run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome> {
  checkTakeOver(config)
  return runGroups(host, config, seed, async (trial) => {
    const taken = await takeOver(trial, config, seed)
    const { group, records, generation, error } = taken
    const again = againOf(taken)
    const [first] = records
    const range = {
      partition: first?.partition ?? -1,
      from: first?.offset ?? -1,
      to: (first?.offset ?? -1) + records.length,
    }
    const unhandled = config.records - group.handledCount
    return {
      groups: [group],
      broken: brokenBy(taken, again.length, unhandled),
      says:
        `Member a was handed ${rangeInWords(range)} in generation ${generation}, and its commit behind the last of them was refused with ${error}. ` +
        `Member b was handed the same in generation ${again[0]?.generation ?? '?'}. So ${counted(group.redelivered.length, 'record')} ` +
        `${group.redelivered.length === 1 ? 'was' : 'were'} read twice, and ${unhandled === 0 ? 'nothing' : counted(unhandled, 'record')} is lost.`,
      facts: {
        'commit refused with': error,
        offsets: `${range.from} to ${range.to - 1} of ${range.partition}`,
        'in generations': `${generation}, then ${again[0]?.generation ?? '?'}`,
        'read twice': group.redelivered.length,
      },
    }
  })
}

/** The records of the call that were handed out to `b`, one by one. */
function againOf({ group, records }: TakenOver): readonly { readonly offset: number; readonly generation: number }[] {
  const ofB = group.story.handedOut.filter(({ member, isAgain }) => member === 'b' && isAgain)
  return records.flatMap(({ partition, offset }) => {
    const found = ofB.find((one) => one.partition === partition && one.from <= offset && offset < one.to)
    return found === undefined ? [] : [{ offset, generation: found.generation }]
  })
}

function brokenBy({ records, error }: TakenOver, again: number, unhandled: number): string | null {
  if (error === 'NONE') return 'the commit of an expelled member was taken'
  if (again < records.length)
    return `${counted(records.length - again, 'record')} of a refused commit not handed out again`
  return unhandled === 0 ? null : `${counted(unhandled, 'record')} never handled`
}
