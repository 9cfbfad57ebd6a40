import { deferred } from '../../base/deferred.js'
import { counted } from '../../base/words.js'
import { threeDigits } from '../numbers.js'
import { type Experiment, type LabConfig, RefusedError, type RunOutcome } from './experiment.js'
import { type GroupFindings, runGroups } from './group-run.js'
import type { LabHost } from './lab-host.js'
import { type Rebalance, rebalanceWithin, strayHandOut } from './rebalance-stops.js'
import { SteadyLoad } from './steady-load.js'
import type { Trial } from './trial.js'
import { TrialGroup } from './trial-group.js'
import type { Handler, TrialMember } from './trial-member.js'

const EVERY_MS = 4
/** Milliseconds of a record's way when nobody waits: the simulation holds each of its hops up for a while. */
const WAY_MS_MAX = 25
/** The most partitions: twice the members and one more, and each member has a thread of its own. */
const PARTITIONS_MAX = 11
const NAMES = 'abcdef'

/** Shows who stops reading while a group rebalances, and for how long. */
export const cooperativeAgainstEager: Experiment = {
  name: 'cooperative-against-eager',
  claim:
    'In an eager rebalance every member gives up all its partitions and reads nothing until the slowest member has joined again, ' +
    'whether it loses anything or not. In a cooperative one a member gives up only what it loses: who loses nothing goes on reading all ' +
    'the while. Nothing is lost either way, and nothing is read twice.',
  explanation: [
    'A group has twice as many partitions as members, and one more, so one member has three of them. Records are sent to all partitions ' +
      `every ${EVERY_MS} ms. That member is slow: its handler is at work on one call. Then another member joins. It is to get one ` +
      'partition, of the member that has three; the others have two and keep them. When records have come for a while, the slow call ' +
      'ends and the rebalance can. At last the new member leaves, and its partition goes to one of the others.',
    'With range, roundrobin or sticky, members hear by their next heartbeat that the group rebalances, commit, give up everything, and ' +
      'join again. The coordinator waits for all of them, and only then is anybody told its partitions. A member that is in the middle ' +
      'of a call cannot give anything up before it returns, and so it holds up everybody: see the bands of those that have nothing, and ' +
      'how long nobody reads each partition. sticky gives most partitions back to those who had them. They stop all the same.',
    'With cooperative-sticky a member joins with what it has, and keeps reading. What has to move is given up by its owner alone, and a ' +
      'second rebalance gives it to the new owner, so nobody else notices either of them. Only the partition that moves is without a ' +
      'reader in between. All members of a group must use the same protocol: change a running group in two steps, by offering both.',
  ].join('\n\n'),
  records: 10,
  shrinks: ['records'],
  cells: ['range', 'sticky', 'cooperative-sticky'].map((strategy) => ({
    brokers: '1',
    'replication.factor': '1',
    partitions: '5',
    'partition.assignment.strategy': strategy,
  })),
  run,
}

function run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome> {
  const { partitions } = config.workload
  if (partitions % 2 === 0 || partitions < 5 || partitions > PARTITIONS_MAX)
    throw new RefusedError(
      `Cannot set partitions to ${partitions}: it must be 5, 7, 9 or 11, so that one member has three and all others have two`,
    )
  return runGroups(host, config, seed, (trial) => joinAndLeave(trial, config, host))
}

async function joinAndLeave(trial: Trial, config: LabConfig, host: LabHost): Promise<GroupFindings> {
  const { workload, records } = config
  const cooperates = isCooperative(config)
  const names = [...NAMES.slice(0, (workload.partitions - 1) / 2)]
  const group = new TrialGroup(trial, 'kitchen')
  const slow = new SlowCall()
  for (const name of names) await group.start(name, slow.handler)
  await group.untilSettled(...names)
  const load = new SteadyLoad(trial, trial.source(), EVERY_MS)
  await slow.untilHanded(group, group.members, 1)

  const busy = group.members.find(({ owned }) => owned.size > 2) as TrialMember
  const others = group.members.filter((member) => member !== busy)
  await trial.cluster.run(slow.begin(busy))
  busy.noteStall('stalls', 'is at work on one call for long')
  const joining = { fromMs: trial.recording.nowMs }
  const newcomer = await group.start(NAMES[names.length] as string, slow.handler)
  await group.untilView(
    ({ state, members }) => state !== 'Stable' || members.size > names.length,
    'the group rebalances',
  )
  // The rebalance cannot end yet. The others give up what they have, or are handed more of it.
  await slow.untilHanded(group, others, records)
  await untilSent(group, load, records)
  slow.end()
  busy.noteStall('goes-on', 'has handled its call, and goes on')
  await group.untilSettled(...names, newcomer.name)
  await slow.untilHanded(group, group.members, records)
  const joined = { ...joining, untilMs: trial.recording.nowMs }

  const leaving = { fromMs: trial.recording.nowMs }
  await newcomer.close()
  await group.untilSettled(...names)
  await slow.untilHanded(group, [busy, ...others], records)
  const left = { ...leaving, untilMs: trial.recording.nowMs }
  await load.stop()
  await group.until(() => group.handledCount >= load.source.sent, 'everything is read')
  trial.recording.tell('consumer', 'read', 'all records are read')

  const { story } = group
  const seen: Seen = {
    group,
    others: others.map(({ name }) => name),
    join: rebalanceWithin(story, names, joined),
    leave: rebalanceWithin(story, names, left),
  }
  return {
    groups: [group],
    broken: brokenBy(seen, cooperates, host),
    says: wordsOf(seen),
    facts: {
      'given up for a new member': sumOf(seen.join.gaveUp),
      'members that stopped': `${seen.join.stopped.length} of ${names.length}`,
      'longest stop, ms': threeDigits(stopOf(seen)),
      'given up when it left': sumOf(seen.leave.gaveUp),
      'longest stop then, ms': threeDigits(Math.max(...seen.leave.stopMs.values())),
      'read twice': group.redelivered.length,
    },
  }
}

/** A handler that counts and handles what it is given. One call of one member lasts until `end`. */
class SlowCall {
  readonly #counts = new Map<string, number>()
  #member: TrialMember | null = null
  readonly #began = deferred<void>()
  readonly #ended = deferred<void>()

  readonly handler: Handler = async ({ member, partition, records }) => {
    const place = placeOf(member, partition)
    this.#counts.set(place, this.#countOf(place) + records.length)
    if (member === this.#member) {
      this.#began.resolve()
      await this.#ended.promise
    }
    member.handle(...records)
  }

  /** Resolves when the member is in that call. */
  begin(member: TrialMember): Promise<void> {
    this.#member = member
    return this.#began.promise
  }

  end(): void {
    this.#member = null
    this.#ended.resolve()
  }

  /** Waits until each of these members has been handed so many more records of every partition that it has then. */
  async untilHanded(group: TrialGroup, members: readonly TrialMember[], count: number): Promise<void> {
    const before = new Map(this.#counts)
    const isHanded = (place: string): boolean => this.#countOf(place) - (before.get(place) ?? 0) >= count
    await group.until(
      () => members.every((member) => [...member.owned].every((partition) => isHanded(placeOf(member, partition)))),
      `${members.map(({ name }) => name).join(', ')} are handed ${counted(count, 'more record')} of each partition`,
    )
  }

  #countOf(place: string): number {
    return this.#counts.get(place) ?? 0
  }
}

const placeOf = ({ name }: TrialMember, partition: number): string => `${name} ${partition}`

/** Waits until so many more records have been sent to each partition. */
async function untilSent(group: TrialGroup, { source }: SteadyLoad, count: number): Promise<void> {
  const until = source.sent + count * group.trial.partitions.length
  await group.until(() => source.sent >= until, `${counted(count, 'more record')} are sent to each partition`)
}

interface Seen {
  readonly group: TrialGroup
  /** The members that lose nothing. */
  readonly others: readonly string[]
  readonly join: Rebalance
  readonly leave: Rebalance
}

/** Whether all members of the group are cooperative. (`ConsumerCoordinator` is eager if any assignor is.) */
function isCooperative({ workload }: LabConfig): boolean {
  return String(workload.options['partition.assignment.strategy'] ?? '') === 'cooperative-sticky'
}

const sumOf = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((sum, one) => sum + one, 0)
const stopOf = ({ others, join }: Seen): number => Math.max(...others.map((name) => join.stopMs.get(name) ?? 0))

function brokenBy(seen: Seen, cooperates: boolean, host: LabHost): string | null {
  const { group, others, join, leave } = seen
  const stray = strayHandOut(group.story)
  if (stray !== null) return stray
  if (group.redelivered.length > 0) return `${counted(group.redelivered.length, 'record')} read twice`
  const isStopped = (name: string): boolean => (join.gaveUp.get(name) ?? 0) > 0 || join.stopped.includes(name)
  if (!cooperates) {
    const kept = sumOf(join.had) - sumOf(join.gaveUp) + sumOf(leave.had) - sumOf(leave.gaveUp)
    return kept === 0 ? null : `${counted(kept, 'partition')} not given up in an eager rebalance`
  }
  const loser = others.find(isStopped)
  if (loser !== undefined) return `member ${loser} was to lose nothing, and gave up ${join.gaveUp.get(loser)}`
  if (sumOf(leave.gaveUp) > 0) return `${counted(sumOf(leave.gaveUp), 'partition')} given up for a member that left`
  const stopMs = Math.max(stopOf(seen), ...leave.stopMs.values())
  // On threads, anybody may have to wait for a core.
  if (host.name === 'simulation' && stopMs > EVERY_MS + WAY_MS_MAX)
    return `who lost nothing was handed nothing for ${threeDigits(stopMs)} ms`
  return null
}

function wordsOf(seen: Seen): string {
  const { others, join, leave } = seen
  const gaveUp = `${sumOf(join.gaveUp)} of ${sumOf(join.had)} partitions`
  const who =
    others.length === 1
      ? `Member ${others[0]}, which loses nothing,`
      : `Members ${others.join(', ')}, which lose nothing,`
  return (
    `For a new member ${gaveUp} were given up. ${who} had ${threeDigits(stopOf(seen))} ms between two hand-outs at most. ` +
    `When the new member left, ${sumOf(leave.gaveUp)} of ${sumOf(leave.had)} were given up.`
  )
}
