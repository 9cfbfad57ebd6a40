import { REQUEST_ITEMS_MAX } from '../base/config/internal-limits.js'
import { withArticle } from '../base/words.js'
import type { Fields, Message } from './schema.js'
import { skipTags, structType, writeNoTags } from './wire/struct-type.js'
import { forEachVersion, type Versions } from './wire/versions.js'
import { WireReader } from './wire/wire-reader.js'
import { type Plan, stringType } from './wire/wire-types.js'
import { WireWriter } from './wire/wire-writer.js'

/**
 * Kafka's frames, without the four bytes of their length:
 *
 *     request    apiKey int16, apiVersion int16, correlationId int32, clientId nullable string, [tags], message
 *     response   correlationId int32, [tags], message
 *
 * Tags are there in flexible versions. The client's id keeps its int16 length even then, and the response of
 * ApiVersions has no tags in its header in any version, since whoever reads it may not know the version yet (KIP-482,
 * KIP-511). Bytes behind the message are not looked at, as in Kafka.
 */

/** An API as frames name it. */
export interface NamedApi {
  readonly name: string
  /** Kafka's number for it (`ApiKeys`). */
  readonly key: number
}

export interface RequestFrame<Request> {
  readonly correlationId: number
  readonly clientId: string | null
  readonly message: Request
}

export interface ResponseFrame<Response> {
  readonly correlationId: number
  readonly message: Response
}

interface Plans<Request, Response> {
  readonly request: Plan<Request>
  readonly response: Plan<Response>
  readonly hasRequestTags: boolean
  readonly hasResponseTags: boolean
}

/** The schema of an API, with all its versions. */
export interface Wire<Request, Response> {
  readonly versions: Versions
  /** What reads and writes one version; undefined: Kafka has no such version. */
  plansOf(version: number): Plans<Request, Response> | undefined
}

/** The messages of an API at its newest version. */
export type RequestOnWire<W> = W extends Wire<infer Request, unknown> ? Request : never
export type ResponseOnWire<W> = W extends Wire<unknown, infer Response> ? Response : never

interface WireOptions extends Versions {
  /** Not even flexible versions have tags in the header of their response. */
  readonly hasPlainResponseHeader?: true
}

/**
 * An API with its fields. They are asked for when its first codec is made, so that a thread that makes none spends
 * nothing on them.
 */
export function wire<const Request extends Fields, const Response extends Fields>(
  options: WireOptions,
  fields: () => { readonly request: Request; readonly response: Response },
): Wire<Message<Request>, Message<Response>> {
  const plansOf = forEachVersion(options, (version): Plans<Message<Request>, Message<Response>> => {
    const { request, response } = fields()
    const layout = { version, isFlexible: version >= options.flexibleFrom, isNullable: false, isTagged: false }
    return {
      request: structType<Message<Request>>(request).plan(layout),
      response: structType<Message<Response>>(response).plan(layout),
      hasRequestTags: layout.isFlexible,
      hasResponseTags: layout.isFlexible && options.hasPlainResponseHeader !== true,
    }
  })
  return { versions: options, plansOf }
}

const clientIdPlan: Plan<string | null> = stringType.plan({
  version: 1,
  isFlexible: false,
  isNullable: true,
  isTagged: false,
})

/** The API of a request, read before the rest of it: whoever answers needs no more to refuse it. */
export function requestHeadOf(bytes: Uint8Array): { apiKey: number; apiVersion: number; correlationId: number } {
  return readHead(new WireReader(bytes, 'the header of a request'))
}

function readHead(reader: WireReader): { apiKey: number; apiVersion: number; correlationId: number } {
  reader.field = 'header'
  return { apiKey: reader.int16(), apiVersion: reader.int16(), correlationId: reader.int32() }
}

/**
 * Reads and writes the frames of one API in one version. Bytes that are not what they should be are refused with a
 * `MalformedMessageError`, and a message that this version cannot carry with a `KafkaError`.
 */
export class Codec<Request, Response> {
  readonly #api: NamedApi
  readonly #version: number
  readonly #plans: Plans<Request, Response>

  constructor(api: NamedApi, version: number, plans: Plans<Request, Response>) {
    this.#api = api
    this.#version = version
    this.#plans = plans
  }

  encodeRequest({ correlationId, clientId, message }: RequestFrame<Request>): Uint8Array {
    const writer = new WireWriter(this.#named('request'))
    writer.int16(this.#api.key)
    writer.int16(this.#version)
    writer.int32(correlationId)
    writer.field = 'clientId'
    clientIdPlan.write(writer, clientId)
    if (this.#plans.hasRequestTags) writeNoTags(writer)
    writer.field = 'message'
    this.#plans.request.write(writer, message)
    return writer.written
  }

  decodeRequest(bytes: Uint8Array): RequestFrame<Request> {
    const reader = new WireReader(bytes, this.#named('request'))
    reader.itemsMax = REQUEST_ITEMS_MAX
    const { apiKey, apiVersion, correlationId } = readHead(reader)
    if (apiKey !== this.#api.key || apiVersion !== this.#version)
      reader.refuse(`is of API ${apiKey} in version ${apiVersion}`)
    reader.field = 'clientId'
    const clientId = clientIdPlan.read(reader)
    if (this.#plans.hasRequestTags) skipTags(reader)
    return { correlationId, clientId, message: this.#plans.request.read(reader) }
  }

  encodeResponse(frame: ResponseFrame<Response>): Uint8Array {
    return this.#writeResponse(frame).written
  }

  /** The same in parts that follow one another, so that records need not be copied. The first one is not of records. */
  encodeResponseParts(frame: ResponseFrame<Response>): Uint8Array[] {
    return this.#writeResponse(frame).parts
  }

  #writeResponse({ correlationId, message }: ResponseFrame<Response>): WireWriter {
    const writer = new WireWriter(this.#named('response'))
    writer.int32(correlationId)
    if (this.#plans.hasResponseTags) writeNoTags(writer)
    writer.field = 'message'
    this.#plans.response.write(writer, message)
    return writer
  }

  decodeResponse(bytes: Uint8Array): ResponseFrame<Response> {
    const reader = new WireReader(bytes, this.#named('response'))
    reader.field = 'header'
    const correlationId = reader.int32()
    if (this.#plans.hasResponseTags) skipTags(reader)
    return { correlationId, message: this.#plans.response.read(reader) }
  }

  #named(half: 'request' | 'response'): string {
    return `${withArticle(this.#api.name)} ${half} of version ${this.#version}`
  }
}

/** The codec of an API in one version. */
export function codecOf<Request, Response>(
  api: NamedApi & { readonly wire: Wire<Request, Response> },
  version: number,
): Codec<Request, Response> | 'UNSUPPORTED_VERSION' {
  const plans = api.wire.plansOf(version)
  return plans === undefined ? 'UNSUPPORTED_VERSION' : new Codec(api, version, plans)
}
