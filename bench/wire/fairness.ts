import { setTimeout as pass } from 'node:timers/promises'
import { assert } from '../../src/base/assert.js'
import { buildBatch } from '../../src/record/batch-builder.js'
import { RawClient } from '../../test/support/raw-client.js'
import { PRODUCE, toProduce } from '../../test/support/raw-requests.js'
import { percentileOf } from '../percentile.js'
import { inTurns } from './in-turns.js'
import { timed } from './process-reading.js'
import { withTopic } from './requests.js'
import type { Server } from './servers.js'
import type { Measured, WireBench } from './wire-bench.js'

/** Many clients write as fast as they are answered, each with one Produce under way. */
export const fairness: WireBench = {
  name: 'fairness',
  run: (options) =>
    inTurns(options, [
      (server, turn) => {
        const name = `fairness-${turn}`
        return withTopic(server, { name, partitions: PARTITIONS }, () => compete(server, name, SECONDS * options.scale))
      },
    ]),
}

const CLIENTS = 200
const PARTITIONS = 10
const RECORDS_A_BATCH = 10
const SECONDS = 5
/** The share of the time in which nothing counts, at the start. */
const WARM_UP = 0.2
/** The last version that names topics. */
const BY_NAME = 12

async function compete(server: Server, topic: string, seconds: number): Promise<readonly Measured[]> {
  const numbers = Array.from({ length: CLIENTS }, (_, number) => number)
  const clients = await Promise.all(numbers.map(() => RawClient.to(server.address)))
  const round: Round = { counts: numbers.map(() => 0), isOver: false }
  const writing = clients.map((client, number) => write(client, { number, topic, round }))
  await pass(seconds * WARM_UP * 1e3)
  round.counts.fill(0)
  let records: readonly number[] = []
  const { ms, cpuMs } = await timed(server.pid, async () => {
    await pass(seconds * 1e3)
    records = round.counts.map((count) => count * RECORDS_A_BATCH)
  })
  round.isOver = true
  await Promise.all(writing)
  for (const client of clients) client.close()
  const all = records.reduce((sum, count) => sum + count, 0)
  const what = `${CLIENTS} clients, ${RECORDS_A_BATCH} records each time`
  return [
    { what: `${what}: the slowest one`, unit: 'records/s', value: percentileOf(records, 0) / (ms / 1e3) },
    { what: `${what}: the median`, unit: 'records/s', value: percentileOf(records, 50) / (ms / 1e3) },
    { what: `${what}: the fastest one`, unit: 'records/s', value: percentileOf(records, 100) / (ms / 1e3) },
    { what: `${what}: all`, unit: 'records/s', value: all / (ms / 1e3) },
    { what: `${what}: CPU of a million`, unit: 'ms', value: cpuMs / (all / 1e6) },
  ]
}

interface Round {
  /** Acknowledged batches of each client. */
  readonly counts: number[]
  isOver: boolean
}

interface Place {
  readonly number: number
  readonly topic: string
  readonly round: Round
}

async function write(client: RawClient, { number, topic, round }: Place): Promise<void> {
  const frame = client.frame(PRODUCE, BY_NAME, toPartition(topic, number % PARTITIONS))
  client.socket.write(frame)
  const { responses } = await client.answer(PRODUCE, BY_NAME)
  const [partition] = responses[0]?.partitionResponses ?? []
  assert(partition?.errorCode === 'NONE', `Produce is answered with ${partition?.errorCode}`)
  while (!round.isOver) {
    client.socket.write(frame)
    await client.nextFrame()
    round.counts[number]! += 1
  }
}

function toPartition(topic: string, index: number) {
  const value = Buffer.alloc(100, 'x')
  const { bytes } = buildBatch(
    Array.from({ length: RECORDS_A_BATCH }, () => ({ value })),
    { baseTimestamp: Date.now() },
  )
  const [topicData] = toProduce(topic, bytes, 1).topicData
  const [partitionData] = topicData!.partitionData
  return {
    ...toProduce(topic, bytes, 1),
    topicData: [{ ...topicData!, partitionData: [{ ...partitionData!, index }] }],
  }
}
