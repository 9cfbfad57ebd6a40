import { describe, expect, test } from 'vitest'
import { align8, Memory } from '../../../src/base/memory.js'
import { recordPieces } from '../../../src/gateway/record-pieces.js'
import { sentBatch } from './sent-batch.js'

/** Batches as a log holds them, with garbage between them, and as a client wants them. */
function given(...sizes: readonly number[]) {
  const batches = sizes.map((size) => sentBatch('x'.repeat(size)))
  const memory = Memory.allocate(batches.reduce((sum, { length }) => sum + align8(length), 64))
  memory.bytes.fill(0xdb)
  let at = 64
  for (const batch of batches) {
    memory.bytes.set(batch, at)
    at += align8(batch.length)
  }
  const slice = { segment: 1, position: 64, bytes: at - 64, lease: 1 }
  return { memory, wanted: Buffer.concat(batches), pieces: recordPieces(memory, slice) }
}

describe('a slice of a log is sent without the padding between its batches', () => {
  test.each([
    ['one short batch', [1]],
    ['one long batch', [10_000]],
    ['short batches', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['long batches', [9_001, 9_002, 9_003]],
    ['short ones between long ones', [9_001, 2, 3, 9_004, 5, 9_006, 7]],
  ])('%s', (_, sizes) => {
    const { wanted, pieces } = given(...sizes)
    expect(Buffer.concat(pieces.pieces).equals(wanted)).toBe(true)
    expect(pieces.length).toBe(wanted.length)
  })
})

test('long batches stay where they are, and short ones are copied together', () => {
  const { memory, pieces } = given(1, 2, 3, 9_000, 4, 5)
  expect(pieces.pieces.map(({ buffer }) => buffer === memory.shared)).toEqual([false, true, false])
})
