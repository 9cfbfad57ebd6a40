import { expect, test } from 'vitest'
import { cloned, sentToOurselves } from '../../../src/base/cloned.js'

test.each([
  ['Node', cloned],
  ['an environment that has no structuredClone', sentToOurselves],
])('in %s a clone has the values and shares the shared memory', (_, clone) => {
  const shared = new SharedArrayBuffer(4)
  const value = { texts: ['a'], view: new Int32Array(shared), when: new Date(0), nothing: undefined }
  const copy = clone(value)
  expect(copy).toEqual(value)
  expect(copy).not.toBe(value)
  new Int32Array(shared)[0] = 7
  expect(copy.view[0]).toBe(7)
  expect(() => clone({ run: () => {} })).toThrow(expect.objectContaining({ name: 'DataCloneError' }))
})
