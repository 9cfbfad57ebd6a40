import type { ErrorCode } from '../../base/error-code.js'
import { KafkaError } from '../../base/errors.js'
import {
  type GroupApiName,
  passingErrorOf,
  type RequestOf,
  type Response,
  type ResponseOf,
} from '../../protocol/api.js'
import { coordinatorError } from '../../protocol/passing.js'
import { type AdminFront, type Patience, patient } from './admin-front.js'

/** What is asked of coordinators about several groups, and how their answers tell of each one. */
export interface CoordinatorErrand<Api extends GroupApiName, Result> {
  readonly api: Api
  request(groupIds: readonly string[]): RequestOf<Api>
  results(response: ResponseOf<Api>): readonly (readonly [groupId: string, result: Result, error: ErrorCode])[]
}

/** What FindCoordinator asks about. (`CoordinatorType`) */
const GROUP = 0

/**
 * Asks the coordinators of groups: one question says who they are, and each of them is asked once about all of its
 * groups. Groups whose coordinator has moved, ended or is being loaded are looked up again, and those alone.
 *
 *     groups ─▶ FindCoordinator ─▶ each coordinator ─▶ results
 *        ▲                              │ moved, ended, not ready
 *        └──────────────────────────────┘
 *
 * Nobody remembers a coordinator for the next errand, as in Kafka (`AdminApiDriver`, `CoordinatorStrategy`).
 */
export class Coordinators {
  readonly #front: AdminFront

  constructor(front: AdminFront) {
    this.#front = front
  }

  /** Asks about one group: rejects with a TimeoutError when there is no answer that stands within the time. */
  async ask<Request extends RequestOf<GroupApiName>>(
    request: Request,
    groupId: string,
  ): Promise<ResponseOf<Request['api']>> {
    const results = await this.askEach<GroupApiName, Response>([groupId], {
      api: request.api,
      request: () => request,
      results: (response) => [[groupId, response, passingErrorOf(response) ?? 'NONE']],
    })
    return results.get(groupId) as ResponseOf<Request['api']>
  }

  /** What was said of each group. */
  async askEach<Api extends GroupApiName, Result>(
    groupIds: readonly string[],
    errand: CoordinatorErrand<Api, Result>,
  ): Promise<ReadonlyMap<string, Result>> {
    const patience = { ...patient(), what: errand.api }
    const told = new Map<string, Result>()
    for (let left = [...new Set(groupIds)]; left.length > 0; left = left.filter((groupId) => !told.has(groupId))) {
      const byBroker = await this.#find(left, patience)
      const asked = [...byBroker].map(([brokerId, ids]) => this.#askOne(brokerId, ids, errand, patience))
      for (const [groupId, result] of (await Promise.all(asked)).flat()) told.set(groupId, result)
    }
    return told
  }

  async #find(groupIds: readonly string[], patience: Patience): Promise<ReadonlyMap<number, readonly string[]>> {
    const request = { api: 'FindCoordinator' as const, keyType: GROUP, coordinatorKeys: groupIds }
    const { coordinators } = await this.#front.ask(request, patience)
    refuseSilence(
      groupIds,
      coordinators.map(({ key }) => key),
    )
    const byBroker = new Map<number, string[]>()
    for (const { key, nodeId, errorCode, errorMessage } of coordinators) {
      if (errorCode !== 'NONE') throw new KafkaError(errorCode, errorMessage ?? `Nobody coordinates the group '${key}'`)
      const others = byBroker.get(nodeId)
      if (others === undefined) byBroker.set(nodeId, [key])
      else others.push(key)
    }
    return byBroker
  }

  /** The results that stand; the others are asked for again, after a while. */
  async #askOne<Api extends GroupApiName, Result>(
    brokerId: number,
    groupIds: readonly string[],
    errand: CoordinatorErrand<Api, Result>,
    patience: Patience,
  ): Promise<readonly (readonly [string, Result])[]> {
    const response = await this.#front.askOnce(errand.request(groupIds), brokerId, patience)
    if (response === null) return []
    const results = errand.results(response as ResponseOf<Api>)
    refuseSilence(
      groupIds,
      results.map(([groupId]) => groupId),
    )
    const standing: (readonly [string, Result])[] = []
    for (const [groupId, result, error] of results) {
      const passing = coordinatorError([error])
      if (passing === null) standing.push([groupId, result])
      else this.#front.backOff(patience, `the last answer was ${passing}`)
    }
    return standing
  }
}

/** Whoever says nothing of a group would be asked without end. */
function refuseSilence(asked: readonly string[], told: readonly string[]): void {
  const missing = asked.find((groupId) => !told.includes(groupId))
  if (missing !== undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR', `Nothing was said of group '${missing}'`)
}
