import type { FetchedOffsets, GroupDescription, PartitionLag, PartitionOffset, TopicOffsets } from '../../src/index.js'
import { brokerOf, type Method, method, mustBe, partitionName, partitionOf } from './methods.js'
import { flag, integer, list, nullable, object, oneOf, option, optional, quantity, textOf } from './specs.js'
import { TOPICS, type World } from './world.js'

let lastName = 0
const known = Object.keys(TOPICS)
const newTopic = textOf(() => `new-${++lastName}`)
const GROUP = 'drinkers'
const groupId = textOf(() => 'nobody')
const knownGroup = textOf(() => GROUP)
const knownTopic = textOf((random) => random.pick(known))

interface Creation {
  readonly topics: readonly { readonly topic: string; readonly numPartitions?: number }[]
  readonly validateOnly?: boolean
}

interface SetOffsets {
  readonly groupId: string
  readonly partitions: readonly PartitionOffset[]
}

/** Makes the group, with an offset of each partition of `orders`. */
async function commitSomething({ admin }: World): Promise<void> {
  const partitions = [0, 1].map((partition) => ({ partition, offset: 1 }))
  await admin.setOffsets({ groupId: GROUP, topic: 'orders', partitions })
}

/** Deletes what calls have made, now and then. */
async function sweep({ admin }: World): Promise<void> {
  const left = (await admin.listTopics()).filter((name) => !known.includes(name))
  if (left.length > 20) await admin.deleteTopics({ topics: left })
}

export const ADMIN_METHODS: readonly Method[] = [
  method({
    name: 'admin.createTopics',
    weight: 40,
    args: [
      object({
        topics: list(
          object({
            topic: newTopic,
            numPartitions: optional(integer([-1, 1, 2, 3], () => 'denied')),
            replicationFactor: optional(integer([-1, 1, 2], () => 'denied')),
            configs: optional(
              object({
                'retention.ms': optional(option([-1, 1_000, 86_400_000], -1, Number.MAX_SAFE_INTEGER)),
                'segment.bytes': optional(option([1_048_576], 1_024, 2 ** 30)),
                'message.timestamp.type': optional(oneOf(['CreateTime', 'LogAppendTime'])),
              }),
            ),
          }),
        ),
        validateOnly: optional(flag),
      }),
    ],
    call: ({ admin }, args: never[]) => admin.createTopics(args[0] as never),
    async check({ admin }, [{ topics, validateOnly = false }]: readonly [Creation], isNew: boolean) {
      const there = await admin.listTopics()
      for (const { topic, numPartitions = -1 } of topics) {
        mustBe(there.includes(topic) !== validateOnly, `'${topic}' is ${validateOnly ? '' : 'not '}there`)
        if (validateOnly) continue
        const { topics: found } = await admin.fetchTopicMetadata({ topics: [topic] })
        const count = found[0]?.partitions.length
        mustBe(count === Math.max(numPartitions, 1), `'${topic}' has ${count} partitions, not ${numPartitions}`)
      }
      mustBe(isNew, 'it resolved with false for new topics')
    },
    after: sweep,
  }),
  method({
    name: 'admin.createTopics by hand',
    args: [
      object({
        topics: list(
          object({
            topic: newTopic,
            replicaAssignment: optional(
              list(
                object({ partition: brokerOf([0], 'denied'), replicas: list(brokerOf([1, 2], 'denied'), { max: 1 }) }),
                { max: 1 },
              ),
            ),
          }),
        ),
      }),
    ],
    call: ({ admin }, args: never[]) => admin.createTopics(args[0] as never),
    after: sweep,
  }),
  method({
    name: 'admin.deleteTopics',
    weight: 20,
    before: async ({ admin }) => {
      await admin.createTopics({ topics: [{ topic: 'doomed' }] })
    },
    args: [
      object({
        topics: list(
          textOf(() => 'doomed'),
          { max: 1 },
        ),
      }),
    ],
    call: ({ admin }, args: never[]) => admin.deleteTopics(args[0] as never),
    async check({ admin }) {
      mustBe(!(await admin.listTopics()).includes('doomed'), 'the topic is still there')
    },
  }),
  method({
    name: 'admin.close',
    weight: 3,
    args: [optional(object({ timeoutMs: optional(quantity([0, 1_000], Number.POSITIVE_INFINITY)) }))],
    before: ({ cluster }) => cluster.admin(),
    call: (_, args: readonly [never], admin) => admin.close(...args),
    async check(_, __, ___: unknown, admin) {
      const told = await admin.listTopics().then(
        () => 'topics',
        (error: Error) => error.name,
      )
      mustBe(told === 'ClosedError', `a closed admin gave ${told}`)
    },
    after: (_, admin) => admin.close(),
  }),
  method({
    name: 'admin.listTopics',
    args: [optional(object({ listInternal: optional(flag) }))],
    call: ({ admin }, args: readonly [never]) => admin.listTopics(...args),
  }),
  method({
    name: 'admin.fetchTopicMetadata',
    args: [optional(object({ topics: optional(list(knownTopic)) }))],
    call: ({ admin }, args: never[]) => admin.fetchTopicMetadata(args[0] as never),
    check(_, [{ topics }]: readonly [{ topics?: string[] }], result: { topics: readonly { name: string }[] }) {
      const names = result.topics.map(({ name }) => name)
      mustBe(
        (topics ?? known).every((topic) => names.includes(topic)),
        `it tells of ${names} alone`,
      )
    },
  }),
  method({
    name: 'admin.fetchTopicOffsets',
    args: [knownTopic],
    call: ({ admin }, args: never[]) => admin.fetchTopicOffsets(args[0] as never),
    check(_, [topic]: readonly [string], offsets: readonly TopicOffsets[]) {
      mustBe(offsets.length === TOPICS[topic], `it tells of ${offsets.length} partitions`)
    },
  }),
  method({
    name: 'admin.listGroups',
    args: [
      optional(
        object({
          states: optional(
            list(oneOf(['PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead', 'Empty']), { min: 0 }),
          ),
          types: optional(list(oneOf(['classic', 'consumer']), { min: 0 })),
        }),
      ),
    ],
    call: ({ admin }, args: readonly [never]) => admin.listGroups(...args),
  }),
  method({
    name: 'admin.describeGroups',
    before: commitSomething,
    args: [list(knownGroup)],
    call: ({ admin }, args: never[]) => admin.describeGroups(args[0] as never),
    check(_, __, { groups }: { groups: readonly GroupDescription[] }) {
      mustBe(groups.map(({ groupId }) => groupId).join() === GROUP, `${groups.length} groups are described`)
    },
  }),
  method({
    name: 'admin.deleteGroups',
    before: commitSomething,
    args: [list(knownGroup)],
    call: ({ admin }, args: never[]) => admin.deleteGroups(args[0] as never),
    async check({ admin }) {
      const left = await admin.fetchOffsets({ groupId: GROUP })
      mustBe(left.length === 0, `offsets of ${left.length} topics are still there`)
    },
  }),
  method({
    name: 'admin.setOffsets',
    args: [
      object({
        groupId,
        topic: textOf(() => 'orders'),
        partitions: list(
          object({
            partition: partitionOf('denied'),
            offset: integer([0, 1, 7], (value) => (value >= 0 ? 'taken' : 'refused')),
            metadata: optional(nullable(textOf(() => 'noted'))),
          }),
          { max: 1 },
        ),
      }),
    ],
    call: ({ admin }, args: never[]) => admin.setOffsets(args[0] as never),
    async check({ admin }, [{ groupId: id, partitions }]: readonly [SetOffsets]) {
      const [told] = await admin.fetchOffsets({ groupId: id, topics: ['orders'] })
      for (const { partition, offset } of partitions)
        mustBe(told?.partitions[partition]?.offset === offset, `partition ${partition} is not at ${offset}`)
    },
  }),
  method({
    name: 'admin.resetOffsets',
    before: commitSomething,
    args: [
      object({
        groupId: knownGroup,
        topic: textOf(() => 'orders'),
        to: oneOf(['earliest', 'latest']),
      }),
    ],
    call: ({ admin }, args: never[]) => admin.resetOffsets(args[0] as never),
    async check({ admin }, [{ to }]: readonly [{ to: string }], reset: readonly PartitionOffset[]) {
      const ends = await admin.fetchTopicOffsets('orders')
      for (const { partition, offset } of reset) {
        const end = ends[partition]
        mustBe(offset === (to === 'latest' ? end?.high : end?.low), `partition ${partition} is at ${offset}`)
      }
    },
  }),
  method({
    name: 'admin.deleteOffsets',
    before: commitSomething,
    args: [
      object({
        groupId: knownGroup,
        partitions: list(
          partitionName(
            textOf(() => 'orders'),
            'denied',
          ),
        ),
      }),
    ],
    call: ({ admin }, args: never[]) => admin.deleteOffsets(args[0] as never),
  }),
  method({
    name: 'admin.groupLag',
    before: commitSomething,
    args: [knownGroup],
    call: ({ admin }, args: never[]) => admin.groupLag(args[0] as never),
    check(_, __, lag: readonly PartitionLag[]) {
      // Another topic may have come, and offsets of it.
      const told = lag.filter(({ topic }) => topic === 'orders')
      mustBe(told.length === TOPICS.orders, `it tells of ${told.length} partitions`)
    },
  }),
  method({
    name: 'admin.fetchOffsets',
    args: [
      object({ groupId: textOf(() => 'none'), topics: optional(list(knownTopic)), resolveOffsets: optional(flag) }),
    ],
    call: ({ admin }, args: never[]) => admin.fetchOffsets(args[0] as never),
    check(_, [{ topics = [] }]: readonly [{ topics?: readonly string[] }], told: readonly FetchedOffsets[]) {
      mustBe(told.length === new Set(topics).size, `it tells of ${told.length} topics`)
    },
  }),
  method({
    name: 'admin.electLeaders',
    args: [
      object({
        electionType: oneOf(['preferred', 'unclean']),
        partitions: optional(
          nullable(
            list(
              partitionName(
                textOf(() => 'orders'),
                'either',
              ),
            ),
          ),
        ),
      }),
    ],
    call: ({ admin }, args: never[]) => admin.electLeaders(args[0] as never),
    check(_, [{ partitions }]: readonly [{ partitions?: readonly unknown[] | null }], elected: readonly unknown[]) {
      mustBe(
        elected.length >= new Set((partitions ?? []).map((name) => JSON.stringify(name))).size,
        'not all are told of',
      )
    },
  }),
]
