import { deferred } from '../../base/deferred.js'
import { seededRandom } from '../../base/random.js'
import { counted } from '../../base/words.js'
import { type LabConfig, RefusedError } from './experiment.js'
import { checkCommitsByHand, sendInTurn, untilCommitted } from './group-run.js'
import type { Trial } from './trial.js'
import { LONG_SESSION, TrialGroup } from './trial-group.js'
import type { HandedRecord, HandlerCall, TrialMember } from './trial-member.js'

/** The records of the call in which a member was taken over, and what became of its commit. */
export interface TakenOver {
  readonly group: TrialGroup
  readonly records: readonly HandedRecord[]
  /** The generation in which the member was handed them. */
  readonly generation: number
  /** The answer to its commit. */
  readonly error: string
}

/** The longest session of the member that is cut off. */
const SESSION_MS_MAX = 20_000

/** Throws a RefusedError for options with which nobody is taken over. */
export function checkTakeOver(config: LabConfig): void {
  checkCommitsByHand(config)
  const { workload, records } = config
  if (records < workload.partitions * 2)
    throw new RefusedError(`Cannot show it with ${counted(records, 'record')}: each partition needs at least 2`)
  const session = Number(workload.options['session.timeout.ms'] ?? 0)
  if (session <= SESSION_MS_MAX) return
  throw new RefusedError(
    `Cannot set session.timeout.ms to ${session}: it must be at most ${SESSION_MS_MAX} here, for its end is waited for`,
  )
}

/** Handles records; by default each time that they are handed out. */
export type Handles = (member: TrialMember, records: readonly HandedRecord[]) => void

/** The calls of the handler among which the one is that is cut off. */
const CALLS_MAX = 3
/**
 * Member `a` reads alone, and commits after each call of its handler. In the middle of one call it is cut off from its
 * coordinator, until its session has ended and member `b` has read and committed everything. Then it can be reached
 * again, handles the rest of that call, and commits.
 *
 *     a  | 0 1 2 3 ✓ | 4 5 ······················· 6 7 ✗ |  joins again
 *     b              |        joins | 4 5 6 7 8 9 ✓ |
 *
 * Each step waits for what the one before has led to. If the machine is so slow that `a` loses its session earlier, the
 * steps are the same.
 */
export async function takeOver(
  trial: Trial,
  config: LabConfig,
  seed: number,
  handles: Handles = (member, handed) => member.handle(...handed),
): Promise<TakenOver> {
  const { workload, records } = config
  const perCall = Number(workload.options['max.poll.records'] ?? 500)
  const calls = Math.ceil(records / perCall)
  const chance = seededRandom(`taken over ${seed}`)
  const cutAt = 1 + chance.below(Math.min(CALLS_MAX, calls))
  const share = chance.next()

  const { cluster, recording } = trial
  const source = trial.source()
  const ends = await sendInTurn(trial, source, records)
  const group = new TrialGroup(trial, 'kitchen', { 'enable.auto.commit': false })
  const isCutOff = deferred<HandlerCall>()
  const goesOn = deferred<void>()
  const answer = deferred<string>()

  let count = 0
  const a = await group.start('a', async (call) => {
    const { member, partition, records: handed } = call
    count += 1
    const before = count === cutAt ? Math.max(1, Math.floor(handed.length * share)) : handed.length
    handles(member, handed.slice(0, before))
    const isCut = count === cutAt
    if (isCut) {
      isCutOff.resolve(call)
      await goesOn.promise
      handles(member, handed.slice(before))
    }
    const error = await member.commit(partition, endOf(handed))
    if (isCut) answer.resolve(error)
  })
  const cut = await group.come(isCutOff.promise)
  const { generation } = a
  const { coordinator } = await cluster.run(a.consumer.describe())
  await cluster.run(cluster.doors.cutLink(a.address ?? 'consumer-0', coordinator))
  a.noteStall('stalls', `is cut off from its coordinator, broker-${coordinator}, in the middle of its records`)

  const commitsAll = async ({ member, partition, records: handed }: HandlerCall): Promise<void> => {
    handles(member, handed)
    await member.commit(partition, endOf(handed))
  }
  await group.start('b', commitsAll, LONG_SESSION)
  await group.untilView(({ members }) => !members.has('a') && members.has('b'), 'a is out of the group')
  await untilCommitted(group, ends)

  await cluster.run(cluster.doors.healLink(a.address ?? 'consumer-0', coordinator))
  a.noteStall('goes-on', 'can reach its coordinator again, and goes on with its records')
  goesOn.resolve()
  const error = await group.come(answer.promise)
  await group.untilSettled('a', 'b')
  await untilCommitted(group, ends)
  recording.tell('consumer', 'read', 'all records are read and committed')
  return { group, records: cut.records, generation, error }
}

const endOf = (records: readonly HandedRecord[]): number => (records.at(-1)?.offset ?? -1) + 1
