/** What can go wrong between brokers and clients that have come in over TCP. */
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Cluster } from '../../src/index.js'
import { RawClient } from '../support/raw-client.js'
import { allOf, METADATA } from '../support/raw-requests.js'

let cluster: Cluster

beforeAll(async () => {
  cluster = await Cluster.start({ brokers: 2, listen: { port: 0, threads: 2 } })
})
afterEach(() => cluster.reset())
afterAll(() => cluster.close())

/** A client of broker 1 or 2; its client.id is `raw`. */
async function clientOf(broker: 1 | 2): Promise<RawClient> {
  const client = await RawClient.to(cluster.bootstrapServers, broker - 1)
  onTestFinished(() => client.close())
  return client
}

const ask = async (client: RawClient): Promise<string | undefined> =>
  (await client.ask(METADATA, 12, allOf('nothing'))).topics[0]?.errorCode

const UNKNOWN = 'UNKNOWN_TOPIC_OR_PARTITION'
const FAULT = { api: 'Metadata', once: true } as const

describe('a scripted fault of a client.id', () => {
  test('answers an error once', async () => {
    const error = 'LEADER_NOT_AVAILABLE'
    await cluster.faults.add({ ...FAULT, action: 'error', error, from: { clientId: 'raw' } })
    const client = await clientOf(1)
    expect([await ask(client), await ask(client)]).toEqual([error, UNKNOWN])
  })

  test('delays a request and those behind it, and no other client', async () => {
    const order: string[] = []
    const [delayed, other] = [await clientOf(1), await clientOf(1)]
    const fault = await cluster.faults.add({ ...FAULT, action: 'delay', delayMs: 300, from: 'clients' })
    const late = Promise.all([ask(delayed), fault.hit()]).then(() => order.push('delayed'))
    await fault.hit()
    await ask(other)
    order.push('other')
    await late
    expect(order).toEqual(['other', 'delayed'])
  })

  test('loses an answer: nothing comes before the client speaks again, and finds the connection reset', async () => {
    const fault = await cluster.faults.add({ ...FAULT, action: 'dropResponse', from: { clientId: 'raw' } })
    const client = await clientOf(1)
    client.socket.write(client.frame(METADATA, 12, allOf('nothing')))
    await fault.hit()
    client.socket.write(client.frame(METADATA, 12, allOf('nothing')))
    expect(await client.ended).toBe('reset')
    expect(await ask(await clientOf(1))).toBe(UNKNOWN)
  })

  test('closes the connection', async () => {
    await cluster.faults.add({ ...FAULT, action: 'disconnect', broker: 2, from: { clientId: 'raw' } })
    const [one, two] = [await clientOf(1), await clientOf(2)]
    expect(await ask(one)).toBe(UNKNOWN)
    two.socket.write(two.frame(METADATA, 12, allOf('nothing')))
    expect(await two.ended).toBe('reset')
  })

  test('leaves other clients alone', async () => {
    const error = 'LEADER_NOT_AVAILABLE'
    const fault = await cluster.faults.add({ ...FAULT, action: 'error', error, from: { clientId: 'cooked' } })
    expect([await ask(await clientOf(1)), fault.count]).toEqual([UNKNOWN, 0])
  })
})

describe('clients that are cut off from a broker', () => {
  test.each([['clients' as const], [{ clientId: 'raw' }]])(
    'as %j are not served before the link is healed',
    async (end) => {
      const [one, two] = [await clientOf(1), await clientOf(2)]
      await cluster.cutLink(end, 1)
      let isServed = false
      const served = ask(one).then((error) => {
        isServed = true
        return error
      })
      // Who comes later is cut off as well.
      const later = ask(await clientOf(1))
      expect([await ask(two), await ask(two), isServed]).toEqual([UNKNOWN, UNKNOWN, false])
      await cluster.healLink(1, end)
      expect([await served, await later]).toEqual([UNKNOWN, UNKNOWN])
    },
  )

  test('are connected again after a reset', async () => {
    await cluster.cutLink('broker-1', 'clients', { oneWay: true })
    await cluster.reset()
    expect(await ask(await clientOf(1))).toBe(UNKNOWN)
  })

  test('have a broker at the other end, which the cluster must listen for', async () => {
    await expect(cluster.cutLink('clients', 'sender-1')).rejects.toThrow('the other end must be a broker')
    await expect(cluster.cutLink('clients', { clientId: 'raw' })).rejects.toThrow('the other end must be a broker')
    await expect(cluster.cutLink('clients', 3)).rejects.toThrow("the cluster's brokers are 1 to 2")
    const silent = await Cluster.start()
    onTestFinished(() => silent.close())
    await expect(silent.cutLink('clients', 1)).rejects.toThrow('start it with listen')
  })
})
