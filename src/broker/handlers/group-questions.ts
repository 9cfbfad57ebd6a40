import type { Connection, Context } from '../../actor/types.js'
import type { BrokerOptions } from '../../base/config/broker-options.js'
import type { ErrorCode } from '../../base/error-code.js'
import type { Caller, GroupRequest, GroupResponse } from '../../coordinator/group/group-messages.js'
import { groupRefusal } from '../../coordinator/group/group-refusal.js'
import {
  apiNamed,
  coordinatorRefusalTo,
  type GroupApiName,
  type RequestOf,
  type ResponseOf,
} from '../../protocol/api.js'
import type { ClusterView } from '../cluster-view.js'
import type { GroupStates } from '../group-states.js'
import type { Question } from '../replicated-state.js'
import { partitionOfGroup } from './coordinators.js'

/** The groups of this broker. */
type AskedStates = Pick<GroupStates, 'led' | 'ask'>

/** The connection by which a request has come, and the turn in which it has. */
export interface Asking {
  readonly connection: Connection
  readonly context: Context
}

/** A request, and the partition to whose groups it is put. */
export interface GroupQuestion<A extends GroupApiName> {
  readonly partition: number
  readonly request: RequestOf<A>
}

/** No group lies there, since there is no topic yet: NOT_COORDINATOR. */
const NO_PARTITION = -1

/** What Kafka prints of a client of this machine. */
const CLIENT_HOST = '/127.0.0.1'

/** Puts requests to the groups of this broker. */
export class GroupQuestions {
  readonly states: AskedStates
  readonly #cluster: ClusterView
  readonly #options: BrokerOptions

  constructor(parts: { readonly states: AskedStates; readonly cluster: ClusterView; readonly options: BrokerOptions }) {
    this.states = parts.states
    this.#cluster = parts.cluster
    this.#options = parts.options
  }

  partitionOf(groupId: string): number {
    return partitionOfGroup(groupId, this.#cluster)?.partition ?? NO_PARTITION
  }

  /**
   * `done` is called once, at once or later, unless the connection ends before. What has happened to the coordinator is
   * told in the shape of the API.
   */
  ask<A extends GroupApiName>(
    { partition, request }: GroupQuestion<A>,
    { connection, context }: Asking,
    done: (response: ResponseOf<A>) => void,
  ): void {
    const asked = { body: request, caller: callerOf(request, connection) } as GroupRequest
    // What is wrong in any case is said before anybody looks for the coordinator.
    const refusal = groupRefusal(asked, this.#options)
    if (refusal !== null) return done(refusal as ResponseOf<A>)
    const question: Question<GroupRequest, GroupResponse> = {
      request: asked,
      connection,
      answer: ({ error, reply }) => done((reply ?? coordinatorRefusalTo(request, error)) as ResponseOf<A>),
    }
    this.states.ask(partition, question, context)
  }

  /** Has the group tell when it rebalances. It is no API of Kafka's: nobody else asks for it. */
  await(
    body: RequestOf<'AwaitRebalance'>,
    { connection, context }: Asking,
    done: (response: ResponseOf<'AwaitRebalance'>) => void,
  ): void {
    const { peer } = connection
    const question: Question<GroupRequest, GroupResponse> = {
      request: { body, caller: { version: 0, clientId: peer, clientHost: CLIENT_HOST, peer } },
      connection,
      answer: ({ error, reply }) =>
        done((reply as ResponseOf<'AwaitRebalance'> | null) ?? { api: 'AwaitRebalance', error: error as ErrorCode }),
    }
    this.states.ask(this.partitionOf(body.groupId), question, context)
  }

  /** Asks several; `done` is told all answers, in the order of the questions. */
  askAll<A extends GroupApiName>(
    questions: readonly GroupQuestion<A>[],
    asking: Asking,
    done: (responses: readonly ResponseOf<A>[]) => void,
  ): void {
    const responses: ResponseOf<A>[] = []
    let left = questions.length
    if (left === 0) return done(responses)
    for (const [index, question] of questions.entries()) {
      this.ask(question, asking, (response) => {
        responses[index] = response
        left -= 1
        if (left === 0) done(responses)
      })
    }
  }
}

function callerOf(request: RequestOf<GroupApiName>, { peer }: Connection): Caller {
  const version = request.apiVersion ?? apiNamed(request.api).spoken?.versions.newest ?? 0
  return { version, clientId: request.clientId ?? peer, clientHost: request.clientHost ?? CLIENT_HOST, peer }
}
