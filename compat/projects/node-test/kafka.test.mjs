import assert from 'node:assert'
import * as hooks from 'node:test'
import { kafkaForFile, startKafka } from 'odradek/testing'

const kafka = kafkaForFile({ brokers: 3 }, hooks)

hooks.test('what is sent is there', async () => {
  await kafka.send('orders', { key: 'alice', value: 'one tea' })
  const [{ key, value }] = await kafka.records('orders')
  assert.deepStrictEqual([key, value], ['alice', 'one tea'])
})

hooks.test('nothing is left of the test before', async () => {
  assert.deepStrictEqual(await kafka.records('orders', { count: 0 }), [])
})

hooks.test('a Kafka that nobody stops does not keep the process', async () => {
  const forgotten = await startKafka()
  assert.match(forgotten.bootstrapServers, /^127\.0\.0\.1:\d+$/)
})
