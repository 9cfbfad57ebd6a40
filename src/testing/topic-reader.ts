import type { Admin } from '../client/admin/admin.js'
import type { Consumer } from '../client/consumer/consumer.js'
import type { Cluster } from '../cluster/cluster.js'
import { Deadline, READ_MS_MAX } from './deadline.js'
import { type RecordFormat, type TestRecord, testRecordOf } from './test-record.js'

/** How long a poll waits before the ends of the partitions are looked at again. */
const POLL_MS = 50

export interface Wanted {
  readonly topic: string
  /** The number of records to wait for. */
  readonly count: number
  readonly format: RecordFormat
  readonly deadline: Deadline
}

/** What there is in a topic when there is enough of it, or the time is over. */
export interface Found {
  /** One partition after the other, each in the order of its offsets. */
  readonly records: readonly TestRecord<unknown>[]
  /** How much of it they are: `absent` if there is no such topic, `unknown` if nobody could be asked whether there is. */
  readonly extent: 'all' | 'some' | 'absent' | 'unknown'
}

/**
 * Reads all records of a topic, and waits until there are so many. A topic that is not there is waited for. When the
 * time is over, what there is is still read, if brokers answer.
 */
export async function readTopic(cluster: Cluster, admin: Admin, wanted: Wanted): Promise<Found> {
  const { topic, count, deadline } = wanted
  const reading = new Deadline(deadline.leftMs + READ_MS_MAX)
  for (;;) {
    const topics = await reading.limit(admin.listTopics({ listInternal: true }))
    if (topics?.includes(topic)) break
    if (deadline.isOver || count === 0) return { records: [], extent: topics === null ? 'unknown' : 'absent' }
    await deadline.pause()
  }
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
  try {
    await reading.limit(consumer.subscribe({ topics: [topic] }))
    const { records, extent } = await readOn(consumer, admin, { ...wanted, reading })
    return { records: records.toSorted(byPlace), extent }
  } finally {
    await consumer.close({ timeoutMs: 0 })
  }
}

async function readOn(
  consumer: Consumer,
  admin: Admin,
  { topic, count, format, deadline, reading }: Wanted & { readonly reading: Deadline },
): Promise<Found> {
  const records: TestRecord<unknown>[] = []
  const poll = async (end: Deadline): Promise<void> => {
    const batch = await consumer.poll(Math.min(POLL_MS, end.leftMs))
    for (const record of batch ?? []) records.push(testRecordOf({ topic, partition: batch!.partition }, record, format))
  }
  for (;;) {
    const ends = await reading.limit(admin.fetchTopicOffsets(topic))
    const isBehind = (): boolean =>
      ends?.some(({ partition, high }) => positionIn(consumer, topic, partition) < high) === true
    while (isBehind() && !reading.isOver) await poll(reading)
    if (deadline.isOver || records.length >= count)
      return { records, extent: ends === null || isBehind() ? 'some' : 'all' }
    await poll(deadline)
  }
}

/** A partition that was added since is not assigned, and not waited for. */
function positionIn(consumer: Consumer, topic: string, partition: number): number {
  const isAssigned = consumer.assignment.some((name) => name.topic === topic && name.partition === partition)
  return isAssigned ? consumer.position({ topic, partition }) : Number.POSITIVE_INFINITY
}

function byPlace(one: TestRecord<unknown>, other: TestRecord<unknown>): number {
  return one.partition - other.partition || one.offset - other.offset
}
