import type { ErrorCode } from '../base/error-code.js'
import { apiVersions } from '../protocol/apis/api-versions.js'
import { createPartitions } from '../protocol/apis/create-partitions.js'
import { describeLogDirs } from '../protocol/apis/describe-log-dirs.js'
import { describeTopicPartitions } from '../protocol/apis/describe-topic-partitions.js'
import { Codec } from '../protocol/codec.js'
import { apiVersionsPassage, unsupportedApiVersions } from './apis/api-versions.js'
import { configPassages } from './apis/configs.js'
import { deleteRecordsPassage } from './apis/delete-records.js'
import { deleteTopicsPassage } from './apis/delete-topics.js'
import { describeClusterPassage } from './apis/describe-cluster.js'
import { describeProducersPassage } from './apis/describe-producers.js'
import { electLeadersPassage } from './apis/elect-leaders.js'
import { fetchPassage } from './apis/fetch.js'
import { groupPassages } from './apis/groups.js'
import { initProducerIdPassage } from './apis/init-producer-id.js'
import { listOffsetsPassage } from './apis/list-offsets.js'
import { metadataPassage } from './apis/metadata.js'
import { offsetCommitPassage } from './apis/offset-commit.js'
import { offsetFetchPassage } from './apis/offset-fetch.js'
import { offsetForLeaderEpochPassage } from './apis/offset-for-leader-epoch.js'
import { producePassage } from './apis/produce.js'
import { saslPassages } from './apis/sasl.js'
import { createTopicsPassage } from './apis/topics.js'
import { ALL_OPERATIONS } from './operations.js'
import { type Passage, passedOn, type VersionedPassage } from './passage.js'

/** Clients are told so without asking, unless the request is refused. (`DescribeTopicPartitionsRequestHandler`) */
function withOperations<Topic extends { readonly errorCode: ErrorCode }>(topic: Topic): Topic {
  return topic.errorCode === 'INVALID_REQUEST' ? topic : { ...topic, topicAuthorizedOperations: ALL_OPERATIONS.topic }
}

/** The APIs that go through a gateway. What stands here is what clients are told, and nothing else is. */
export const PASSAGES: readonly Passage[] = [
  producePassage,
  fetchPassage,
  listOffsetsPassage,
  metadataPassage,
  offsetCommitPassage,
  offsetFetchPassage,
  ...groupPassages,
  ...saslPassages,
  apiVersionsPassage(() => PASSAGES),
  createTopicsPassage,
  deleteTopicsPassage,
  deleteRecordsPassage,
  passedOn(createPartitions),
  describeClusterPassage,
  passedOn(describeTopicPartitions, {
    isLarge: true,
    response: (message) => ({ ...message, topics: message.topics.map(withOperations) }),
  }),
  passedOn(describeLogDirs, { isLarge: true }),
  describeProducersPassage,
  ...configPassages,
  initProducerIdPassage,
  offsetForLeaderEpochPassage,
  electLeadersPassage,
].sort((one, other) => one.key - other.key)

const byKey: ReadonlyMap<number, Passage> = new Map(PASSAGES.map((passage) => [passage.key, passage]))
/** One whose API is known. */
type KnownPassage = VersionedPassage & { readonly passage: Passage; readonly codec: Codec<object, object> }
const versioned = new Map<number, KnownPassage>()
/** As many as there are numbers of 16 bits: whatever a client says, it is not another API's version. */
const VERSIONS = 2 ** 16

/**
 * What serves an API in a version; otherwise what is wrong. A version that is advertised only for old clients to see is
 * not served.
 */
export function passageFor(key: number, version: number): KnownPassage | 'no such API' | 'no such version' {
  const number = key * VERSIONS + version
  const known = versioned.get(number)
  if (known !== undefined) return known
  const passage = byKey.get(key)
  if (passage === undefined) return 'no such API'
  const plans = version <= passage.advertised.newest ? passage.wire.plansOf(version) : undefined
  if (plans === undefined) return 'no such version'
  const made = { passage, codec: new Codec(passage, version, plans) }
  versioned.set(number, made)
  return made
}

export function passageNamed(key: number): string {
  return byKey.get(key)?.name ?? `API ${key}`
}

/** Whether whoever asks in a version that is unknown has an answer. */
export function answersUnknownVersions(key: number): boolean {
  return key === apiVersions.key
}

/** What is answered to a request of ApiVersions in a version that is unknown. */
export function answerToUnknownVersion(correlationId: number): {
  readonly passage: VersionedPassage
  readonly bytes: Uint8Array
} {
  const oldest = passageFor(apiVersions.key, 0) as KnownPassage
  const message = unsupportedApiVersions(oldest.passage)
  return { passage: oldest, bytes: oldest.codec.encodeResponse({ correlationId, message }) }
}
