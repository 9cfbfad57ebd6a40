import type { Deferred } from '../base/deferred.js'
import { KafkaError } from '../base/errors.js'
import { messageOf } from '../base/thrown.js'
import type { Request, Response } from '../protocol/api.js'
import { payloadOf, readPayload, requestFrame } from '../protocol/ring/frame.js'

/**
 * The request as its other side will read it: plain data, in which nothing of the user's is left that could change or
 * throw in a turn. Throws a KafkaError for what cannot be sent, such as a BigInt.
 */
export function asSent<Asked extends Request>(request: Asked): Asked {
  try {
    const frame = requestFrame(request)
    return readPayload(frame.kind, payloadOf(frame)) as Asked
  } catch (error) {
    throw new KafkaError('INVALID_REQUEST', `Cannot send ${request.api}: ${messageOf(error)}`)
  }
}

/** Settles a call as it was answered: rejects where its other side did not look at it. */
export function settle(call: Pick<Deferred<Response>, 'resolve' | 'reject'>, response: Response): void {
  if (response.api === 'Refused') call.reject(new KafkaError(response.error, response.says))
  else call.resolve(response)
}
