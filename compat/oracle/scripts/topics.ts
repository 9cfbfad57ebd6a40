import { type Area, ask, given, inVersions, type Message, type Step, script, until } from '../script.js'
import { settings, topic } from './given.js'

const NO_TOPIC = 'AAAAAAAAAAAAAAAAAAAAAA'
const NO_TOPIC_HAS = 'BBBBBBBBBBBBBBBBBBBBBA'
const wanted = (name: string, more: Message = {}): Message => ({
  name,
  numPartitions: 1,
  replicationFactor: 1,
  ...more,
})
const making = (name: string, more: Message = {}, request: Message = {}): Message => ({
  topics: [wanted(name, more)],
  ...request,
})

export const CREATE_TOPICS: Area = {
  name: 'CreateTopics',
  scripts: [
    script('in all versions', [
      ...[2, 3, 4, 5, 6, 7].flatMap((version) => [
        ask('CreateTopics', version, making(`made ${version}`.replace(' ', '-'))),
        ask('CreateTopics', version, making(`made ${version}`.replace(' ', '-'))),
        ask('CreateTopics', version, making(`tried-${version}`, { numPartitions: 3 }, { validateOnly: true })),
      ]),
      ...inVersions(
        'CreateTopics',
        [4, 5, 7],
        making('defaults-of-broker', { numPartitions: -1, replicationFactor: -1 }),
      ),
      ask('CreateTopics', 7, {}),
    ]),
    script('names that are not allowed', [
      ...['', '.', '..', 'a/b', 'ä', 'a b', 'x'.repeat(249), 'x'.repeat(250)].map((name) =>
        ask('CreateTopics', 7, making(name)),
      ),
      ask('CreateTopics', 2, making('a/b')),
      ask('CreateTopics', 7, making('made-7', {}, { validateOnly: true })),
      ask('CreateTopics', 7, making('__consumer_offsets')),
      ask('CreateTopics', 7, making('with.dot')),
      ask('CreateTopics', 7, making('with_dot')),
      ask('CreateTopics', 7, { topics: [wanted('twice'), wanted('twice')] }),
      ask('CreateTopics', 7, { topics: [wanted('twice'), wanted('once'), wanted('twice')] }),
    ]),
    script('numbers that are not allowed', [
      ...[0, -2, 2_000_000_000].map((numPartitions) => ask('CreateTopics', 7, making('numbers', { numPartitions }))),
      ...[0, -2, 2, 32_767].map((replicationFactor) =>
        ask('CreateTopics', 7, making('numbers', { replicationFactor })),
      ),
      ask('CreateTopics', 4, making('numbers', { replicationFactor: 2 })),
      ask('CreateTopics', 7, making('numbers', { numPartitions: 0, replicationFactor: 0 })),
      ask('CreateTopics', 7, making('numbers', { replicationFactor: 2 }, { validateOnly: true })),
    ]),
    script('settings', [
      ask('CreateTopics', 7, making('set', settings({ 'retention.ms': '1000', 'cleanup.policy': 'compact' }))),
      ask('CreateTopics', 7, making('unset', settings({ 'retention.ms': 'many' }))),
      ask('CreateTopics', 7, making('unset', settings({ 'retention.ms': '-2' }))),
      ask('CreateTopics', 7, making('unset', settings({ 'cleanup.policy': 'burn' }))),
      ask('CreateTopics', 7, making('unset', settings({ 'no.such.setting': '1' }))),
      ask('CreateTopics', 7, making('unset', settings({ '': '1' }))),
      ask('CreateTopics', 7, making('unset', settings({ 'retention.ms': null }))),
      ask('CreateTopics', 7, making('unset', settings({ 'max.message.bytes': '-1' }))),
      ask('CreateTopics', 7, making('unset', settings({ 'min.insync.replicas': '0' }))),
      ask('CreateTopics', 7, making('unset', settings({ 'segment.bytes': '1' }))),
      ask('CreateTopics', 7, making('unset', settings({ 'compression.type': 'pkzip' }))),
      ask('CreateTopics', 7, making('unset', settings({ 'message.timestamp.type': 'Never' }))),
      ask('CreateTopics', 2, making('unset', settings({ 'retention.ms': 'many' }))),
      ask('CreateTopics', 7, {
        topics: [wanted('right'), wanted('wrong', settings({ 'retention.ms': 'many' })), wanted('a/b')],
      }),
      ask(
        'CreateTopics',
        7,
        making('unset', { configs: ['1', '2'].map((value) => ({ name: 'retention.ms', value })) }),
      ),
    ]),
    script('assignments', [
      ask(
        'CreateTopics',
        7,
        making(
          'assigned',
          assigned(
            [
              [0, [1]],
              [1, [1]],
            ],
            -1,
            -1,
          ),
        ),
      ),
      ask('CreateTopics', 3, making('assigned-3', assigned([[0, [1]]], -1, -1))),
      ask('CreateTopics', 7, making('assigned-too', assigned([[0, [1]]], 1, -1))),
      ask('CreateTopics', 7, making('assigned-too', assigned([[0, [1]]], -1, 1))),
      ask('CreateTopics', 7, making('assigned-too', assigned([[0, [1]]], 1, 1))),
      ask('CreateTopics', 7, making('misassigned', assigned([[0, [9]]], -1, -1))),
      ask('CreateTopics', 7, making('misassigned', assigned([[0, []]], -1, -1))),
      ask('CreateTopics', 7, making('misassigned', assigned([[0, [1, 1]]], -1, -1))),
      ask('CreateTopics', 7, making('misassigned', assigned([[1, [1]]], -1, -1))),
      ask(
        'CreateTopics',
        7,
        making(
          'misassigned',
          assigned(
            [
              [0, [1]],
              [0, [1]],
            ],
            -1,
            -1,
          ),
        ),
      ),
      ask('CreateTopics', 7, making('misassigned', assigned([[0, [-1]]], -1, -1))),
    ]),
  ],
}

function assigned(
  partitions: readonly (readonly [partitionIndex: number, brokerIds: readonly number[]])[],
  numPartitions: number,
  replicationFactor: number,
): Message {
  const assignments = partitions.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds }))
  return { numPartitions, replicationFactor, assignments }
}

export const DELETE_TOPICS: Area = {
  name: 'DeleteTopics',
  scripts: [
    script('in all versions', [
      ...[1, 2, 3, 4, 5].flatMap((version) => [
        ...topic(`doomed-${version}`),
        ask('DeleteTopics', version, { topicNames: [`doomed-${version}`] }),
        ask('DeleteTopics', version, { topicNames: [`doomed-${version}`] }),
      ]),
      ...topic('doomed-6'),
      ask('DeleteTopics', 6, { topics: [{ name: 'doomed-6' }] }),
      ask('DeleteTopics', 6, { topics: [{ name: 'doomed-6' }] }),
      ...topic('doomed-by-id'),
      ask('DeleteTopics', 6, { topics: [{ topicId: '$doomed-by-id' }] }),
      ask('DeleteTopics', 6, { topics: [{ topicId: '$doomed-by-id' }] }),
      untilGone('doomed-by-id'),
    ]),
    script('what is asked for is not allowed', [
      ask('DeleteTopics', 5, { topicNames: [] }),
      ask('DeleteTopics', 6, {}),
      ask('DeleteTopics', 5, { topicNames: ['nowhere'] }),
      ask('DeleteTopics', 1, { topicNames: ['nowhere'] }),
      ask('DeleteTopics', 5, { topicNames: [''] }),
      ask('DeleteTopics', 5, { topicNames: ['a/b'] }),
      ask('DeleteTopics', 6, { topics: [{ name: 'nowhere' }] }),
      ask('DeleteTopics', 6, { topics: [{ topicId: NO_TOPIC_HAS }] }),
      ask('DeleteTopics', 6, { topics: [{ topicId: NO_TOPIC }] }),
      ...topic('doomed-both-ways'),
      ask('DeleteTopics', 6, { topics: [{ name: 'doomed-both-ways', topicId: '$doomed-both-ways' }] }),
      ask('DeleteTopics', 6, { topics: [{ name: 'doomed-both-ways' }, { topicId: '$doomed-both-ways' }] }),
      ask('DeleteTopics', 6, { topics: [{ name: 'doomed-both-ways' }, { name: 'doomed-both-ways' }] }),
      ask('DeleteTopics', 6, { topics: [{ topicId: '$doomed-both-ways' }, { topicId: '$doomed-both-ways' }] }),
      ask('DeleteTopics', 5, { topicNames: ['doomed-both-ways', 'doomed-both-ways'] }),
      ask('DeleteTopics', 5, { topicNames: ['doomed-both-ways', 'nowhere'] }),
    ]),
  ],
}

export const METADATA: Area = {
  name: 'Metadata',
  scripts: [
    script('of no topic, in all versions', [
      ...inVersions('Metadata', [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13], { topics: [] }),
      ask('Metadata', 8, { topics: [], includeClusterAuthorizedOperations: true }),
    ]),
    script('of all topics, in all versions', [
      ask('Metadata', 0, { topics: [] }),
      ...inVersions('Metadata', [1, 4, 7, 8, 9, 10, 12, 13], { topics: null }),
    ]),
    script('of one topic, in all versions', [
      ...topic('known', { partitions: 2 }),
      ...inVersions('Metadata', [0, 1, 2, 3], { topics: [{ name: 'known' }] }),
      ...inVersions('Metadata', [4, 5, 6, 7, 8, 9, 10, 11, 12, 13], of('known')),
      ask('Metadata', 12, { topics: [{ name: null, topicId: '$known' }], allowAutoTopicCreation: false }),
      ask('Metadata', 13, { topics: [{ name: null, topicId: '$known' }], allowAutoTopicCreation: false }),
      ask('Metadata', 12, { ...of('known'), includeTopicAuthorizedOperations: true }),
      ask('Metadata', 8, {
        ...of('known'),
        includeTopicAuthorizedOperations: true,
        includeClusterAuthorizedOperations: true,
      }),
    ]),
    script('of topics that are not there', [
      ...topic('known', { partitions: 2 }),
      ask('Metadata', 12, { ...of('nowhere'), includeTopicAuthorizedOperations: true }),
      ask('Metadata', 12, { topics: [{ name: null, topicId: NO_TOPIC_HAS }], includeTopicAuthorizedOperations: true }),
      ...inVersions('Metadata', [0, 1, 3], { topics: [{ name: 'nowhere' }] }),
      ...inVersions('Metadata', [4, 8, 9, 12, 13], of('nowhere')),
      ...inVersions('Metadata', [4, 9, 12], of('nowhere', true)),
      ...inVersions('Metadata', [1, 9, 12], { topics: [{ name: 'a/b' }] }),
      ask('Metadata', 9, { topics: [{ name: '' }] }),
      ask('Metadata', 12, { topics: [{ name: '' }] }),
      ask('Metadata', 12, { topics: [{ name: 'a/b' }], allowAutoTopicCreation: true }),
      ask('Metadata', 12, { topics: [{ name: null, topicId: NO_TOPIC_HAS }] }),
      ask('Metadata', 12, { topics: [{ name: null, topicId: NO_TOPIC }] }),
      ask('Metadata', 10, { topics: [{ name: null, topicId: NO_TOPIC_HAS }] }),
      ask('Metadata', 12, { topics: [{ name: 'known', topicId: NO_TOPIC_HAS }] }),
      ask('Metadata', 12, { topics: [{ name: 'known' }, { name: 'nowhere' }, { name: 'known' }] }),
      ask('Metadata', 12, { topics: [{ name: null, topicId: '$known' }, { name: 'known' }] }),
      ask('Metadata', 12, { topics: [{ name: null, topicId: '$known' }, { name: null }] }),
      ask('Metadata', 12, { topics: [NO_TOPIC_HAS, NO_TOPIC_HAS].map((topicId) => ({ name: null, topicId })) }),
      ask('Metadata', 12, { topics: [{ name: 'known' }, { name: null, topicId: NO_TOPIC_HAS }, { name: 'nowhere' }] }),
      ask('Metadata', 12, of('__consumer_offsets')),
    ]),
    script('of a topic that was deleted', [
      ...topic('deleted'),
      given('DeleteTopics', 6, { topics: [{ name: 'deleted' }] }),
      untilGone('deleted'),
      ask('Metadata', 12, { topics: [{ name: null, topicId: '$deleted' }] }),
      ask('Metadata', 12, of('deleted')),
    ]),
  ],
}

/** The controller deletes a topic, and the broker hears of it afterwards. */
function untilGone(name: string): Step {
  return until('Metadata', 12, of(name), 'topics.0.errorCode', 'UNKNOWN_TOPIC_OR_PARTITION')
}

function of(name: string, allowAutoTopicCreation = false): Message {
  return { topics: [{ name }], allowAutoTopicCreation }
}
