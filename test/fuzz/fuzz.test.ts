import { expect, onTestFinished, test } from 'vitest'
import { InMemoryFuzz } from './in-memory.js'
import { SocketFuzz } from './over-sockets.js'

test('frames that are changed, torn or made up end their own connection at most', () => {
  const fuzz = new InMemoryFuzz('tests')
  const results = [fuzz.batch(0), fuzz.batch(1), fuzz.batch(2)]
  for (const { closed, answered } of results) {
    expect(closed).toBeGreaterThan(100)
    expect(answered).toBeGreaterThan(100)
  }
})

test('the same seed gives the same frames', () => {
  const [one, other] = [new InMemoryFuzz('same'), new InMemoryFuzz('same')]
  expect(one.batch(7)).toEqual(other.batch(7))
})

test('a cluster endures them over sockets, beside clients that crawl or promise too much', async () => {
  const silence = (): void => {}
  process.on('warning', silence)
  onTestFinished(() => void process.off('warning', silence))
  const fuzz = await SocketFuzz.start('tests')
  expect(await fuzz.round()).toBeGreaterThan(32)
  await fuzz.round()
  expect(await fuzz.end()).toEqual({ exits: 0, threads: 6 })
})
