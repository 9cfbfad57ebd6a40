import { expect, test } from 'vitest'
import { timestamp } from '../../../../../src/base/ids.js'
import type { Load } from '../../../../../src/lab/measure/load/load.js'
import { pacesOf, sendPaced } from '../../../../../src/lab/measure/load/paced.js'
import { Pacer } from '../../../../../src/lab/measure/load/pacer.js'
import { SendTimes } from '../../../../../src/lab/measure/send-times.js'

const clock = { now: () => timestamp(performance.now()) }

/** Takes a record once it is due; refuses each one `refusals` times. */
class FakeLoad implements Load {
  sent = 0
  early = 0
  unblockedCalls = 0
  #refusalsLeft: number

  constructor(
    readonly sendTimes: SendTimes,
    readonly refusals = 0,
  ) {
    this.#refusalsLeft = refusals
  }

  async flatOut(): Promise<void> {}

  sendDue(now: number, end: number): 'sent' | 'blocked' {
    for (; this.sent < end && this.sendTimes.dueAt(this.sent) <= now; this.sent++) {
      if (this.#refusalsLeft-- > 0) return 'blocked'
      this.#refusalsLeft = this.refusals
      if (clock.now() < this.sendTimes.dueAt(this.sent)) this.early += 1
    }
    return 'sent'
  }

  async unblocked(): Promise<void> {
    this.unblockedCalls += 1
  }
}

function given(refusals: readonly number[], rate: number) {
  const paces = pacesOf({ producers: refusals.length, rate, group: 1, start: clock.now() })
  return refusals.map((times, index) => {
    const sendTimes = SendTimes.allocate()
    sendTimes.beginPace(0, paces[index]!)
    return { load: new FakeLoad(sendTimes, times), sendTimes, end: 20 }
  })
}

test('producers that share a rate take turns, evenly spaced', () => {
  const paces = pacesOf({ producers: 4, rate: 1_000, group: 1, start: 100 })
  expect(paces.map(({ start }) => start)).toEqual([100, 101, 102, 103])
  expect(paces.every(({ intervalMs }) => intervalMs === 4)).toBe(true)
  const calls = pacesOf({ producers: 2, rate: 1_000, group: 10, start: 0 })
  expect(calls).toEqual([
    { start: 0, intervalMs: 2, group: 10 },
    { start: 10, intervalMs: 2, group: 10 },
  ])
})

test('every record of every producer is sent, and none before it is due', async () => {
  const loads = given([0, 0, 0], 20_000)
  await sendPaced(loads, new Pacer(clock), clock)
  expect(loads.map(({ load }) => [load.sent, load.early])).toEqual([
    [20, 0],
    [20, 0],
    [20, 0],
  ])
})

test('a producer that takes nothing for a while is waited for, and does not hold up another', async () => {
  const loads = given([2, 0], 20_000)
  await sendPaced(loads, new Pacer(clock), clock)
  expect(loads.map(({ load }) => load.sent)).toEqual([20, 20])
  expect(loads[0]?.load.unblockedCalls).toBeGreaterThanOrEqual(40)
})

test('a wait ends at its moment or later, be it near or far, and at once when it has passed', async () => {
  const pacer = new Pacer(clock)
  for (const ms of [-1, 0.05, 0.5, 5]) {
    const dueAt = clock.now() + ms
    await pacer.until(dueAt)
    expect(clock.now()).toBeGreaterThanOrEqual(dueAt)
  }
})
