import { Cluster, type Consumer } from '../../src/index.js'
import { memberOf } from './commits.js'
import type { GroupBench } from './group-figure.js'

/** Members of a hundred groups commit ten partitions each, one commit after the other, all at once. */
export const commitThroughput: GroupBench = {
  name: 'throughput',
  async run({ repeats, onProgress }) {
    const cluster = await Cluster.start()
    try {
      await cluster.admin().createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] })
      const members: Consumer[] = []
      for (let group = 0; group < GROUPS; group++) {
        onProgress(`group ${group + 1} of ${GROUPS}`)
        members.push(await memberOf(cluster, `group-${group}`, TOPIC, PARTITIONS))
      }
      onProgress('warming up')
      await committing(members, WARM_UP_COMMITS)
      const [rates, cpuMs]: [number[], number[]] = [[], []]
      for (let turn = 0; turn < repeats; turn++) {
        onProgress(`turn ${turn + 1} of ${repeats}`)
        const { ms, cpu } = await committing(members, TURN_COMMITS)
        rates.push((TURN_COMMITS * PARTITIONS) / (ms / 1_000))
        cpuMs.push(cpu / TURN_COMMITS)
      }
      const what = `${GROUPS} groups, ${PARTITIONS} partitions a commit, factor 1`
      return [
        { what: `committed by ${what}`, unit: 'offsets/s', values: rates },
        { what: `CPU of a commit, ${what}`, unit: 'ms', values: cpuMs },
      ]
    } finally {
      await cluster.close()
    }
  },
}

const TOPIC = 'orders'
const GROUPS = 100
const PARTITIONS = 10
/** Every member has a thread of its own, whose code is compiled there: three hundred commits of each. */
const WARM_UP_COMMITS = 30_000
const TURN_COMMITS = 5_000

/** Milliseconds, and those of all cores. */
async function committing(members: readonly Consumer[], commits: number): Promise<{ ms: number; cpu: number }> {
  const [began, before] = [performance.now(), process.cpuUsage()]
  let left = commits
  const lines = members.map(async (member) => {
    for (let offset = 0; left > 0; offset++) {
      left -= 1
      await member.commitSync(
        Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition, offset })),
      )
    }
  })
  await Promise.all(lines)
  const { user, system } = process.cpuUsage(before)
  return { ms: performance.now() - began, cpu: (user + system) / 1_000 }
}
