import { kafkaForFile } from 'odradek/testing'
import * as hooks from 'vitest'
import { expect, test } from 'vitest'

const kafka = kafkaForFile({ brokers: 3 }, hooks)

test('what is sent is there', async () => {
  await kafka.send('orders', { key: 'alice', value: 'one tea' })
  expect(await kafka.records('orders')).toMatchObject([{ key: 'alice', value: 'one tea' }])
})

test('nothing is left of the test before', async () => {
  expect(await kafka.records('orders', { count: 0 })).toEqual([])
})
