import type { ErrorCode } from '../base/error-code.js'
import { alterConfigs } from './apis/alter-configs.js'
import { alterPartition } from './apis/alter-partition.js'
import { brokerRegistration } from './apis/broker-registration.js'
import { controlledShutdown } from './apis/controlled-shutdown.js'
import { createPartitions } from './apis/create-partitions.js'
import { createTopics } from './apis/create-topics.js'
import { deleteGroups } from './apis/delete-groups.js'
import { deleteRecords } from './apis/delete-records.js'
import { deleteTopics } from './apis/delete-topics.js'
import { describeCluster } from './apis/describe-cluster.js'
import { describeConfigs } from './apis/describe-configs.js'
import { describeGroups } from './apis/describe-groups.js'
import { describeLogDirs } from './apis/describe-log-dirs.js'
import { describeProducers } from './apis/describe-producers.js'
import { describeTopicPartitions } from './apis/describe-topic-partitions.js'
import { electLeaders } from './apis/elect-leaders.js'
import { fetch } from './apis/fetch.js'
import { findCoordinator } from './apis/find-coordinator.js'
import { heartbeat } from './apis/heartbeat.js'
import { incrementalAlterConfigs } from './apis/incremental-alter-configs.js'
import { initProducerId } from './apis/init-producer-id.js'
import { joinGroup } from './apis/join-group.js'
import { leaveGroup } from './apis/leave-group.js'
import { listGroups } from './apis/list-groups.js'
import { listOffsets } from './apis/list-offsets.js'
import { metadata } from './apis/metadata.js'
import { offsetCommit } from './apis/offset-commit.js'
import { offsetDelete } from './apis/offset-delete.js'
import { offsetFetch } from './apis/offset-fetch.js'
import { offsetForLeaderEpoch } from './apis/offset-for-leader-epoch.js'
import { produce } from './apis/produce.js'
import { syncGroup } from './apis/sync-group.js'
import type { RequestOnWire, ResponseOnWire } from './codec.js'
import type { Api, Word } from './definition.js'
import { awaitBroker } from './inner/await-broker.js'
import { awaitRebalance } from './inner/await-rebalance.js'
import { CONSUMER_WORDS } from './inner/consumer-words.js'
import { createInternalTopic } from './inner/create-internal-topic.js'
import { endConversations } from './inner/end-conversations.js'
import { GROUP_WORDS } from './inner/group-words.js'
import { readNoMore } from './inner/read-no-more.js'
import type { RefusedResponse } from './inner/refused.js'
import { take } from './inner/take.js'
import { updateMetadata } from './inner/update-metadata.js'
import type { UNSERVED } from './unserved.js'

/**
 * What actors say to one another: Kafka's requests and responses as objects, named as in Kafka. Each API is known in
 * its own file, and everybody who must know of all of them asks this table. On a ring, Produce, Fetch and the answer to
 * Take have codecs of their own, because they are fast. What is made with `schemaApi` travels by its schema, and the
 * rest as JSON.
 */
export const APIS = [
  produce,
  fetch,
  metadata,
  listOffsets,
  createTopics,
  deleteTopics,
  deleteRecords,
  createPartitions,
  describeCluster,
  describeTopicPartitions,
  describeLogDirs,
  describeProducers,
  describeConfigs,
  alterConfigs,
  incrementalAlterConfigs,
  brokerRegistration,
  updateMetadata,
  alterPartition,
  controlledShutdown,
  electLeaders,
  initProducerId,
  offsetForLeaderEpoch,
  findCoordinator,
  joinGroup,
  syncGroup,
  heartbeat,
  leaveGroup,
  offsetCommit,
  offsetFetch,
  offsetDelete,
  listGroups,
  describeGroups,
  deleteGroups,
] as const

/**
 * Words that Kafka does not have: what the two halves of a consumer, which are one object there, say to one another,
 * what a member asks of its coordinator beside a Heartbeat, what a consumer tells the leaders of what it has read,
 * what brokers ask of the controller, and the application and gateways of brokers and gateways.
 */
const WORDS = [
  ...CONSUMER_WORDS,
  ...GROUP_WORDS,
  take,
  awaitRebalance,
  readNoMore,
  createInternalTopic,
  awaitBroker,
  endConversations,
] as const

type TypesOf<Entry> = Entry extends { readonly types?: infer Types } ? NonNullable<Types> : never
type TypesOfApis = TypesOf<(typeof APIS)[number]>
type TypesOfAll = TypesOfApis | TypesOf<(typeof WORDS)[number]>

export type Request = TypesOfAll['request']
export type Response = TypesOfAll['response'] | RefusedResponse
export type Body = Request | Response
/** The name of a request. */
export type ApiName = Request['api']
/** The name of an API of brokers and controller: each can say that it failed. */
export type KafkaApiName = TypesOfApis['request']['api']
type OfCoordinators = Extract<(typeof APIS)[number], { readonly servedBy: 'coordinator' }>
/** The name of an API that coordinators of groups answer. A broker is asked for the groups of all that it is. */
export type GroupApiName = TypesOf<OfCoordinators>['request']['api'] | 'ListGroups'
export type RequestOf<A extends ApiName> = Extract<Request, { api: A }>
export type ResponseOf<A extends ApiName> = Extract<Response, { api: A }>

type Unserved = (typeof UNSERVED)['apis'][number]
/** A request of an API that nobody serves yet: as Kafka's newest version has it. */
export type UnservedRequestOf<A extends Unserved['name']> = {
  readonly api: A
} & RequestOnWire<Extract<Unserved, { readonly name: A }>['wire']>
export type UnservedResponseOf<A extends Unserved['name']> = {
  readonly api: A
} & ResponseOnWire<Extract<Unserved, { readonly name: A }>['wire']>

type AnyWord = Word<Request, Response>
type AskedOfApis = TypesOfApis['request']
type AnyApi = Api<AskedOfApis, Response>

const words: ReadonlyMap<unknown, AnyWord> = new Map([...APIS, ...WORDS].map((entry) => [entry.name, entry]))
const apis: ReadonlyMap<unknown, AnyApi> = new Map(APIS.map((entry) => [entry.name, entry]))

/** Undefined: there is no such word, whatever was sent as one. */
export function wordNamed(name: unknown): AnyWord | undefined {
  return words.get(name)
}

export function apiNamed(name: KafkaApiName): AnyApi {
  return apis.get(name) as AnyApi
}

/**
 * The answer to a request of which nothing was done, in the shape of its API. Null: it is a word that has no errors.
 */
export function refusalTo(request: Request, error: ErrorCode, says?: string): Response | null {
  return apis.get(request.api)?.refusal(request as AskedOfApis, error, says) ?? null
}

/** The error for which whoever asked asks again; null: the answer stands, whatever it says. */
export function passingErrorOf(response: Response): ErrorCode | null {
  return apis.get(response.api)?.passing?.(response) ?? null
}

/** The answer to a request that its coordinator could not serve. */
export function coordinatorRefusalTo(request: AskedOfApis, error: ErrorCode): Response {
  const { coordinatorErrors, refusal } = apiNamed(request.api)
  return refusal(request, coordinatorErrors?.[error] ?? error)
}

/** Whether whoever asked waits for an answer. It may be asked of what is not a request. */
export function isAnswered(request: Request | null): boolean {
  return apis.get(request?.api)?.isAnswered?.(request as AskedOfApis) ?? true
}
