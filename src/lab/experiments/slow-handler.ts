import { deferred } from '../../base/deferred.js'
import { counted, grouped } from '../../base/words.js'
import { type Experiment, type LabConfig, RefusedError, type RunOutcome } from './experiment.js'
import { checkCommitsByHand, runGroups, sendInTurn, untilCommitted } from './group-run.js'
import type { LabHost } from './lab-host.js'
import type { Trial } from './trial.js'
import { LONG_SESSION, TrialGroup } from './trial-group.js'
import type { Handler, HandlerCall } from './trial-member.js'

const SHAPE = { brokers: '1', 'replication.factor': '1', partitions: '2' } as const
/** The work of the slow handler with each record. */
const WORK_MS = 200
/** More records would be waited for longer than anything is. */
const RECORDS_MAX = 100

/** Shows what a handler leads to that does not come back for records in time, and what helps. */
export const slowHandlerIsExpelled: Experiment = {
  name: 'slow-handler-is-expelled',
  claim:
    'A member whose handler is at work for longer than max.poll.interval.ms is expelled: another member gets its partitions, its commit is ' +
    'refused with a CommitFailedError, and its records are read again. With a smaller max.poll.records or a longer interval, the same ' +
    'handler stays in the group, and nothing is read twice.',
  explanation: [
    `Members a and b have a partition each. a handles its records one after the other, ${WORK_MS} ms each, and commits behind those of one ` +
      'poll. Its heartbeats go on all the while, for its thread sends them. But they only say that the thread lives. max.poll.interval.ms is ' +
      'for what they do not say: that the application comes back for more. When it has not done so in time, the thread leaves the group for it.',
    'The next generation begins with b alone. b gets the partition of a as well, begins at the committed offset, and reads what a is still at ' +
      'work on. When a has done its work its commit is refused, it hears that its partition is lost, and it joins again with its next poll. If ' +
      'all members were that slow, none would ever commit, and the same records would go round for ever.',
    'Two settings help. max.poll.records cuts the work between two polls into smaller pieces. A longer max.poll.interval.ms allows for the ' +
      'whole of it, at a price: a rebalance waits that long for a member that hangs.',
  ].join('\n\n'),
  records: 20,
  cells: [
    { ...SHAPE, 'max.poll.records': '10', 'max.poll.interval.ms': '1500' },
    { ...SHAPE, 'max.poll.records': '1', 'max.poll.interval.ms': '1500' },
    { ...SHAPE, 'max.poll.records': '10', 'max.poll.interval.ms': '60000' },
  ],
  run,
}

/** Throws a RefusedError where a call could be slower than the interval, but for too few records. */
function checkIsSlow({ workload: { options, partitions }, records }: LabConfig): void {
  const perCall = Number(options['max.poll.records'] ?? RECORDS_MAX)
  const intervalMs = Number(options['max.poll.interval.ms'] ?? INTERVAL_MS)
  const perPartition = Math.ceil(records / partitions)
  if (perCall * WORK_MS <= intervalMs || perPartition * WORK_MS > intervalMs) return
  throw new RefusedError(
    `Cannot show it with ${counted(records, 'record')}: a partition has ${perPartition} of them, and the work on those is over ` +
      `within max.poll.interval.ms, ${grouped(intervalMs)} ms`,
  )
}

interface Seen {
  readonly intervalMs: number
  /** Milliseconds of the longest call of the slow handler. */
  readonly longestCallMs: number
  /** The longest time from one call of it to the next, or to its end; with what a rebalance took in between. */
  readonly longestPollMs: number
  readonly isExpelled: boolean
  /** What commits of the slow member were answered with that were refused. */
  readonly refusals: readonly string[]
  readonly redelivered: number
  readonly unhandled: number
}

function run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome> {
  checkCommitsByHand(config)
  if (config.workload.partitions < 2)
    throw new RefusedError('Cannot show it with 1 partition: each of the two members needs one')
  if (config.records > RECORDS_MAX)
    throw new RefusedError(
      `Cannot show it with ${counted(config.records, 'record')}: there may be ${RECORDS_MAX}, for each takes its time`,
    )
  checkIsSlow(config)
  return runGroups(host, config, seed, async (trial) => {
    const group = new TrialGroup(trial, 'kitchen', { 'enable.auto.commit': false })
    const seen = await handleSlowly(trial, group, config)
    return {
      groups: [group],
      broken: brokenBy(seen),
      says: wordsOf(seen),
      facts: {
        'longest call, ms': grouped(Math.round(seen.longestCallMs)),
        expelled: seen.isExpelled ? 'yes' : 'no',
        'commit refused with': seen.refusals[0] ?? '',
        'read twice': seen.redelivered,
      },
    }
  })
}

/**
 * A call that has taken longer than the interval goes on until the group has gone on without its member. So the order
 * of events is the same on a machine of any speed.
 */
async function handleSlowly(trial: Trial, group: TrialGroup, { workload, records }: LabConfig): Promise<Seen> {
  const { cluster } = trial
  const intervalMs = Number(workload.options['max.poll.interval.ms'] ?? INTERVAL_MS)
  const isOver = deferred<void>()
  const begins: number[] = []
  const calls: number[] = []
  const slowly = async ({ member, partition, records: handed }: HandlerCall): Promise<void> => {
    const began = cluster.now()
    begins.push(began)
    member.noteStall('stalls', `is at work on ${counted(handed.length, 'record')}, ${WORK_MS} ms each`)
    for (const record of handed) {
      await cluster.sleep(WORK_MS)
      member.handle(record)
    }
    if (cluster.now() - began > intervalMs) await isOver.promise
    calls.push(cluster.now() - began)
    member.noteStall('goes-on', 'has done its work')
    await member.commit(partition, endOf(handed))
  }

  await group.start('a', slowly)
  await group.untilSettled('a')
  await group.start('b', quickly, LONG_SESSION)
  await group.untilSettled('a', 'b')
  // Each partition gets its records in one batch, so that one poll may hand out all of them.
  const ends = await sendInTurn(trial, trial.source({ 'linger.ms': LINGER_MS }), records)
  await group.until(async () => {
    await group.view()
    const committed = await group.committed()
    return [...ends].every(([partition, end]) => (committed.get(partition) ?? 0) === end)
  }, 'everything is committed')
  isOver.resolve()
  await group.untilSettled('a', 'b')
  await untilCommitted(group, ends)

  const { members, commits } = group.story
  const gaps = begins.map((began, index) => (begins[index + 1] ?? began + (calls[index] ?? 0)) - began)
  return {
    intervalMs,
    longestCallMs: Math.max(-1, ...calls),
    longestPollMs: Math.max(...gaps),
    isExpelled: members.some(({ member, expelledMs }) => member === 'a' && expelledMs.length > 0),
    refusals: commits.flatMap(({ member, error }) => (member === 'a' && error !== 'NONE' ? [error] : [])),
    redelivered: group.redelivered.length,
    unhandled: records - group.handledCount,
  }
}

/** Kafka's default of max.poll.interval.ms. */
const INTERVAL_MS = 300_000
/** More than it takes to send the records, which are flushed then. */
const LINGER_MS = 10_000

const quickly: Handler = async ({ member, partition, records }) => {
  member.handle(...records)
  await member.commit(partition, endOf(records))
}

const endOf = (records: HandlerCall['records']): number => (records.at(-1)?.offset ?? -1) + 1

function brokenBy(seen: Seen): string | null {
  const { intervalMs, isExpelled, refusals, redelivered, unhandled } = seen
  const longest = `${grouped(Math.round(seen.longestCallMs))} ms, with max.poll.interval.ms=${intervalMs}`
  if (seen.longestCallMs < 0) return 'the slow member was handed nothing'
  if (unhandled > 0) return `${counted(unhandled, 'record')} never handled`
  if (seen.longestCallMs > intervalMs) {
    if (!isExpelled) return `a handler was at work for ${longest}, and its member was not expelled`
    if (refusals.length === 0) return 'the commit of an expelled member was taken'
    return redelivered === 0 ? 'no record of an expelled member was read again' : null
  }
  // What the machine adds between two polls counts as well.
  if (seen.longestPollMs > intervalMs) return null
  if (isExpelled) return `a handler was at work for ${longest}, and its member was expelled`
  if (refusals.length > 0) return `a commit was refused with ${refusals[0]}`
  return redelivered > 0 ? `${counted(redelivered, 'record')} read twice` : null
}

function wordsOf({ intervalMs, longestCallMs, isExpelled, refusals, redelivered }: Seen): string {
  const longest =
    `The longest call of a's handler took ${grouped(Math.round(longestCallMs))} ms, and max.poll.interval.ms allows for ` +
    `${grouped(intervalMs)} ms`
  if (!isExpelled) return `${longest}: a stayed, and nothing was read twice.`
  return (
    `${longest}: a was expelled, its commit was refused with ${refusals[0] ?? 'nothing'}, ` +
    `and b read ${counted(redelivered, 'record')} again.`
  )
}
