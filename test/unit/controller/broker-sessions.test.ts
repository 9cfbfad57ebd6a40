import { expect, test } from 'vitest'
import { BrokerSessions, type Sight } from '../../../src/controller/broker-sessions.js'

/** What the looks at one broker find. */
function looks(...sights: readonly Partial<Sight>[]): string {
  const sessions = new BrokerSessions()
  return sights.map((sight) => sessions.look(1, { heartbeat: 0, owed: null, ...sight })).join(' ')
}

const beats = (...heartbeats: readonly (number | null)[]): string =>
  looks(...heartbeats.map((heartbeat) => ({ heartbeat })))

test('a broker whose heartbeat moves is alive', () => {
  expect(beats(1, 2, 7, 8)).toBe('silent alive alive alive')
})

test('a broker that stands still for a whole session is not', () => {
  expect(beats(1, 1, 1, 1, 1)).toBe('silent silent silent silent expired')
})

test('a broker that is not known to run is not alive', () => {
  expect(beats(null, null, null, null, null)).toBe('silent silent silent silent expired')
})

test('one sign of life is enough for another session', () => {
  expect(beats(1, 1, 1, 1, 2, 2, 2, 2, 2)).toBe('silent silent silent silent alive silent silent silent expired')
})

test('a silent broker that moves again is alive again', () => {
  expect(beats(1, 1, 1, 1, 1, 2)).toBe('silent silent silent silent expired alive')
})

test('a broker that runs and answers no image is not alive', () => {
  const sights = [1, 2, 3, 4, 5].map((heartbeat) => ({ heartbeat, owed: 7 }))
  expect(looks(...sights)).toBe('silent silent silent silent expired')
})

test('a broker that falls behind and answers is alive', () => {
  const sights = [1, 2, 3].map((heartbeat) => ({ heartbeat, owed: heartbeat }))
  expect(looks(...sights)).toBe('silent alive alive')
})

test('a new session has seen nothing yet', () => {
  const sessions = new BrokerSessions()
  const sight = { heartbeat: 1, owed: null }
  for (let count = 0; count < 4; count++) sessions.look(1, sight)
  sessions.begin(1)
  expect(sessions.look(1, sight)).toBe('silent')
})
