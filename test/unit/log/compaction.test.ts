import { expect, test } from 'vitest'
import { leaderEpoch, offset, timestamp } from '../../../src/base/ids.js'
import { DELETE_HORIZON, GZIP } from '../../../src/record/layout.js'
import { baseTimestamp } from '../../../src/record/record-batch.js'
import { batchesFrom, compact, compacted, givenCompactedLog, keyed, rows, sealActive } from './given-compaction.js'
import { append, appendVisibly, batchOf, recovered, sliceAt } from './given-log.js'

test('compaction leaves the latest record of each key, at its offset', () => {
  const { log } = givenCompactedLog()
  appendVisibly(
    log,
    keyed([
      ['a', '1'],
      ['b', '1'],
      ['a', '2'],
    ]),
    keyed([['b', '2']]),
    keyed([['c', '1']]),
  )
  sealActive(log)
  compact(log)
  expect(rows(log)).toEqual(['2 a=2', '3 b=2', '4 c=1'])
  expect(log).toMatchObject({ logStartOffset: 0, logEndOffset: 7, highWatermark: 7 })
})

test('records of the active segment stay, and hide none of those before them', () => {
  const { log } = givenCompactedLog()
  appendVisibly(log, keyed([['a', '1']]))
  sealActive(log)
  appendVisibly(log, keyed([['a', '2']]), keyed([['a', '3']]))
  compact(log)
  expect(rows(log)).toEqual(['0 a=1', '3 a=2', '4 a=3'])
})

test('what is not committed is neither compacted nor hides what is', () => {
  const { log } = givenCompactedLog()
  appendVisibly(log, keyed([['a', '1']]))
  sealActive(log)
  append(log, keyed([['a', '2']]))
  for (let count = 0; count < 3; count++) append(log, keyed([['filler', 'x'.repeat(700)]]))
  compact(log)
  expect(rows(log)).toEqual(['0 a=1', '3 a=2'])
  log.advanceHighWatermark(log.logEndOffset)
  compact(log)
  expect(rows(log)).toEqual(['3 a=2'])
})

test('records without a key go', () => {
  const { log } = givenCompactedLog()
  appendVisibly(
    log,
    batchOf(['keyless']),
    keyed([
      ['a', '1'],
      [null, 'keyless'],
    ]),
  )
  sealActive(log)
  compact(log)
  expect(rows(log)).toEqual(['1 a=1'])
})

test('an empty key is a key', () => {
  const { log } = givenCompactedLog()
  appendVisibly(log, keyed([['', '1']]), keyed([['', '2']]))
  sealActive(log)
  compact(log)
  expect(rows(log)).toEqual(['1 =2'])
})

test('long keys are told apart, also by their last letter', () => {
  const { log } = givenCompactedLog()
  const [one, other] = ['x'.repeat(100), `${'x'.repeat(99)}y`]
  appendVisibly(log, keyed([[one, '1']]), keyed([[other, '1']]), keyed([[one, '2']]))
  sealActive(log)
  compact(log)
  expect(rows(log)).toEqual([`1 ${other}=1`, `2 ${one}=2`])
})

test('a tombstone goes in a round after its horizon, which is delete.retention.ms behind its first compaction', () => {
  const { log } = givenCompactedLog({ deleteRetentionMs: 1_000 })
  appendVisibly(log, keyed([['a', '1']]), keyed([['a', null]], { timestamps: [5] }))
  sealActive(log)
  compact(log, 7_000)
  expect(rows(log)).toEqual(['1 a=-'])
  const [first] = batchesFrom(log).filter(({ records }) => records.includes('1 a=-'))
  expect((first?.attributes ?? 0) & DELETE_HORIZON).toBe(DELETE_HORIZON)
  const slice = sliceAt(log, 1)
  expect(baseTimestamp(log.memoryOf(slice.segment), slice.position)).toBe(8_000)
  sealActive(log)
  compact(log, 7_999)
  expect(rows(log)).toEqual(['1 a=-'])
  sealActive(log)
  compact(log, 8_000)
  expect(rows(log)).toEqual([])
})

test('the times of records that share a batch with a tombstone stay as they are', () => {
  const { log } = givenCompactedLog()
  appendVisibly(
    log,
    keyed(
      [
        ['a', null],
        ['b', '1'],
        ['c', '1'],
      ],
      { timestamps: [5_000, 6_000, 4_000] },
    ),
  )
  sealActive(log)
  compact(log, 9_000)
  expect(log.offsetForTimestamp(timestamp(5_500))).toEqual({ offset: 1, timestamp: 6_000 })
  expect(log.offsetForTimestamp(timestamp(4_500))).toEqual({ offset: 0, timestamp: 5_000 })
})

test('tombstones that are kept for ever leave the times of records as they are', () => {
  const { log } = givenCompactedLog({ deleteRetentionMs: Number.MAX_SAFE_INTEGER })
  const at = 1_750_000_000_001
  appendVisibly(
    log,
    keyed(
      [
        ['a', null],
        ['b', '1'],
      ],
      { timestamps: [at, at + 1] },
    ),
  )
  sealActive(log)
  compact(log, at + 5)
  expect(log.offsetForTimestamp(timestamp(at))).toEqual({ offset: 0, timestamp: at })
  expect(log.offsetForTimestamp(timestamp(at + 1))).toEqual({ offset: 1, timestamp: at + 1 })
})

test('a tombstone that is not the latest of its key goes at once', () => {
  const { log } = givenCompactedLog()
  appendVisibly(log, keyed([['a', null]]), keyed([['a', '2']]))
  sealActive(log)
  compact(log)
  expect(rows(log)).toEqual(['1 a=2'])
})

test('a batch keeps its base and last offset, its producer and its sequence', () => {
  const { log } = givenCompactedLog()
  const producer = { producerId: 7, producerEpoch: 3, baseSequence: 10 }
  appendVisibly(
    log,
    keyed(
      [
        ['a', '1'],
        ['b', '1'],
        ['a', '2'],
      ],
      producer,
    ),
    keyed([
      ['b', '2'],
      ['c', '1'],
    ]),
  )
  sealActive(log)
  compact(log)
  const [first] = batchesFrom(log)
  expect(first).toMatchObject({ baseOffset: 0, lastOffset: 2, records: ['2 a=2'] })
})

test('the last batch of an idempotent producer stays, without records, so that its sequence is known', () => {
  const { log, handles } = givenCompactedLog()
  const from = (baseSequence: number) => ({ producerId: 7, producerEpoch: 3, baseSequence })
  appendVisibly(
    log,
    keyed([['z', '1']]),
    keyed(
      [
        ['a', '1'],
        ['a', '2'],
      ],
      from(0),
    ),
    keyed(
      [
        ['a', '3'],
        ['b', '1'],
      ],
      from(2),
    ),
  )
  appendVisibly(log, keyed([['a', '4']]), keyed([['b', '2']]))
  sealActive(log)
  compact(log)
  const emptied = batchesFrom(log).filter(({ records }) => records.length === 0)
  expect(emptied).toMatchObject([{ baseOffset: 3, lastOffset: 4 }])
  const { producers } = recovered(handles, compacted()).log
  const retried = keyed(
    [
      ['a', '3'],
      ['b', '1'],
    ],
    from(2),
  )
  expect(producers.check(retried, 0)).toMatchObject({ baseOffset: 3, endOffset: 5 })
  expect(producers.check(keyed([['a', '5']], from(4)), 0)).toBe('NONE')
  expect(producers.check(keyed([['a', '5']], from(5)), 0)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
})

test('so does the last one that is committed: those behind it may be truncated', () => {
  const { log } = givenCompactedLog()
  const from = (baseSequence: number) => ({ producerId: 7, producerEpoch: 3, baseSequence })
  appendVisibly(log, keyed([['a', '1']], from(0)), keyed([['b', '1']], from(1)))
  appendVisibly(log, keyed([['b', '2']]))
  const committed = sealActive(log)
  append(log, keyed([['c', '1']], from(2)))
  compact(log)
  expect(rows(log)).toEqual(['0 a=1', '2 b=2', expect.stringContaining('c=1')])
  log.truncate(offset(committed + 1))
  expect(log.producers.check(keyed([['b', '1']], from(1)), 0)).toMatchObject({ baseOffset: 1, endOffset: 2 })
  expect(log.producers.check(keyed([['c', '1']], from(2)), 0)).toBe('NONE')
})

test('the last batch of a forgotten producer goes with its records', () => {
  const { log } = givenCompactedLog()
  appendVisibly(log, keyed([['z', '1']]), keyed([['a', '1']], { producerId: 7, producerEpoch: 0, baseSequence: 0 }))
  appendVisibly(log, keyed([['a', '2']]))
  sealActive(log)
  log.producers.expire(timestamp(0), 10)
  log.producers.expire(timestamp(11), 10)
  compact(log)
  expect(batchesFrom(log).filter(({ records }) => records.length === 0)).toEqual([])
})

test('every leader epoch keeps its first batch, so that a recovered log knows where it ends', () => {
  const { log, handles } = givenCompactedLog()
  for (const epoch of [0, 1, 2, 3]) append(log, keyed([['a', `${epoch}`]]), leaderEpoch(epoch))
  for (let count = 0; count < 2; count++) append(log, keyed([['filler', 'x'.repeat(700)]]), leaderEpoch(4))
  log.advanceHighWatermark(log.logEndOffset)
  compact(log)
  expect(rows(log)).toEqual(['3 a=3'])
  const next = recovered(handles, compacted()).log
  for (const epoch of [0, 1, 2, 3, 4])
    expect(next.endOfEpoch(leaderEpoch(epoch))).toEqual(log.endOfEpoch(leaderEpoch(epoch)))
})

test('the last batch of a round stays, so that a follower gets to the end of the log', () => {
  const { log } = givenCompactedLog({ lagMsMax: 1_000 })
  appendVisibly(log, keyed([['z', '1']], { timestamps: [5] }), batchOf(['keyless']))
  compact(log, 9_000)
  expect(batchesFrom(log).at(-1)).toMatchObject({ lastOffset: log.logEndOffset - 1, records: [] })
})

test('a batch that fills a segment alone keeps its tombstones until other records in it have gone', () => {
  const { log } = givenCompactedLog()
  const full = keyed([
    ['a', null],
    ['b', 'x'.repeat(878)],
  ])
  appendVisibly(log, full, keyed([['c', '1']]))
  sealActive(log)
  compact(log, 100_000)
  expect(batchesFrom(log)[0]).toMatchObject({ attributes: 0, records: ['0 a=-', `1 b=${'x'.repeat(878)}`] })
  appendVisibly(log, keyed([['b', '2']]))
  sealActive(log)
  compact(log, 200_000)
  expect(batchesFrom(log)[0]).toMatchObject({ attributes: DELETE_HORIZON, records: ['0 a=-'] })
})

test('compressed batches are compacted, and stay compressed', () => {
  const { log } = givenCompactedLog()
  const many = Array.from({ length: 20 }, (_, n) => [`${n % 4}`, `${n}`.padEnd(50, '.')] as const)
  appendVisibly(log, keyed(many, { attributes: GZIP }))
  sealActive(log)
  compact(log)
  expect(rows(log).map((row) => row.split('.')[0])).toEqual(['16 0=16', '17 1=17', '18 2=18', '19 3=19'])
  expect(batchesFrom(log)[0]?.attributes).toBe(GZIP)
})

test('the youngest record is found, not the time of records that were compacted', () => {
  const { log } = givenCompactedLog()
  const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0 }
  appendVisibly(log, keyed([['z', '1']], { timestamps: [4_000] }))
  appendVisibly(
    log,
    keyed([['a', '1']], { timestamps: [9_000], ...producer }),
    keyed([['a', '2']], { timestamps: [3_000] }),
  )
  const filler = keyed([['filler', 'x'.repeat(700)]], { timestamps: [2_000] })
  appendVisibly(log, filler, filler)
  compact(log)
  expect(log.offsetForTimestamp('max-timestamp')).toEqual({ offset: 0, timestamp: 4_000 })
  expect(log.offsetForTimestamp(timestamp(5_000))).toBe(null)
})
