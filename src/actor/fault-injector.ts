import type { ErrorCode } from '../base/error-code.js'
import { NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { Random } from '../base/random.js'
import { isAnswered, type KafkaApiName, refusalTo } from '../protocol/api.js'
import type { Address } from './address.js'
import { isMarked, isOfClient, OWN, UNHEARD } from './client-name.js'
import type { RingConnection } from './connection.js'
import { Echo } from './echo.js'
import type { Message } from './types.js'

/**
 * Scripted faults of the protocol: what a server does to requests before its actor sees them, and to their responses.
 *
 *     error          answers with the error; the actor never sees the request
 *     delay          lets the actor see the request later; the requests behind it on its connection wait
 *     drop           the request is lost, and its connection says nothing any more
 *     dropResponse   the actor serves the request; its response is lost, and the connection says nothing any more
 *     disconnect     closes the connection; the actor never sees the request
 *     duplicate      the actor serves the request twice; the first response is lost
 *
 * A connection that has lost something is muted for good, as a network is that drops a packet for ever: TCP shows
 * nothing that comes behind a gap. Whoever asked gives it up in the end. Clients that came in over TCP need not:
 * KafkaJS asks again on the same connection. So what such a client says next finds the connection gone, as it does when
 * the machine at the other end has forgotten it.
 */
export const FAULT_ACTIONS = ['error', 'delay', 'drop', 'dropResponse', 'disconnect', 'duplicate'] as const
export type FaultAction = (typeof FAULT_ACTIONS)[number]

/**
 * Which of the requests that match are hit: the first so many, the nth, each with a probability, all up to a moment.
 */
export type FaultTrigger =
  | { readonly type: 'times'; readonly times: number }
  | { readonly type: 'nth'; readonly nth: number }
  | { readonly type: 'probability'; readonly probability: number }
  | { readonly type: 'until'; readonly until: number }

export interface FaultRule {
  readonly id: number
  readonly api: KafkaApiName
  /** The actor whose requests match; null: everybody's do. */
  readonly from: Address | null
  /** The label of clients that have come in over a socket: only their requests match. Absent: anybody's do. */
  readonly client?: number
  readonly action: FaultAction
  readonly trigger: FaultTrigger
  /** Code of an `error` rule; other actions ignore it. */
  readonly error: ErrorCode
  /** Delay of a `delay` rule; other actions ignore it. */
  readonly delayMs: number
  /** int32 0: how many requests have matched. Written by every thread that the rule acts in, over all incarnations. */
  readonly matched: SharedArrayBuffer
}

type RequestMessage = Extract<Message, { type: 'request' }>

/** Applies rules to the requests that reach one actor. */
export class FaultInjector {
  readonly #random: Random
  readonly #onHit: (rule: FaultRule) => void
  #rules: readonly FaultRule[] = []
  #delayed: { readonly at: Timestamp; readonly message: RequestMessage }[] = []

  constructor(random: Random, onHit: (rule: FaultRule) => void) {
    this.#random = random
    this.#onHit = onHit
  }

  /** Replaces all rules. What was delayed stays so. */
  setRules(rules: readonly FaultRule[]): void {
    this.#rules = rules
  }

  /** What was delayed is due. */
  hurry(): void {
    this.#delayed = this.#delayed.map(({ message }) => ({ at: timestamp(0), message }))
  }

  /** Whether the actor is not to see this request, or not now. The first rule that fires is the one that acts. */
  intercepts(message: RequestMessage, now: Timestamp, deliver: (message: RequestMessage) => void): boolean {
    const { body, connection } = message
    // No client has asked for it: a test that counts requests counts those of clients.
    if (isMarked(OWN, message)) return false
    const rule = this.#rules.find(({ api, from, client, ...rest }) => {
      if (api !== body.api || (from ?? connection.peer) !== connection.peer) return false
      return (client === undefined || isOfClient(client, connection)) && this.#fires(rest, now)
    })
    if (rule === undefined) return false
    this.#onHit(rule)
    if (rule.action === 'duplicate') echo(message, deliver)
    return this.#act(rule, message, now)
  }

  /** When the next delayed request is due. */
  get due(): Timestamp {
    return this.#delayed.reduce((first, { at }) => (at < first ? at : first), NEVER)
  }

  /** Hands over the requests whose delay has passed, unless their connection is gone. */
  release(now: Timestamp, deliver: (message: RequestMessage) => void): boolean {
    const due = this.#delayed.filter(({ at }) => at <= now)
    if (due.length === 0) return false
    this.#delayed = this.#delayed.filter(({ at }) => at > now)
    for (const { message } of due) if (!message.connection.isClosed) deliver(message)
    return true
  }

  #fires({ trigger, matched }: Pick<FaultRule, 'trigger' | 'matched'>, now: Timestamp): boolean {
    const number = Atomics.add(new Int32Array(matched), 0, 1) + 1
    switch (trigger.type) {
      case 'times':
        return number <= trigger.times
      case 'nth':
        return number === trigger.nth
      case 'probability':
        return this.#random.boolean(trigger.probability)
      case 'until':
        return now < trigger.until
    }
  }

  #act(rule: FaultRule, message: RequestMessage, now: Timestamp): boolean {
    const { correlationId, body } = message
    const connection = message.connection as RingConnection
    const hasAnswer = isAnswered(body) && !isMarked(UNHEARD, message)
    switch (rule.action) {
      case 'delay':
        this.#delayed.push({ at: timestamp(now + rule.delayMs), message })
        return true
      case 'duplicate':
        return false
      case 'dropResponse':
        // With acks=0 there is no response to lose.
        if (hasAnswer) connection.mute()
        return false
      case 'drop':
        connection.mute()
        return true
      case 'disconnect':
        connection.close()
        return true
      case 'error': {
        const response = isAnswered(body) ? refusalTo(body, rule.error) : null
        // Source: `KafkaApis.handleProduceRequest` closes the connection when acks=0 leaves no other way to say it.
        if (response === null) connection.close()
        else connection.reply(correlationId, response)
        return true
      }
    }
  }
}

/** The first copy is served before the second one's answer sets free what both were lent. */
function echo(message: RequestMessage, deliver: (message: RequestMessage) => void): void {
  const connection = new Echo(message.connection)
  deliver({ ...message, connection })
  connection.end()
}
