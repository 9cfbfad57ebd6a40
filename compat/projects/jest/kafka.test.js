// The hooks are global here.
const { kafkaForFile } = require('odradek/testing')

const kafka = kafkaForFile({ brokers: 3 })

test('what is sent is there', async () => {
  await kafka.send('orders', { key: 'alice', value: 'one tea' })
  expect(await kafka.records('orders')).toMatchObject([{ key: 'alice', value: 'one tea' }])
})

test('nothing is left of the test before', async () => {
  jest.useFakeTimers()
  expect(await kafka.records('orders', { count: 0 })).toEqual([])
  jest.useRealTimers()
})
