import { type Area, ask, given, inVersions, type Message, type Step, script } from '../script.js'
import { records, recordsWith, THEN } from '../sent-records.js'
import { settings, topic } from './given.js'

const NO_TOPIC = 'AAAAAAAAAAAAAAAAAAAAAA'
const NO_TOPIC_HAS = 'BBBBBBBBBBBBBBBBBBBBBA'

/** Three batches: offsets 0 and 1, 2, and 3 to 5, a second apart. */
function filled(name: string, partitions = 1): readonly Step[] {
  const at = (seconds: number, ...values: readonly string[]): Step => {
    const batch = recordsWith({ baseTimestamp: THEN + seconds * 1_000 }, ...values)
    return given('Produce', 9, { topicData: [{ name, partitionData: [{ index: 0, records: batch }] }] })
  }
  return [...topic(name, { partitions }), at(0, 'zero', 'one'), at(1, 'two'), at(2, 'three', 'four', 'five')]
}

const of = (topicName: string, at: Message = {}, more: Message = {}): Message => ({
  topics: [{ topic: topicName, partitions: [{ partition: 0, partitionMaxBytes: 1_000_000, ...at }] }],
  ...more,
})
const ofId = (topicId: string, at: Message = {}, more: Message = {}): Message => ({
  topics: [{ topicId, partitions: [{ partition: 0, partitionMaxBytes: 1_000_000, ...at }] }],
  ...more,
})

const reading = (name: string, at: Message = {}): Message => ({
  topic: name,
  partitions: [{ partition: 0, partitionMaxBytes: 1_000_000, ...at }],
})

export const FETCH: Area = {
  name: 'Fetch',
  scripts: [
    script('in all versions', [
      ...filled('fetched'),
      ...inVersions('Fetch', [4, 5, 6, 7, 8, 9, 10, 11, 12], of('fetched')),
      ...inVersions('Fetch', [13, 14, 15, 16, 17, 18], ofId('$fetched')),
      ...inVersions('Fetch', [4, 11, 12], of('fetched', { fetchOffset: 2 })),
      ...inVersions('Fetch', [4, 11, 12], of('fetched', { fetchOffset: 6 })),
      ...inVersions('Fetch', [4, 11], of('fetched', {}, { isolationLevel: 1 })),
    ]),
    script('offsets that are out of range', [
      ...filled('ranges'),
      ...inVersions('Fetch', [4, 7, 11, 12], of('ranges', { fetchOffset: 7 })),
      ...inVersions('Fetch', [4, 11, 12], of('ranges', { fetchOffset: 7 }, { isolationLevel: 1 })),
      ask('Fetch', 11, of('ranges', { currentLeaderEpoch: 5 }, { isolationLevel: 1 })),
      ask('Fetch', 11, of('nowhere', {}, { isolationLevel: 1 })),
      ask('Fetch', 11, of('ranges', { fetchOffset: -1 })),
      ask('Fetch', 12, of('ranges', { fetchOffset: -2 })),
      ask('Fetch', 11, of('ranges', { fetchOffset: 1 })),
      ask('Fetch', 11, of('ranges', { fetchOffset: 5 })),
    ]),
    script('sizes', [
      ...filled('sizes'),
      ask('Fetch', 11, of('sizes', { partitionMaxBytes: 1 })),
      ask('Fetch', 11, of('sizes', { partitionMaxBytes: 100 })),
      ask('Fetch', 11, of('sizes', { partitionMaxBytes: 200 })),
      ask('Fetch', 11, of('sizes', { partitionMaxBytes: 0 })),
      ask('Fetch', 11, of('sizes', {}, { maxBytes: 1 })),
      ask('Fetch', 11, of('sizes', {}, { maxBytes: 150 })),
      ask('Fetch', 11, of('sizes', {}, { maxBytes: 0 })),
      ask('Fetch', 11, of('sizes', {}, { minBytes: 100_000, maxWaitMs: 20 })),
      ask('Fetch', 11, of('sizes', { fetchOffset: 6 }, { minBytes: 0, maxWaitMs: 10_000 })),
      ask('Fetch', 11, of('sizes', { fetchOffset: 6 }, { maxWaitMs: 20 })),
    ]),
    script('topics and partitions that are not there', [
      ...topic('few-read'),
      ...inVersions('Fetch', [4, 11, 12], of('nowhere')),
      ...inVersions('Fetch', [4, 11, 12], of('few-read', { partition: 3 })),
      ask('Fetch', 11, of('few-read', { partition: -1 })),
      ask('Fetch', 11, of('')),
      ...inVersions('Fetch', [13, 16, 18], ofId(NO_TOPIC_HAS)),
      ask('Fetch', 13, ofId(NO_TOPIC)),
      ask('Fetch', 13, ofId('$few-read', { partition: 3 })),
      ask('Fetch', 11, {}),
      ask('Fetch', 13, {}),
      ask('Fetch', 11, { topics: [{ topic: 'few-read', partitions: [] }] }),
      ask('Fetch', 13, { topics: [{ topicId: NO_TOPIC_HAS, partitions: [] }] }),
      ask('Fetch', 11, { topics: [{ topic: 'few-read', partitions: [0, 0].map((partition) => ({ partition })) }] }),
    ]),
    script('leader epochs', [
      ...filled('epochs'),
      ...inVersions('Fetch', [9, 11, 12], of('epochs', { currentLeaderEpoch: 0 })),
      ...inVersions('Fetch', [9, 11, 12], of('epochs', { currentLeaderEpoch: 5 })),
      ask('Fetch', 16, ofId('$epochs', { currentLeaderEpoch: 5 })),
      ask('Fetch', 12, of('epochs', { fetchOffset: 6, lastFetchedEpoch: 0 })),
      ask('Fetch', 12, of('epochs', { fetchOffset: 4, lastFetchedEpoch: 0 })),
      ask('Fetch', 12, of('epochs', { fetchOffset: 9, lastFetchedEpoch: 0 })),
      ask('Fetch', 12, of('epochs', { fetchOffset: 2, lastFetchedEpoch: 3 })),
    ]),
    script('several partitions', [
      ...filled('several-read', 2),
      ...filled('others-read'),
      ask('Fetch', 11, {
        topics: [
          { topic: 'several-read', partitions: [0, 1].map((partition) => ({ partition, partitionMaxBytes: 1_000 })) },
          { topic: 'others-read', partitions: [{ partition: 0, fetchOffset: 3, partitionMaxBytes: 1_000 }] },
          { topic: 'nowhere', partitions: [{ partition: 0, partitionMaxBytes: 1_000 }] },
        ],
      }),
      ask('Fetch', 11, {
        topics: ['several-read', 'others-read'].map((name) => ({
          topic: name,
          partitions: [{ partition: 0, partitionMaxBytes: 100 }],
        })),
        maxBytes: 250,
      }),
    ]),
    script('what is named twice', [
      ...filled('twice-read', 2),
      ...filled('once-read'),
      ask('Fetch', 11, { topics: [0, 2].map((fetchOffset) => reading('twice-read', { fetchOffset })) }),
      ask('Fetch', 11, {
        topics: [
          reading('twice-read'),
          reading('once-read', { fetchOffset: 3 }),
          reading('twice-read', { fetchOffset: 2 }),
          reading('twice-read', { partition: 1 }),
        ],
      }),
      ask('Fetch', 11, { topics: ['nowhere', 'nowhere'].map((name) => reading(name)) }),
      ask('Fetch', 11, {
        topics: [0, 2].map((fetchOffset) => reading('twice-read', { fetchOffset })),
        sessionEpoch: 0,
      }),
    ]),
    script('an isolation that there is not', [
      ...filled('isolated'),
      ...inVersions('Fetch', [4, 6, 7, 11, 12], of('isolated', {}, { isolationLevel: 5 })),
      ask('Fetch', 13, ofId('$isolated', {}, { isolationLevel: 2 })),
      ask('Fetch', 11, of('isolated', {}, { isolationLevel: -1 })),
      ask('Fetch', 11, of('nowhere', {}, { isolationLevel: 5 })),
      ask('Fetch', 11, { isolationLevel: 5 }),
      ask('Fetch', 11, of('isolated', {}, { isolationLevel: 5, sessionEpoch: 0 })),
    ]),
    script('a topic that stamps its own time', [
      ...topic('stamped-fetch', settings({ 'message.timestamp.type': 'LogAppendTime' })),
      given('Produce', 9, {
        topicData: [{ name: 'stamped-fetch', partitionData: [{ index: 0, records: records('one', 'two') }] }],
      }),
      ask('Fetch', 11, of('stamped-fetch')),
    ]),
    script('a session', [
      ...filled('session'),
      ask('Fetch', 11, of('session', {}, { sessionEpoch: 0 }), { binds: { session: 'sessionId' } }),
      ask('Fetch', 11, { sessionId: '$session', sessionEpoch: 1, maxWaitMs: 20 }),
      ask('Fetch', 11, of('session', { fetchOffset: 6 }, { sessionId: '$session', sessionEpoch: 2, maxWaitMs: 20 })),
      ask('Fetch', 11, { sessionId: '$session', sessionEpoch: 3, maxWaitMs: 20 }),
      ask('Fetch', 11, { sessionId: '$session', sessionEpoch: 3, maxWaitMs: 20 }),
      ask('Fetch', 11, { sessionId: '$session', sessionEpoch: 9, maxWaitMs: 20 }),
      ask('Fetch', 11, { sessionId: 12_345, sessionEpoch: 1 }),
      ask('Fetch', 12, { sessionId: 12_345, sessionEpoch: 1 }),
      ask('Fetch', 11, of('session', {}, { sessionId: 12_345, sessionEpoch: 0 })),
      ask('Fetch', 11, of('session', {}, { sessionId: 12_345, sessionEpoch: -1 })),
      ask('Fetch', 11, of('session', {}, { sessionEpoch: 4 })),
      ask('Fetch', 11, {
        sessionId: '$session',
        sessionEpoch: 4,
        forgottenTopicsData: [{ topic: 'session', partitions: [0] }],
      }),
      ask('Fetch', 11, { sessionId: '$session', sessionEpoch: -1 }),
      ask('Fetch', 11, { sessionId: '$session', sessionEpoch: 5 }),
    ]),
    script('a session by topic ids', [
      ...filled('session-ids'),
      ask('Fetch', 13, ofId('$session-ids', {}, { sessionEpoch: 0 }), { binds: { session: 'sessionId' } }),
      ask('Fetch', 13, { sessionId: '$session', sessionEpoch: 1, maxWaitMs: 20 }),
      ask('Fetch', 12, { sessionId: '$session', sessionEpoch: 2, maxWaitMs: 20 }),
    ]),
  ],
}

const looking = (name: string, timestamp: bigint, at: Message = {}, more: Message = {}): Message => ({
  topics: [{ name, partitions: [{ partitionIndex: 0, timestamp, ...at }] }],
  ...more,
})

export const LIST_OFFSETS: Area = {
  name: 'ListOffsets',
  scripts: [
    script('in all versions', [
      ...filled('offsets'),
      ...[-1n, -2n, BigInt(THEN), BigInt(THEN + 1_500)].flatMap((timestamp) =>
        inVersions('ListOffsets', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], looking('offsets', timestamp)),
      ),
    ]),
    script('times', [
      ...filled('times-of'),
      ...[0, 1, 1_000, 1_001, 2_000, 2_001, 9_000].map((ms) =>
        ask('ListOffsets', 7, looking('times-of', BigInt(THEN + ms))),
      ),
      ...[-3n, -4n, -5n, -6n, -7n, -99n].map((timestamp) => ask('ListOffsets', 11, looking('times-of', timestamp))),
      ...[-3n, -4n].map((timestamp) => ask('ListOffsets', 2, looking('times-of', timestamp))),
      ...[-3n, -4n, -5n].map((timestamp) => ask('ListOffsets', 6, looking('times-of', timestamp))),
      ask('ListOffsets', 9, looking('times-of', -5n)),
      ask('ListOffsets', 10, looking('times-of', -6n)),
      ask('ListOffsets', 7, looking('times-of', -1n, {}, { isolationLevel: 1 })),
      ask('ListOffsets', 7, looking('times-of', -3n, {}, { isolationLevel: 1 })),
    ]),
    script('an empty partition', [
      ...topic('empty'),
      ...[-1n, -2n, -3n, -4n, -5n, 0n, BigInt(THEN)].map((timestamp) =>
        ask('ListOffsets', 9, looking('empty', timestamp)),
      ),
    ]),
    script('what is not there', [
      ...inVersions('ListOffsets', [1, 2, 5, 7, 11], looking('nowhere', -1n)),
      ask('ListOffsets', 7, looking('empty', -1n, { partitionIndex: 4 })),
      ask('ListOffsets', 7, looking('empty', -1n, { partitionIndex: -1 })),
      ask('ListOffsets', 7, looking('', -1n)),
      ask('ListOffsets', 7, {}),
      ask('ListOffsets', 7, { topics: [{ name: 'empty', partitions: [] }] }),
      ask('ListOffsets', 7, looking('empty', -1n, { currentLeaderEpoch: 0 })),
      ask('ListOffsets', 7, looking('empty', -1n, { currentLeaderEpoch: 4 })),
      ask('ListOffsets', 4, looking('empty', -1n, { currentLeaderEpoch: 4 })),
      ask('ListOffsets', 7, {
        topics: [{ name: 'empty', partitions: [-1n, -2n].map((timestamp) => ({ partitionIndex: 0, timestamp })) }],
      }),
      ask('ListOffsets', 7, {
        topics: [-1n, -2n].map((timestamp) => ({ name: 'empty', partitions: [{ partitionIndex: 0, timestamp }] })),
      }),
      ask('ListOffsets', 7, {
        topics: ['empty', 'offsets', 'empty'].map((name, at) => ({
          name,
          partitions: [{ partitionIndex: at, timestamp: -1n }],
        })),
      }),
      ask('ListOffsets', 7, {
        topics: ['nowhere', 'nowhere'].map((name) => ({ name, partitions: [{ partitionIndex: 0, timestamp: -1n }] })),
      }),
      ...inVersions('ListOffsets', [2, 7], looking('empty', -1n, {}, { isolationLevel: 5 })),
      ...[-3n, -4n, -7n].map((timestamp) => ask('ListOffsets', 2, looking('nowhere', timestamp))),
      ...[-5n, -6n].map((timestamp) => ask('ListOffsets', 11, looking('empty', timestamp, { partitionIndex: 4 }))),
      ask('ListOffsets', 11, looking('empty', -5n, { currentLeaderEpoch: 4 })),
      ask('ListOffsets', 7, looking('nowhere', -1n, {}, { isolationLevel: -1 })),
      ask('ListOffsets', 7, looking('empty', -1n, {}, { replicaId: -1 })),
      ask('ListOffsets', 7, looking('empty', -1n, {}, { replicaId: -2 })),
    ]),
  ],
}

const ending = (name: string, leaderEpoch: number, at: Message = {}): Message => ({
  topics: [{ topic: name, partitions: [{ partition: 0, leaderEpoch, ...at }] }],
})

export const OFFSET_FOR_LEADER_EPOCH: Area = {
  name: 'OffsetForLeaderEpoch',
  scripts: [
    script('in all versions', [
      ...filled('ends'),
      ...inVersions('OffsetForLeaderEpoch', [2, 3, 4], ending('ends', 0)),
      ...inVersions('OffsetForLeaderEpoch', [2, 3, 4], ending('ends', 3)),
      ...inVersions('OffsetForLeaderEpoch', [2, 3, 4], ending('ends', -1)),
      ...inVersions('OffsetForLeaderEpoch', [2, 3, 4], ending('nowhere', 0)),
      ask('OffsetForLeaderEpoch', 4, ending('ends', -2)),
      ask('OffsetForLeaderEpoch', 4, ending('ends', 0, { partition: 4 })),
      ask('OffsetForLeaderEpoch', 4, ending('ends', 0, { partition: -1 })),
      ask('OffsetForLeaderEpoch', 4, ending('', 0)),
      ask('OffsetForLeaderEpoch', 4, ending('ends', 0, { currentLeaderEpoch: 0 })),
      ask('OffsetForLeaderEpoch', 4, ending('ends', 0, { currentLeaderEpoch: 5 })),
      ask('OffsetForLeaderEpoch', 2, ending('ends', 0, { currentLeaderEpoch: 5 })),
      ask('OffsetForLeaderEpoch', 4, {}),
      ask('OffsetForLeaderEpoch', 4, { topics: [{ topic: 'ends', partitions: [] }] }),
      ask('OffsetForLeaderEpoch', 4, { topics: [{ topic: 'nowhere', partitions: [] }] }),
      ask('OffsetForLeaderEpoch', 4, {
        topics: [{ topic: 'ends', partitions: [0, 0].map((partition) => ({ partition })) }],
      }),
      ask('OffsetForLeaderEpoch', 3, { replicaId: -1, ...ending('ends', 0) }),
    ]),
    script('an empty partition', [
      ...topic('no-ends'),
      ...[0, 1, -1].map((epoch) => ask('OffsetForLeaderEpoch', 4, ending('no-ends', epoch))),
    ]),
  ],
}
