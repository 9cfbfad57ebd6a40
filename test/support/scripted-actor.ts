import type { Address } from '../../src/actor/address.js'
import { NetworkClient } from '../../src/actor/network-client.js'
import type { Actor, Connection, Context, Message } from '../../src/actor/types.js'
import { deferred } from '../../src/base/deferred.js'
import { NEVER, type Timestamp } from '../../src/base/ids.js'
import type { ApiName, Request, RequestOf, Response } from '../../src/protocol/api.js'

export type RequestMessage = Extract<Message, { type: 'request' }>

/** A request and what has become of it: `undefined` is no answer yet, `null` a lost connection. */
export interface Asked {
  readonly to: Address
  readonly body: Request
  isSent: boolean
  answer: Response | null | undefined
  /** Resolves with the answer, for whoever asks from outside of the actor's turns. */
  readonly answered: Promise<Response | null>
}

/** An actor that does what the test says: it answers at once what the script answers, and keeps the other requests. */
export class ScriptedActor implements Actor {
  readonly messages: Message[] = []
  /** The answer to each request that comes from now on, or null. */
  script: (body: Request) => Response | null
  readonly #network: NetworkClient
  #unanswered: RequestMessage[] = []
  #asked: { readonly asked: Asked; readonly resolve: (answer: Response | null) => void }[] = []

  constructor(
    script: (body: Request) => Response | null = () => null,
    onConnected: (connection: Connection) => void = () => {},
  ) {
    this.script = script
    this.#network = new NetworkClient(onConnected)
  }

  receive(message: Message, context: Context): void {
    this.messages.push(message)
    if (this.#network.receive(message, context) || message.type !== 'request') return
    const answer = this.script(message.body)
    if (answer === null) this.#unanswered.push(message)
    else message.connection.reply(message.correlationId, answer)
  }

  tick(context: Context): Timestamp {
    for (const { asked, resolve } of this.#asked) {
      const { to, body } = asked
      const answered = (answer: Response | null): void => {
        asked.answer = answer
        resolve(answer)
      }
      const isAnswered = body.api !== 'Produce' || body.acks !== 0
      asked.isSent = this.#network.send(to, body, context, isAnswered ? answered : null) === 'sent'
    }
    this.#asked = this.#asked.filter(({ asked }) => !asked.isSent)
    return NEVER
  }

  /** Sends a request with the next turn that can. */
  ask(to: Address, body: Request): Asked {
    const { promise, resolve } = deferred<Response | null>()
    const asked: Asked = { to, body, isSent: false, answer: undefined, answered: promise }
    this.#asked.push({ asked, resolve })
    return asked
  }

  /** Requests of a kind that the script did not answer, oldest first. */
  unanswered<A extends ApiName>(api: A): (RequestMessage & { body: RequestOf<A> })[] {
    return this.#unanswered.filter((request) => request.body.api === api) as (RequestMessage & { body: RequestOf<A> })[]
  }

  /** Answers the oldest request that the script did not answer. */
  answer(response: Response): void {
    const oldest = this.#unanswered.shift()
    if (oldest === undefined) throw new Error('There is no request to answer')
    oldest.connection.reply(oldest.correlationId, response)
  }

  /** Answers the oldest unanswered request for which there is an answer. */
  answerWhere(answerTo: (body: Request) => Response | null): void {
    for (const request of this.#unanswered) {
      const response = answerTo(request.body)
      if (response === null) continue
      this.#unanswered = this.#unanswered.filter((other) => other !== request)
      return request.connection.reply(request.correlationId, response)
    }
    throw new Error('There is no such request to answer')
  }

  /** Ends the oldest request without an answer (acks=0). */
  finish(): void {
    this.#unanswered.shift()?.connection.finish()
  }
}
