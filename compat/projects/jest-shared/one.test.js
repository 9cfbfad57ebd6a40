const { sharedKafka } = require('odradek/testing')

const kafka = sharedKafka()

test('what is sent is there', async () => {
  await kafka.send('one', { key: 'alice', value: 'one tea' })
  expect(await kafka.records('one')).toMatchObject([{ key: 'alice', value: 'one tea' }])
})
