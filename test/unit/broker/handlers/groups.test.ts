import { expect, test } from 'vitest'
import type { ErrorCode } from '../../../../src/base/error-code.js'
import type { Request, Response, ResponseOf } from '../../../../src/protocol/api.js'
import type { Asked } from '../../../support/scripted-actor.js'
import { commitOf, fetchOf, GivenGroups, joinOf, NO_SUCH_TOPIC, ORDERS, offsetsTopic } from './given-groups.js'

const errorsOf = (answer: unknown): [number, ErrorCode][][] =>
  (answer as ResponseOf<'OffsetCommit'>).topics.map(({ partitions }) =>
    partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode]),
  )
const fetched = (answer: unknown): unknown[] =>
  (answer as ResponseOf<'OffsetFetch'>).groups.map(({ groupId, errorCode, topics }) => [
    groupId,
    errorCode,
    ...topics.flatMap(({ topicId, partitions }) =>
      partitions.map((one) => [topicId, one.partitionIndex, one.committedOffset, one.errorCode]),
    ),
  ])
const fetchAll = (...groups: string[]): Request => ({
  api: 'OffsetFetch',
  groups: groups.map((groupId) => fetchOf(groupId, null)),
  requireStable: true,
})
const someOf = (partitions: readonly number[]) => [{ topicId: ORDERS, partitions }]

test('a group is joined at its coordinator, and its member is named after whoever asks', () => {
  const given = new GivenGroups()
  const { memberId, errorCode } = given.ask<'JoinGroup'>(joinOf('g'))
  expect([memberId, errorCode]).toEqual([expect.stringMatching(/^consumer-7-[0-9a-f-]{36}$/), 'MEMBER_ID_REQUIRED'])
  const other = given.ask<'JoinGroup'>(joinOf('g', { clientId: 'billing' })).memberId
  expect(other).toMatch(/^billing-[0-9a-f-]{36}$/)
})

test('two members join, and each is told the bytes that its leader has assigned to it', () => {
  const given = new GivenGroups()
  const clients = [given.client, given.broker.client('consumer-8')]
  const join = (index: number, memberId: string): Asked =>
    clients[index]?.ask(
      joinOf('g', { memberId, protocols: [{ name: 'range', metadata: Uint8Array.of(index) }] }),
    ) as Asked
  const ids = clients.map((_, index) => (join(index, '').answer as ResponseOf<'JoinGroup'>).memberId)
  const joining = ids.map((id, index) => join(index, id))
  // Each of the two joins makes a rebalance: whoever came first joins again.
  const first = joining[0]?.answer as ResponseOf<'JoinGroup'>
  expect([first.errorCode, joining[1]?.answer]).toEqual(['NONE', undefined])
  const again = join(0, ids[0] as string).answer as ResponseOf<'JoinGroup'>
  const second = joining[1]?.answer as ResponseOf<'JoinGroup'>
  expect(again.members.map(({ memberId, metadata }) => [memberId, ...metadata])).toEqual([
    [ids[0], 0],
    [ids[1], 1],
  ])
  expect([again.generationId, second.generationId, second.members]).toEqual([2, 2, []])

  const assignments = ids.map((memberId, index) => ({ memberId, assignment: Uint8Array.of(7, index, 255) }))
  const sync = (index: number, said: typeof assignments): Asked =>
    clients[index]?.ask({
      api: 'SyncGroup',
      groupId: 'g',
      generationId: 2,
      memberId: ids[index] as string,
      groupInstanceId: null,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: said,
    }) as Asked
  const synced = [sync(1, []), sync(0, assignments)]
  expect(synced.map(({ answer }) => [...(answer as ResponseOf<'SyncGroup'>).assignment])).toEqual([
    [7, 1, 255],
    [7, 0, 255],
  ])
})

test('two incarnations of a broker give no two members the same id', () => {
  const [first, second] = [0, 1].map((startedAt) => {
    const given = new GivenGroups()
    given.broker.stage.pass(startedAt)
    return given.ask<'JoinGroup'>(joinOf('g')).memberId
  })
  expect(first).not.toBe(second)
})

test.each<readonly [Request, string]>([
  [joinOf('g'), 'JoinGroup'],
  [commitOf('g', someOf([0])), 'OffsetCommit'],
  [fetchAll('g'), 'OffsetFetch'],
  [{ api: 'Heartbeat', groupId: 'g', generationId: 1, memberId: 'm', groupInstanceId: null }, 'Heartbeat'],
  [{ api: 'DescribeGroups', groups: ['g'], includeAuthorizedOperations: false }, 'DescribeGroups'],
  [{ api: 'DeleteGroups', groupsNames: ['g'] }, 'DeleteGroups'],
  [{ api: 'OffsetDelete', groupId: 'g', topics: [] }, 'OffsetDelete'],
])('a broker that does not lead the partition of the group is not its coordinator: $api', (request) => {
  const given = new GivenGroups(Array(50).fill(2))
  expect(JSON.stringify(given.ask(request))).toContain('"errorCode":"NOT_COORDINATOR"')
})

test('what is wrong in any case is said without asking who coordinates the group', () => {
  const given = new GivenGroups(Array(50).fill(2))
  expect(given.ask(joinOf(''))).toMatchObject({ errorCode: 'INVALID_GROUP_ID' })
  expect(given.ask(joinOf('g', { sessionTimeoutMs: 1 }))).toMatchObject({ errorCode: 'INVALID_SESSION_TIMEOUT' })
})

// KafkaApis.handleOffsetCommitRequest
test('a commit is refused for topics and partitions that are not there, and done for the rest', () => {
  const given = new GivenGroups()
  const topics = [
    { topicId: NO_SUCH_TOPIC, partitions: [0, 1] },
    { topicId: ORDERS, partitions: [7, 0, -1, 1] },
    { topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitions: [0] },
  ]
  expect(errorsOf(given.ask(commitOf('g', topics)))).toEqual([
    [
      [0, 'UNKNOWN_TOPIC_ID'],
      [1, 'UNKNOWN_TOPIC_ID'],
    ],
    [
      [7, 'UNKNOWN_TOPIC_OR_PARTITION'],
      [0, 'NONE'],
      [-1, 'UNKNOWN_TOPIC_OR_PARTITION'],
      [1, 'NONE'],
    ],
    [[0, 'UNKNOWN_TOPIC_ID']],
  ])
  expect(fetched(given.ask(fetchAll('g')))).toEqual([['g', 'NONE', [ORDERS, 0, 5, 'NONE'], [ORDERS, 1, 5, 'NONE']]])
})

test('a commit of nothing that is there is answered whoever coordinates the group', () => {
  const given = new GivenGroups(Array(50).fill(2))
  const nothing = [{ topicId: NO_SUCH_TOPIC, partitions: [0] }]
  expect(errorsOf(given.ask(commitOf('g', nothing)))).toEqual([[[0, 'UNKNOWN_TOPIC_ID']]])
})

test('every partition that is asked for is answered, of many groups at once, each by its own coordinator', () => {
  // `g` lies on partition 3 of 50, `h` on 4.
  const given = new GivenGroups(Array.from({ length: 50 }, (_, partition) => (partition === 4 ? 2 : 1)))
  given.ask(commitOf('g', someOf([1])))
  const topics = [{ topicId: NO_SUCH_TOPIC, partitions: [3] }, ...someOf([0, 1, 9])]
  const groups = [fetchOf('g', topics), fetchOf('h', topics), fetchOf('unknown', someOf([0]))]
  expect(fetched(given.ask({ api: 'OffsetFetch', groups, requireStable: false }))).toEqual([
    [
      'g',
      'NONE',
      [NO_SUCH_TOPIC, 3, -1, 'UNKNOWN_TOPIC_ID'],
      [ORDERS, 0, -1, 'NONE'],
      [ORDERS, 1, 5, 'NONE'],
      [ORDERS, 9, -1, 'NONE'],
    ],
    ['h', 'NOT_COORDINATOR'],
    ['unknown', 'NONE', [ORDERS, 0, -1, 'NONE']],
  ])
})

// KafkaApis.handleOffsetDeleteRequest
test('offsets are deleted where their partitions are there; a group that is not is told of as a whole', () => {
  const given = new GivenGroups()
  given.ask(commitOf('g', someOf([0, 1])))
  const topics = [
    { name: 'typo', partitions: [{ partitionIndex: 0 }] },
    { name: 'orders', partitions: [{ partitionIndex: 5 }, { partitionIndex: 1 }] },
  ]
  expect(errorsOf(given.ask({ api: 'OffsetDelete', groupId: 'g', topics }))).toEqual([
    [[0, 'UNKNOWN_TOPIC_OR_PARTITION']],
    [
      [5, 'UNKNOWN_TOPIC_OR_PARTITION'],
      [1, 'NONE'],
    ],
  ])
  expect(fetched(given.ask(fetchAll('g')))).toEqual([['g', 'NONE', [ORDERS, 0, 5, 'NONE']]])
  expect(given.ask({ api: 'OffsetDelete', groupId: 'none', topics })).toMatchObject({
    errorCode: 'GROUP_ID_NOT_FOUND',
    topics: [],
  })
})

test('the groups of all partitions that a broker leads are listed, described and deleted', () => {
  const given = new GivenGroups()
  for (const groupId of ['a', 'b', 'c']) given.ask(commitOf(groupId, someOf([0])))
  const listed = (): string[] => {
    const answer = given.ask<'ListGroups'>({ api: 'ListGroups', statesFilter: [], typesFilter: [] })
    return answer.groups.map(({ groupId }) => groupId).sort()
  }
  expect(listed()).toEqual(['a', 'b', 'c'])

  const groups = ['c', 'none', 'a']
  const described = given.ask<'DescribeGroups'>({ api: 'DescribeGroups', groups, includeAuthorizedOperations: false })
  expect(described.groups.map(({ groupId, errorCode, groupState }) => [groupId, errorCode, groupState])).toEqual([
    ['c', 'NONE', 'Empty'],
    ['none', 'GROUP_ID_NOT_FOUND', 'Dead'],
    ['a', 'NONE', 'Empty'],
  ])

  expect(given.ask({ api: 'DeleteGroups', groupsNames: ['b', 'none', 'b'] })).toMatchObject({
    results: [
      { groupId: 'b', errorCode: 'NONE' },
      { groupId: 'none', errorCode: 'GROUP_ID_NOT_FOUND' },
    ],
  })
  expect(listed()).toEqual(['a', 'c'])
})

test('what was committed for an earlier topic of the name is not that of the one that is made again', () => {
  const given = new GivenGroups()
  given.ask(commitOf('g', someOf([0])))
  given.broker.publishDifference({ since: 1, version: 2, topics: [], removedTopics: [1] })
  expect(fetched(given.ask(fetchAll('g')))).toEqual([['g', 'NONE']])
})

// GroupCoordinatorService.onMetadataUpdate
test.each([
  ['while its coordinator is there', 0, [1], 'GROUP_ID_NOT_FOUND'],
  ['while its coordinator is being loaded', 1, [1], 'GROUP_ID_NOT_FOUND'],
  ['never', 1, [], 'NONE'],
] as const)(
  'a group has nothing left when the topic of all that it has committed is deleted %s',
  (_when, leaderEpoch, removedTopics, errorCode) => {
    const given = new GivenGroups()
    given.ask(commitOf('g', someOf([0])))
    // The broker leads on in a new epoch, and loads everything anew, or does not hear anything new of its partitions.
    const topics = leaderEpoch === 0 ? [] : [offsetsTopic(undefined, leaderEpoch)]
    given.broker.publishDifference({ since: 1, version: 2, topics, removedTopics })
    for (let minutes = 0; minutes < 30; minutes++) given.broker.stage.pass(60_000)
    const described = given.ask({ api: 'DescribeGroups', groups: ['g'], includeAuthorizedOperations: false })
    expect(described).toMatchObject({ groups: [{ errorCode }] })
  },
)

test('clients cannot write to the topic in which groups are kept', () => {
  const given = new GivenGroups()
  const produced = given.client.produce({ 3: ['x'] }, { topicId: 9 })
  expect((produced.answer as Response & { api: 'Produce' }).partitions[0]?.error).toBe('INVALID_TOPIC_EXCEPTION')
})
