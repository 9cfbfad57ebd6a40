import { type Address, brokerAddress } from '../../actor/address.js'
import { NetworkClient } from '../../actor/network-client.js'
import type { Actor, Context, Message } from '../../actor/types.js'
import type { AdminOptions } from '../../base/config/admin-options.js'
import { type Deferred, deferred } from '../../base/deferred.js'
import { ClosedError, type KafkaError, TimeoutError } from '../../base/errors.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import {
  type ApiName,
  type KafkaApiName,
  passingErrorOf,
  type RequestOf,
  type Response,
  type ResponseOf,
} from '../../protocol/api.js'
import type { PartitionName } from '../../protocol/partition.js'
import { asSent, settle } from '../as-sent.js'
import { Metadata } from '../metadata.js'
import { MetadataUpdater } from '../metadata-updater.js'

/** How long something is tried. Calls of one errand share it. */
export interface Patience {
  /** The deadline, set with the first turn: the caller has no clock. */
  deadline: Timestamp | null
  /** Why the last attempt failed. */
  failure: string
  /** The next call of the errand is not sent before. */
  notBefore: Timestamp
  /** The question that the errand is about; absent: that of the call. */
  readonly what?: ApiName
}

/**
 * The broker that is asked: any, the leader of a partition, or one and no other (`isLost` once its answer will not come
 * any more; `isOnce`: whatever it answers is told).
 */
type Whom =
  | { readonly who: 'any' }
  | { readonly who: 'leader'; readonly partition: PartitionName }
  | { readonly who: 'broker'; readonly brokerId: number; readonly isOnce: boolean; isLost: boolean }

interface Call {
  readonly request: RequestOf<ApiName>
  readonly whom: Whom
  /** The answer; null: the one broker that could give it is gone. */
  readonly answer: Deferred<Response | null>
  readonly patience: Patience
  retryAt: Timestamp
  isSent: boolean
}

const ANY: Whom = { who: 'any' }
export const patient = (): Patience => ({
  deadline: null,
  failure: 'no broker could be reached',
  notBefore: timestamp(0),
})

/**
 * Asks brokers for topics, offsets and groups: another one when the first cannot be reached, and again when the answer
 * may be another one next time. Who coordinates a group, Coordinators asks. Lives on the application's thread.
 */
export class AdminFront implements Actor {
  readonly #bootstrap: readonly Address[]
  readonly #wake: () => void
  readonly #options: AdminOptions
  readonly #network: NetworkClient
  readonly #metadata = new Metadata()
  readonly #updater: MetadataUpdater
  readonly #calls = new Set<Call>()
  #lastTurn = timestamp(0)
  #fatal: KafkaError | null = null
  /** Whether calls are not taken any more; those that were may still be answered. */
  #isClosing = false

  constructor(bootstrap: readonly Address[], wake: () => void, options: AdminOptions) {
    this.#bootstrap = bootstrap
    this.#wake = wake
    this.#options = options
    this.#network = new NetworkClient(() => {}, options)
    this.#updater = new MetadataUpdater({
      metadata: this.#metadata,
      bootstrap,
      network: this.#network,
      options: { ...options, 'metadata.max.age.ms': Number.POSITIVE_INFINITY, 'allow.auto.create.topics': false },
      onUpdate: () => {},
    })
  }

  receive(message: Message, context: Context): void {
    this.#lastTurn = context.now
    this.#network.receive(message, context)
  }

  tick(context: Context): Timestamp {
    this.#lastTurn = context.now
    let next = NEVER
    for (const call of this.#calls) next = earliest(next, this.#attend(call, context))
    return earliest(next, earliest(this.#updater.tick(context), this.#network.tick(context)))
  }

  /**
   * Asks whichever broker is there. Rejects with a TimeoutError when none has answered for good within
   * default.api.timeout.ms.
   */
  ask<Request extends RequestOf<ApiName>>(request: Request, patience?: Patience): Promise<ResponseOf<Request['api']>> {
    return this.#call(request, ANY, patience) as Promise<ResponseOf<Request['api']>>
  }

  /** Asks the leader of a partition of a topic that is known: see `ask`. */
  askLeader<Request extends RequestOf<ApiName>>(
    request: Request,
    partition: PartitionName,
  ): Promise<ResponseOf<Request['api']>> {
    return this.#call(request, { who: 'leader', partition }) as Promise<ResponseOf<Request['api']>>
  }

  /** Asks this broker and no other. Resolves with null when it is gone, after a while. */
  askBroker<Request extends RequestOf<KafkaApiName>>(
    request: Request,
    brokerId: number,
    patience: Patience,
  ): Promise<ResponseOf<Request['api']> | null> {
    const whom: Whom = { who: 'broker', brokerId, isOnce: false, isLost: false }
    return this.#call(request, whom, patience) as Promise<ResponseOf<Request['api']> | null>
  }

  /** The same, but whatever it answers is told, though it may answer otherwise after a while. */
  askOnce<Request extends RequestOf<KafkaApiName>>(
    request: Request,
    brokerId: number,
    patience: Patience,
  ): Promise<ResponseOf<Request['api']> | null> {
    const whom: Whom = { who: 'broker', brokerId, isOnce: true, isLost: false }
    return this.#call(request, whom, patience) as Promise<ResponseOf<Request['api']> | null>
  }

  /** Has the next call of an errand wait, because of what was answered. */
  backOff(patience: Patience, failure: string): void {
    patience.failure = failure
    patience.notBefore = timestamp(this.#lastTurn + this.#options['retry.backoff.ms'])
  }

  /** The moment of its last turn, which is that of the last answer for whoever has just been given one. */
  get lastTurn(): Timestamp {
    return this.#lastTurn
  }

  /** How long a broker may take for one request. */
  get requestTimeoutMs(): number {
    return this.#options['request.timeout.ms']
  }

  get hasPending(): boolean {
    return this.#calls.size > 0
  }

  /** Takes no call any more; resolves when those that were taken are answered. */
  lastAnswer(): Promise<unknown> {
    this.#isClosing = true
    return Promise.allSettled([...this.#calls].map(({ answer }) => answer.promise))
  }

  /** Ends it for good: whatever is pending fails with this error. */
  end(error: KafkaError): void {
    this.#fatal ??= error
    for (const call of this.#calls) call.answer.reject(error)
    this.#calls.clear()
  }

  #call(request: RequestOf<ApiName>, whom: Whom, patience = patient()): Promise<Response | null> {
    if (this.#fatal !== null) return Promise.reject(this.#fatal)
    if (this.#isClosing) return Promise.reject(new ClosedError('The admin is closed'))
    const answer = deferred<Response | null>()
    try {
      const retryAt = patience.notBefore
      this.#calls.add({ request: asSent(request), whom, answer, patience, retryAt, isSent: false })
    } catch (error) {
      answer.reject(error)
    }
    this.#wake()
    return answer.promise
  }

  /** Returns when the call is to be looked at again. */
  #attend(call: Call, context: Context): Timestamp {
    const { patience, whom } = call
    const limitMs = this.#options['default.api.timeout.ms']
    patience.deadline ??= timestamp(context.now + limitMs)
    if (context.now >= patience.deadline) {
      const limit = `default.api.timeout.ms (${limitMs} ms)`
      const says = `${patience.what ?? call.request.api} was not answered within ${limit}: ${patience.failure}`
      this.#refuse(call, new TimeoutError(says))
      return NEVER
    }
    if (call.isSent) return patience.deadline
    if (context.now < call.retryAt) return earliest(call.retryAt, patience.deadline)
    if (whom.who === 'broker' && whom.isLost) {
      this.#drop(call)
      call.answer.resolve(null)
      return NEVER
    }
    const to = this.#addressee(call, context)
    if (to !== null) this.#send(call, to, context)
    return earliest(patience.deadline, call.retryAt > context.now ? call.retryAt : patience.deadline)
  }

  #addressee(call: Call, context: Context): Address | null {
    const { whom } = call
    const isHere = (to: Address | null): to is Address => to !== null && !this.#network.isGone(to, context)
    if (whom.who === 'any') return this.#network.leastLoaded(this.#bootstrap, context)
    if (whom.who === 'broker') {
      const broker = brokerAddress(whom.brokerId)
      if (isHere(broker)) return broker
      this.#lose(call, whom, context)
      return null
    }
    const { topic, partition } = whom.partition
    const leader = this.#metadata.topic(topic)?.partitions[partition]?.leader ?? -1
    if (leader >= 0 && isHere(brokerAddress(leader))) return brokerAddress(leader)
    this.#retry(call, `partition ${partition} of '${topic}' has no leader that can be reached`, context)
    return null
  }

  #send(call: Call, to: Address, context: Context): void {
    this.#exchange(call, { to, request: call.request }, context, (response) => {
      this.#drop(call)
      this.#learn(response)
      settle(call.answer, response)
    })
  }

  /** `answered` is called with an answer that stands; for all others the call is tried again. */
  #exchange(
    call: Call,
    { to, request }: { readonly to: Address; readonly request: RequestOf<ApiName> },
    context: Context,
    answered: (response: Response, later: Context) => void,
  ): void {
    const sent = this.#network.send(to, request, context, (response, later) => {
      call.isSent = false
      if (!this.#calls.has(call)) return
      if (response === null && call.whom.who === 'broker') return this.#lose(call, call.whom, later)
      const isTold = call.whom.who === 'broker' && call.whom.isOnce
      const passing = response === null ? 'NETWORK_EXCEPTION' : isTold ? null : passingErrorOf(response)
      if (passing !== null) this.#retry(call, `the last answer was ${passing}`, later)
      else answered(response as Response, later)
    })
    call.isSent = sent === 'sent'
  }

  #retry(call: Call, failure: string, context: Context): void {
    const { whom } = call
    call.patience.failure = failure
    call.retryAt = timestamp(context.now + this.#options['retry.backoff.ms'])
    if (whom.who !== 'leader') return
    this.#updater.add(whom.partition.topic)
    this.#updater.noteStale()
  }

  /** Whoever asked is told after a while, so that it does not ask again and again. */
  #lose(call: Call, whom: Extract<Whom, { who: 'broker' }>, context: Context): void {
    this.#retry(call, `broker ${whom.brokerId} cannot be reached`, context)
    whom.isLost = true
  }

  #refuse(call: Call, error: KafkaError): void {
    this.#drop(call)
    call.answer.reject(error)
  }

  #learn(response: Response): void {
    if (response.api === 'Metadata') this.#metadata.update(response)
  }

  #drop(call: Call): void {
    this.#calls.delete(call)
  }
}
