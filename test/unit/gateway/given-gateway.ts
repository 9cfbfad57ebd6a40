import type { DoorListener } from '../../../src/gateway/broker-doors.js'
import { BrokerEndpoints } from '../../../src/gateway/broker-endpoints.js'
import { ClientCuts } from '../../../src/gateway/client-cuts.js'
import { Gateway, type GatewayData, type SaslData } from '../../../src/gateway/gateway.js'
import { type ApiName, type Request, type RequestOf, type Response, refusalTo } from '../../../src/protocol/api.js'
import { apiVersions } from '../../../src/protocol/apis/api-versions.js'
import { fetch, fetchWire } from '../../../src/protocol/apis/fetch.js'
import { heartbeat } from '../../../src/protocol/apis/heartbeat.js'
import { listOffsets, listOffsetsWire } from '../../../src/protocol/apis/list-offsets.js'
import { metadata, metadataWire } from '../../../src/protocol/apis/metadata.js'
import { produce, produceWire } from '../../../src/protocol/apis/produce.js'
import { codecOf, type NamedApi, type Wire } from '../../../src/protocol/codec.js'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'
import { ScriptedStream } from './scripted-stream.js'

export const PRODUCE = { name: produce.name, key: produce.key, wire: produceWire }
export const FETCH = { name: fetch.name, key: fetch.key, wire: fetchWire }
export const LIST_OFFSETS = { name: listOffsets.name, key: listOffsets.key, wire: listOffsetsWire }
export const METADATA = { name: metadata.name, key: metadata.key, wire: metadataWire }
export const HEARTBEAT = { name: heartbeat.name, key: heartbeat.key, wire: heartbeat.spoken as Wire<object, object> }
export const API_VERSIONS = { ...apiVersions, wire: apiVersions.wire as Wire<object, object> }

type SpokenApi = NamedApi & { readonly wire: Wire<object, object> }

let lastId = 0

/** A request as bytes, with its length in front. */
export function frameOf(
  api: NamedApi & { readonly wire: object },
  version: number,
  message: object,
  clientId = 'given',
): Buffer {
  const codec = codecOf(api as SpokenApi, version)
  if (codec === 'UNSUPPORTED_VERSION') throw new Error(`${api.name} has no version ${version}`)
  const body = codec.encodeRequest({ correlationId: ++lastId, clientId, message })
  const frame = Buffer.alloc(4 + body.length)
  frame.writeInt32BE(body.length)
  frame.set(body, 4)
  return frame
}

export const apiVersionsFrame = (): Buffer => frameOf(API_VERSIONS, 0, {})

export const heartbeatFrame = (groupId: string, clientId?: string): Buffer =>
  frameOf(HEARTBEAT, 0, { groupId, generationId: 1, memberId: 'm', groupInstanceId: null }, clientId)

export const metadataFrame = (...names: readonly string[]): Buffer =>
  frameOf(METADATA, 4, { topics: names.map((name) => ({ name })), allowAutoTopicCreation: false })

export function produceFrame(name: string, records: Uint8Array | null, acks = 1): Buffer {
  const topicData = [{ name, partitionData: [{ index: 0, records }] }]
  return frameOf(PRODUCE, 7, { transactionalId: null, acks, timeoutMs: 1_000, topicData })
}

/** The same with the topic's id in place of its name. */
export function produceFrameById(topicId: string, records: Uint8Array): Buffer {
  const topicData = [{ topicId, partitionData: [{ index: 0, records }] }]
  return frameOf(PRODUCE, 13, { transactionalId: null, acks: 1, timeoutMs: 1_000, topicData })
}

export function fetchFrame(topic: string, maxWaitMs = 0): Buffer {
  const wanted = { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0, logStartOffset: -1, partitionMaxBytes: 1_000 }
  const message = { replicaId: -1, maxWaitMs, minBytes: 1, maxBytes: 1_000, isolationLevel: 0, sessionId: 0 }
  const topics = [{ topic, partitions: [wanted] }]
  return frameOf(FETCH, 11, { ...message, sessionEpoch: -1, topics, forgottenTopicsData: [], rackId: '' })
}

/** Topics have the ids of their places in this list. */
const TOPICS = ['orders', 'payments']

const topicNamed = (name: string) => {
  const topicId = TOPICS.indexOf(name)
  const error = topicId < 0 ? ('UNKNOWN_TOPIC_OR_PARTITION' as const) : ('NONE' as const)
  return { error, name, topicId, isInternal: false, partitions: [] }
}

/** Answers questions for metadata, and keeps the rest for the test. */
export function knowsTopics(body: Request): Response | null {
  if (body.api !== 'Metadata') return null
  const byId = (body.topicIds ?? []).flatMap((topicId) => TOPICS[topicId] ?? [])
  const topics = [...(body.topics ?? []), ...byId].map(topicNamed)
  return { api: 'Metadata', brokers: [1], controller: 0, topics }
}

/** A gateway before a broker that the test plays, on one thread. */
export class GivenGateway {
  readonly stage = new Stage()
  readonly broker = new ScriptedActor(knowsTopics)
  /** Memory of `ClientCuts`. */
  readonly cuts = ClientCuts.memory()
  /** Lines of the log. */
  readonly log: string[] = []
  /** Ports at which the door was opened, and 'close' where it was closed. */
  readonly doorCalls: (number | 'close')[] = []
  #door: DoorListener | null = null

  /** `portBefore`: an earlier gateway has listened there; its broker has started again since. */
  constructor(limits: Partial<GatewayData['limits']> = {}, sasl: SaslData | null = null, portBefore = 0) {
    const ports = BrokerEndpoints.memoryFor(1)
    new Int32Array(ports)[0] = portBefore
    const gateway = new Gateway({
      data: {
        clusterId: 'given',
        endpoints: { ports, host: '127.0.0.1', advertisedPorts: [9092] },
        host: '127.0.0.1',
        brokers: [{ brokerId: 1, port: 0 }],
        limits: { frameBytesMax: 1_000_000, strangerBytesMax: 524_288, idleMs: 600_000, ...limits },
        fetchSessions: 2,
        cuts: this.cuts,
        tls: null,
        sasl,
      },
      makeDoor: (listener) => {
        this.#door = listener
        return {
          open: (port) => void this.doorCalls.push(port),
          close: () => void this.doorCalls.push('close'),
        }
      },
      opened: () => {},
      warn: (says) => void this.log.push(says),
      wake: () => {},
    })
    this.stage.seat('broker-1', this.broker)
    this.stage.seat('gateway-1', gateway)
    if (portBefore === 0) this.door.opened(9092)
    this.stage.settle()
  }

  get door(): DoorListener {
    return this.#door as DoorListener
  }

  /** A client that has come in. */
  client(): ScriptedStream {
    const stream = new ScriptedStream()
    stream.listener = this.door.accepted(stream)
    this.stage.settle()
    return stream
  }

  /** A client that has gone before its broker was found. */
  clientThatVanishes(): ScriptedStream {
    const stream = new ScriptedStream()
    stream.listener = this.door.accepted(stream)
    stream.vanish()
    this.stage.settle()
    return stream
  }

  /** What a client says, and all that comes of it before the broker answers. */
  say(client: ScriptedStream, ...bytes: readonly Uint8Array[]): void {
    client.say(...bytes)
    this.stage.settle()
  }

  asked<A extends ApiName>(api: A): RequestOf<A>[] {
    return this.broker.unanswered(api).map(({ body }) => body)
  }

  answer(response: Response): void {
    this.broker.answer(response)
    this.stage.settle()
  }

  /** Answers the oldest request with an error. */
  refuse(): void {
    this.broker.answerWhere((body) => refusalTo(body, 'UNKNOWN_SERVER_ERROR'))
    this.stage.settle()
  }
}
