import { onTestFinished, test } from 'vitest'
import { Cluster, type Consumer } from '../../src/index.js'
import { startGuest } from '../support/guest.js'

/** A session that outlasts every test: whoever leaves, leaves because its end is seen. */
const SESSION_MS = 300_000

/** Polls until the member has so many partitions. */
async function share(member: Consumer, partitions: number): Promise<void> {
  while (member.assignment.length !== partitions) await member.poll(10)
}

test.each([
  ['is terminated', ''],
  ['exits', 'process.exit(3)'],
  ['closes what is attached, and not its consumer', 'await cluster.close()'],
])('the member of a guest that %s leaves its group at once', async (_how, death) => {
  const cluster = await Cluster.start({ brokers: 2 })
  onTestFinished(() => cluster.close())
  await cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions: 4 }] })
  const heir = cluster.consumer({ 'group.id': 'tea', 'session.timeout.ms': SESSION_MS })
  await heir.subscribe({ topics: ['orders'] })
  const guest = startGuest(
    cluster,
    `const consumer = cluster.consumer({ 'group.id': 'tea', 'session.timeout.ms': ${SESSION_MS} })`,
    "await consumer.subscribe({ topics: ['orders'] })",
    'await consumer.run({ eachMessage() {} })',
    'while (consumer.assignment.length !== 2) await new Promise((resolve) => setTimeout(resolve, 1))',
    "say('has its share')",
    death,
  )
  await share(heir, 2)
  await guest.next()
  if (death === '') await guest.worker.terminate()
  await guest.ended
  await share(heir, 4)
})
