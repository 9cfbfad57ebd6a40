import { describe, expect, test } from 'vitest'
import { labelOf } from '../../../src/actor/client-name.js'
import { ClientCuts } from '../../../src/gateway/client-cuts.js'
import { apiVersionsFrame, GivenGateway, heartbeatFrame } from './given-gateway.js'

/** The `client.id` of frames that tests send. */
const GIVEN = labelOf({ clientId: 'given' })
const OTHER = labelOf({ clientId: 'other' })
const EVERYBODY = labelOf('clients')

describe('a client that is cut off', () => {
  test.each([
    ['with all clients', EVERYBODY],
    ['by its client.id', GIVEN],
  ])('%s is not heard before that is healed', (_, label) => {
    const given = new GivenGateway()
    const cuts = new ClientCuts(given.cuts)
    const client = given.client()
    cuts.cut(label, 1, 'requests')
    given.say(client, heartbeatFrame('first'), apiVersionsFrame())
    expect([given.asked('Heartbeat').length, client.isPaused, client.state]).toEqual([0, true, 'open'])
    cuts.heal(label, 1, 'requests')
    given.stage.settle()
    expect(given.asked('Heartbeat')).toHaveLength(1)
    given.refuse()
    expect(client.frames()).toHaveLength(2)
  })

  test('is not answered before that is healed, though it is heard', () => {
    const given = new GivenGateway()
    const cuts = new ClientCuts(given.cuts)
    const client = given.client()
    given.say(client, heartbeatFrame('first'))
    cuts.cut(GIVEN, 1, 'responses')
    given.refuse()
    expect(client.frames()).toEqual([])
    cuts.healAll()
    given.stage.settle()
    expect(client.frames()).toHaveLength(1)
  })

  test('is the one that was named, and at the broker that was named', () => {
    const given = new GivenGateway()
    const cuts = new ClientCuts(given.cuts)
    cuts.cut(OTHER, 1, 'both')
    cuts.cut(GIVEN, 2, 'both')
    const client = given.client()
    given.say(client, apiVersionsFrame())
    expect(client.frames()).toHaveLength(1)
  })
})

test('each way is healed for itself', () => {
  const cuts = new ClientCuts(ClientCuts.memory())
  cuts.cut(GIVEN, 1, 'both')
  cuts.heal(GIVEN, 1, 'requests')
  const ways = cuts.of(GIVEN, 1)
  expect([ClientCuts.isCut(ways, 'requests'), ClientCuts.isCut(ways, 'responses')]).toEqual([false, true])
  cuts.heal(GIVEN, 1, 'responses')
  expect(cuts.of(GIVEN, 1)).toBe(0)
})

test('so many links can be cut at once, and one more is refused', () => {
  const cuts = new ClientCuts(ClientCuts.memory())
  for (let brokerId = 1; brokerId <= 256; brokerId++) cuts.cut(GIVEN, brokerId, 'both')
  cuts.cut(GIVEN, 256, 'both')
  expect(() => cuts.cut(OTHER, 1, 'both')).toThrow('Cannot cut off more clients')
  cuts.heal(GIVEN, 7, 'both')
  cuts.cut(OTHER, 1, 'both')
  expect(cuts.of(OTHER, 1)).toBe(3)
})
