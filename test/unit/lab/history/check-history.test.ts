import { expect, test } from 'vitest'
import { checkHistory } from '../../../../src/lab/history/check-history.js'
import { type History, NEVER_COMPLETED, type Read, type Sent } from '../../../../src/lab/history/history.js'

/** Acknowledged with acks=all at `number`, one after the other, unless told otherwise. */
function sent(number: number, said: Partial<Sent> = {}): Sent {
  const times = { invokedAt: 10 * number, completedAt: 10 * number + 5 }
  return { producer: 1, number, partition: 0, acks: -1, outcome: 'acknowledged', offset: number, ...times, ...said }
}

/** Read by consumer 1 at offset `number`, in its first poll. */
function read(number: number, said: Partial<Read> = {}): Read {
  const where = { partition: 0, offset: number, highWatermark: 100 }
  return { consumer: 1, poll: 0, producer: 1, number, isIntact: true, ...where, ...said }
}

function found(history: Partial<History>): string[] {
  const { counts } = checkHistory({ sent: [], read: [], readers: [1], ...history })
  return Object.keys(counts).sort()
}

const THREE = [sent(0), sent(1), sent(2)]

test('a history in which everything was read in order has no anomaly', () => {
  expect(found({ sent: THREE, read: [read(0), read(1), read(2)] })).toEqual([])
})

test.each<[string, Partial<History>, string[]]>([
  [
    'an acknowledged record that is missing among those that were read is lost',
    { sent: THREE, read: [read(0), read(2)] },
    ['A1', 'A2'],
  ],
  ['one that is missing at the end was not seen', { sent: THREE, read: [read(0), read(1)] }, ['A2']],
  [
    'one that was only acknowledged by its leader is lost as well',
    { sent: [sent(0), sent(1, { acks: 1 }), sent(2)], read: [read(0), read(2)] },
    ['A1', 'A2'],
  ],
  [
    'one whose fate is unknown may be missing',
    { sent: [sent(0), sent(1, { outcome: 'unknown', offset: -1, completedAt: NEVER_COMPLETED })], read: [read(0)] },
    [],
  ],
  [
    'two records at one offset have diverged',
    { sent: THREE, read: [read(0), read(1, { consumer: 2, offset: 0 })], readers: [] },
    ['A18', 'A3'],
  ],
  [
    'a record at two offsets is a duplicate',
    { sent: [sent(0), sent(1, { offset: 2 })], read: [read(0), read(0, { offset: 1 }), read(1, { offset: 2 })] },
    ['A4'],
  ],
  [
    'a step of more than one within a poll is a skip',
    {
      sent: THREE,
      read: [read(0), read(1), read(2), read(0, { consumer: 2 }), read(2, { consumer: 2 })],
    },
    ['A10'],
  ],
  [
    'a step back within a poll is told',
    { sent: THREE, read: [read(0), read(1), read(2), read(1, { consumer: 2 }), read(0, { consumer: 2 })] },
    ['A11'],
  ],
  [
    'a skip from one poll to the next is told',
    {
      sent: THREE,
      read: [read(0), read(1), read(2), read(0, { consumer: 2 }), read(2, { consumer: 2, poll: 1 })],
    },
    ['A12'],
  ],
  [
    'a record that overtakes its forerunner is an inversion',
    {
      sent: [sent(0, { offset: 1, completedAt: 50 }), sent(1, { offset: 0, completedAt: 50 })],
      read: [read(1, { offset: 0 }), read(0, { offset: 1 })],
    },
    ['A13'],
  ],
  [
    'a record that was sent after an acknowledgement lies behind it',
    { sent: [sent(0, { offset: 1 }), sent(1, { offset: 0 })], read: [read(1, { offset: 0 }), read(0, { offset: 1 })] },
    ['A13', 'A15'],
  ],
  ['a record that nobody sent is a phantom', { sent: [], read: [read(0)] }, ['A16']],
  ['a record with other bytes is a phantom', { sent: [sent(0)], read: [read(0, { isIntact: false })] }, ['A16']],
  ['a record in another partition is a phantom', { sent: [sent(0, { partition: 1 })], read: [read(0)] }, ['A16']],
  [
    'a record that was refused is a phantom when it is read',
    { sent: [sent(0, { outcome: 'refused', offset: -1 })], read: [read(0)] },
    ['A16'],
  ],
  [
    'an offset is acknowledged once',
    { sent: [sent(0, { completedAt: 99 }), sent(1, { offset: 0, completedAt: 99 })], read: [read(0)], readers: [] },
    ['A17', 'A18'],
  ],
  [
    'a record that was acknowledged lies where that says',
    { sent: [sent(0), sent(1, { offset: 3 })], read: [read(0), read(1)] },
    ['A18'],
  ],
  [
    'a record of which only a copy was read yet may lie where it was acknowledged as well',
    { sent: [sent(0), sent(1, { offset: 3 })], read: [read(0), read(1)], readers: [] },
    [],
  ],
  [
    'a record that was read once stays readable',
    { sent: [sent(0), sent(1, { acks: 1 })], read: [read(0), read(1), read(0, { consumer: 2 })], readers: [2] },
    ['A2', 'A20'],
  ],
  ['a record that is not committed is not read', { sent: [sent(0)], read: [read(0, { highWatermark: 0 })] }, ['A21']],
])('%s', (_, history, anomalies) => {
  expect(found(history)).toEqual(anomalies)
})

test('anomalies name the records, ten of each kind, and count all', () => {
  const numbers = Array.from({ length: 30 }, (_, number) => number)
  const verdict = checkHistory({ sent: numbers.map((number) => sent(number)), read: [], readers: [1] })
  expect(verdict.counts).toEqual({ A2: 30 })
  expect(verdict.anomalies).toHaveLength(10)
  expect(verdict.anomalies[3]).toEqual({ id: 'A2', isPromised: true, partition: 0, says: '1:3, acknowledged at 3' })
})

test.each<[Partial<Sent>, string, number]>([
  [{}, 'promised to be kept', 1],
  [{ acks: 1 }, 'not promised to be kept', 0],
  [{ acks: 0, offset: -1 }, 'not promised to be kept', 0],
])('a record sent with %j is %s', (said, _, broken) => {
  const verdict = checkHistory({ sent: [sent(0), sent(1, said), sent(2)], read: [read(0), read(2)], readers: [1] })
  expect(verdict.lost).toEqual({ count: 1, broken })
  expect(verdict.counts.A2).toBe(1)
  expect(verdict.broken.A2 ?? 0).toBe(broken)
})

test('a record that lies behind all that was read may be read later: it is lost when somebody has read everything', () => {
  const history = { sent: THREE, read: [read(0), read(1)] }
  expect(checkHistory({ ...history, readers: [] }).lost.count).toBe(0)
  expect(checkHistory({ ...history, readers: [1] }).lost.count).toBe(1)
})

test.each([true, false])('a duplicate is promised not to be where the producer is idempotent: %s', (isOnce) => {
  const { anomalies } = checkHistory({
    sent: [sent(0, { isOnce })],
    read: [read(0), read(0, { offset: 1 })],
    readers: [],
  })
  expect(anomalies).toMatchObject([{ id: 'A4', isPromised: isOnce, says: '1:0 at 0, 1' }])
})

test('a record that is there many times is told with ten of its places', () => {
  const many = Array.from({ length: 30 }, (_, offset) => read(0, { offset }))
  const { anomalies, counts } = checkHistory({ sent: [sent(0)], read: many, readers: [] })
  expect(counts).toEqual({ A4: 1 })
  expect(anomalies.map(({ says }) => says)).toEqual(['1:0 at 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …'])
})

test('records that were overtaken are counted, not the one that overtook them', () => {
  const order = [2, 0, 1]
  const { counts } = checkHistory({
    sent: order.map((number, offset) => sent(number, { offset, invokedAt: 0 })),
    read: order.map((number, offset) => read(number, { offset })),
    readers: [1],
  })
  expect(counts).toEqual({ A13: 2 })
})

test.each([true, false])('an inversion is promised not to be where the producer keeps the order: %s', (keepsOrder) => {
  const times = { completedAt: 50, keepsOrder }
  const { anomalies } = checkHistory({
    sent: [sent(0, { offset: 1, ...times }), sent(1, { offset: 0, ...times })],
    read: [read(1, { offset: 0 }), read(0, { offset: 1 })],
    readers: [],
  })
  expect(anomalies).toMatchObject([{ id: 'A13', isPromised: keepsOrder }])
})
