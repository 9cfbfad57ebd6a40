import { expect, test } from 'vitest'
import { inPieces, inTime } from '../../../src/cluster/system-timers.js'

const timersAlive = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
const forever = new Promise<void>(() => {})

test('a promise that does not settle is waited for until its time is over', async () => {
  await inTime(forever, 1)
})

test.each([60_000, Number.POSITIVE_INFINITY])(
  'a promise that settles within %d ms leaves no timer behind',
  async (timeoutMs) => {
    const before = timersAlive()
    await inTime(Promise.resolve(), timeoutMs)
    await expect(inTime(Promise.reject(new Error('no')), timeoutMs)).rejects.toThrow('no')
    expect(timersAlive()).toBe(before)
  },
)

const DAY_MS = 86_400_000

/** Short waits that end when the test says so. */
class GivenWaits {
  readonly waitedMs: number[] = []
  #run: (() => void) | null = null

  readonly after = inPieces((delayMs, run) => {
    this.waitedMs.push(delayMs)
    this.#run = run
    return () => {
      this.#run = null
    }
  })

  get isWaiting(): boolean {
    return this.#run !== null
  }

  /** The wait that is under way is over. */
  pass(): void {
    const run = this.#run
    this.#run = null
    run?.()
  }
}

test.each([0, 1, 2 ** 31 - 1, 2 ** 31, 100 * DAY_MS])(
  'a wait of %d ms is as long as it says, in pieces that Node can wait',
  (delayMs) => {
    const waits = new GivenWaits()
    let isOver = false
    waits.after(delayMs, () => {
      isOver = true
    })
    while (!isOver) waits.pass()
    expect(waits.waitedMs.reduce((sum, ms) => sum + ms)).toBe(delayMs)
    expect(Math.max(...waits.waitedMs)).toBeLessThan(2 ** 31)
    expect(waits.isWaiting).toBe(false)
  },
)

test('a wait for ever goes on, and can be taken back in every piece', () => {
  const waits = new GivenWaits()
  const timer = waits.after(Number.POSITIVE_INFINITY, () => expect.unreachable())
  for (let pieces = 0; pieces < 5; pieces++) waits.pass()
  expect([waits.isWaiting, new Set(waits.waitedMs)]).toEqual([true, new Set([2 ** 31 - 1])])
  timer.cancel()
  expect(waits.isWaiting).toBe(false)
})
