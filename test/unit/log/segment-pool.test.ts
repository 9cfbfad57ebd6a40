import { expect, test } from 'vitest'
import { offset } from '../../../src/base/ids.js'
import type { Segment } from '../../../src/log/segment.js'
import { SEGMENT_TRANSITIONS } from '../../../src/log/segment.js'
import { SegmentPool } from '../../../src/log/segment-pool.js'
import type { SegmentHandle } from '../../../src/log/types.js'
import { givenPool, SEGMENT_BYTES } from './given-log.js'

function openedFrom(pool: SegmentPool): Segment {
  const segment = pool.take()
  const at = offset(0)
  const limits = { bytesMax: SEGMENT_BYTES, indexIntervalBytes: 100 }
  segment.open({ log: 0, sequence: 0, baseOffset: at, highWatermark: at, logStartOffset: at, ...limits })
  return segment
}

test('a recycled segment keeps its id and its memory', () => {
  const pool = givenPool()
  const { id, memory } = openedFrom(pool)
  pool.unlink(pool.segmentOf(id))
  const again = pool.take()
  expect([again.id, again.memory]).toEqual([id, memory])
  expect(again.memory).toBe(memory)
})

test('a pool has no more memory than was in use at once, however often logs come and go', () => {
  const handles: SegmentHandle[] = []
  const pool = givenPool({}, handles)
  for (let round = 0; round < 5; round++) {
    const log = Array.from({ length: 20 }, () => openedFrom(pool))
    for (const segment of log) pool.unlink(segment)
  }
  expect([handles.length, pool.freeBytes]).toEqual([20, 20 * SEGMENT_BYTES])
})

test('an unlinked segment comes back with its last lease and not before', () => {
  const pool = givenPool()
  const segment = openedFrom(pool)
  pool.lease(segment.id)
  pool.lease(segment.id)
  pool.unlink(segment)
  pool.release(segment.id)
  expect([segment.state, pool.freeBytes]).toEqual(['unlinked', 0])
  pool.release(segment.id)
  expect([segment.state, pool.freeBytes]).toEqual(['free', SEGMENT_BYTES])
  pool.checkInvariants()
})

test('a segment whose reader was lost is never written again, and nobody needs to keep it', () => {
  const dropped: number[] = []
  const pool = givenPool({ onDropped: (id) => dropped.push(id) })
  const segment = openedFrom(pool)
  pool.lease(segment.id)
  pool.abandon(segment.id)
  expect([segment.state, segment.leases]).toEqual(['active', 0])
  pool.unlink(segment)
  expect([segment.state, pool.freeBytes, dropped]).toEqual(['dropped', 0, [segment.id]])
  expect(pool.take().id).not.toBe(segment.id)
})

test('a lease comes back once', () => {
  const pool = givenPool()
  const segment = openedFrom(pool)
  pool.lease(segment.id)
  pool.release(segment.id)
  expect(() => pool.release(segment.id)).toThrow('A lease comes back once')
})

test('a segment that left its log is lent to nobody any more', () => {
  const pool = givenPool()
  const segment = openedFrom(pool)
  pool.lease(segment.id)
  pool.unlink(segment)
  expect(() => pool.lease(segment.id)).toThrow('lent to nobody')
  pool.release(segment.id)
  expect(() => pool.lease(segment.id)).toThrow('in use')
})

test('a segment makes no step that is not in the table of its states', () => {
  const steps = {
    free: (segment: Segment) => segment.recycle(),
    sealed: (segment: Segment) => segment.seal(offset(0)),
    unlinked: (segment: Segment) => segment.unlink(),
    dropped: (segment: Segment) => segment.drop(),
  }
  for (const [to, step] of Object.entries(steps)) {
    const segment = openedFrom(givenPool())
    const isAllowed = (SEGMENT_TRANSITIONS.active as readonly string[]).includes(to)
    if (isAllowed) step(segment)
    else expect(() => step(segment)).toThrow('the table of its states')
  }
})

test('an observer that outlives the broker is shown new memory before it is used', () => {
  const seen: string[] = []
  const pool = givenPool({ onAllocated: ({ id, memory }) => seen.push(`${id}: ${memory.words[0]}`) })
  openedFrom(pool)
  pool.unlink(openedFrom(pool))
  openedFrom(pool)
  expect(seen).toEqual(['0: 0', '1: 0'])
})

test('a new incarnation reuses what was free and nothing that may be lent', () => {
  const pool = givenPool()
  const [used, lent, free] = [openedFrom(pool), openedFrom(pool), openedFrom(pool)]
  pool.lease(lent.id)
  pool.unlink(lent)
  pool.unlink(free)
  const next = givenPool()
  const segments = next.adopt([used, lent, free].map(({ id, memory }) => ({ id, memory })))
  expect(segments.get(0)?.map(({ segment }) => segment.id)).toEqual([used.id])
  expect(next.freeBytes).toBe(SEGMENT_BYTES)
  expect([next.take().id, next.take().id]).toEqual([free.id, free.id + 1])
  next.unlink(next.segmentOf(used.id))
  expect(next.freeBytes).toBe(0)
  next.checkInvariants()
})

test('segments are known to the next incarnation whatever their size, though memory comes in multiples of 8', () => {
  for (const segmentBytes of [1024, 1025, 1031]) {
    const handles: SegmentHandle[] = []
    const pool = new SegmentPool({ segmentBytes, onAllocated: (handle) => handles.push(handle) })
    const { id } = openedFrom(pool)
    const adopted = new SegmentPool({ segmentBytes }).adopt(handles)
    expect(adopted.get(0)?.map(({ segment }) => segment.id)).toEqual([id])
  }
})
