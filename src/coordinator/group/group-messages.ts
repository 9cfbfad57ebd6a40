import type { Asked, Replied } from '../../log/state-machine.js'
import type { GroupApiName, RequestOf, ResponseOf } from '../../protocol/api.js'

export interface DeletedTopic {
  readonly name: string
  /** The id that commits of it have: offsets with another one stay. */
  readonly topicId: string
}

/**
 * The broker has heard that topics are gone. What groups have committed for them is forgotten, some time later. Not an
 * API of Kafka. (`GroupCoordinatorService.onPartitionsDeleted`)
 */
interface TopicsDeletedRequest {
  readonly api: 'TopicsDeleted'
  readonly topics: readonly DeletedTopic[]
}
interface TopicsDeletedResponse {
  readonly api: 'TopicsDeleted'
}

/**
 * The broker has heard of the end of threads that may have members. A session ends with its thread, unless the member
 * is static: a static member is waited for. In Kafka nobody sees that, since a process that lives may lose its
 * connection.
 */
interface PeersEndedRequest {
  readonly api: 'PeersEnded'
  readonly peers: readonly string[]
}
interface PeersEndedResponse {
  readonly api: 'PeersEnded'
}

/** What members ask, whether Kafka has it or not. */
type AskedByMembers = GroupApiName | 'AwaitRebalance'
/** What may be asked of the groups of a partition. */
type GroupRequests = { readonly [A in AskedByMembers]: RequestOf<A> } & {
  readonly TopicsDeleted: TopicsDeletedRequest
  readonly PeersEnded: PeersEndedRequest
}
type GroupResponses = { readonly [A in AskedByMembers]: ResponseOf<A> } & {
  readonly TopicsDeleted: TopicsDeletedResponse
  readonly PeersEnded: PeersEndedResponse
}
export type GroupApi = keyof GroupRequests
export type GroupRequestOf<A extends GroupApi> = GroupRequests[A]
export type GroupResponseOf<A extends GroupApi> = GroupResponses[A]

/** What the head of a request says of whoever asks. */
export interface Caller {
  /** The version of the API that is spoken; messages have the shape of the newest one all the same. */
  readonly version: number
  readonly clientId: string
  /** The address of the client, as Kafka prints it: `/127.0.0.1`. */
  readonly clientHost: string
  /** The actor that asks: it may be seen to end. Absent: nobody would be. */
  readonly peer?: string
}

/**
 * A request to the groups of one partition. The broker has checked it before (`groupRefusal`), has resolved the ids of
 * topics to names, and asks only for groups that lie on the partition.
 */
export interface GroupRequest<A extends GroupApi = GroupApi> {
  readonly body: GroupRequestOf<A>
  readonly caller: Caller
}
export type GroupResponse = GroupResponseOf<GroupApi>

export type AskedFor<A extends GroupApi> = Asked<GroupRequest<A>>
export type AskedGroups = Asked<GroupRequest>
export type GroupReply = Replied<GroupRequest, GroupResponse>

/** The member id of whoever has none. (`JoinGroupRequest.UNKNOWN_MEMBER_ID`) */
export const NO_MEMBER_ID = ''
