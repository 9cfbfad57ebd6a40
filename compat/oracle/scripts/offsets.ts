import { type Area, ask, given, inVersions, type Message, type Step, script, until } from '../script.js'
import { topic } from './given.js'
import { inEveryState, stable } from './given-groups.js'

const NO_TOPIC_HAS = 'BBBBBBBBBBBBBBBBBBBBBA'
const GROUP = { generationIdOrMemberEpoch: 1, memberId: '$me' }

const committing = (groupId: string, more: Message = {}, at: Message = {}): Message => ({
  groupId,
  topics: [
    { name: 'committed', partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: 'm', ...at }] },
  ],
  ...more,
})
const committingById = (groupId: string, topicId: string, more: Message = {}): Message => ({
  groupId,
  topics: [{ topicId, partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: 'm' }] }],
  ...more,
})
const committed = (groupId: string, committedOffset: number, more: Message = {}): Step =>
  given('OffsetCommit', 7, committing(groupId, more, { committedOffset }))

/** The same partition twice. */
const twice = (groupId: string, at: readonly Message[]): Message => ({
  groupId,
  topics: [{ name: 'committed', partitions: at.map((one) => ({ partitionIndex: 0, ...one })) }],
})

export const OFFSET_COMMIT: Area = {
  name: 'OffsetCommit',
  scripts: [
    script('by nobody, in all versions', [
      ...topic('committed', { partitions: 2 }),
      ...inVersions('OffsetCommit', [2, 3, 4, 5, 6, 7, 8, 9], committing('simple commits')),
      ask('OffsetCommit', 10, committingById('simple commits', '$committed')),
      ask('OffsetCommit', 3, committing('simple commits', { retentionTimeMs: 60_000 })),
      ask('OffsetFetch', 5, fetching('simple commits')),
    ]),
    script('what is committed is not allowed', [
      ...topic('allowed'),
      ...inVersions('OffsetCommit', [2, 5, 8, 9], committing('', {})),
      ask('OffsetCommit', 8, { groupId: 'simple', topics: [] }),
      ask('OffsetCommit', 8, { groupId: 'simple', topics: [{ name: 'committed', partitions: [] }] }),
      ask('OffsetCommit', 8, committing('simple', {}, { partitionIndex: 9 })),
      ask('OffsetCommit', 8, committing('simple', {}, { partitionIndex: -1 })),
      ask('OffsetCommit', 8, { groupId: 'simple', topics: [{ name: 'nowhere', partitions: [{ partitionIndex: 0 }] }] }),
      ask('OffsetCommit', 8, committing('simple', {}, { committedMetadata: 'x'.repeat(4_096) })),
      ask('OffsetCommit', 8, committing('simple', {}, { committedMetadata: 'x'.repeat(4_097) })),
      ask('OffsetCommit', 8, committing('simple', {}, { committedMetadata: null })),
      ask('OffsetCommit', 8, committing('simple', {}, { committedOffset: -5 })),
      ask('OffsetCommit', 8, committing('simple', {}, { committedOffset: 1 })),
      ask('OffsetCommit', 8, committing('simple', {}, { committedOffset: 0, committedLeaderEpoch: 3 })),
      ask('OffsetCommit', 10, committingById('simple', NO_TOPIC_HAS)),
      ask('OffsetCommit', 8, twice('simple', [{ committedOffset: 3 }, { committedOffset: 4 }])),
      ask('OffsetCommit', 8, {
        groupId: 'simple',
        topics: ['committed', 'nowhere', 'committed', 'nowhere'].map((name, at) => ({
          name,
          partitions: at === 3 ? [] : [{ partitionIndex: at >> 1, committedOffset: at }],
        })),
      }),
      ask('OffsetFetch', 7, fetching('simple')),
      ask('OffsetFetch', 7, fetching('simple', [0, 0])),
      ask('OffsetFetch', 7, fetching('simple', [])),
      ask('OffsetFetch', 8, { groups: [{ groupId: 'simple', topics: [{ name: 'committed', partitionIndexes: [] }] }] }),
      ask('OffsetCommit', 10, { groupId: 'simple', topics: [{ topicId: NO_TOPIC_HAS, partitions: [] }] }),
      ask('OffsetCommit', 9, { groupId: 'simple', topics: [{ name: 'nowhere', partitions: [] }] }),
      ask('OffsetCommit', 10, committingById('simple', 'AAAAAAAAAAAAAAAAAAAAAA')),
      ask('OffsetCommit', 8, {
        groupId: 'simple',
        topics: [
          {
            name: 'committed',
            partitions: [0, 1, 5].map((partitionIndex) => ({ partitionIndex, committedOffset: 3 })),
          },
          { name: 'nowhere', partitions: [{ partitionIndex: 0, committedOffset: 1 }] },
          {
            name: 'allowed',
            partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: 'x'.repeat(5_000) }],
          },
        ],
      }),
      ask('OffsetFetch', 7, { groupId: 'simple', topics: null }),
    ]),
    ...inEveryState(
      'OffsetCommit',
      [
        ['by its member', 7, (groupId) => committing(groupId, GROUP)],
        ['by its member, in a new version', 9, (groupId) => committing(groupId, GROUP)],
        ['by its member, by topic id', 10, (groupId) => committingById(groupId, '$committed', GROUP)],
        ['by a stranger', 7, (groupId) => committing(groupId, { ...GROUP, memberId: 'made up' })],
        ['of another generation', 7, (groupId) => committing(groupId, { ...GROUP, generationIdOrMemberEpoch: 7 })],
        [
          'of another generation, in a new version',
          9,
          (groupId) => committing(groupId, { ...GROUP, generationIdOrMemberEpoch: 7 }),
        ],
        ['of no generation', 7, (groupId) => committing(groupId, { ...GROUP, generationIdOrMemberEpoch: -1 })],
        ['by nobody', 7, (groupId) => committing(groupId)],
        ['by nobody, in a new version', 9, (groupId) => committing(groupId)],
        ['by nobody of a generation', 7, (groupId) => committing(groupId, { generationIdOrMemberEpoch: 1 })],
        ['by its instance', 7, (groupId) => committing(groupId, { ...GROUP, groupInstanceId: 'here' })],
        ['by an unknown instance', 7, (groupId) => committing(groupId, { ...GROUP, groupInstanceId: 'unknown' })],
        [
          'by another id of its instance',
          7,
          (groupId) => committing(groupId, { ...GROUP, memberId: 'b', groupInstanceId: 'here' }),
        ],
        ['of what is unknown', 7, (groupId) => committing(groupId, { ...GROUP, memberId: 'b' }, { partitionIndex: 9 })],
      ],
      topic('committed', { partitions: 2 }),
    ),
  ],
}

function fetching(groupId: string, partitionIndexes: readonly number[] = [0]): Message {
  return { groupId, topics: [{ name: 'committed', partitionIndexes }] }
}
const fetchingMany = (groupId: string, more: Message = {}): Message => ({
  groups: [{ groupId, topics: [{ name: 'committed', partitionIndexes: [0, 1] }], ...more }],
})

/** One partition of each, and each time another one. */
const twoTopics = (...names: readonly string[]): readonly Message[] =>
  names.map((name, at) => ({ name, partitionIndexes: [at === 0 ? 0 : 1] }))

export const OFFSET_FETCH: Area = {
  name: 'OffsetFetch',
  scripts: [
    script('what was committed, in all versions', [
      ...topic('committed', { partitions: 2 }),
      committed('fetched', 12),
      ...inVersions('OffsetFetch', [1, 2, 3, 4, 5, 6, 7], fetching('fetched', [0, 1, 5])),
      ...inVersions('OffsetFetch', [2, 5, 6, 7], { groupId: 'fetched', topics: null }),
      ...inVersions('OffsetFetch', [8, 9], fetchingMany('fetched')),
      ...inVersions('OffsetFetch', [8, 9, 10], { groups: [{ groupId: 'fetched', topics: null }] }),
      ask('OffsetFetch', 10, {
        groups: [{ groupId: 'fetched', topics: [{ topicId: '$committed', partitionIndexes: [0, 1] }] }],
      }),
    ]),
    script('of a topic that is named twice', [
      ...topic('committed', { partitions: 2 }),
      given('OffsetCommit', 7, committing('fetched twice', {}, { partitionIndex: 0, committedOffset: 5 })),
      given('OffsetCommit', 7, committing('fetched twice', {}, { partitionIndex: 1, committedOffset: 6 })),
      ...inVersions('OffsetFetch', [1, 7], { groupId: 'fetched twice', topics: twoTopics('committed', 'committed') }),
      ask('OffsetFetch', 7, { groupId: 'fetched twice', topics: twoTopics('committed', 'nowhere', 'committed') }),
      ask('OffsetFetch', 9, { groups: [{ groupId: 'fetched twice', topics: twoTopics('committed', 'committed') }] }),
      ask('OffsetFetch', 10, {
        groups: [
          { groupId: 'fetched twice', topics: [0, 1].map((at) => ({ topicId: '$committed', partitionIndexes: [at] })) },
        ],
      }),
    ]),
    script('of groups, topics and partitions that are not there', [
      given('DeleteGroups', 2, { groupsNames: [''] }),
      ...inVersions('OffsetFetch', [1, 2, 5, 7], fetching('nowhere')),
      ...inVersions('OffsetFetch', [1, 2, 7], fetching('')),
      ...inVersions('OffsetFetch', [8, 9], fetchingMany('nowhere')),
      ask('OffsetFetch', 9, fetchingMany('')),
      ask('OffsetFetch', 7, { groupId: 'nowhere', topics: null }),
      ask('OffsetFetch', 8, { groups: [{ groupId: 'nowhere', topics: null }] }),
      ask('OffsetFetch', 7, { groupId: 'fetched', topics: [{ name: 'nowhere', partitionIndexes: [0] }] }),
      ask('OffsetFetch', 7, { groupId: 'fetched', topics: [] }),
      ask('OffsetFetch', 1, { groupId: 'fetched', topics: [] }),
      ask('OffsetFetch', 7, { ...fetching('fetched'), requireStable: true }),
      ask('OffsetFetch', 8, {}),
      ask('OffsetFetch', 10, {
        groups: [{ groupId: 'fetched', topics: [{ topicId: NO_TOPIC_HAS, partitionIndexes: [0] }] }],
      }),
      ask('OffsetFetch', 10, {
        groups: [{ groupId: 'fetched', topics: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitionIndexes: [0] }] }],
      }),
      ask('OffsetFetch', 8, {
        groups: ['fetched', 'nowhere', ''].map((groupId) => ({ groupId, topics: null })),
      }),
      ask('OffsetFetch', 8, {
        groups: [
          { groupId: 'fetched', topics: null },
          { groupId: 'fetched', topics: [] },
        ],
      }),
    ]),
    script('of a topic that was deleted and made again', [
      ...topic('remade'),
      given('OffsetCommit', 8, {
        groupId: 'remade',
        topics: [{ name: 'remade', partitions: [{ partitionIndex: 0, committedOffset: 4 }] }],
      }),
      given('DeleteTopics', 5, { topicNames: ['remade'] }),
      until(
        'OffsetFetch',
        7,
        { groupId: 'remade', topics: [{ name: 'remade', partitionIndexes: [0] }] },
        'topics.0.partitions.0.committedOffset',
        -1,
      ),
      ...topic('remade'),
      ask('OffsetFetch', 7, { groupId: 'remade', topics: [{ name: 'remade', partitionIndexes: [0] }] }),
      ask('OffsetFetch', 10, {
        groups: [{ groupId: 'remade', topics: [{ topicId: '$remade', partitionIndexes: [0] }] }],
      }),
    ]),
    ...inEveryState('OffsetFetch', [
      ['by anybody', 7, (groupId) => fetching(groupId)],
      ['by anybody, of many', 8, (groupId) => fetchingMany(groupId)],
      ['by its member', 9, (groupId) => fetchingMany(groupId, { memberId: '$me', memberEpoch: 1 })],
      ['by a stranger', 9, (groupId) => fetchingMany(groupId, { memberId: 'made up', memberEpoch: 1 })],
      ['of another generation', 9, (groupId) => fetchingMany(groupId, { memberId: '$me', memberEpoch: 9 })],
      ['of an epoch', 9, (groupId) => fetchingMany(groupId, { memberEpoch: 1 })],
    ]),
  ],
}

const deleting = (groupId: string, name = 'committed', partitionIndex = 0): Message => ({
  groupId,
  topics: [{ name, partitions: [{ partitionIndex }] }],
})

export const OFFSET_DELETE: Area = {
  name: 'OffsetDelete',
  scripts: [
    script('of a simple group', [
      ...topic('committed', { partitions: 2 }),
      committed('deleted', 3),
      ask('OffsetDelete', 0, deleting('deleted', 'committed', 1)),
      ask('OffsetDelete', 0, deleting('deleted', 'nowhere')),
      ask('OffsetDelete', 0, deleting('deleted', 'committed', 9)),
      ask('OffsetDelete', 0, {
        groupId: 'deleted',
        topics: ['committed', 'nowhere', 'committed', 'nowhere'].map((name, at) => ({
          name,
          partitions: at === 3 ? [] : [{ partitionIndex: 1 }, { partitionIndex: 0 }],
        })),
      }),
      ask('OffsetDelete', 0, { groupId: 'deleted', topics: [] }),
      ask('OffsetDelete', 0, { groupId: 'deleted', topics: [{ name: 'committed', partitions: [] }] }),
      ask('OffsetDelete', 0, deleting('')),
      ask('OffsetDelete', 0, deleting('deleted')),
      ask('OffsetFetch', 7, fetching('deleted')),
      ask('OffsetDelete', 0, deleting('deleted')),
    ]),
    ...inEveryState(
      'OffsetDelete',
      [
        ['of a topic', 0, (groupId) => deleting(groupId)],
        ['of a topic that is read', 0, (groupId) => deleting(groupId, 'subscribed')],
        ['of nothing', 0, (groupId) => ({ groupId, topics: [] })],
        ['of what is unknown', 0, (groupId) => deleting(groupId, 'nowhere')],
      ],
      topic('subscribed'),
    ),
    script('of a topic that a member reads', [
      ...stable('reads'),
      committed('reads', 3, GROUP),
      ask('OffsetDelete', 0, deleting('reads', 'subscribed')),
      ask('OffsetDelete', 0, deleting('reads')),
      ask('OffsetDelete', 0, {
        groupId: 'reads',
        topics: ['subscribed', 'committed', 'nowhere'].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] })),
      }),
    ]),
    script('of a group that is not of consumers', [
      ...stable('workers', { protocolType: 'connect' }),
      ask('OffsetDelete', 0, deleting('workers')),
    ]),
  ],
}
