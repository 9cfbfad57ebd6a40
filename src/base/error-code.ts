/**
 * Kafka's error codes, -1 to 133, with the names, numbers and retriability of Kafka 4.2 (clients, class `Errors`; an
 * error is retriable if its exception extends `RetriableException`). Inside Odradek an expected refusal is the name, as
 * a value; the number appears only on the wire. The sentences are our own.
 */
interface KafkaErrorRow {
  /** The int16 on the wire. */
  readonly code: number
  /** Whether the same request may succeed later without any change to it. */
  readonly retriable: boolean
  readonly says: string
}

const final = (code: number, says: string): KafkaErrorRow => ({ code, retriable: false, says })
const retriable = (code: number, says: string): KafkaErrorRow => ({ code, retriable: true, says })

export const ERRORS = {
  UNKNOWN_SERVER_ERROR: final(-1, 'The broker failed in a way it did not expect.'),
  NONE: final(0, 'No error.'),
  OFFSET_OUT_OF_RANGE: final(1, 'The offset lies before the start or after the end of the log.'),
  CORRUPT_MESSAGE: retriable(2, 'The batch does not match its CRC or its format.'),
  UNKNOWN_TOPIC_OR_PARTITION: retriable(3, 'The broker does not know this topic or partition.'),
  INVALID_FETCH_SIZE: final(4, 'The fetch asks for an impossible number of bytes.'),
  LEADER_NOT_AVAILABLE: retriable(5, 'The partition has no leader at the moment.'),
  NOT_LEADER_OR_FOLLOWER: retriable(6, 'The broker is not the leader, or no replica, of this partition.'),
  REQUEST_TIMED_OUT: retriable(7, 'The request was not completed in time.'),
  BROKER_NOT_AVAILABLE: final(8, 'The broker is not available.'),
  REPLICA_NOT_AVAILABLE: retriable(9, 'The replica is not available on this broker.'),
  MESSAGE_TOO_LARGE: final(10, 'The batch is larger than the topic accepts.'),
  STALE_CONTROLLER_EPOCH: final(11, 'The controller moved to another broker.'),
  OFFSET_METADATA_TOO_LARGE: final(12, 'The metadata string of the committed offset is too long.'),
  NETWORK_EXCEPTION: retriable(13, 'The connection was lost before the response arrived.'),
  COORDINATOR_LOAD_IN_PROGRESS: retriable(14, 'The coordinator is still loading its state.'),
  COORDINATOR_NOT_AVAILABLE: retriable(15, 'There is no coordinator at the moment.'),
  NOT_COORDINATOR: retriable(16, 'The broker is not the coordinator asked for.'),
  INVALID_TOPIC_EXCEPTION: final(17, 'The topic cannot be used: its name is invalid or it is internal.'),
  RECORD_LIST_TOO_LARGE: final(18, 'The batch is larger than a segment of the log.'),
  NOT_ENOUGH_REPLICAS: retriable(19, 'Nothing was appended: the isr is smaller than min.insync.replicas.'),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: retriable(20, 'Appended, but the isr is now below min.insync.replicas.'),
  INVALID_REQUIRED_ACKS: final(21, 'acks must be 0, 1 or -1.'),
  ILLEGAL_GENERATION: final(22, 'The generation is not the current one of the group.'),
  INCONSISTENT_GROUP_PROTOCOL: final(23, 'The member shares no assignor or protocol type with its group.'),
  INVALID_GROUP_ID: final(24, 'The group id is invalid.'),
  UNKNOWN_MEMBER_ID: final(25, 'The coordinator does not know this member.'),
  INVALID_SESSION_TIMEOUT: final(26, 'The session timeout is outside the limits of the broker.'),
  REBALANCE_IN_PROGRESS: final(27, 'The group is rebalancing: join it again.'),
  INVALID_COMMIT_OFFSET_SIZE: final(28, 'The committed offset is too large to store.'),
  TOPIC_AUTHORIZATION_FAILED: final(29, 'Not authorized for the topic.'),
  GROUP_AUTHORIZATION_FAILED: final(30, 'Not authorized for the group.'),
  CLUSTER_AUTHORIZATION_FAILED: final(31, 'Not authorized for the cluster.'),
  INVALID_TIMESTAMP: final(32, 'The timestamp of the record is out of range.'),
  UNSUPPORTED_SASL_MECHANISM: final(33, 'The broker does not offer this SASL mechanism.'),
  ILLEGAL_SASL_STATE: final(34, 'The request does not fit the state of the SASL exchange.'),
  UNSUPPORTED_VERSION: final(35, 'The version of the API is not supported.'),
  TOPIC_ALREADY_EXISTS: final(36, 'A topic of this name exists already.'),
  INVALID_PARTITIONS: final(37, 'The number of partitions is invalid.'),
  INVALID_REPLICATION_FACTOR: final(38, 'The replication factor is below 1 or above the number of brokers.'),
  INVALID_REPLICA_ASSIGNMENT: final(39, 'The assignment of replicas is invalid.'),
  INVALID_CONFIG: final(40, 'An option is unknown or has an impossible value.'),
  NOT_CONTROLLER: retriable(41, 'This is not the active controller.'),
  INVALID_REQUEST: final(42, 'The request is malformed, or not allowed in this state.'),
  UNSUPPORTED_FOR_MESSAGE_FORMAT: final(43, 'The record format of the broker cannot do this.'),
  POLICY_VIOLATION: final(44, 'The request breaks a policy of the cluster.'),
  OUT_OF_ORDER_SEQUENCE_NUMBER: final(45, 'The sequence is not the one after the last.'),
  DUPLICATE_SEQUENCE_NUMBER: final(46, 'The batch with this sequence was appended before.'),
  INVALID_PRODUCER_EPOCH: final(47, 'The producer has an old epoch.'),
  INVALID_TXN_STATE: final(48, 'The state of the transaction does not allow this.'),
  INVALID_PRODUCER_ID_MAPPING: final(49, 'The producer id does not belong to this transactional id.'),
  INVALID_TRANSACTION_TIMEOUT: final(50, 'The transaction timeout is above transaction.max.timeout.ms.'),
  CONCURRENT_TRANSACTIONS: retriable(51, 'The last transaction of this producer is still being completed.'),
  TRANSACTION_COORDINATOR_FENCED: final(52, 'A newer transaction coordinator has taken over.'),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: final(53, 'Not authorized for the transactional id.'),
  SECURITY_DISABLED: final(54, 'Security is not enabled.'),
  OPERATION_NOT_ATTEMPTED: final(55, 'Not attempted, because another part of the request failed.'),
  KAFKA_STORAGE_ERROR: retriable(56, 'The storage of the log failed.'),
  LOG_DIR_NOT_FOUND: final(57, 'The log directory is not one of the broker.'),
  SASL_AUTHENTICATION_FAILED: final(58, 'SASL authentication failed.'),
  UNKNOWN_PRODUCER_ID: final(59, 'The broker holds no state of this producer any more.'),
  REASSIGNMENT_IN_PROGRESS: final(60, 'The partition is being reassigned.'),
  DELEGATION_TOKEN_AUTH_DISABLED: final(61, 'Delegation tokens are not enabled.'),
  DELEGATION_TOKEN_NOT_FOUND: final(62, 'The broker does not know the delegation token.'),
  DELEGATION_TOKEN_OWNER_MISMATCH: final(63, 'The principal neither owns nor may renew the token.'),
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: final(64, 'Delegation tokens cannot be asked for on this channel.'),
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: final(65, 'Not authorized for the delegation token.'),
  DELEGATION_TOKEN_EXPIRED: final(66, 'The delegation token has expired.'),
  INVALID_PRINCIPAL_TYPE: final(67, 'The type of the principal is not supported.'),
  NON_EMPTY_GROUP: final(68, 'The group still has members.'),
  GROUP_ID_NOT_FOUND: final(69, 'There is no group of this id.'),
  FETCH_SESSION_ID_NOT_FOUND: retriable(70, 'The broker does not know the fetch session.'),
  INVALID_FETCH_SESSION_EPOCH: retriable(71, 'The epoch of the fetch session is not the next one.'),
  LISTENER_NOT_FOUND: retriable(72, 'The leader has no listener like the one that was asked.'),
  TOPIC_DELETION_DISABLED: final(73, 'Topics may not be deleted.'),
  FENCED_LEADER_EPOCH: retriable(74, 'The leader epoch of the request is older than the one of the broker.'),
  UNKNOWN_LEADER_EPOCH: retriable(75, 'The leader epoch of the request is newer than the one of the broker.'),
  UNSUPPORTED_COMPRESSION_TYPE: final(76, 'The reader does not support the compression of this partition.'),
  STALE_BROKER_EPOCH: final(77, 'The broker registered again since: its old epoch is fenced.'),
  OFFSET_NOT_AVAILABLE: retriable(78, 'The high watermark of the new leader has not caught up yet.'),
  MEMBER_ID_REQUIRED: final(79, 'Join again, with the member id of this answer.'),
  PREFERRED_LEADER_NOT_AVAILABLE: retriable(80, 'The preferred leader is not available.'),
  GROUP_MAX_SIZE_REACHED: final(81, 'The group has as many members as it may have.'),
  FENCED_INSTANCE_ID: final(82, 'Another member took over this group.instance.id.'),
  ELIGIBLE_LEADERS_NOT_AVAILABLE: retriable(83, 'No replica that may lead is available.'),
  ELECTION_NOT_NEEDED: retriable(84, 'The partition needs no election.'),
  NO_REASSIGNMENT_IN_PROGRESS: final(85, 'The partition is not being reassigned.'),
  GROUP_SUBSCRIBED_TO_TOPIC: final(86, 'The group is subscribed to the topic: its offsets must stay.'),
  INVALID_RECORD: final(87, 'The broker checked the record and refused it.'),
  UNSTABLE_OFFSET_COMMIT: retriable(88, 'Offsets of an open transaction are not decided yet.'),
  THROTTLING_QUOTA_EXCEEDED: retriable(89, 'The quota is used up for now.'),
  PRODUCER_FENCED: final(90, 'A newer producer uses the same transactional id.'),
  RESOURCE_NOT_FOUND: final(91, 'The resource does not exist.'),
  DUPLICATE_RESOURCE: final(92, 'The request names one resource twice.'),
  UNACCEPTABLE_CREDENTIAL: final(93, 'The credential does not meet the requirements.'),
  INCONSISTENT_VOTER_SET: final(94, 'Sender or receiver is not one of the voters.'),
  INVALID_UPDATE_VERSION: final(95, 'The version of the update is invalid.'),
  FEATURE_UPDATE_FAILED: final(96, 'The features could not be updated.'),
  PRINCIPAL_DESERIALIZATION_FAILURE: final(97, 'The principal of a forwarded request is unreadable.'),
  SNAPSHOT_NOT_FOUND: final(98, 'There is no such snapshot.'),
  POSITION_OUT_OF_RANGE: final(99, 'The position lies outside the snapshot.'),
  UNKNOWN_TOPIC_ID: retriable(100, 'The broker does not know a topic of this id.'),
  DUPLICATE_BROKER_REGISTRATION: final(101, 'Another live broker is registered under this id.'),
  BROKER_ID_NOT_REGISTERED: final(102, 'No broker is registered under this id.'),
  INCONSISTENT_TOPIC_ID: retriable(103, 'The log belongs to a topic of another id.'),
  INCONSISTENT_CLUSTER_ID: final(104, 'The request is meant for another cluster.'),
  TRANSACTIONAL_ID_NOT_FOUND: final(105, 'There is no such transactional id.'),
  FETCH_SESSION_TOPIC_ID_ERROR: retriable(106, 'The fetch session mixes topic names and topic ids.'),
  INELIGIBLE_REPLICA: final(107, 'A replica of the new isr may not be in it.'),
  NEW_LEADER_ELECTED: final(108, 'The change was made, and with it the leader changed.'),
  OFFSET_MOVED_TO_TIERED_STORAGE: final(109, 'The offset has moved to tiered storage.'),
  FENCED_MEMBER_EPOCH: final(110, 'The member is fenced: it must give up its partitions and join again.'),
  UNRELEASED_INSTANCE_ID: final(111, 'Another member still holds this group.instance.id.'),
  UNSUPPORTED_ASSIGNOR: final(112, 'The group does not support the assignor.'),
  STALE_MEMBER_EPOCH: final(113, 'The member has an old epoch: the next heartbeat brings the new one.'),
  MISMATCHED_ENDPOINT_TYPE: final(114, 'Brokers were asked for at a controller, or the other way round.'),
  UNSUPPORTED_ENDPOINT_TYPE: final(115, 'The type of endpoint is not supported.'),
  UNKNOWN_CONTROLLER_ID: final(116, 'There is no controller of this id.'),
  UNKNOWN_SUBSCRIPTION_ID: final(117, 'The telemetry subscription is unknown or outdated.'),
  TELEMETRY_TOO_LARGE: final(118, 'The telemetry is larger than the broker accepts.'),
  INVALID_REGISTRATION: final(119, 'The controller refuses the registration of the broker.'),
  TRANSACTION_ABORTABLE: final(120, 'The transaction failed: abort it, then go on with this producer.'),
  INVALID_RECORD_STATE: final(121, 'The record is not in a state that can be acknowledged.'),
  SHARE_SESSION_NOT_FOUND: retriable(122, 'The broker does not know the share session.'),
  INVALID_SHARE_SESSION_EPOCH: retriable(123, 'The epoch of the share session is not the next one.'),
  FENCED_STATE_EPOCH: final(124, 'The state epoch of the share group is not the current one.'),
  INVALID_VOTER_KEY: final(125, 'The key of the voter is not the one of the receiver.'),
  DUPLICATE_VOTER: final(126, 'The voter is in the set already.'),
  VOTER_NOT_FOUND: final(127, 'The voter is not in the set.'),
  INVALID_REGULAR_EXPRESSION: final(128, 'The regular expression is invalid.'),
  REBOOTSTRAP_REQUIRED: final(129, 'The metadata of the client is outdated: it must bootstrap again.'),
  STREAMS_INVALID_TOPOLOGY: final(130, 'The topology is invalid.'),
  STREAMS_INVALID_TOPOLOGY_EPOCH: final(131, 'The epoch of the topology is invalid.'),
  STREAMS_TOPOLOGY_FENCED: final(132, 'The epoch of the topology is outdated.'),
  SHARE_SESSION_LIMIT_REACHED: retriable(133, 'The broker holds as many share sessions as it may.'),
} as const satisfies Record<string, KafkaErrorRow>

/** Kafka's name of an error. `NONE` says that all is well. */
export type ErrorCode = keyof typeof ERRORS

/** What the error says, to be read behind a colon. */
export function reasonOf(error: ErrorCode): string {
  const { says } = ERRORS[error]
  return `${says.slice(0, 1).toLowerCase()}${says.slice(1).replace(/\.$/, '')}`
}

/** The same with Kafka's name. */
export const because = (error: ErrorCode): string => `${reasonOf(error)} (${error})`

/** Names that a client says by itself, and never a broker: they are not on the wire, so they have no numbers. */
export const LOCAL_ERRORS = {
  BUFFER_EXHAUSTED: { retriable: true, says: 'The record was not taken: buffer.memory has no room for it.' },
} as const satisfies Record<string, Omit<KafkaErrorRow, 'code'>>

export type LocalErrorCode = keyof typeof LOCAL_ERRORS

/** Whether the text names an error, on the wire or not. */
export const isErrorName = (name: string): boolean => Object.hasOwn(ERRORS, name) || Object.hasOwn(LOCAL_ERRORS, name)

/** The int16 that stands for the name on the wire. */
export function errorNumber(name: ErrorCode): number {
  return ERRORS[name].code
}

const names = new Map(Object.entries(ERRORS).map(([name, row]) => [row.code, name as ErrorCode]))

/**
 * The name of an int16 from the wire; `UNKNOWN_SERVER_ERROR` for numbers of later versions (Kafka: `Errors.forCode`).
 */
export function errorName(number: number): ErrorCode {
  return names.get(number) ?? 'UNKNOWN_SERVER_ERROR'
}
