/** The thread dies at each step of a compaction, once and twice: the log is the one before or the one after. */
import { expect, test } from 'vitest'
import type { LogPoint } from '../../../src/log/types.js'
import { compact, compacted, type Keyed, keyed, latestOf, rows, sealActive } from './given-compaction.js'
import { appendVisibly, type GivenLog, givenLog, Killed, recovered } from './given-log.js'

type Point = Parameters<LogPoint>[0]

/** What fills the log, and what its compaction does to the segments. */
const LOGS: Record<string, readonly Keyed[]> = {
  'what is left of many segments is joined': Array.from({ length: 60 }, (_, n) => [
    `${n % 5}`,
    `${n}`.padEnd(200, '.'),
  ]),
  'full segments of tombstones become more segments': Array.from({ length: 60 }, (_, n) => [`${100 + n}`, null]),
  'values go, their tombstones stay': Array.from({ length: 60 }, (_, n) => [
    `${n % 30}`,
    n < 30 ? 'x'.repeat(150) : null,
  ]),
  'nothing goes': Array.from({ length: 20 }, (_, n) => [`${n}`, 'x'.repeat(200)]),
}
const NOW = 100_000
const LATER = NOW + 2_000

/** Dies at the nth call of a point that counts. */
class Death {
  #left = Number.POSITIVE_INFINITY
  #point: Point | null = null

  arm(point: Point, nth: number): void {
    this.#point = point
    this.#left = nth
  }

  readonly point: LogPoint = (name) => {
    if (name === this.#point && --this.#left === 0) throw new Killed()
  }
}

function given(records: readonly Keyed[], { point }: Death): GivenLog {
  const log = givenLog(compacted(), undefined, point)
  for (const record of records) appendVisibly(log.log, keyed([record]))
  sealActive(log.log)
  return log
}

/** The next incarnation's log, if the thread dies in a compaction; null: it does not come to that point. */
function afterDeath({ log, handles }: GivenLog, death: Death, point: Point, nth: number, now: number): GivenLog | null {
  death.arm(point, nth)
  try {
    compact(log, now, 200)
    return null
  } catch (error) {
    if (!(error instanceof Killed)) throw error
    death.arm(point, Number.POSITIVE_INFINITY)
    return recovered(handles, compacted(), death.point)
  }
}

function checked({ log, pool }: GivenLog): GivenLog['log'] {
  log.checkInvariants()
  log.checkBatches()
  pool.checkInvariants()
  return log
}

const POINTS = ['segment-filled', 'segment-swapped', 'segment-unlinked'] as const
const CASES = Object.keys(LOGS).flatMap((name) => POINTS.map((point) => [name, point] as const))

test.each(CASES)('where %s, a death at %s loses nothing, and the compaction is done again', (name, point) => {
  const records = LOGS[name] as readonly Keyed[]
  const whole = given(records, new Death())
  const expected = latestOf(whole.log)
  const { logEndOffset, highWatermark, logStartOffset } = whole.log
  compact(whole.log, NOW)
  const rowsAfter = rows(whole.log)
  let deaths = 0
  for (let nth = 1; ; nth++) {
    const death = new Death()
    const next = afterDeath(given(records, death), death, point, nth, NOW)
    if (next === null) break
    deaths += 1
    expect(latestOf(checked(next))).toEqual(expected)
    expect(next.log).toMatchObject({ logEndOffset, highWatermark, logStartOffset })
    sealActive(next.log)
    compact(next.log, NOW)
    expect(rows(checked(next))).toEqual(rowsAfter)
  }
  expect(deaths > 0).toBe(name !== 'nothing goes')
})

test.each(CASES)('where %s, two deaths, the second one at %s when tombstones may go, lose nothing', (name, point) => {
  const records = LOGS[name] as readonly Keyed[]
  const expected = latestOf(given(records, new Death()).log)
  for (let first = 1; first <= 6; first++) {
    for (let second = 1; second <= 6; second++) {
      const death = new Death()
      const once = afterDeath(given(records, death), death, POINTS[first % 3] as Point, 1 + (first >> 1), NOW)
      if (once === null) continue
      appendVisibly(once.log, keyed([['late', 'x'.repeat(700)]]), keyed([['late', 'x'.repeat(700)]]))
      const twice = afterDeath(once, death, point, second, LATER)
      if (twice === null) continue
      const latest = latestOf(checked(twice))
      expect(latest.get('late')).toBe('x'.repeat(700))
      latest.delete('late')
      expect(latest).toEqual(expected)
    }
  }
})
