import type { ErrorCode } from '../base/error-code.js'
import { type ApiName, type RequestOf, type ResponseOf, refusalTo } from '../protocol/api.js'
import type { Codec, Wire } from '../protocol/codec.js'
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
  /** Answers hold memory until the client has taken them, and may be large: it has one of them at a time. */
  readonly answersHold?: true
  /** Answers may be far larger than their requests: a client has a few of them at a time. */
  readonly isLarge?: true
  serve(message: object, exchange: Exchange): void
  /**
   * The answer to a request that is not served at all, in the client's version. Absent: there is none, and nothing is
   * answered.
   */
  refusal?(message: object, error: ErrorCode, exchange: Exchange): object | null
}

/** A passage in one version, with what reads its requests and writes its answers. */
export interface VersionedPassage {
  readonly passage: Pick<Passage, 'name' | 'lends' | 'answersHold' | 'isLarge' | 'serve'>
  readonly codec: Pick<Codec<object, object>, 'decodeRequest' | 'encodeResponseParts'>
}

export interface PassageFacts<Asked>
  extends Pick<Passage, 'name' | 'key' | 'isLent' | 'lends' | 'answersHold' | 'isLarge'> {
  readonly wire: Wire<Asked, object>
  /** Where they differ from those of its schema. */
  readonly advertised?: Partial<Passage['advertised']>
  refusal?(message: Asked, error: ErrorCode, exchange: Exchange): object | null
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
    readonly response?: (message: ResponseOf<A>, version: number, exchange: Exchange, asked: RequestOf<A>) => object
    readonly advertised?: Partial<Passage['advertised']>
    readonly isLarge?: true
  } = {},
): Passage {
  const { request = (message) => message, response = (message) => message, advertised, isLarge } = amended
  const { name, key } = api
  const asked = (message: object, { version, caller }: Exchange): RequestOf<A> =>
    request({ ...message, ...caller, api: name } as unknown as RequestOf<A>, version)
  return translated({
    name,
    key,
    wire: api.spoken as Wire<object, object>,
    ...(advertised && { advertised }),
    ...(isLarge && { isLarge }),
    serve(message, exchange) {
      const request = asked(message, exchange)
      exchange.ask<A>(request, (told) => exchange.answer(response(told, exchange.version, exchange, request)))
    },
    refusal(message, error, exchange) {
      const request = asked(message, exchange)
      const told = refusalTo(request, error) as ResponseOf<A> | null
      return told && response(told, exchange.version, exchange, request)
    },
  })
}

/** The passage of a request for which it is not the time: it is answered with this error, and the connection closed. */
export function outOfTurn({ name, refusal }: Passage, error: ErrorCode): VersionedPassage['passage'] {
  return {
    name,
    serve(message, exchange) {
      exchange.answerLast(refusal?.(message, error, exchange) ?? null, `it asks for ${name} while it authenticates`)
    },
  }
}
