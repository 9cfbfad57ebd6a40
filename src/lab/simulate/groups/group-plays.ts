import type { SimulatedCluster } from '../../../cluster/simulated.js'
import { GroupFinding } from './group-findings.js'
import { nameOf, type PlayMember } from './play-member.js'
import {
  PLAY_PARTITIONS,
  PLAY_TOPIC,
  PlayStage,
  type PlayStageParts,
  POLL_INTERVAL_MS,
  partitionsOf,
  REQUEST_TIMEOUT_MS,
  SESSION_MS,
} from './play-stage.js'

/** A row of events that chance would hardly bring about, and that says when one rule of groups is missing. */
type Play = (stage: PlayStage) => Promise<void>

const SECOND_TOPIC = 'play-later'

/** The time after which committed offsets expire in seeds with groups, in whole minutes. */
export const RETENTION_MS = 60_000

export const GROUP_PLAYS = {
  newcomer,
  handsOver,
  staticRestart,
  twins,
  quietMinute,
  hanging,
  madeLater,
  withoutSync,
  lateLeader,
  returnsInSync,
  lateCommit,
  lostCommit,
} as const satisfies Record<string, Play>

export type GroupPlayName = keyof typeof GROUP_PLAYS

/** Plays one of the plays, on a cluster at rest. Throws what was found. */
export async function playGroup(name: GroupPlayName, cluster: SimulatedCluster, parts: PlayStageParts): Promise<void> {
  const stage = new PlayStage(cluster, parts)
  await stage.makeTopic(PLAY_TOPIC)
  await GROUP_PLAYS[name](stage)
  await stage.close()
}

const eager = { 'partition.assignment.strategy': ['range'] } as const
const cooperative = { 'partition.assignment.strategy': ['cooperative-sticky'] } as const

/** A member more, while records flow and nothing goes wrong: none of them is read twice. */
async function newcomer(stage: PlayStage): Promise<void> {
  const options = { ...stage.random.pick([eager, cooperative]), 'enable.auto.commit': true, 'max.poll.records': 1 }
  stage.join(options)
  await stage.shared(stage.members, 'before a member comes')
  for (let round = 0; round < 60; round++) {
    if (round === 15 || round === 35) stage.join(options)
    await stage.send(1)
    await stage.cluster.advance(5)
  }
  await stage.shared(stage.members, 'after members have come')
  await stage.read('while members come')
  stage.checkMembers('while members come')
  const [again] = stage.notes.again
  if (again !== undefined) throw new GroupFinding('I30', again)
}

/** A cooperative member gives up what another one gets: at once, and not when the leader misses the next round. */
async function handsOver(stage: PlayStage): Promise<void> {
  const first = stage.join(cooperative)
  await stage.shared([first], 'before a cooperative member comes')
  const second = stage.join(cooperative)
  await stage.shared([first, second], 'a cooperative member has come', SESSION_MS)
}

/** A static member ends and is started again within its session: nobody rebalances for that. */
async function staticRestart(stage: PlayStage): Promise<void> {
  const first = stage.join({ 'group.instance.id': 'first' })
  const second = stage.join({ 'group.instance.id': 'second' })
  await stage.shared([first, second], 'before a restart')
  const generation = await generationOf(stage, second)
  await stage.cluster.run(first.close())
  const again = stage.join({ 'group.instance.id': 'first' })
  await stage.shared([again, second], 'after a restart', 10_000)
  await stage.cluster.advance(2 * SESSION_MS)
  const after = await generationOf(stage, second)
  if (after !== generation) throw new GroupFinding('A29', `a static member returned: ${generation} became ${after}`)
}

/** Two processes go by one instance id: the first one hears that the second has its place. */
async function twins(stage: PlayStage): Promise<void> {
  const first = stage.join({ 'group.instance.id': 'one' })
  await stage.shared([first], 'before the twin')
  const second = stage.join({ 'group.instance.id': 'one' })
  await stage.shared([second], 'with the twin')
  const before = await stage.cluster.run(second.consumer.describe())
  await stage.cluster.advance(SESSION_MS)
  const after = await stage.cluster.run(second.consumer.describe())
  if (first.failed !== 'FENCED_INSTANCE_ID' || after.memberId !== before.memberId)
    throw new GroupFinding('A27', `two processes have one instance id: ${before.memberId} became ${after.memberId}`)
}

/** Nobody commits for longer than committed offsets are kept, though somebody is there nearly all the time. */
async function quietMinute(stage: PlayStage): Promise<void> {
  const { cluster } = stage
  const member = stage.join()
  await stage.send()
  await stage.read('before the rest')
  await cluster.run(member.consumer.commitSync())
  const before = await stage.committed(0)
  cluster.jumpClock(RETENTION_MS + 1_000)
  await cluster.advance(4 * SESSION_MS)
  await stage.shared([member], 'after the rest')
  if ((await stage.committed(0)) !== before) throw new GroupFinding('A23', `${before} has expired under a member`)
  await cluster.run(member.close())
  await cluster.advance(2 * SESSION_MS)
  if ((await stage.committed(0)) !== before) throw new GroupFinding('A23', `${before} has expired with the last member`)
}

/** An application hangs: its member leaves, and another one reads. */
async function hanging(stage: PlayStage): Promise<void> {
  const [first, second] = [stage.join(), stage.join()]
  await stage.shared([first, second], 'before one hangs')
  first.hang()
  await stage.cluster.advance(100)
  await stage.send()
  await stage.read('while a member hangs', POLL_INTERVAL_MS + 2 * SESSION_MS)
}

/** A topic is made after it was subscribed to: the leader has the group share it out. */
async function madeLater(stage: PlayStage): Promise<void> {
  const topics = [PLAY_TOPIC, SECOND_TOPIC]
  const members = [stage.join({}, topics), stage.join({}, topics)]
  await stage.shared(members, 'before a topic is made')
  await stage.makeTopic(SECOND_TOPIC)
  await stage.shared(members, 'after a topic was made', 5_000, SECOND_TOPIC)
}

/** A SyncGroup is lost on its way while the member lives: the group goes on without it. */
async function withoutSync(stage: PlayStage): Promise<void> {
  const members = [stage.join(eager), stage.join(eager)]
  await stage.shared(members, 'before a SyncGroup is lost')
  await stage.cluster.run(stage.cluster.faults.add({ api: 'SyncGroup', action: 'drop', times: 1 }))
  stage.join(eager)
  // The member itself gives up 5 s later.
  await stage.shared(stage.members, 'a SyncGroup was lost', POLL_INTERVAL_MS + 2 * SESSION_MS)
}

/** A static leader is late for a rebalance: another member leads, and the late one hears that its time is over. */
async function lateLeader(stage: PlayStage): Promise<void> {
  const options = { ...eager, 'session.timeout.ms': 8 * SESSION_MS }
  const leader = stage.join({ ...options, 'group.instance.id': 'leader' })
  await stage.shared([leader], 'before the leader is late')
  await stage.cut(leader)
  const others = [stage.join(options), stage.join(options)]
  const haveParts = (): boolean => others.every(({ owned }) => owned.size > 0)
  await stage.until(haveParts, 'A28', 'the leader is late, and nobody assigns', POLL_INTERVAL_MS + SESSION_MS)
  await stage.cut(leader, false)
  await stage.cluster.advance(SESSION_MS)
  stage.checkOwners('the leader was late')
}

/** A static member returns while the leader assigns: it is given its part all the same. */
async function returnsInSync(stage: PlayStage): Promise<void> {
  const { cluster } = stage
  const leader = stage.join(eager)
  await stage.shared([leader], 'before a member returns')
  const left = stage.join({ ...eager, 'group.instance.id': 'returns' })
  await stage.shared([leader, left], 'before a member returns')
  const from = leader.address as `consumer-${number}`
  await cluster.run(cluster.faults.add({ api: 'SyncGroup', from, action: 'delay', delayMs: SESSION_MS / 2, times: 1 }))
  const newcomer = stage.join(eager)
  await stage.until(() => leader.owned.size === 0, 'A28', 'a leader does not rejoin')
  await cluster.advance(SESSION_MS / 5)
  await cluster.run(cluster.kill(left.address))
  left.owned.clear()
  const returned = stage.join({ ...eager, 'group.instance.id': 'returns' })
  await stage.shared([leader, newcomer, returned], 'a member returned', 3 * SESSION_MS)
}

/** A commit comes when its generation is over, and somebody else has committed. */
async function lateCommit(stage: PlayStage): Promise<void> {
  const { cluster } = stage
  const { mine, late, other } = await twoWithCommits(stage)
  const from = mine.address as `consumer-${number}`
  await cluster.run(cluster.faults.add({ api: 'OffsetCommit', from, action: 'delay', delayMs: SESSION_MS, times: 1 }))
  mine.consumer.commitAsync([{ ...late, offset: 1 }], () => {})
  await overtaken(stage, { mine, late, other })
  await cluster.advance(2 * SESSION_MS)
  await checkOvertaken(stage, late.partition)
}

/** A commit that was lost is tried again when its generation is over, and somebody else has committed. */
async function lostCommit(stage: PlayStage): Promise<void> {
  const { cluster } = stage
  const { mine, late, other } = await twoWithCommits(stage)
  const from = mine.address as `consumer-${number}`
  await cluster.run(cluster.faults.add({ api: 'OffsetCommit', from, action: 'drop', times: 1 }))
  mine.consumer.commitSync([{ ...late, offset: 1 }]).catch(() => {})
  await overtaken(stage, { mine, late, other })
  await cluster.advance(2 * REQUEST_TIMEOUT_MS)
  await checkOvertaken(stage, late.partition)
}

interface TwoMembers {
  readonly mine: PlayMember
  readonly late: { readonly topic: string; readonly partition: number }
  readonly other: PlayMember
}

async function twoWithCommits(stage: PlayStage): Promise<TwoMembers> {
  await stage.makeTopic(SECOND_TOPIC)
  const options = { ...eager, 'session.timeout.ms': 8 * SESSION_MS }
  const [mine, other] = [stage.join(options), stage.join(options)]
  await stage.send(5)
  await stage.shared([mine, other], 'before a late commit')
  await stage.read('before a late commit')
  const late = partitionsOf(PLAY_TOPIC).find((name) => mine.owned.has(nameOf(name)))
  if (late === undefined) throw new GroupFinding('A28', `one member of two has none of ${PLAY_PARTITIONS} partitions`)
  return { mine, late, other }
}

/** The member wants something else, and the other one gets its partition and commits. */
async function overtaken(stage: PlayStage, { mine, late, other }: TwoMembers): Promise<void> {
  await stage.cluster.advance(50)
  await stage.cluster.run(mine.subscribe([SECOND_TOPIC]))
  await stage.shared([other], 'a member wants another topic', 5_000)
  await stage.cluster.run(other.consumer.commitSync([{ ...late, offset: 5 }]))
}

async function checkOvertaken(stage: PlayStage, partition: number): Promise<void> {
  const committed = await stage.committed(partition)
  if (committed !== 5) throw new GroupFinding('A23', `5 was committed, and then ${committed} of a generation before`)
}

async function generationOf({ cluster }: PlayStage, { consumer }: PlayMember): Promise<number> {
  return (await cluster.run(consumer.describe())).generationId
}
