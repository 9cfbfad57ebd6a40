import { expect, test } from 'vitest'
import type { Connection } from '../../../src/actor/types.js'
import { offset } from '../../../src/base/ids.js'
import { ReaderOffsets } from '../../../src/broker/reader-offsets.js'

const connection = (id: number): Connection => ({ id }) as Connection
const [FIRST, SECOND, THIRD] = [connection(1), connection(2), connection(3)] as const
const NOBODY = Number.POSITIVE_INFINITY

test('a reader needs what it has asked for last, until it is forgotten', () => {
  const readers = new ReaderOffsets()
  readers.note(FIRST, offset(5))
  readers.note(SECOND, offset(3))
  readers.note(SECOND, offset(9))
  expect(readers.oldest).toBe(5)
  readers.forget(FIRST)
  expect(readers.oldest).toBe(9)
  readers.clear()
  expect(readers.oldest).toBe(NOBODY)
})

test('what is passed on is needed from where it is read on, until somebody comes who has not read before', () => {
  const readers = new ReaderOffsets()
  readers.note(FIRST, offset(5))
  readers.note(SECOND, offset(7))
  readers.passOn(FIRST, offset(2))
  readers.note(SECOND, offset(8))
  expect(readers.oldest).toBe(2)
  readers.note(THIRD, offset(4))
  expect(readers.oldest).toBe(4)
})

test('what is passed on and comes back is needed from where it is read then', () => {
  const readers = new ReaderOffsets()
  readers.note(FIRST, offset(5))
  readers.passOn(FIRST, offset(2))
  readers.note(FIRST, offset(6))
  readers.note(SECOND, offset(9))
  expect(readers.oldest).toBe(6)
})

test('nobody passes on what it has not read, and what was passed on goes with its connection', () => {
  const readers = new ReaderOffsets()
  readers.passOn(FIRST, offset(2))
  expect(readers.oldest).toBe(NOBODY)
  readers.note(FIRST, offset(5))
  readers.passOn(FIRST, offset(2))
  readers.forget(FIRST)
  expect(readers.oldest).toBe(NOBODY)
})
