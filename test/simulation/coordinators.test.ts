import { expect, test } from 'vitest'
import { parseBrokerOptions } from '../../src/base/config/broker-options.js'
import { seededRandom } from '../../src/base/random.js'
import type { Asked } from '../support/scripted-actor.js'
import { ShakenBrokers } from './shaken-brokers.js'

const SEEDS = 60
const STEPS = 200
const BROKERS = [1, 2, 3]
const GROUPS = ['a', 'b', 'c', 'd']

const OPTIONS = parseBrokerOptions({
  'offsets.topic.num.partitions': GROUPS.length,
  'offsets.topic.replication.factor': BROKERS.length,
  'odradek.restart.intensity': 1_000,
})

const FIND = { api: 'FindCoordinator', keyType: 0, coordinatorKeys: GROUPS } as const

function foundBy({ answer }: Asked): (readonly [number, string])[] {
  if (answer?.api !== 'FindCoordinator') return []
  return answer.coordinators.map(({ nodeId, errorCode }) => [nodeId, errorCode] as const)
}

/** What a broker says when all is well: it may have to find its controller again first. */
function foundIn(shaken: ShakenBrokers, broker: number): ReturnType<typeof foundBy> {
  shaken.answerOf(shaken.ask(broker, FIND))
  const again = shaken.ask(broker, FIND)
  shaken.answerOf(again)
  return foundBy(again)
}

test('coordinators are found wherever one asks, and their topic is made once, whatever goes wrong', () => {
  const seen = { found: 0, refused: 0, lost: 0, kills: 0, faults: 0 }
  for (let seed = 0; seed < SEEDS; seed++) {
    const random = seededRandom(`coordinators ${seed}`)
    const error = 'COORDINATOR_NOT_AVAILABLE'
    const shaken = new ShakenBrokers({ options: OPTIONS, brokers: BROKERS, random, struck: ['FindCoordinator'], error })
    const asked: Asked[] = []
    for (let step = 0; step < STEPS; step++) {
      if (random.boolean(0.3)) asked.push(shaken.ask(random.pick(BROKERS), FIND))
      else shaken.act()
    }
    shaken.recover()
    const [first, ...others] = BROKERS.map((id) => foundIn(shaken, id))

    expect(first, `seed ${seed}`).toEqual(GROUPS.map(() => [expect.any(Number), 'NONE']))
    expect(others, `seed ${seed}`).toEqual([first, first])
    expect(shaken.controller.image.lastTopicId, `seed ${seed}`).toBe(1)
    for (const one of asked) {
      const errors = foundBy(one).map(([, said]) => said)
      for (const said of errors) expect(['NONE', error], `seed ${seed}`).toContain(said)
      if (errors.length === 0) seen.lost += 1
      else if (errors.includes(error)) seen.refused += 1
      else seen.found += 1
    }
    seen.kills += shaken.seen.kills
    seen.faults += shaken.seen.faults
  }
  // A run in which nothing happens proves nothing.
  expect(Math.min(seen.found, seen.refused, seen.lost, seen.kills, seen.faults)).toBeGreaterThan(SEEDS)
})
