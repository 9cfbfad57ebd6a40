import { describe, expect, test } from 'vitest'
import { labelOf } from '../../../src/actor/client-name.js'
import type { FaultRule } from '../../../src/actor/fault-injector.js'
import { metadataWire } from '../../../src/protocol/apis/metadata.js'
import { codecOf } from '../../../src/protocol/codec.js'
import { GivenGateway, heartbeatFrame, METADATA, metadataFrame, produceFrame } from './given-gateway.js'
import { sentBatch } from './sent-batch.js'

const rule = (parts: Partial<FaultRule>): FaultRule => ({
  id: 1,
  api: 'Heartbeat',
  from: null,
  action: 'error',
  trigger: { type: 'times', times: 1 },
  error: 'COORDINATOR_NOT_AVAILABLE',
  delayMs: 0,
  matched: new SharedArrayBuffer(4),
  ...parts,
})

const hits = ({ stage }: GivenGateway): number => stage.news.filter(({ type }) => type === 'faultHit').length

/** The code of an error, which the answer to a Heartbeat ends with. */
const errorIn = (frame: Buffer | undefined): number | undefined => frame?.readInt16BE(frame.length - 2)
const COORDINATOR_NOT_AVAILABLE = 15

describe('a scripted fault', () => {
  test('strikes the clients with the client.id that it names, and no others', () => {
    const given = new GivenGateway()
    given.stage.order('broker-1', [rule({ client: labelOf({ clientId: 'orders' }) })])
    const [orders, payments] = [given.client(), given.client()]
    given.say(payments, heartbeatFrame('group', 'payments'))
    given.say(orders, heartbeatFrame('group', 'orders'))
    expect(errorIn(orders.frames()[0])).toBe(COORDINATOR_NOT_AVAILABLE)
    expect([payments.frames().length, given.asked('Heartbeat').length, hits(given)]).toEqual([0, 1, 1])
  })

  test('of all clients strikes those that came in over TCP, and nobody else', () => {
    const given = new GivenGateway()
    given.stage.order('broker-1', [rule({ client: labelOf('clients'), trigger: { type: 'times', times: 2 } })])
    const client = given.client()
    given.say(client, heartbeatFrame('group', 'whoever'))
    expect([errorIn(client.frames()[0]), hits(given)]).toEqual([COORDINATOR_NOT_AVAILABLE, 1])
  })

  test('leaves alone what the gateway asks for itself', () => {
    const given = new GivenGateway()
    const metadata = { api: 'Metadata', error: 'LEADER_NOT_AVAILABLE' } as const
    given.stage.order('broker-1', [rule({ ...metadata, trigger: { type: 'times', times: 1 } })])
    const client = given.client()
    // The gateway must ask for the topic's id first.
    given.say(client, produceFrame('orders', sentBatch('a')))
    expect([given.asked('Produce').length, hits(given)]).toEqual([1, 0])
    given.refuse()
    client.frames()
    given.say(client, metadataFrame('orders'))
    const codec = codecOf({ ...METADATA, wire: metadataWire }, 4)
    const told = codec === 'UNSUPPORTED_VERSION' ? null : codec.decodeResponse(client.frames()[0] as Buffer).message
    expect(told?.topics).toMatchObject([{ name: 'orders', errorCode: 'LEADER_NOT_AVAILABLE' }])
    expect(hits(given)).toBe(1)
  })

  test('that loses answers loses none of a Produce with acks=0, which has none', () => {
    const given = new GivenGateway()
    given.stage.order('broker-1', [rule({ api: 'Produce', action: 'dropResponse' })])
    const client = given.client()
    given.say(client, produceFrame('orders', sentBatch('a'), 0), heartbeatFrame('behind'))
    given.answer({
      api: 'Produce',
      partitions: [
        {
          topicId: 0,
          partition: 0,
          error: 'NONE',
          baseOffset: 0,
          logAppendTimeMs: -1,
          logStartOffset: 0,
          currentLeader: null,
        },
      ],
    })
    given.refuse()
    expect(client.frames()).toHaveLength(1)
  })

  test('that closes connections resets those of clients', () => {
    const given = new GivenGateway()
    given.stage.order('broker-1', [rule({ action: 'disconnect' })])
    const client = given.client()
    given.say(client, heartbeatFrame('group'))
    expect(client.state).toBe('reset')
  })
})

test.each(['drop', 'dropResponse'] as const)(
  'a connection on which %s has lost something says nothing, and is reset at the next request',
  (action) => {
    const given = new GivenGateway()
    given.stage.order('broker-1', [rule({ action })])
    const client = given.client()
    given.say(client, heartbeatFrame('lost'))
    if (action === 'dropResponse') given.refuse()
    expect([client.frames(), client.state]).toEqual([[], 'open'])
    given.say(client, heartbeatFrame('next'))
    expect(client.state).toBe('reset')
  },
)
