import { expect, test } from 'vitest'
import { seededRandom } from '../../../../src/base/random.js'
import { SimulatedCluster } from '../../../../src/cluster/simulated.js'
import type { GroupSwarm } from '../../../../src/lab/simulate/groups/group-swarm.js'
import { Grouping } from '../../../../src/lab/simulate/groups/grouping.js'
import { WhiteBox } from '../../../../src/lab/simulate/white-box.js'

const TOPIC = 'simulated'
const SWARM: GroupSwarm = {
  groups: [
    {
      groupId: 'readers',
      assignors: ['range'],
      members: 1,
      sessionMs: 2_000,
      heartbeatMs: 500,
      pollIntervalMs: 60_000,
      areStatic: true,
    },
  ],
  offsetsPartitions: 1,
  initialDelayMs: 0,
  kinds: [],
  faultEveryMs: 1_000,
  trials: [],
  hangs: false,
  play: null,
}

/** A group of one static member, which reads. */
async function givenGroup() {
  let grouping: Grouping | null = null
  const probe = new WhiteBox({
    topic: TOPIC,
    minIsr: 1,
    lagMsMax: 10_000,
    onGroupRecord: (record) => grouping?.logs(record),
  })
  const cluster = await SimulatedCluster.start({
    seed: 1,
    brokers: 1,
    probe,
    'offsets.topic.num.partitions': 1,
    'group.min.session.timeout.ms': 1,
  })
  await cluster.run(
    cluster.admin().createTopics({ topics: [{ topic: TOPIC, numPartitions: 2, replicationFactor: 1 }] }),
  )
  grouping = new Grouping(cluster, { swarm: SWARM, topic: TOPIC, random: seededRandom('grouping') })
  const [group] = grouping.groups
  if (group === undefined) throw new Error('There is a group')
  grouping.start()
  await grouping.settle([0, 0])
  const [first] = group.readers
  if (first === undefined) throw new Error('The group has a reader')
  return { cluster, grouping, group, first }
}

test('a process that was silent while another one took its place and left is replaced when all is well again', async () => {
  const { cluster, grouping, group, first } = await givenGroup()
  const memberId = (): string | undefined => group.ledger.logged?.members[0]?.memberId
  const before = memberId()
  cluster.pause(first.address)
  grouping.startReader(group, first.instanceId)
  const second = group.readers[1]
  await cluster.runUntil(() => memberId() !== before, { msMax: 1_000 })
  await cluster.run(second?.leave() ?? Promise.reject(new Error('There is a second reader')))
  grouping.heal()
  cluster.resume(first.address)
  await grouping.settle([0, 0])
  await cluster.runUntil(() => !first.isAlive, { msMax: 10_000 })
  await grouping.settle([0, 0])
  expect(group.readers.map(({ isAlive }) => isAlive)).toEqual([false, false, true])
  await grouping.close()
  await cluster.close()
})

test('a process that is fenced though no other one has gone by its instance id is found', async () => {
  const { cluster, grouping, first } = await givenGroup()
  const stranger = cluster.consumer({ 'group.id': 'readers', 'group.instance.id': first.instanceId })
  await cluster.run(stranger.subscribe({ topics: [TOPIC] }))
  stranger.poll(1_000).catch(() => {})
  const fenced = cluster.runUntil(() => {
    grouping.check()
    return false
  })
  await expect(fenced).rejects.toThrow('member: a member failed for no reason. readers: reader-1 was fenced')
  await cluster.close()
})
