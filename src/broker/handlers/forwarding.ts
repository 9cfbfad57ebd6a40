import { CONTROLLER } from '../../actor/address.js'
import type { Handler, Handlers } from '../../actor/handler-table.js'
import type { NetworkClient } from '../../actor/network-client.js'
import { APIS, type Request, type Response, refusalTo } from '../../protocol/api.js'

/** Passes on to the controller what only that can decide, and its answer back (KIP-590). */
export function forwarding(controller: NetworkClient): Handlers {
  const forward: Handler<Request> = (connection, correlationId, request, context) => {
    const answer = (response: Response | null): void =>
      connection.reply(correlationId, response ?? unreachable(request))
    if (controller.send(CONTROLLER, request, context, answer) !== 'sent') answer(null)
  }
  return Object.fromEntries(APIS.filter(({ isForwarded }) => isForwarded).map(({ name }) => [name, forward]))
}

function unreachable(request: Request): Response {
  return refusalTo(request, 'NOT_CONTROLLER', 'The controller cannot be reached') as Response
}
