import { expect, test } from 'vitest'
import { deferred } from '../../../src/base/deferred.js'
import { Strikes } from '../../../src/cluster/strikes.js'

test('a strike is made at once where nothing is reset', () => {
  const done: string[] = []
  void new Strikes().make(async () => void done.push('struck'))
  expect(done).toEqual(['struck'])
})

test.each([
  ['succeeds', (reset: { resolve(): void }) => reset.resolve()],
  ['fails', (reset: { reject(error: Error): void }) => reset.reject(new Error('no'))],
])('a strike is made behind a reset that %s', async (_, end) => {
  const [strikes, reset, done] = [new Strikes(), deferred<void>(), [] as string[]]
  const over = strikes.behind(reset.promise).catch(() => {})
  const struck = strikes.make(async () => void done.push('struck'))
  await Promise.resolve()
  expect(done).toEqual([])
  end(reset as never)
  await Promise.all([struck, over])
  expect(done).toEqual(['struck'])
  void strikes.make(async () => void done.push('struck again'))
  expect(done).toEqual(['struck', 'struck again'])
})

test('a reset waits for what is under way, however it ends, and not for what is behind it', async () => {
  const [strikes, first, reset] = [new Strikes(), deferred<void>(), deferred<void>()]
  const failed = expect(strikes.make(() => first.promise)).rejects.toThrow('no')
  const behind = strikes.behind(reset.promise)
  const later = strikes.make(async () => {})
  const over = strikes.over()
  first.reject(new Error('no'))
  await Promise.all([failed, over])
  reset.resolve()
  await Promise.all([behind, later])
})
