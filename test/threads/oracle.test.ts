/**
 * What a real broker of Kafka has answered to the scripts of the oracle, which Odradek must answer as well. The command
 * `npm run oracle -- --record` has written it down; here no Java is needed.
 */
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AREAS } from '../../compat/oracle/areas.js'
import type { OracleBroker } from '../../compat/oracle/brokers.js'
import { chanceArea } from '../../compat/oracle/chance/chance-area.js'
import { errorsTold } from '../../compat/oracle/chance/errors-told.js'
import { differencesOf } from '../../compat/oracle/compare.js'
import { judge, shown, unlisted } from '../../compat/oracle/differences.js'
import { readGolden } from '../../compat/oracle/golden.js'
import { startOdradek } from '../../compat/oracle/odradek-broker.js'
import { nameOf, play } from '../../compat/oracle/player.js'
import { OPENING } from '../../compat/oracle/scripts/opening.js'

/** The least number of requests of each API. */
const REQUESTS_MIN = 15

let broker: OracleBroker

beforeAll(async () => {
  broker = await startOdradek()
  await play(OPENING, broker.server)
})
afterAll(() => broker.stop())

describe('as Kafka answers it', () => {
  test.each(AREAS)('$name', async (area) => {
    const golden = readGolden(area.name)
    if (golden === null) throw new Error(`Nothing is written down of ${area.name}: npm run oracle -- --record`)
    expect(Object.keys(golden.answers)).toEqual(area.scripts.map(({ title }) => title))
    const answers = await play(area, broker.server)
    expect(unlisted(differencesOf(golden.answers, answers)).map(shown)).toEqual([])
  })
})

test.each(AREAS)('$name is asked for often enough', ({ name }) => {
  const heard = Object.values(readGolden(name)?.answers ?? {}).flat()
  expect(heard.filter(({ step }) => step.includes(`: ${name} v`)).length).toBeGreaterThanOrEqual(REQUESTS_MIN)
})

describe('what chance asks', () => {
  test('is answered, and closes no connection', async () => {
    const area = chanceArea('all of it', 1_000)
    const [heard = []] = Object.values(await play(area, broker.server))
    expect(heard.map(({ step }) => step)).toEqual(
      area.scripts.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'ask' ? nameOf(step) : []))),
    )
    expect(heard.filter(({ answer }) => typeof answer === 'string')).toEqual([])
  })

  test('is the same for a seed', () => {
    const shown = (seed: string): string => inspect(chanceArea(seed, 50), { depth: null })
    expect(shown('a')).toBe(shown('a'))
    expect(shown('a')).not.toBe(shown('b'))
  })

  test('is compared by the errors that are told of each thing, wherever they stand', () => {
    const one = { partitionIndex: 1, errorCode: 'NONE' }
    const other = { partitionIndex: 2, errorCode: 'INVALID_REQUEST' }
    const apart = { topics: [one, other].map((partition) => ({ name: 'orders', partitions: [partition] })) }
    const together = { topics: { 'name orders': { name: 'orders', partitions: [other, one, one] } } }
    const told = ['INVALID_REQUEST of name orders, partitionIndex 2', 'NONE of name orders, partitionIndex 1']
    expect([apart, together].map(errorsTold)).toEqual([told, told])
    expect(errorsTold({ errorCode: 'NONE', topics: [] })).toEqual(['NONE of the request'])
  })
})

describe('the judge of differences', () => {
  const found = {
    script: 'a script',
    step: 'a: Fetch v4',
    index: 0,
    path: 'topics[name a].host',
    kafka: 'x',
    odradek: 'y',
  }
  const listed = { api: 'Fetch', path: 'topics[name *].host', why: 'it is so' }

  test('takes what is listed', () => expect(judge([found], ['Fetch'], [listed])).toEqual([]))

  test.each([
    ['another API', { ...listed, api: 'Produce' }],
    ['another place', { ...listed, path: 'topics[name *].port' }],
    ['another answer of Kafka', { ...listed, kafka: 'z' }],
    ['another answer of Odradek', { ...listed, odradek: 'z' }],
    ['another script', { ...listed, script: 'another one' }],
  ])('takes no other one: %s', (_, other) => expect(unlisted([found], [other])).toEqual([found]))

  test('names what is listed in vain', () => {
    expect(judge([], ['Fetch'], [listed])).toEqual(['Fetch topics[name *].host is listed as a difference, and is none'])
    expect(judge([], ['Produce'], [listed])).toEqual([])
  })

  test('takes no list of error codes', () => {
    const code = { ...found, path: 'topics[name a].errorCode' }
    const wrong = judge([code], ['Fetch'], [{ ...listed, path: 'topics[name *].errorCode' }])
    expect(wrong).toEqual(['Fetch topics[name *].errorCode may not be listed'])
  })
})
