import type { ApiName, Request, RequestOf } from '../protocol/api.js'
import type { Connection, Context } from './types.js'

/**
 * Answers a request, now or later, through the connection that it came by. Positional, since it stands on every
 * request's way.
 */
export type Handler<Asked> = (connection: Connection, correlationId: number, request: Asked, context: Context) => void

/** The handler of each request. A part that serves some APIs has a table of them; an actor joins those of its parts. */
export type Handlers = { readonly [A in ApiName]?: Handler<RequestOf<A>> }

/** An actor's handlers, made once: it serves the APIs that stand in there. */
export class HandlerTable {
  readonly serves: ReadonlySet<ApiName>
  readonly #handlers: ReadonlyMap<ApiName, Handler<Request>>

  constructor(handlers: Handlers) {
    this.#handlers = new Map(Object.entries(handlers)) as ReadonlyMap<ApiName, Handler<Request>>
    this.serves = new Set(this.#handlers.keys())
  }

  /** A request that nobody serves here does not come this far: see `admitsRequest`. */
  serve(connection: Connection, correlationId: number, request: Request, context: Context): void {
    this.#handlers.get(request.api)?.(connection, correlationId, request, context)
  }
}
