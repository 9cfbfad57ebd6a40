import type { Address } from '../../actor/address.js'
import type { NetworkClient } from '../../actor/network-client.js'
import type { Context } from '../../actor/types.js'
import type { Transferable } from '../../base/cloned.js'
import { type Deferred, deferred } from '../../base/deferred.js'
import { because } from '../../base/error-code.js'
import { KafkaError, TimeoutError, WorkerDiedError } from '../../base/errors.js'
import type { RequestOf, Response, ResponseOf } from '../../protocol/api.js'
import type { CallEnd, CONSUMER_WORDS } from '../../protocol/inner/consumer-words.js'
import type { GROUP_WORDS } from '../../protocol/inner/group-words.js'
import { asSent, settle } from '../as-sent.js'

type Word = RequestOf<(typeof CONSUMER_WORDS | typeof GROUP_WORDS)[number]['name']>
/** Requests that are answered when they have begun, and ended by news, which name them by their call. */
type Begun = Extract<Word, { readonly call: number }>
/** All others: their answer is their end. */
type Asked = Exclude<Word, Begun>

interface Call {
  readonly request: Asked | Begun
  readonly answer: Pick<Deferred<Response>, 'resolve' | 'reject'>
  /** What goes with it, where a frame cannot carry it. */
  readonly attached: unknown
  /** What of that moves along. */
  readonly transfer?: readonly Transferable[]
}

/** What there is to say of a call that begins, beside its request. */
export interface BegunCall extends Pick<Call, 'transfer'> {
  readonly attached?: unknown
  /** Called when it has begun, unless it was refused. */
  readonly onBegun?: () => void
}

export interface ConsumerCallsParts {
  readonly consumer: Address
  /** The network, which its owner passes messages and keeps connected. */
  readonly network: NetworkClient
  readonly wake: () => void
}

export const HANDLER_ATTACHMENT = -1

/**
 * What the application's half of a consumer asks of the other one. Calls are sent in their order, and no call waits for
 * another's end.
 */
export class ConsumerCalls {
  readonly #parts: ConsumerCallsParts
  /** Calls that are not sent yet. */
  #waiting: Call[] = []
  /** Calls that are sent, and not answered. */
  readonly #sent = new Set<Call>()
  readonly #begun = new Map<number, Deferred<CallEnd>>()
  #lastCall = 0

  constructor(parts: ConsumerCallsParts) {
    this.#parts = parts
  }

  /** Whether calls have begun whose end is told by news. */
  get hasBegun(): boolean {
    return this.#begun.size > 0
  }

  /** Whether all of them have ended. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#sent.size === 0 && !this.hasBegun
  }

  /** How many have not ended. */
  get size(): number {
    const begun = [...this.#waiting, ...this.#sent].filter(({ request }) => 'call' in request).length
    return this.#waiting.length + this.#sent.size + this.#begun.size - begun
  }

  ask<Request extends Asked>(request: Request, attached?: unknown): Promise<ResponseOf<Request['api']>> {
    const answer = deferred<Response>()
    this.#add({ request, answer, attached })
    return answer.promise as Promise<ResponseOf<Request['api']>>
  }

  /** Asks on behalf of the actor itself: the answer is taken up in the turn in which it comes; null: there is none. */
  askInTurn<Request extends Asked>(
    request: Request,
    answered: (response: ResponseOf<Request['api']> | null) => void,
  ): void {
    const resolve = (response: Response): void => answered(response as ResponseOf<Request['api']>)
    this.#add({ request, answer: { resolve, reject: () => answered(null) }, attached: undefined })
  }

  /** Resolves with the end. */
  begin<Request extends Begun>(
    request: Omit<Request, 'call'>,
    { attached, transfer, onBegun = () => {} }: BegunCall = {},
  ): Promise<CallEnd> {
    const call = ++this.#lastCall
    const ended = deferred<CallEnd>()
    this.#begun.set(call, ended)
    const reject = (error: unknown): void => {
      this.#begun.delete(call)
      ended.reject(error)
    }
    const answer = { resolve: onBegun, reject }
    this.#add({ request: { ...request, call } as Request, answer, attached, ...(transfer && { transfer }) })
    return ended.promise
  }

  /** Ends these calls: news of them have come. */
  end(ends: readonly CallEnd[]): void {
    for (const end of ends) {
      this.#begun.get(end.call)?.resolve(end)
      this.#begun.delete(end.call)
    }
  }

  /** Fails whatever is pending. */
  fail(error: KafkaError): void {
    const calls = [...this.#sent, ...this.#waiting]
    this.#sent.clear()
    this.#waiting = []
    for (const { answer } of calls) answer.reject(error)
    const begun = [...this.#begun.values()]
    this.#begun.clear()
    for (const ended of begun) ended.reject(error)
  }

  /** Sends what it can. */
  send(context: Context): void {
    while (this.#waiting.length > 0) {
      const call = this.#waiting[0] as Call
      if (!this.#send(call, context)) return
      this.#waiting.shift()
    }
  }

  #add(call: Call): void {
    try {
      this.#waiting.push({ ...call, request: asSent(call.request) })
    } catch (error) {
      call.answer.reject(error)
    }
    this.#parts.wake()
  }

  #send(call: Call, context: Context): boolean {
    const { consumer, network } = this.#parts
    const { request, answer, attached, transfer } = call
    const connection = network.connectionTo(consumer, context)
    if (connection === null) return false
    if (attached !== undefined && 'attachment' in request) connection.attach(request.attachment, attached, transfer)
    const sent = network.send(consumer, request, context, (response) => {
      this.#sent.delete(call)
      if (response === null) answer.reject(new WorkerDiedError("The consumer's thread has ended"))
      else settle(answer, response)
    })
    if (sent === 'sent') this.#sent.add(call)
    return sent === 'sent'
  }
}

/** Throws unless the call has ended well. */
export function checkEnd({ error, says }: CallEnd): void {
  if (error === 'NONE') return
  if (error === 'REQUEST_TIMED_OUT') throw new TimeoutError(says)
  throw new KafkaError(error, `${says}: ${because(error)}`)
}
