import { expect, test } from 'vitest'
import { type Offset, offset, timestamp } from '../../../src/base/ids.js'
import { ProducerStates, sequenceAfter } from '../../../src/log/producer-states.js'
import { buildBatch } from '../../../src/record/batch-builder.js'

const SEQUENCE_MAX = 2 ** 31 - 1

interface Said {
  readonly producerId?: number
  readonly epoch?: number
  readonly sequence: number
  readonly records?: number
  readonly at?: number
  readonly timestamp?: number
}

function batchOf({
  producerId = 7,
  epoch = 0,
  sequence,
  records = 1,
  at = 0,
  timestamp = 0,
}: Said): ReturnType<typeof buildBatch> {
  const values = Array.from({ length: records }, (_, index) => ({ value: `${index}`, timestamp }))
  return buildBatch(values, {
    producerId,
    producerEpoch: epoch,
    baseSequence: sequence,
    baseOffset: offset(at) as Offset,
  })
}

/** A log that has appended these. */
function given(...appended: Said[]): ProducerStates {
  const states = new ProducerStates()
  for (const said of appended) states.note(batchOf(said), 0)
  return states
}

test.each<[string, Said[], Said, unknown]>([
  ['a producer that is not known may begin anywhere', [], { sequence: 41 }, 'NONE'],
  ['the next sequence is appended', [{ sequence: 0, records: 3 }], { sequence: 3 }, 'NONE'],
  ['a gap is refused', [{ sequence: 0, records: 3 }], { sequence: 4 }, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
  [
    'a sequence before the remembered batches is refused',
    [{ sequence: 5 }],
    { sequence: 3 },
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
  ],
  [
    'half of a batch that is there is refused',
    [{ sequence: 0, records: 3 }],
    { sequence: 0, records: 2 },
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
  ],
  ['an older epoch is refused', [{ sequence: 0, epoch: 2 }], { sequence: 1, epoch: 1 }, 'INVALID_PRODUCER_EPOCH'],
  ['a new epoch begins at 0', [{ sequence: 0 }, { sequence: 1 }], { sequence: 0, epoch: 1 }, 'NONE'],
  [
    'a new epoch begins nowhere but at 0',
    [{ sequence: 0 }, { sequence: 1 }],
    { sequence: 2, epoch: 1 },
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
  ],
  ['other producers are counted by themselves', [{ sequence: 0 }], { sequence: 9, producerId: 8 }, 'NONE'],
  ['the sequence after 2^31 - 1 is 0', [{ sequence: SEQUENCE_MAX }], { sequence: 0 }, 'NONE'],
  ['sequences wrap within a batch, too', [{ sequence: SEQUENCE_MAX - 1, records: 4 }], { sequence: 2 }, 'NONE'],
])('%s', (_, appended, next, outcome) => {
  expect(given(...appended).check(batchOf(next), 0)).toEqual(outcome)
})

test('each of the last five batches is known when it comes again, and where it is', () => {
  const states = given(...[0, 1, 2, 3, 4, 5].map((sequence) => ({ sequence, at: 100 + sequence })))
  for (const sequence of [1, 2, 3, 4, 5]) {
    expect(states.check(batchOf({ sequence }), 0)).toMatchObject({
      baseOffset: 100 + sequence,
      endOffset: 101 + sequence,
    })
  }
  expect(states.check(batchOf({ sequence: 0 }), 0)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
})

test('a batch without a sequence is never checked for order', () => {
  const plain = buildBatch([{ value: 'a' }])
  const states = given({ sequence: 0 })
  states.note(plain, 0)
  expect([states.check(plain, 0), states.size]).toEqual(['NONE', 1])
})

test('a producer of which nothing was appended for its time is forgotten', () => {
  const states = given({ sequence: 0 })
  states.expire(timestamp(10_000), 500)
  states.expire(timestamp(10_500), 500)
  expect(states.size).toBe(1)
  states.expire(timestamp(10_501), 500)
  expect(states.check(batchOf({ sequence: 12 }), 0)).toBe('NONE')
})

test('a producer of which something was appended since is remembered, however long ago it began', () => {
  const states = given({ sequence: 0 })
  states.expire(timestamp(10_000), 500)
  states.note(batchOf({ sequence: 1 }), 0)
  states.expire(timestamp(10_600), 500)
  expect([states.size, states.check(batchOf({ sequence: 5 }), 0)]).toEqual([1, 'OUT_OF_ORDER_SEQUENCE_NUMBER'])
})

// KAFKA-6817
test('records may be older than producers are remembered, and their producer is', () => {
  const states = given({ sequence: 0, timestamp: 1_000 })
  states.expire(timestamp(1_000_000_000), 500)
  states.expire(timestamp(1_000_000_500), 500)
  expect(states.size).toBe(1)
})

test.each([
  [0, 1, 1],
  [SEQUENCE_MAX, 1, 0],
  [SEQUENCE_MAX - 2, 5, 2],
])('%i and %i more is %i', (sequence, increment, after) => {
  expect(sequenceAfter(sequence, increment)).toBe(after)
})
