/** The methods of an admin that are about partitions, records, logs and options. */
import { brokerOf, type Method, method, mustBe, partitionName, partitionOf } from './methods.js'
import { exactly, flag, integer, list, object, optional, textOf } from './specs.js'
import { TOPICS } from './world.js'

const known = Object.keys(TOPICS)
const knownTopic = textOf((random) => random.pick(known))
const resourceType = exactly(
  (random) => random.pick(['topic', 2]),
  (given) => (['topic', 'broker', 2, 4].includes(given as string) ? 'either' : 'refused'),
)
const configValue = exactly(
  (random) => random.pick(['4096', 8_192]),
  (given) => (['string', 'number', 'boolean'].includes(typeof given) ? 'either' : 'refused'),
)

export const RESOURCE_METHODS: readonly Method[] = [
  method({
    name: 'admin.createPartitions',
    before: async ({ admin }) => {
      await admin.createTopics({ topics: [{ topic: 'growing', numPartitions: 1 }] })
    },
    args: [
      object({
        topicPartitions: list(
          object({
            topic: textOf(() => 'growing'),
            count: integer([2], (count) => (count >= 0 && count < 2 ** 31 ? 'either' : 'refused')),
            assignments: optional(list(list(brokerOf([1, 2], 'either'), { max: 1 }), { max: 1 })),
          }),
          { max: 1 },
        ),
        validateOnly: optional(flag),
      }),
    ],
    call: ({ admin }, args: never[]) => admin.createPartitions(args[0] as never),
    after: ({ admin }) => admin.deleteTopics({ topics: ['growing'] }),
  }),
  method({
    name: 'admin.deleteTopicRecords',
    args: [
      object({
        topic: textOf(() => 'orders'),
        partitions: list(
          object({
            partition: partitionOf('denied'),
            offset: integer([0], (offset) => (offset >= -1 ? 'either' : 'refused')),
          }),
          { max: 1 },
        ),
      }),
    ],
    call: ({ admin }, args: never[]) => admin.deleteTopicRecords(args[0] as never),
  }),
  method({
    name: 'admin.describeLogDirs',
    args: [optional(object({ brokers: optional(list(brokerOf([1, 2], 'denied'))) }))],
    call: ({ admin }, args: readonly [never]) => admin.describeLogDirs(...args),
  }),
  method({
    name: 'admin.describeProducers',
    args: [
      object({
        partitions: list(
          partitionName(
            textOf(() => 'orders'),
            'denied',
          ),
        ),
      }),
    ],
    call: ({ admin }, args: never[]) => admin.describeProducers(args[0] as never),
  }),
  method({
    name: 'admin.describeCluster',
    args: [optional(object({ includeFencedBrokers: optional(flag) }))],
    call: ({ admin }, args: readonly [never]) => admin.describeCluster(...args),
  }),
  method({
    name: 'admin.describeConfigs',
    args: [
      object({
        resources: list(
          object({
            type: resourceType,
            name: knownTopic,
            configNames: optional(list(textOf(() => 'retention.ms'))),
          }),
        ),
        includeSynonyms: optional(flag),
        includeDocumentation: optional(flag),
      }),
    ],
    call: ({ admin }, args: never[]) => admin.describeConfigs(args[0] as never),
    check(_, [{ resources }]: readonly [{ resources: readonly unknown[] }], told: { resources: readonly unknown[] }) {
      mustBe(told.resources.length === resources.length, `it tells of ${told.resources.length} resources`)
    },
  }),
  altering('incrementalAlterConfigs'),
  altering('alterConfigs'),
]

function altering(name: 'incrementalAlterConfigs' | 'alterConfigs'): Method {
  const configEntries = list(object({ name: textOf(() => 'index.interval.bytes'), value: configValue }), { max: 1 })
  const resource = object({ type: resourceType, name: textOf(() => 'orders'), configEntries })
  return method({
    name: `admin.${name}`,
    args: [object({ resources: list(resource, { max: 1 }), validateOnly: optional(flag) })],
    call: ({ admin }, args: never[]) => admin[name](args[0] as never),
  })
}
