import { describe, expect, test } from 'vitest'
import { FETCH_SESSION_PARTITIONS_MAX } from '../../../../src/base/config/internal-limits.js'
import { timestamp } from '../../../../src/base/ids.js'
import { FetchSessionCache } from '../../../../src/gateway/fetch-sessions/fetch-session-cache.js'
import { wantedOf } from './given-fetches.js'

const MINUTES = 60_000

function givenCache(slots: number): FetchSessionCache {
  let last = 0
  return new FetchSessionCache(slots, () => ++last)
}

/** Opens a session for so many partitions, and puts them into it. */
function open(cache: FetchSessionCache, size: number, at: number): number | null {
  const session = cache.open(size, false, timestamp(at))
  if (session === null) return null
  cache.change(session, () => session.update(wantedOf('orders', size), []))
  return session.id
}

function use(cache: FetchSessionCache, id: number | null, at: number): void {
  const session = cache.find(id as number)
  if (session !== undefined) cache.touch(session, timestamp(at))
}

const idsIn = (cache: FetchSessionCache): number[] => [1, 2, 3, 4].filter((id) => cache.find(id) !== undefined)

describe('room in the cache of fetch sessions', () => {
  test('without slots there is no session', () => expect(open(givenCache(0), 1, 0)).toBeNull())

  test('while all sessions are young and in use, none makes room', () => {
    const cache = givenCache(2)
    open(cache, 1, 0)
    open(cache, 1, 0)
    expect(open(cache, 100, 2 * MINUTES)).toBeNull()
    expect(idsIn(cache)).toEqual([1, 2])
  })

  test('the one that was used the longest ago makes room when that was more than two minutes ago', () => {
    const cache = givenCache(2)
    const first = open(cache, 50, 0)
    open(cache, 1, 0)
    use(cache, first, 1)
    expect(open(cache, 1, 2 * MINUTES + 1)).toBe(3)
    expect(idsIn(cache)).toEqual([1, 3])
  })

  test('the smallest old one makes room for one that is as large, and for none that is smaller', () => {
    const cache = givenCache(3)
    for (const size of [5, 3, 1]) open(cache, size, 0)
    // The third one is as young as it was when it was used last.
    for (const id of [1, 2]) use(cache, id, 2 * MINUTES + 1)
    use(cache, 3, 2 * MINUTES)
    expect(open(cache, 2, 3 * MINUTES)).toBeNull()
    expect(open(cache, 3, 3 * MINUTES)).toBe(4)
    expect(idsIn(cache)).toEqual([1, 3, 4])
  })

  test('an id that is in use is not drawn again', () => {
    const drawn = [7, 7, 8]
    const cache = new FetchSessionCache(5, () => drawn.shift() as number)
    expect([open(cache, 1, 0), open(cache, 1, 0)]).toEqual([7, 8])
  })

  test('a closed session leaves its room, and clear leaves nothing', () => {
    const cache = givenCache(1)
    cache.close(open(cache, 1, 0) as number)
    expect(open(cache, 1, 0)).toBe(2)
    cache.clear()
    expect([idsIn(cache), open(cache, 1, 0)]).toEqual([[], 3])
  })

  test('all sessions together have so many partitions and no more', () => {
    const cache = givenCache(5)
    open(cache, 10, 0)
    expect(cache.open(FETCH_SESSION_PARTITIONS_MAX - 9, false, timestamp(0))).toBeNull()
    expect(cache.open(FETCH_SESSION_PARTITIONS_MAX - 10, false, timestamp(0))).not.toBeNull()
  })
})
