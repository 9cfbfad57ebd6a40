import type { ApiName, RequestOf, ResponseOf } from '../protocol/api.js'
import type { Wire } from '../protocol/codec.js'
import type { Api, Named } from '../protocol/definition.js'
import type { Exchange } from './exchange.js'

/** How the requests of one API go through a gateway. */
export interface Passage {
  readonly name: string
  /** Kafka's number for it. */
  readonly key: number
  readonly wire: Wire<object, object>
  /** The versions that clients are told, both inclusive. They may begin before those that are served. */
  readonly advertised: { readonly oldest: number; readonly newest: number }
  /** Its requests lie in shared memory, which is lent to the broker. */
  readonly isLent?: true
  /** Memory is lent with its requests or with their answers, so that nobody may go before both are done. */
  readonly lends?: true
  serve(message: object, exchange: Exchange): void
}

export interface PassageFacts<Asked> extends Pick<Passage, 'name' | 'key' | 'isLent' | 'lends'> {
  readonly wire: Wire<Asked, object>
  /** Where they differ from those of its schema. */
  readonly advertised?: Partial<Passage['advertised']>
  serve(message: Asked, exchange: Exchange): void
}

/** An API whose messages are translated between Kafka's schema and the words that actors say. */
export function translated<Asked extends object>(facts: PassageFacts<Asked>): Passage {
  const { oldest, newest } = facts.wire.versions
  const { advertised = {}, ...rest } = facts
  return { ...(rest as PassageFacts<object>), advertised: { oldest, newest, ...advertised } }
}

type SchemaApi = Api<Named, Named> & { readonly name: ApiName }

/**
 * An API whose messages actors say as Kafka's schema has them: read in the client's version, asked in the newest one,
 * and answered in the client's. `amended` says what a version lacks that the newest one has, and the other way round.
 */
export function passedOn<A extends ApiName>(
  api: Pick<SchemaApi, 'key' | 'spoken'> & { readonly name: A },
  amended: {
    readonly request?: (message: RequestOf<A>, version: number) => RequestOf<A>
    readonly response?: (message: ResponseOf<A>, version: number, exchange: Exchange) => object
    readonly advertised?: Partial<Passage['advertised']>
  } = {},
): Passage {
  const { request = (message) => message, response = (message) => message, advertised } = amended
  const { name, key } = api
  return translated({
    name,
    key,
    wire: api.spoken as Wire<object, object>,
    ...(advertised && { advertised }),
    serve(message, exchange) {
      const { version, caller } = exchange
      const asked = { ...message, ...caller, api: name } as unknown as RequestOf<A>
      exchange.ask<A>(request(asked, version), (told) => exchange.answer(response(told, version, exchange)))
    },
  })
}
