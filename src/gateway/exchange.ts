import type { Timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import type { ApiName, RequestOf, ResponseOf } from '../protocol/api.js'
import type { Caller } from '../protocol/definition.js'
import type { BrokerEndpoints } from './broker-endpoints.js'
import type { FetchSessionCache } from './fetch-sessions/fetch-session-cache.js'
import type { Authenticator } from './sasl/authenticator.js'
import type { TopicDirectory } from './topic-directory.js'

/** What a gateway knows of its cluster. */
export interface SeenCluster {
  readonly clusterId: string
  readonly endpoints: BrokerEndpoints
  readonly topics: TopicDirectory
}

/** The shared memory in which a request lies that may lend its bytes to the broker. */
export interface LentFrame {
  readonly memory: Memory
  /** The number by which requests name the memory. */
  readonly memoryId: number
}

/**
 * One request of a client, on its way through the gateway: it is asked of the client's broker, in one or several
 * requests, and answered once. Requests of one client are begun in their order, and answered in it.
 */
export interface Exchange {
  readonly version: number
  /** The client, for whoever keeps a list of members. */
  readonly caller: Caller
  readonly cluster: SeenCluster
  readonly now: Timestamp
  /** Those of its broker's clients. */
  readonly fetchSessions: FetchSessionCache
  /** Lets the client in; null: everybody is in. */
  readonly authenticator: Authenticator | null
  /** Null: its bytes are private. */
  readonly frame: LentFrame | null
  /**
   * Asks the broker what must be known before the request itself can be asked. Later requests of the client are not
   * begun before.
   */
  askFirst<A extends ApiName>(request: RequestOf<A>, answered: (response: ResponseOf<A>) => void): void
  /**
   * Asks the broker the request itself. Nobody is told when the broker is gone: its clients' streams are over then.
   * `isHeard: false`: the client waits for no answer.
   */
  ask<A extends ApiName>(
    request: RequestOf<A>,
    answered: (response: ResponseOf<A>) => void,
    how?: { readonly isHeard: boolean },
  ): void
  /** Answers the client. `written` is called once nobody reads the answer's parts any more, sent or not. */
  answer(message: object, written?: () => void): void
  /**
   * Answers a client that has failed to come in: late, and then its stream is closed, for which `why` is a sentence for
   * the log. Null: nothing is answered. No later request of the client is begun.
   */
  answerLast(message: object | null, why: string | null): void
  /** Nobody waits for an answer. */
  answerNothing(): void
  /**
   * Closes the client's stream behind the answer, if there is one, and those before it: a sentence in the log says why.
   * Null: nothing is said.
   */
  hangUp(why: string | null): void
  /** Gives back to the broker what it has lent, up to this lease. */
  giveBack(lease: number): void
  /** Shared memory that the broker has lent. */
  memory(memoryId: number): Memory
}
