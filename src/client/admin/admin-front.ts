import { type Address, brokerAddress } from '../../actor/address.js'
import { NetworkClient } from '../../actor/network-client.js'
import type { Actor, Context, Message } from '../../actor/types.js'
import type { AdminOptions } from '../../base/config/admin-options.js'
import { type Deferred, deferred } from '../../base/deferred.js'
import { ClosedError, type KafkaError, TimeoutError } from '../../base/errors.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import { type ApiName, passingErrorOf, type RequestOf, type Response, type ResponseOf } from '../../protocol/api.js'
import type { PartitionName } from '../../protocol/partition.js'
import { asSent, settle } from '../as-sent.js'
import { Metadata } from '../metadata.js'
import { MetadataUpdater } from '../metadata-updater.js'

interface Call {
  readonly request: RequestOf<ApiName>
  /** The partition whose leader is to be asked; null: any broker. */
  readonly partition: PartitionName | null
  readonly answer: Deferred<Response>
  /** The deadline, set with the first turn: the caller has no clock. */
  deadline: Timestamp | null
  retryAt: Timestamp
  isSent: boolean
  /** Why the last attempt failed. */
  failure: string
}

/**
 * Asks brokers for topics and offsets: another one when the first cannot be reached, and again when the answer may be
 * another one next time. Lives on the application's thread.
 */
export class AdminFront implements Actor {
  readonly #bootstrap: readonly Address[]
  readonly #wake: () => void
  readonly #options: AdminOptions
  readonly #network: NetworkClient
  readonly #metadata = new Metadata()
  readonly #updater: MetadataUpdater
  readonly #calls = new Set<Call>()
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
    this.#network.receive(message, context)
  }

  tick(context: Context): Timestamp {
    let next = NEVER
    for (const call of this.#calls) next = earliest(next, this.#attend(call, context))
    return earliest(next, earliest(this.#updater.tick(context), this.#network.tick(context)))
  }

  /**
   * Asks whichever broker is there. Rejects with a TimeoutError when none has answered for good within
   * default.api.timeout.ms.
   */
  ask<Request extends RequestOf<ApiName>>(request: Request): Promise<ResponseOf<Request['api']>> {
    return this.#call(request, null) as Promise<ResponseOf<Request['api']>>
  }

  /** Asks the leader of a partition of a topic that is known: see `ask`. */
  askLeader<Request extends RequestOf<ApiName>>(
    request: Request,
    partition: PartitionName,
  ): Promise<ResponseOf<Request['api']>> {
    return this.#call(request, partition) as Promise<ResponseOf<Request['api']>>
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

  #call(request: RequestOf<ApiName>, partition: PartitionName | null): Promise<Response> {
    if (this.#fatal !== null) return Promise.reject(this.#fatal)
    if (this.#isClosing) return Promise.reject(new ClosedError('The admin is closed'))
    const answer = deferred<Response>()
    const failure = 'no broker could be reached'
    const call = { partition, answer, deadline: null, retryAt: timestamp(0), isSent: false, failure }
    try {
      this.#calls.add({ ...call, request: asSent(request) })
    } catch (error) {
      answer.reject(error)
    }
    this.#wake()
    return answer.promise
  }

  /** Returns when the call is to be looked at again. */
  #attend(call: Call, context: Context): Timestamp {
    const limitMs = this.#options['default.api.timeout.ms']
    call.deadline ??= timestamp(context.now + limitMs)
    if (context.now >= call.deadline) {
      this.#drop(call)
      const limit = `default.api.timeout.ms (${limitMs} ms)`
      call.answer.reject(new TimeoutError(`${call.request.api} was not answered within ${limit}: ${call.failure}`))
      return NEVER
    }
    if (call.isSent) return call.deadline
    if (context.now < call.retryAt) return earliest(call.retryAt, call.deadline)
    const to = this.#addressee(call, context)
    if (to !== null) this.#send(call, to, context)
    return earliest(call.deadline, call.retryAt > context.now ? call.retryAt : call.deadline)
  }

  #addressee(call: Call, context: Context): Address | null {
    const { partition } = call
    if (partition === null) return this.#network.leastLoaded(this.#bootstrap, context)
    const leader = this.#metadata.topic(partition.topic)?.partitions[partition.partition]?.leader ?? -1
    if (leader >= 0 && !this.#network.isGone(brokerAddress(leader), context)) return brokerAddress(leader)
    this.#retry(
      call,
      `partition ${partition.partition} of '${partition.topic}' has no leader that can be reached`,
      context,
    )
    return null
  }

  #send(call: Call, to: Address, context: Context): void {
    const sent = this.#network.send(to, call.request, context, (response, later) => {
      call.isSent = false
      if (!this.#calls.has(call)) return
      const passing = response === null ? 'NETWORK_EXCEPTION' : passingErrorOf(response)
      if (passing !== null) return this.#retry(call, `the last answer was ${passing}`, later)
      this.#drop(call)
      this.#learn(response as Response)
      settle(call.answer, response as Response)
    })
    call.isSent = sent === 'sent'
  }

  #retry(call: Call, failure: string, context: Context): void {
    call.failure = failure
    call.retryAt = timestamp(context.now + this.#options['retry.backoff.ms'])
    if (call.partition === null) return
    this.#updater.add(call.partition.topic)
    this.#updater.noteStale()
  }

  #learn(response: Response): void {
    if (response.api === 'Metadata') this.#metadata.update(response)
  }

  #drop(call: Call): void {
    this.#calls.delete(call)
  }
}
