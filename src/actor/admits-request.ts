import { isAnswered } from '../protocol/api.js'
import { isInternal, requestFault } from '../protocol/request-fault.js'
import type { Address } from './address.js'
import type { Actor, Message } from './types.js'

type RequestMessage = Extract<Message, { type: 'request' }>

/**
 * The door by which requests enter any actor. A request that is malformed, or not for this actor, is answered here and
 * goes no further. So an actor trusts the types of what it serves, and no request ends its thread.
 */
export function admitsRequest(self: Address, actor: Actor, message: RequestMessage): boolean {
  const { connection, correlationId, body } = message
  const says = requestFault(body) ?? misdirection(self, actor, message)
  if (says === null) return true
  // With acks=0 nobody waits for an answer.
  if (!isAnswered(body)) connection.finish()
  else connection.reply(correlationId, { api: 'Refused', error: 'INVALID_REQUEST', says })
  return false
}

function misdirection(self: Address, actor: Actor, { body: { api }, connection }: RequestMessage): string | null {
  if (actor.serves?.has(api) === false) return `${self} does not serve ${api}`
  const isInside = !isInternal(api) || /^(broker|controller)-/.test(connection.peer)
  return isInside ? null : `${api} is for brokers and the controller alone`
}
