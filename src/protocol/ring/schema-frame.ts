import { APIS, type Body } from '../api.js'
import type { Caller } from '../definition.js'
import { type Place, WireReader } from '../wire/wire-reader.js'
import { type Plan, stringType } from '../wire/wire-types.js'
import { WireWriter } from '../wire/wire-writer.js'

/**
 * How a message of a `schemaApi` lies on a ring: as in Kafka's frame of its newest version, without the numbers of the
 * frame's header.
 *
 *     request    clientId, clientHost: varint, UTF-8 (0: it does not say)
 *                | apiVersion: int8 (-1: the newest) | message
 *     response   message
 *
 * Its kind is `SCHEMA_KINDS` + twice Kafka's number of the API, and one more for a response.
 */
const SCHEMA_KINDS = 64

/** Writes and reads the messages of one kind. */
export interface SchemaFrame {
  readonly kind: number
  /** Refuses with a `KafkaError` what the schema cannot carry. */
  encode(body: Body): Uint8Array
  /** What it returns does not refer to the bytes. `place`: see `WireReader`. */
  decode(bytes: Uint8Array, place?: Place): Body
}

/** What all messages of the thread are written in, one after the other. */
const writer = new WireWriter('')

type Asked = Body & Caller
/** A message that was read just now, and that nobody else has. */
type Told = { api?: string; clientId?: string; clientHost?: string; apiVersion?: number }

/** The version of a request that does not say. */
const NEWEST = -1

const textPlan: Plan<string | null> = stringType.plan({
  version: 0,
  isFlexible: true,
  isNullable: true,
  isTagged: false,
})

function requestFrameOf(api: string, kind: number, plan: () => Plan<object>): SchemaFrame {
  const what = `the request ${api}`
  return {
    kind,
    encode(body) {
      const { clientId = null, clientHost = null, apiVersion = NEWEST } = body as Asked
      writer.begin(what).field = 'clientId'
      textPlan.write(writer, clientId)
      writer.field = 'clientHost'
      textPlan.write(writer, clientHost)
      writer.int8(apiVersion)
      writer.field = 'message'
      plan().write(writer, body)
      return Buffer.from(writer.written)
    },
    decode(bytes, place) {
      const reader = new WireReader(bytes, what, place)
      reader.field = 'clientId'
      const clientId = textPlan.read(reader)
      reader.field = 'clientHost'
      const clientHost = textPlan.read(reader)
      const apiVersion = reader.int8()
      const message: Told = plan().read(reader)
      message.api = api
      if (clientId !== null) message.clientId = clientId
      if (clientHost !== null) message.clientHost = clientHost
      if (apiVersion !== NEWEST) message.apiVersion = apiVersion
      return message as Body
    },
  }
}

function responseFrameOf(api: string, kind: number, plan: () => Plan<object>): SchemaFrame {
  const what = `the response ${api}`
  return {
    kind,
    encode(body) {
      writer.begin(what).field = 'message'
      plan().write(writer, body)
      return Buffer.from(writer.written)
    },
    decode(bytes, place) {
      const message: Told = plan().read(new WireReader(bytes, what, place))
      message.api = api
      return message as Body
    },
  }
}

/** By the names of their APIs. */
export const SCHEMA_REQUESTS: ReadonlyMap<string, SchemaFrame> = framesOf('request')
export const SCHEMA_RESPONSES: ReadonlyMap<string, SchemaFrame> = framesOf('response')

const kinds = new Map([...SCHEMA_REQUESTS.values(), ...SCHEMA_RESPONSES.values()].map((frame) => [frame.kind, frame]))

/** Undefined: the kind is not one of a schema. */
export function schemaFrameOf(kind: number): SchemaFrame | undefined {
  return kinds.get(kind)
}

/** Schemas are compiled when their first message is written or read. */
function framesOf(half: 'request' | 'response'): Map<string, SchemaFrame> {
  const frames = new Map<string, SchemaFrame>()
  for (const { name, key, spoken } of APIS) {
    if (spoken === null) continue
    const plan = (): Plan<object> => spoken.plansOf(spoken.versions.newest)?.[half] as Plan<object>
    const kind = SCHEMA_KINDS + 2 * key
    frames.set(name, half === 'request' ? requestFrameOf(name, kind, plan) : responseFrameOf(name, kind + 1, plan))
  }
  return frames
}
