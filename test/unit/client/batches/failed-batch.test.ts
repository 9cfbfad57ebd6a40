import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FailedBatch, lettersOfBatch } from '../../../../src/client/batches/failed-batch.js'
import { PartitionAccumulator } from '../../../../src/client/batches/partition-accumulator.js'
import type { DeadLetter } from '../../../../src/client/dead-letters/dead-letters.js'
import { codecNamed } from '../../../../src/record/codecs/codecs.js'
import { ANY_LETTER, letters } from '../../../support/letters.js'
import { type GivenAccumulator, givenAccumulator, NotingDelivery } from './given-accumulator.js'

interface Failing extends GivenAccumulator {
  readonly failed: { readonly batch: FailedBatch; readonly settle: () => void }[]
}

function givenFailing(options = {}): Failing {
  const failed: Failing['failed'] = []
  const keepFailed = (batch: FailedBatch, settle: () => void): void => void failed.push({ batch, settle })
  return { ...givenAccumulator({ ...options, keepFailed }), failed }
}

/** Plays the sender: closes the batch announced as number n, and gives it up. */
function giveUp({ shared, accumulator }: Failing, number: number, attempts: number): void {
  const slot = shared.announcedSlot(number)
  shared.close(slot)
  shared.reports.write({ slot, error: 'REQUEST_TIMED_OUT', sends: attempts })
  accumulator.takeReports(() => {})
}

test('any records of a batch that failed become letters, each as it was given', () => {
  fc.assert(
    fc.property(fc.array(letters, { minLength: 1, maxLength: 20 }), (given) => {
      const failing = givenFailing({ batchBytes: 100_000, bufferBytes: 200_000 })
      const target = new PartitionAccumulator('orders', 1, 3)
      for (const { key, value, headers, timestamp, isPartitionNamed } of given) {
        failing.accumulator.append(target, key, value, headers, timestamp, null)
        if (isPartitionNamed) failing.accumulator.noteNamed(target)
      }

      giveUp(failing, 0, 2)

      const said = { topic: 'orders', partition: 3, isSerialized: true, error: ANY_LETTER.error, attempts: 2 }
      const times = { createdAt: 1_000_000, failedAt: 17 }
      expect([...lettersOfBatch(failing.failed[0]!.batch, ANY_LETTER.error, 17, codecNamed('gzip'))]).toEqual(
        given.map((letter): DeadLetter => ({ ...letter, ...said, ...times })),
      )
    }),
  )
})

test('a failed batch keeps its memory, and its deliveries hear nothing, until it is settled', () => {
  const failing = givenFailing({ batchBytes: 1024, bufferBytes: 1024 })
  const { accumulator, failed } = failing
  const target = new PartitionAccumulator('orders', 1, 0)
  const delivery = new NotingDelivery()
  accumulator.append(target, null, 'a', null, 0, delivery)
  giveUp(failing, 0, 1)

  expect(accumulator.append(target, null, 'b', null, 0, null)).toBe('full')
  accumulator.abandon('NETWORK_EXCEPTION', () => {})
  expect([accumulator.outstanding, delivery.settlements, failed]).toMatchObject([1, [], [{}]])

  failed[0]!.settle()
  expect([accumulator.outstanding, delivery.settlements]).toMatchObject([0, [{ recordCount: 1 }]])
  expect(accumulator.append(target, null, 'b', null, 0, null)).toBe('appended')
})

test('parts of a batch that failed become letters of their own, and the batch is over when all are kept', () => {
  const failing = givenFailing()
  const { accumulator, shared, failed } = failing
  const target = new PartitionAccumulator('orders', 1, 0)
  const delivery = new NotingDelivery()
  for (const value of ['a', 'b', 'c', 'd', 'e']) {
    accumulator.append(target, null, value, null, 0, delivery)
    if (value === 'c') accumulator.noteNamed(target)
  }
  const slot = shared.announcedSlot(0)
  shared.close(slot)
  const result = { baseOffset: -1, logAppendTimeMs: -1, bytes: 70, uncompressedBytes: 70 }
  shared.partResults.write([
    { ...result, error: 'NOT_ENOUGH_REPLICAS', recordCount: 1, sends: 3 },
    { ...result, error: 'NONE', recordCount: 1, sends: 1 },
    { ...result, error: 'MESSAGE_TOO_LARGE', recordCount: 3, sends: 2 },
  ])
  shared.reports.write({ slot, error: 'NONE', parts: 3 })
  accumulator.takeReports(() => {})

  const kept = failed.map(({ batch }) => [...lettersOfBatch(batch, ANY_LETTER.error, 17, codecNamed('gzip'))])
  expect(kept.map((letters) => letters.map(({ value, attempts }) => `${value} ${attempts}`))).toEqual([
    ['a 3'],
    ['c 2', 'd 2', 'e 2'],
  ])
  expect(kept[1]!.map(({ isPartitionNamed }) => isPartitionNamed)).toEqual([true, false, false])
  failed[0]!.settle()
  expect([accumulator.outstanding, delivery.settlements.length]).toEqual([1, 0])
  failed[1]!.settle()
  expect([accumulator.outstanding, delivery.settlements.length]).toEqual([0, 3])
})

test('bytes that are not records any more become no letters', () => {
  const failing = givenFailing()
  const target = new PartitionAccumulator('orders', 1, 0)
  for (const value of ['a', 'b']) failing.accumulator.append(target, null, value, null, 0, null)
  giveUp(failing, 0, 1)
  const { batch } = failing.failed[0]!

  for (const length of [batch.records.length - 1, batch.records.length / 2, 1]) {
    const torn = { ...batch, records: batch.records.subarray(0, length) }
    expect(() => [...lettersOfBatch(torn, ANY_LETTER.error, 17, codecNamed('gzip'))]).toThrow(
      'does not match its CRC or its format',
    )
  }
})

test('records that name their partition, in turn with those that do not, take no more than a look each', () => {
  const failing = givenFailing({ batchBytes: 100_000, bufferBytes: 200_000 })
  const target = new PartitionAccumulator('orders', 1, 0)
  for (let index = 0; index < 1_000; index++) {
    failing.accumulator.append(target, null, 'a', null, 0, null)
    if (index % 2 === 1) failing.accumulator.noteNamed(target)
  }
  giveUp(failing, 0, 1)
  const { batch } = failing.failed[0]!
  let looks = 0
  const named = new Proxy(batch.named, {
    get(pairs, key) {
      looks += 1
      return Reflect.get(pairs, key)
    },
  })

  const kept = [...lettersOfBatch({ ...batch, named }, ANY_LETTER.error, 17, codecNamed('gzip'))]

  expect(kept.map(({ isPartitionNamed }) => isPartitionNamed)).toEqual(kept.map((_, index) => index % 2 === 1))
  expect(kept).toHaveLength(1_000)
  expect(looks).toBeLessThan(5_000)
})
