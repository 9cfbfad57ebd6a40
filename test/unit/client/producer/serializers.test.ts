import { expect, expectTypeOf, test } from 'vitest'
import { RecordSerializer } from '../../../../src/client/producer/serializers.js'
import type { Producer, RecordData } from '../../../../src/index.js'
import { given } from '../../../support/given.js'

const orders = 'orders'

test('a serializer is told the topic, and is not asked about null', () => {
  const serializer = new RecordSerializer<number, number>({ key: (topic, input) => `${topic} ${input}` })
  expect([serializer.key(orders, 5), serializer.key(orders, null), serializer.key(orders, undefined)]).toEqual([
    'orders 5',
    null,
    null,
  ])
})

test('keys and values are taken as they are where nothing serializes either of them', () => {
  const serializer = new RecordSerializer<RecordData, RecordData>({})
  expect(serializer.all(orders, [{ value: 'a' }, { key: new Uint8Array(1), value: null }])).toBeNull()
})

test('the half of a record without a serializer is data as it is, where the other half has one', () => {
  const serializer = new RecordSerializer<RecordData, number>({ value: (_, input) => String(input) })
  const messages = [{ key: 'k', value: 1 }, { value: 2 }]
  expect(serializer.all(orders, messages)).toEqual(['k', '1', null, '2'])
})

test('a value that a serializer threw is the cause, whatever it was', () => {
  const value = (): string => {
    throw 'not an Error'
  }
  const serializer = new RecordSerializer<RecordData, number>({ value })
  expect(() => serializer.all(orders, [{ value: 1 }])).toThrow(expect.objectContaining({ cause: 'not an Error' }))
})

test("a producer's keys and values have the types that its serializers take", async () => {
  const cluster = await given({ host: 'simulation' })
  const value = (_: string, input: Date): string => input.toISOString()
  expectTypeOf(cluster.producer({}, { serializers: { value } })).toEqualTypeOf<Producer<RecordData, Date>>()
  expectTypeOf(cluster.producer()).toEqualTypeOf<Producer<RecordData, RecordData>>()
})
