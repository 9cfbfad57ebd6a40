import { expect, test } from 'vitest'
import { offset, timestamp } from '../../../../src/base/ids.js'
import { FollowerState } from '../../../../src/broker/replication/follower-state.js'

const LAG_MS = 100

/** A follower of the isr, whose leader appends a record every millisecond, from its end 10 at time 0 on. */
class GivenFollower {
  readonly #follower = new FollowerState(2, true, timestamp(0))
  #now = 0

  get #leaderEnd(): number {
    return 10 + this.#now
  }

  /** It asks for what comes from this offset on. */
  fetches(from: number, { at }: { readonly at: number }): this {
    this.#now = at
    this.#follower.fetched(offset(from), offset(this.#leaderEnd), 2, timestamp(at))
    return this
  }

  isCaughtUp({ at }: { readonly at: number }): boolean {
    this.#now = at
    return this.#follower.isCaughtUp(offset(this.#leaderEnd), timestamp(at), LAG_MS)
  }
}

test('a follower that gets with each fetch what its leader had then is caught up, though its leader has more by now', () => {
  const follower = new GivenFollower().fetches(10, { at: 0 })
  for (let at = 90; at <= 900; at += 90) follower.fetches(at - 80, { at })
  expect(follower.isCaughtUp({ at: 900 })).toBe(true)
})

test('a follower that fetches all the time and falls behind all the while is not caught up', () => {
  const follower = new GivenFollower().fetches(10, { at: 0 })
  const seen: boolean[] = []
  for (let at = 10; at <= 120; at += 10) seen.push(follower.fetches(10 + at / 10, { at }).isCaughtUp({ at }))
  expect(seen).toEqual([...Array(10).fill(true), false, false])
})

test('a follower that does not fetch is caught up for as long as it may lag, unless nothing is new', () => {
  const follower = new GivenFollower().fetches(10, { at: 0 })
  expect([100, 101].map((at) => follower.isCaughtUp({ at }))).toEqual([true, false])
  const idle = new FollowerState(2, true, timestamp(0))
  idle.fetched(offset(10), offset(10), 2, timestamp(0))
  expect(idle.isCaughtUp(offset(10), timestamp(1e6), LAG_MS)).toBe(true)
})

test('a follower outside the isr that has not fetched does not count as caught up', () => {
  expect(new FollowerState(2, false, timestamp(0)).isCaughtUp(offset(10), timestamp(0), LAG_MS)).toBe(false)
})
