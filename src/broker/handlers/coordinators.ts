import { CONTROLLER } from '../../actor/address.js'
import type { Handlers } from '../../actor/handler-table.js'
import type { NetworkClient } from '../../actor/network-client.js'
import type { Context } from '../../actor/types.js'
import { CONSUMER_OFFSETS_TOPIC } from '../../base/internal-topics.js'
import { javaHash } from '../../base/java-hash.js'
import { type RequestOf, type Response, type ResponseOf, refusalTo } from '../../protocol/api.js'
import type { PartitionMetadata } from '../../protocol/apis/metadata.js'
import type { ClusterView } from '../cluster-view.js'

type Found = ResponseOf<'FindCoordinator'>['coordinators'][number]

/** What FindCoordinator asks about: 1 is a transactional id, 2 a share group. (`CoordinatorType`) */
const GROUP = 0
const TRANSACTION = 1
const SHARE = 2

/** Where a broker listens; actors reach it by its id. */
const NOWHERE = { host: '', port: -1 }

/**
 * The partition of `__consumer_offsets` on which a group lies; null: there is no such topic yet. The topic says how
 * many partitions there are, since the option may be another one by now. (`GroupCoordinatorService.partitionFor`)
 */
export function partitionOfGroup(groupId: string, cluster: ClusterView): PartitionMetadata | null {
  const partitions = cluster.topicNamed(CONSUMER_OFFSETS_TOPIC)?.partitions ?? []
  // In Java, the smallest integer has no absolute value, and counts as 0.
  const hash = javaHash(groupId) === -(2 ** 31) ? 0 : Math.abs(javaHash(groupId))
  return partitions[hash % partitions.length] ?? null
}

/**
 * Serves FindCoordinator: whoever leads a group's partition coordinates it. The first question has the topic created,
 * and waits for it, as Metadata does for a topic that is unknown; Kafka answers COORDINATOR_NOT_AVAILABLE meanwhile.
 */
export class CoordinatorHandler {
  readonly handlers: Handlers = {
    FindCoordinator: (connection, correlationId, request, context) =>
      this.#find(request, context, (response) => connection.reply(correlationId, response)),
  }
  readonly #cluster: ClusterView
  readonly #controller: NetworkClient
  /** Questions that wait for the topic. The first of them has asked the controller. */
  #waiting: (() => void)[] = []

  constructor(parts: { readonly cluster: ClusterView; readonly controller: NetworkClient }) {
    this.#cluster = parts.cluster
    this.#controller = parts.controller
  }

  #find(request: RequestOf<'FindCoordinator'>, context: Context, answer: (response: Response) => void): void {
    if (request.keyType === TRANSACTION) {
      // What ends a client's attempts: librdkafka asks again after any other error, in silence.
      const says = 'This cluster has no transactions'
      return answer(refusalTo(request, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', says) as Response)
    }
    if (request.keyType !== GROUP) {
      // Kafka says nothing of a share group, and of a type that is none what it is.
      const says = request.keyType === SHARE ? '' : `There are no coordinators of type ${request.keyType} here`
      return answer(refusalTo(request, 'INVALID_REQUEST', says) as Response)
    }
    const told = (): void =>
      answer({
        api: 'FindCoordinator',
        throttleTimeMs: 0,
        coordinators: request.coordinatorKeys.map((key) => this.#coordinatorOf(key)),
      })
    if (this.#cluster.topicNamed(CONSUMER_OFFSETS_TOPIC) !== undefined) return told()
    this.#waiting.push(told)
    if (this.#waiting.length === 1) this.#create(context)
  }

  /** Whatever comes of it: who waits is told what this broker knows then. */
  #create(context: Context): void {
    const create = { api: 'CreateInternalTopic' as const, name: CONSUMER_OFFSETS_TOPIC }
    const tellAll = (): void => {
      for (const told of this.#waiting.splice(0)) told()
    }
    if (this.#controller.send(CONTROLLER, create, context, tellAll) !== 'sent') tellAll()
  }

  #coordinatorOf(key: string): Found {
    const leader = partitionOfGroup(key, this.#cluster)?.leader ?? -1
    const isAlive = this.#cluster.brokers.some(({ brokerId, isFenced }) => brokerId === leader && !isFenced)
    if (isAlive) return { key, nodeId: leader, ...NOWHERE, errorCode: 'NONE', errorMessage: null }
    return { key, nodeId: -1, ...NOWHERE, errorCode: 'COORDINATOR_NOT_AVAILABLE', errorMessage: null }
  }
}
