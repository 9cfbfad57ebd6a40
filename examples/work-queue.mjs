// A work queue: three workers in one group share the partitions of a topic, so each job is done by one of them.
// One worker dies in the middle of a job. What it had finished is committed; the job that it was at, and all jobs that
// wait behind it, are done by the other two.
import { EventEmitter, once } from 'node:events'
import { setTimeout as work } from 'node:timers/promises'
import { Cluster } from 'odradek'

const JOBS = 60
const doneBy = new Map() // job -> the workers that have done it
const news = new EventEmitter()

const cluster = await Cluster.start()
try {
  await cluster.admin().createTopics({ topics: [{ topic: 'jobs', numPartitions: 6 }] })

  // Each worker waits for its share before the next one starts, so that all three have a share when the jobs come.
  const workers = [
    await startWorker('worker-1', Number.POSITIVE_INFINITY),
    await startWorker('worker-2', 5),
    await startWorker('worker-3', Number.POSITIVE_INFINITY),
  ]

  const producer = cluster.producer({ acks: 'all' })
  const messages = Array.from({ length: JOBS }, (_, n) => ({ key: `job-${n}`, value: `boil kettle ${n}` }))
  const allDone = once(news, 'all done')
  await producer.send({ topic: 'jobs', messages }) // the key chooses the partition
  await allDone

  await Promise.all(workers.map((worker) => worker.close()))
  for (const name of ['worker-1', 'worker-2', 'worker-3'])
    console.log(name, 'has done', [...doneBy.values()].filter((names) => names.includes(name)).length)
  const repeated = [...doneBy.values()].filter((names) => names.length > 1).length
  console.log(`${doneBy.size} of ${JOBS} jobs are done, ${repeated} of them more than once`)
} finally {
  await cluster.close()
}

/** Resolves when the worker has its share of the partitions. It dies at its job of this number, counted from 1. */
async function startWorker(name, diesAt) {
  const consumer = cluster.consumer({
    'group.id': 'workers',
    'auto.offset.reset': 'earliest',
    'heartbeat.interval.ms': 100, // a member hears with its next heartbeat that others came or went; Kafka's default: 3 s
  })
  await consumer.subscribe({
    topics: ['jobs'],
    onPartitionsAssigned: (partitions) => {
      console.log(name, 'now has partitions', partitions.map(({ partition }) => partition).join(' '))
      news.emit(name)
    },
  })

  let started = 0
  const hasItsShare = once(news, name)
  await consumer.run({
    eachMessage: async ({ message }) => {
      const job = String(message.key)
      started += 1
      await work(2)
      if (started === diesAt) throw new Error(`dies in the middle of ${job}`)
      doneBy.set(job, [...(doneBy.get(job) ?? []), name])
      if (doneBy.size === JOBS) news.emit('all done')
    },
  })
  // A handler that throws stops its consumer. Closing it commits what was finished, and leaves the group at once;
  // without that, the group would wait for max.poll.interval.ms.
  consumer.stopped.catch(async (error) => {
    console.log(name, error.message)
    await consumer.close()
  })
  await hasItsShare
  return consumer
}
