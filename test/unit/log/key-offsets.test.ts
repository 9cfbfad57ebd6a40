import { expect, test } from 'vitest'
import { offset } from '../../../src/base/ids.js'
import { KeyOffsets } from '../../../src/log/key-offsets.js'

test('the latest offset of each key is known, whatever bytes the key has', () => {
  const keys = new KeyOffsets()
  const all = [[], [0], [0xff], [0, 0], [0xc3, 0xa4], [0xe4]].map((bytes) => Buffer.from(bytes))
  const long = ['x'.repeat(64), 'x'.repeat(65), `${'x'.repeat(64)}y`].map((text) => Buffer.from(text))
  for (const [index, key] of [...all, ...long].entries()) keys.note(key, offset(index))
  keys.note(Buffer.from([0]), offset(100))
  expect(keys.size).toBe(9)
  expect([...all, ...long].map((key) => keys.latest(key))).toEqual([0, 100, 2, 3, 4, 5, 6, 7, 8])
  expect(keys.latest(Buffer.from('y'))).toBe(undefined)
})
