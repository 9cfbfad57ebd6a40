import { type Area, ask, given, inVersions, type Message, script } from '../script.js'
import { records } from '../sent-records.js'
import { settings, topic } from './given.js'

const NOWHERE = ['nowhere', '', 'a/b']

const growing = (name: string, count: number, assignments: readonly (readonly number[])[] | null = null): Message => ({
  topics: [{ name, count, assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null }],
})

export const CREATE_PARTITIONS: Area = {
  name: 'CreatePartitions',
  scripts: [
    script('in all versions', [
      topic('grown'),
      ...[0, 1, 2, 3].map((version) => ask('CreatePartitions', version, growing('grown', version + 2))),
      ask('CreatePartitions', 3, { ...growing('grown', 9), validateOnly: true }),
      ask('CreatePartitions', 3, {}),
    ]),
    script('numbers that are not allowed', [
      topic('sized', { partitions: 2 }),
      ...[2, 1, 0, -1].map((count) => ask('CreatePartitions', 3, growing('sized', count))),
      ask('CreatePartitions', 3, { ...growing('sized', 1), validateOnly: true }),
    ]),
    script('topics that are not there, or named twice', [
      ...['nowhere', 'a/b'].map((name) => ask('CreatePartitions', 3, growing(name, 3))),
      ask('CreatePartitions', 3, growing('nowhere', -1)),
      topic('again'),
      ask('CreatePartitions', 3, { topics: ['again', 'nowhere', 'again'].map((name) => ({ name, count: 3 })) }),
      ask('CreatePartitions', 3, { topics: ['nowhere', 'nowhere'].map((name) => ({ name, count: 3 })) }),
      ask('CreatePartitions', 3, growing('again', 2)),
    ]),
    script('assignments', [
      topic('placed'),
      ask('CreatePartitions', 3, growing('placed', 2, [[1]])),
      ask('CreatePartitions', 3, growing('placed', 3, [])),
      ask('CreatePartitions', 3, growing('placed', 3, [[1], [1]])),
      ask('CreatePartitions', 3, growing('placed', 3, [[]])),
      ask('CreatePartitions', 3, growing('placed', 3, [[9]])),
      ask('CreatePartitions', 3, growing('placed', 3, [[-1]])),
      ask('CreatePartitions', 3, growing('placed', 3, [[1, 1]])),
      ask('CreatePartitions', 3, growing('placed', 3, [[1, 9]])),
    ]),
  ],
}

const deleting = (name: string, offset: bigint | number, partitionIndex = 0): Message => ({
  topics: [{ name, partitions: [{ partitionIndex, offset }] }],
})
const written = (name: string): Message => ({
  topicData: [{ name, partitionData: [{ index: 0, records: records('one', 'two', 'three', 'four') }] }],
})

export const DELETE_RECORDS: Area = {
  name: 'DeleteRecords',
  scripts: [
    script('in all versions', [
      topic('cleared'),
      given('Produce', 9, written('cleared')),
      ...[0, 1, 2].map((version) => ask('DeleteRecords', version, deleting('cleared', version))),
      ask('DeleteRecords', 2, deleting('cleared', 1)),
      ask('DeleteRecords', 2, deleting('cleared', 5)),
      ask('DeleteRecords', 2, deleting('cleared', -2)),
      ask('DeleteRecords', 2, deleting('cleared', 3)),
      ask('DeleteRecords', 2, { ...deleting('cleared', -1), timeoutMs: 0 }),
      ask('DeleteRecords', 2, { ...deleting('cleared', 4), timeoutMs: -1 }),
      ask('DeleteRecords', 2, {}),
    ]),
    script('partitions that are not there', [
      topic('few'),
      ...NOWHERE.map((name) => ask('DeleteRecords', 2, deleting(name, 0))),
      ask('DeleteRecords', 2, deleting('few', 0, 1)),
      ask('DeleteRecords', 2, deleting('few', 0, -1)),
      ask('DeleteRecords', 2, deleting('few', -5, 1)),
      ask('DeleteRecords', 2, {
        topics: [
          { name: 'few', partitions: [0, 1].map((partitionIndex) => ({ partitionIndex, offset: 0 })) },
          { name: 'nowhere', partitions: [{ partitionIndex: 0, offset: 0 }] },
        ],
      }),
    ]),
    script('what is named twice, or without partitions', [
      topic('cleared-twice', { partitions: 2 }),
      given('Produce', 9, written('cleared-twice')),
      ask('DeleteRecords', 2, { topics: [{ name: 'cleared-twice', partitions: [] }] }),
      ask('DeleteRecords', 2, {
        topics: [
          {
            name: 'cleared-twice',
            partitions: [1, 2].map((offset) => ({ partitionIndex: 0, offset })),
          },
        ],
      }),
      ask('DeleteRecords', 2, {
        topics: [0, 1].map((partitionIndex) => ({
          name: 'cleared-twice',
          partitions: [{ partitionIndex, offset: 3 * (1 - partitionIndex) }],
        })),
      }),
      ask('DeleteRecords', 2, {
        topics: [4, 99].map((offset) => ({ name: 'cleared-twice', partitions: [{ partitionIndex: 0, offset }] })),
      }),
    ]),
    script('topics of which nothing may be deleted', [
      topic('compacted', settings({ 'cleanup.policy': 'compact' })),
      topic('both', settings({ 'cleanup.policy': 'compact,delete' })),
      topic('everything-kept', settings({ 'cleanup.policy': '' })),
      ask('DeleteRecords', 2, deleting('compacted', 0)),
      ask('DeleteRecords', 2, deleting('compacted', 9)),
      ask('DeleteRecords', 2, deleting('both', 0)),
      ask('DeleteRecords', 2, deleting('everything-kept', 0)),
      ask('DeleteRecords', 2, deleting('__consumer_offsets', 0)),
      ask('DeleteRecords', 2, deleting('__consumer_offsets', 0, 99)),
    ]),
  ],
}

const remembering = (name: string, partitionIndexes: readonly number[]): Message => ({
  topics: [{ name, partitionIndexes }],
})

export const DESCRIBE_PRODUCERS: Area = {
  name: 'DescribeProducers',
  scripts: [
    script('what is asked for', [
      topic('written', { partitions: 2 }),
      given('Produce', 9, written('written')),
      ask('DescribeProducers', 0, {}),
      ask('DescribeProducers', 0, remembering('written', [0])),
      ask('DescribeProducers', 0, remembering('written', [0, 1])),
      ask('DescribeProducers', 0, remembering('written', [])),
      ask('DescribeProducers', 0, remembering('written', [1])),
      ask('DescribeProducers', 0, remembering('nowhere', [])),
      ask('DescribeProducers', 0, remembering('written', [2])),
      ask('DescribeProducers', 0, remembering('written', [-1])),
      ask('DescribeProducers', 0, remembering('written', [0, 0])),
      ...NOWHERE.map((name) => ask('DescribeProducers', 0, remembering(name, [0]))),
      ask('DescribeProducers', 0, remembering('__consumer_offsets', [0])),
      ask('DescribeProducers', 0, remembering('__consumer_offsets', [99])),
      ask('DescribeProducers', 0, {
        topics: [
          { name: 'written', partitionIndexes: [0] },
          { name: 'nowhere', partitionIndexes: [0, 1] },
        ],
      }),
    ]),
  ],
}

export const DESCRIBE_CLUSTER: Area = {
  name: 'DescribeCluster',
  scripts: [
    script('in all versions', [
      ...inVersions('DescribeCluster', [0, 1, 2]),
      ...inVersions('DescribeCluster', [0, 1, 2], { includeClusterAuthorizedOperations: true }),
      ask('DescribeCluster', 2, { includeFencedBrokers: true }),
      ...inVersions('DescribeCluster', [1, 2], { endpointType: 1 }),
      ...[0, 2, 3, -1].flatMap((endpointType) => [
        ask('DescribeCluster', 2, { endpointType }),
        ask('DescribeCluster', 1, { endpointType, includeClusterAuthorizedOperations: true }),
      ]),
    ]),
  ],
}

const paging = (names: readonly string[], more: Message = {}): Message => ({
  topics: names.map((name) => ({ name })),
  ...more,
})
const from = (topicName: string, partitionIndex: number): Message => ({ cursor: { topicName, partitionIndex } })

export const DESCRIBE_TOPIC_PARTITIONS: Area = {
  name: 'DescribeTopicPartitions',
  scripts: [
    script('pages', [
      topic('page-a', { partitions: 3 }),
      topic('page-b', { partitions: 2 }),
      ask('DescribeTopicPartitions', 0, paging(['page-a'])),
      ask('DescribeTopicPartitions', 0, paging(['page-b', 'page-a'])),
      ask('DescribeTopicPartitions', 0, paging(['page-a', 'page-a'])),
      ...[2, 3, 4, 0, -1].map((responsePartitionLimit) =>
        ask('DescribeTopicPartitions', 0, paging(['page-a', 'page-b'], { responsePartitionLimit })),
      ),
      ask('DescribeTopicPartitions', 0, paging(['page-a', 'page-b'], from('page-a', 2))),
      ask('DescribeTopicPartitions', 0, paging(['page-a', 'page-b'], from('page-b', 0))),
      ask('DescribeTopicPartitions', 0, paging(['page-a', 'page-b'], from('page-a', 9))),
      ask('DescribeTopicPartitions', 0, paging(['page-a', 'page-b'], from('page-a', -1))),
      ask('DescribeTopicPartitions', 0, paging(['page-a', 'page-b'], from('page-c', 0))),
      ask('DescribeTopicPartitions', 0, paging(['page-a'], from('page-b', 0))),
    ]),
    script('topics that are not there', [
      // An empty name is an UNKNOWN_SERVER_ERROR in Kafka.
      ...['nowhere', 'a/b'].map((name) => ask('DescribeTopicPartitions', 0, paging([name]))),
      ask('DescribeTopicPartitions', 0, paging(['nowhere', 'page-a'], { responsePartitionLimit: 1 })),
      ask('DescribeTopicPartitions', 0, paging(['nowhere'], from('nowhere', 0))),
    ]),
  ],
}

const electing = (topicPartitions: readonly Message[] | null, electionType?: number): Message => ({
  topicPartitions,
  ...(electionType !== undefined && { electionType }),
})
const one = (name: string, ...partitions: readonly number[]): readonly Message[] => [{ topic: name, partitions }]

export const ELECT_LEADERS: Area = {
  name: 'ElectLeaders',
  scripts: [
    script('in all versions', [
      topic('elected', { partitions: 2 }),
      ...inVersions('ElectLeaders', [0, 1, 2], electing(one('elected', 0, 1))),
      ...[0, 1].flatMap((type) => [
        ask('ElectLeaders', 2, electing(one('elected', 0), type)),
        ask('ElectLeaders', 2, electing(one('elected', 5), type)),
        ask('ElectLeaders', 2, electing(one('elected', -1), type)),
        ask('ElectLeaders', 2, electing([], type)),
        ask('ElectLeaders', 2, electing(null, type)),
        ...NOWHERE.map((name) => ask('ElectLeaders', 2, electing(one(name, 0), type))),
      ]),
      ask('ElectLeaders', 2, electing(one('elected'))),
      ask('ElectLeaders', 2, electing([...one('elected', 0), ...one('nowhere', 0, 1)])),
    ]),
    script('what is named twice', [
      ask('ElectLeaders', 2, electing([...one('elected', 0, 0), ...one('nowhere'), ...one('elected', 1)])),
    ]),
    script('an election that there is not', [
      ...[2, 5, -1].map((type) => ask('ElectLeaders', 2, electing(one('elected', 0, 1), type))),
      ask('ElectLeaders', 1, electing(one('nowhere', 0), 5)),
      ask('ElectLeaders', 2, electing(null, 5)),
      ask('ElectLeaders', 2, electing([], 5)),
    ]),
  ],
}
