// Exactly once in effect: a group hands records out again after a failed commit, and the handler makes that harmless.
// It keeps the next offset of a partition together with the result, in one transaction of the database. What lies below
// that offset was applied already, whoever applied it, and is passed over.
import { EventEmitter, once } from 'node:events'
import { Cluster } from 'odradek'

const PAYMENTS = 40
const news = new EventEmitter()
let handedOut = 0

/** Stands for a database that both consumers use. Without `await` inside, a call of `apply` is one transaction. */
const database = {
  balance: 0,
  nextOffsets: new Map(),
  apply(partition, offset, amount) {
    if (offset < (this.nextOffsets.get(partition) ?? 0)) return // applied before
    this.balance += amount
    this.nextOffsets.set(partition, offset + 1)
  },
}

const cluster = await Cluster.start()
try {
  await cluster.admin().createTopics({ topics: [{ topic: 'payments', numPartitions: 2 }] })
  const producer = cluster.producer({ acks: 'all' })
  const messages = Array.from({ length: PAYMENTS }, (_, n) => ({ partition: n % 2, value: '1' }))
  await producer.send({ topic: 'payments', messages })

  // The first consumer applies a batch. Before it commits, it is busy for longer than max.poll.interval.ms, and the
  // group goes on without it.
  const isBusy = once(news, 'slow is busy')
  const slow = await startConsumer('slow', { 'max.poll.interval.ms': 300 }, async () => {
    const takenOver = once(news, 'quick has partitions')
    news.emit('slow is busy')
    await takenOver
  })
  const slowEnds = slow.stopped.catch(({ name }) => console.log(`${name}: the batch will be handed out again`))
  await isBusy

  const allCommitted = once(news, 'all committed')
  const quick = await startConsumer('quick', {}, async () => {})
  await Promise.all([slowEnds, allCommitted])
  await Promise.all([slow.close(), quick.close()])

  console.log(`${PAYMENTS} payments of 1 were handed out ${handedOut} times, and the balance is ${database.balance}`)
} finally {
  await cluster.close()
}

async function startConsumer(name, options, beforeCommit) {
  const consumer = cluster.consumer({
    'group.id': 'accounts',
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': false,
    ...options,
  })
  await consumer.subscribe({
    topics: ['payments'],
    onPartitionsAssigned: () => void news.emit(`${name} has partitions`),
  })
  const committed = new Map()
  await consumer.run({
    eachBatch: async ({ batch }) => {
      const { topic, partition } = batch
      let offset = 0
      for (const record of batch) {
        handedOut += 1
        database.apply(partition, record.offset, Number(String(record.value)))
        offset = record.offset + 1
      }
      await beforeCommit()
      await consumer.commitOffsets([{ topic, partition, offset }])
      committed.set(partition, offset)
      if ([...committed.values()].reduce((sum, one) => sum + one, 0) === PAYMENTS) news.emit('all committed')
    },
  })
  return consumer
}
