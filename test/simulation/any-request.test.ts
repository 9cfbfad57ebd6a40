import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Address } from '../../src/actor/address.js'
import { parseBrokerOptions } from '../../src/base/config/broker-options.js'
import { Memory } from '../../src/base/memory.js'
import { Broker } from '../../src/broker/broker.js'
import { Controller } from '../../src/controller/controller.js'
import { APIS, type ApiName, type Request, type Response } from '../../src/protocol/api.js'
import type { MetadataResponse } from '../../src/protocol/apis/metadata.js'
import { requestFrame } from '../../src/protocol/ring/frame.js'
import { topicUuidOf } from '../../src/protocol/topic-uuid.js'
import { buildBatch } from '../../src/record/batch-builder.js'
import { batchBytes } from '../../src/record/record-batch.js'
import { ScriptedActor } from '../support/scripted-actor.js'
import { Stage } from '../support/stage.js'
import { firstStart } from '../unit/broker/given-broker.js'
import { requests } from '../unit/protocol/arbitrary.js'

/**
 * What is asked of it may wait this long, such as a Fetch for its fetch.max.wait.ms; no 31 bits of milliseconds are
 * longer.
 */
const PATIENCE_MS = 2 ** 31

/** What the client lends to brokers: a batch that can be appended, and nothing behind it. */
const BATCH = buildBatch([{ value: 'a' }, { value: 'b' }])
const LENT = new Memory(new SharedArrayBuffer(256))
LENT.bytes.set(BATCH.bytes)

/** Numbers from which mistakes are made, and those that JSON does not know. */
const oddNumber = fc.constantFrom(
  ...[-(2 ** 31), -3, -1, 0, 1, 2, 3, 1.5, 4_096, 2 ** 31 - 1, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY],
)
const oddText = fc.constantFrom('orders', 'new', '', '__proto__', 'a b', 'x'.repeat(300), 'preferred', '\ud800')
const oddValue = fc.oneof(
  oddNumber,
  oddText,
  fc.constantFrom(null, undefined, true, [], {}, [null], [[]]),
  fc.jsonValue(),
)

const apis = Object.keys(requests) as ApiName[]
/** Those that touch memory most often. */
const anyApi = fc.oneof(fc.constantFrom<ApiName>('Produce', 'Fetch'), fc.constantFrom(...apis))
const isBinary = ({ api }: { readonly api: unknown }): boolean => api === 'Produce' || api === 'Fetch'
const SPOKEN: ReadonlySet<unknown> = new Set(APIS.flatMap(({ name, spoken }) => (spoken === null ? [] : [name])))
/** What goes by its schema has the right form, or is refused before it leaves. */
const isSpoken = ({ api }: { readonly api: unknown }): boolean => SPOKEN.has(api)

/**
 * A request of the right form with odd things in it, at any depth; what lies on a ring as numbers gets odd numbers
 * alone.
 */
const bentRequest: fc.Arbitrary<unknown> = anyApi
  .chain((api): fc.Arbitrary<object> => requests[api])
  .chain((request) => {
    if (isSpoken(request as Request)) return bentWithin(request).filter(canBeSent)
    return bent(request, isBinary(request as Request) ? oddNumber : oddValue)
  })

const oddInteger = fc.constantFrom(-(2 ** 31), -2, -1, 0, 1, 2, 3, 6_000, 45_000, 2 ** 31 - 1)

/** What requests about groups name, so that they often mean one group, and a member that is there. */
const usualOfGroups: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  groupId: fc.constantFrom('g', 'h', ''),
  coordinatorKeys: fc.constant(['g', 'h']),
  keyType: fc.constantFrom(0, 1),
  memberId: fc.constantFrom('', 'm'),
  groupInstanceId: fc.constantFrom(null, 'i'),
  generationId: fc.constantFrom(-1, 1, 2),
  protocolType: fc.constantFrom('consumer', ''),
  topicId: fc.constantFrom(topicUuidOf(1), topicUuidOf(9)),
  partitionIndex: fc.constantFrom(0, 1, 2),
  rebalanceTimeoutMs: fc.constantFrom(0, 1_000),
  sessionTimeoutMs: fc.constantFrom(6_000, 1),
}

/** The request with other values of the same types. */
function bentWithin(value: unknown, field = ''): fc.Arbitrary<unknown> {
  const odd = typeof value === 'number' ? oddInteger : typeof value === 'string' ? oddText : null
  const kept = usualOfGroups[field] ?? (Array.isArray(value) ? fc.tuple(...value.map((one) => bentWithin(one))) : null)
  if (field === 'api' || value instanceof Uint8Array) return fc.constant(value)
  if (kept !== null)
    return odd === null ? kept : fc.oneof({ weight: 6, arbitrary: kept }, { weight: 1, arbitrary: odd })
  if (odd !== null) return fc.oneof(fc.constant(value), odd)
  if (typeof value !== 'object' || value === null) return fc.constant(value)
  const fields = Object.entries(value).map(([name, inner]) => [name, bentWithin(inner, name)] as const)
  return fc.record(Object.fromEntries(fields), { noNullPrototype: true })
}

function canBeSent(request: unknown): boolean {
  try {
    requestFrame(request as Request)
    return true
  } catch {
    return false
  }
}

/** What most requests name, so that they get as far as there is something to do. */
const usual: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  topicId: fc.constant(1),
  partition: fc.constantFrom(0, 1),
  memoryId: fc.constant(1),
  position: fc.constant(0),
  bytes: fc.constantFrom(batchBytes(BATCH, 0), 61, 256),
  leaseSlot: fc.constantFrom(0, 1),
  fetchOffset: fc.constantFrom(0, 1, 2),
  currentLeaderEpoch: fc.constantFrom(-1, 0),
  name: fc.constant('orders'),
  topic: fc.constant('orders'),
  brokerId: fc.constantFrom(1, 2),
  replicaId: fc.constantFrom(-1, -1, 1, 2),
}

function bent(value: unknown, odd: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  if (Array.isArray(value)) return fc.tuple(...value.map((one) => bent(one, odd)))
  if (typeof value !== 'object' || value === null) return fc.constant(value)
  const fields = Object.entries(value).map(([field, inner]) => {
    const kept = { weight: 4, arbitrary: usual[field] ?? bent(inner, odd) }
    const isForm = field === 'api' || (typeof inner === 'object' && odd === oddNumber)
    return [field, isForm ? kept.arbitrary : fc.oneof(kept, { weight: 1, arbitrary: odd })] as const
  })
  return fc.record(Object.fromEntries(fields), { noNullPrototype: true })
}

/** No request, or one of an API that there is not, or one without what it asks. */
const nonsense = fc
  .oneof(
    fc.jsonValue(),
    fc.record({ api: fc.oneof(oddValue, fc.constantFrom('Refused', 'toString', 'constructor')) }),
    anyApi.filter((api) => !isBinary({ api })).map((api) => ({ api })),
  )
  .filter((body): body is object => typeof body === 'object' && body !== null && !isBinary(body as Request))

/** Two brokers and their controller, and a client that asks them anything. */
class GivenCluster {
  readonly stage = new Stage()
  #client = new ScriptedActor()
  #clients = 0

  constructor() {
    const host = { heartbeatOf: () => this.stage.now, restart: () => {}, gaveUp: () => {} }
    const options = parseBrokerOptions({
      'num.partitions': 2,
      'broker.session.timeout.ms': 2 ** 31 - 1,
      'offsets.topic.num.partitions': 2,
      'offsets.topic.replication.factor': 2,
    })
    const { point, segments } = firstStart()
    this.stage.seat('controller-0', new Controller(options, { point, segments, ...host }))
    for (const brokerId of [1, 2]) this.stage.seat(`broker-${brokerId}`, new Broker(brokerId, options, firstStart()))
    this.stage.settle()
    this.#renew()
    this.metadataOf('orders')
    this.answerTo('broker-1', { api: 'FindCoordinator', keyType: 0, coordinatorKeys: ['g'] })
  }

  /** Undefined: there is no answer. */
  answerTo(to: Address, body: unknown): Response | null | undefined {
    const asked = this.#client.ask(to, body as Request)
    this.stage.settle()
    if (asked.answer === undefined) this.stage.pass(PATIENCE_MS)
    // One that is not answered holds up its connection.
    if (asked.answer === undefined) this.#renew()
    return asked.answer
  }

  metadataOf(topic: string): MetadataResponse['topics'][number] | undefined {
    const answer = this.answerTo('broker-1', { api: 'Metadata', topics: [topic], allowAutoTopicCreation: true })
    return answer?.api === 'Metadata' ? answer.topics[0] : undefined
  }

  #renew(): void {
    this.#client = new ScriptedActor(undefined, (connection) => connection.lend(1, LENT))
    this.stage.seat(`client-${++this.#clients}`, this.#client)
    this.stage.settle()
  }
}

const isAnswered = (body: unknown): boolean => {
  const { api, acks } = Object(body)
  return api !== 'Produce' || (Number(acks) | 0) !== 0
}

test('a broker and the controller answer whatever they are asked, and go on', () => {
  let cluster = new GivenCluster()
  const whoever = fc.constantFrom<Address>('broker-1', 'broker-2', 'controller-0')
  const ask = fc.property(whoever, fc.oneof({ weight: 4, arbitrary: bentRequest }, nonsense), (to, body) => {
    // Some requests are to delete it: the next one that goes by its id is to find something.
    if (cluster.metadataOf('orders')?.topicId !== 1) cluster = new GivenCluster()
    const answer = cluster.answerTo(to, body)
    if (isAnswered(body)) expect(answer).toBeTruthy()
    expect(cluster.metadataOf('another')?.error).toBe('NONE')
  })
  fc.assert(ask, { seed: 1, numRuns: 1_000, endOnFailure: true })
})

test.each<readonly [Address, unknown, string]>([
  ['broker-1', { api: 'Metadata', topics: 'abc', allowAutoTopicCreation: false }, "topics must be a list, not 'abc'"],
  ['broker-1', { api: 'DeleteTopics', names: ['a', 5] }, 'names[1] must be a text, not 5'],
  [
    'controller-0',
    { api: 'CreateTopics', topics: [null], validateOnly: false },
    'topics[0] must be an object, not null',
  ],
  ['controller-0', { api: 'Metadata', topics: null, allowAutoTopicCreation: false }, 'does not serve Metadata'],
  ['broker-1', { api: 'UpdateMetadata', version: 1e9, brokers: [], topics: [] }, 'is for brokers and the controller'],
  ['broker-1', { api: 'toString' }, "There is no API 'toString'"],
  ['broker-1', { api: null }, 'There is no API null'],
])('%s refuses %j', (to, body, says) => {
  const answer = new GivenCluster().answerTo(to, body)
  expect(answer).toEqual({ api: 'Refused', error: 'INVALID_REQUEST', says: expect.stringContaining(says) })
})
