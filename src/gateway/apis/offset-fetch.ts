import type { RequestOf, ResponseOf } from '../../protocol/api.js'
import { offsetFetch } from '../../protocol/apis/offset-fetch.js'
import type { Wire } from '../../protocol/codec.js'
import { topicIdOf, topicUuidOf } from '../../protocol/topic-uuid.js'
import { ZERO_UUID } from '../../protocol/wire/wire-types.js'
import type { Exchange } from '../exchange.js'
import { withNamedTopics, withTopicIds } from '../known-topics.js'
import { translated } from '../passage.js'

/**
 * OffsetFetch: one group up to version 7, many since version 8, and topics by their names up to version 9.
 * (`KafkaApis.handleOffsetFetchRequest`, `OffsetFetchResponse`)
 */
type Asked = RequestOf<'OffsetFetch'>
type Group = Asked['groups'][number]
type Found = ResponseOf<'OffsetFetch'>['groups'][number]
type FoundTopic = Found['topics'][number]

/** The first version that asks for many groups (KIP-709), and the first that names topics by their ids. */
const MANY_GROUPS = 8
const BY_ID = 10
/** The first version that has an error for the group. */
const HAS_ERROR = 2

export const offsetFetchPassage = translated({
  name: offsetFetch.name,
  isLarge: true,
  key: offsetFetch.key,
  wire: offsetFetch.spoken as Wire<Asked, object>,
  serve(message, exchange) {
    const groups = exchange.version < MANY_GROUPS ? [onlyGroup(message)] : message.groups
    if (exchange.version >= BY_ID) return ask(message, groups, exchange, (found) => answer(found, exchange))
    const names = groups.flatMap(({ topics }) => (topics ?? []).map(({ name }) => name ?? ''))
    withNamedTopics(exchange, names, () => {
      const asked = groups.map((group) => withIds(group, exchange))
      ask(message, asked, exchange, (found) => {
        const named = groups.map((group, at) => withNames(group, asked[at] as Group, found[at] as Found, exchange))
        answer(named, exchange)
      })
    })
  },
})

function ask(
  message: Asked,
  groups: readonly Group[],
  exchange: Exchange,
  then: (found: readonly Found[]) => void,
): void {
  const asked = { ...message, ...exchange.caller, api: 'OffsetFetch' as const, groupId: '', topics: [], groups }
  exchange.ask(asked, (told) => {
    const uuids = told.groups.flatMap(({ topics }) => topics.map(({ topicId }) => topicId))
    if (exchange.version >= BY_ID) return then(told.groups)
    withTopicIds(exchange, uuids, () => then(told.groups))
  })
}

function answer(groups: readonly Found[], exchange: Exchange): void {
  const { version } = exchange
  if (version >= MANY_GROUPS) return exchange.answer({ throttleTimeMs: 0, groups, topics: [] })
  const { topics, errorCode } = groups[0] as Found
  const told = version < HAS_ERROR ? withError(topics, errorCode) : topics
  exchange.answer({ throttleTimeMs: 0, groups: [], topics: told, errorCode })
}

const withError = (topics: readonly FoundTopic[], errorCode: Found['errorCode']): readonly FoundTopic[] =>
  errorCode === 'NONE'
    ? topics
    : topics.map((topic) => ({ ...topic, partitions: topic.partitions.map((one) => ({ ...one, errorCode })) }))

const onlyGroup = ({ groupId = '', topics = null }: Asked): Group => ({
  groupId,
  memberId: null,
  memberEpoch: -1,
  topics: topics === null ? null : topics.map((topic) => ({ ...topic, topicId: ZERO_UUID })),
})

/** Topics that there are, by their ids. */
function withIds(group: Group, { cluster }: Exchange): Group {
  if (group.topics === null) return group
  const topics = group.topics.flatMap((topic) => {
    const topicId = cluster.topics.idOf(topic.name ?? '')
    return topicId === undefined ? [] : { ...topic, topicId: topicUuidOf(topicId) }
  })
  return { ...group, topics }
}

/**
 * Everything that was asked for, by name: of a topic that there is not, nothing was committed. `asked` is the group
 * with the topics of it that there are, in whose order the answer has them.
 */
function withNames(group: Group, asked: Group, found: Found, { cluster, version }: Exchange): Found {
  if (found.errorCode !== 'NONE' && version >= HAS_ERROR) return { ...found, topics: [] }
  if (group.topics === null) {
    const nameOf = (uuid: string): string => cluster.topics.nameOf(topicIdOf(uuid) ?? -1) ?? ''
    const topics = found.topics.map((topic) => ({ ...topic, name: nameOf(topic.topicId), topicId: ZERO_UUID }))
    return { ...found, topics: topics.filter(({ name }) => name !== '') }
  }
  const answers = found.topics.values()
  const known = new Set(asked.topics?.map(({ name }) => name))
  const topics = group.topics.map(({ name = '', partitionIndexes }): FoundTopic => {
    const answer = known.has(name) ? answers.next().value : undefined
    const partitions = answer?.partitions ?? partitionIndexes.map(nothingCommitted)
    return { name, topicId: ZERO_UUID, partitions: partitions.map(asUnnamed) }
  })
  return { ...found, topics }
}

type FoundPartition = FoundTopic['partitions'][number]

const nothingCommitted = (partitionIndex: number): FoundPartition => ({
  partitionIndex,
  committedOffset: -1,
  committedLeaderEpoch: -1,
  metadata: '',
  errorCode: 'NONE',
})

/** A topic that was deleted meanwhile is one of which nothing was committed. */
const asUnnamed = (one: FoundPartition): FoundPartition =>
  one.errorCode === 'UNKNOWN_TOPIC_ID' ? nothingCommitted(one.partitionIndex) : one
