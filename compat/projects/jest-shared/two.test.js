const { sharedKafka } = require('odradek/testing')

const kafka = sharedKafka()

test('what is sent is there', async () => {
  await kafka.send('two', { key: 'alice', value: 'one tea' })
  expect(await kafka.records('two')).toMatchObject([{ key: 'alice', value: 'one tea' }])
})
