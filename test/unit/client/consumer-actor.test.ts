import { expect, test } from 'vitest'
import type { Connection } from '../../../src/actor/types.js'
import type { ErrorCode } from '../../../src/base/error-code.js'
import { ConsumerActor } from '../../../src/client/consumer-actor.js'
import type { Request, Response, ResponseOf } from '../../../src/protocol/messages.js'
import { type Asked, ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'
import { ordersMetadata, partitionMetadata } from './given-metadata.js'
import { givenSlice } from './given-slices.js'

/** A consumer's thread between an application and a broker that the test plays. */
class GivenConsumer {
  readonly stage = new Stage()
  /** What the broker says of who leads the one partition of `orders`. */
  leader = 1
  /** What it says of the topic instead, as long as there is something. */
  readonly topicErrors: ErrorCode[] = []
  topicId = 1
  #leaderEpoch = 0
  #slices = 0
  readonly broker = new ScriptedActor((body) => this.#answer(body))
  /** On which the application asks, and gives back. */
  connection: Connection | null = null
  readonly #application = new ScriptedActor(
    () => null,
    (connection) => {
      this.connection = connection
    },
  )

  constructor() {
    this.stage.seat('broker-1', this.broker)
    this.stage.seat('client-0', this.#application)
    this.stage.seat(
      'consumer-0',
      new ConsumerActor({
        bootstrap: ['broker-1'],
        loadHandler: () => {},
        wake: () => {},
        options: {
          bytesMin: 1,
          waitMsMax: 500,
          bytesMax: 1_000_000,
          partitionBytesMax: 1_000_000,
          offsetReset: 'earliest',
          checkCrcs: true,
          readCommitted: false,
          retryBackoffMs: 100,
          pollRecordsMax: 500,
          lend: 'shared',
          metadataMaxAgeMs: 300_000,
          allowAutoTopicCreation: true,
          apiTimeoutMs: 1000,
        },
      }),
    )
  }

  elect(leader: number): void {
    this.leader = leader
    this.#leaderEpoch += 1
  }

  ask(body: Request): Asked {
    const asked = this.#application.ask('consumer-0', body)
    this.stage.settle()
    return asked
  }

  assign(): Asked {
    return this.ask({ api: 'Assign', topics: ['orders'], partitions: [], reset: null })
  }

  /** Answers the fetch that waits with a batch of these values, in memory of its own. */
  answerFetch(...values: string[]): Connection {
    const { connection, body } = this.broker.unanswered('Fetch')[0]!
    const [asked] = body.partitions
    const { memory, position, bytes } = givenSlice([values], { baseOffset: asked!.fetchOffset })
    this.#slices += 1
    connection.lend(this.#slices, memory)
    const said = { ...asked!, error: 'NONE' as const, highWatermark: 99, lastStableOffset: 99, logStartOffset: 0 }
    const slice = { segment: this.#slices, position, bytes, lease: this.#slices }
    const partitions = [{ ...said, currentLeader: null, divergingEpoch: null, slice }]
    this.broker.answerWhere((request) => (request.api === 'Fetch' ? { api: 'Fetch', partitions } : null))
    this.stage.settle()
    return connection
  }

  #answer(body: Request): Response | null {
    if (body.api === 'Metadata') {
      const { leader, topicId } = this
      const error = body.topics?.includes('typo') ? 'UNKNOWN_TOPIC_OR_PARTITION' : this.topicErrors.shift()
      const refused = { error: error ?? 'NONE', name: 'orders', topicId: -1, partitions: [] }
      if (error !== undefined) return { ...ordersMetadata([]), topics: [refused] }
      const partitions = [partitionMetadata({ partition: 0, leader, leaderEpoch: this.#leaderEpoch })]
      return { ...ordersMetadata([]), topics: [{ error: 'NONE', name: 'orders', topicId, partitions }] }
    }
    if (body.api !== 'ListOffsets') return null
    const partitions = body.partitions.map(({ topicId, partition }) => {
      return { topicId, partition, error: 'NONE' as const, offset: 7 }
    })
    return { api: 'ListOffsets', partitions }
  }
}

test('an assignment is answered with the positions that were found', () => {
  const consumer = new GivenConsumer()
  expect(consumer.assign().answer).toMatchObject({ error: 'NONE', partitions: [{ partition: 0, position: 7 }] })
})

test('an assignment of a partition without a leader waits for one', () => {
  const consumer = new GivenConsumer()
  consumer.leader = -1
  const assigned = consumer.assign()
  consumer.stage.pass(850)
  expect(assigned.answer).toBeUndefined()
  consumer.elect(1)
  consumer.stage.pass(100)
  expect(assigned.answer).toMatchObject({ error: 'NONE', partitions: [{ position: 7 }] })
})

test('an assignment waits for an error of its topic to pass, and is refused for one that stays', () => {
  const consumer = new GivenConsumer()
  consumer.topicErrors.push('NOT_CONTROLLER', 'UNKNOWN_TOPIC_OR_PARTITION')
  const assigned = consumer.assign()
  expect(assigned.answer).toBeUndefined()
  consumer.stage.pass(100)
  expect(assigned.answer).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' })
})

test('an assignment is given up after default.api.timeout.ms, and says which partition has no leader', () => {
  const consumer = new GivenConsumer()
  consumer.leader = -1
  const assigned = consumer.assign()
  consumer.stage.pass(999)
  expect(assigned.answer).toBeUndefined()
  consumer.stage.pass(1)
  expect(assigned.answer).toEqual({
    api: 'Assign',
    error: 'REQUEST_TIMED_OUT',
    says: "Within default.api.timeout.ms (1000 ms) no leader of partition 0 of 'orders' has said where it begins",
    partitions: [],
  })
  // Nothing is looked up any more of which the application would not know.
  expect(consumer.stage.sleepMs('consumer-0')).toBe(Number.POSITIVE_INFINITY)
  consumer.elect(1)
  expect(consumer.assign().answer).toMatchObject({ error: 'NONE', partitions: [{ position: 7 }] })
})

test('an assignment is given up after default.api.timeout.ms when no broker can be reached', () => {
  const consumer = new GivenConsumer()
  consumer.stage.kill('broker-1')
  const assigned = consumer.assign()
  consumer.stage.pass(1000)
  expect(assigned.answer).toMatchObject({
    error: 'REQUEST_TIMED_OUT',
    says: 'Within default.api.timeout.ms (1000 ms) no broker has said who leads the partitions',
  })
})

test('a seek is answered without a position after default.api.timeout.ms, and goes on', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  consumer.stage.kill('broker-1')
  const sought = consumer.ask({ api: 'Seek', index: 0, to: 'earliest' })
  consumer.stage.pass(999)
  expect(sought.answer).toBeUndefined()
  consumer.stage.pass(1)
  expect(sought.answer).toEqual({ api: 'Seek', epoch: 1, position: -1 })
})

test('a seek of a partition that is not assigned is refused at once', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  expect(consumer.ask({ api: 'Seek', index: 5, to: 3 }).answer).toEqual({ api: 'Seek', epoch: -1, position: -1 })
})

test('a stop is answered when all but the slices that are held have come back, and gives them back to the broker', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  const taken = consumer.ask({ api: 'Take' })
  const { stage } = consumer
  const fetchConnection = consumer.answerFetch('a', 'b')
  expect(taken.answer).toMatchObject({ slices: [{ lease: 1 }] })

  expect(consumer.ask({ api: 'Stop', held: 1 }).answer).toEqual({ api: 'Stop' })
  const stopped = consumer.ask({ api: 'Stop', held: 0 })
  stage.pass(50)
  expect([stopped.answer, fetchConnection.givenBack(0)]).toEqual([undefined, 0])
  consumer.connection!.giveBack(0, 1)
  stage.pass(50)
  expect([stopped.answer, fetchConnection.givenBack(0)]).toEqual([{ api: 'Stop' }, 1])
})

test('the application keeps one memory of each partition: the one that was read last', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  const memoryIds: number[] = []
  for (let memory = 0; memory < 5; memory++) {
    const taken = consumer.ask({ api: 'Take' })
    consumer.answerFetch('a', 'b')
    const [slice] = (taken.answer as ResponseOf<'Take'>).slices
    memoryIds.push(slice!.memoryId)
    consumer.connection!.memory(slice!.memoryId)
    consumer.connection!.giveBack(slice!.index, slice!.lease)
  }
  expect(consumer.connection!.memory(memoryIds.at(-1)!)).toBeDefined()
  for (const memoryId of memoryIds.slice(0, -1)) {
    expect(() => consumer.connection!.memory(memoryId)).toThrow('A handle is posted before')
  }
})

/** The topic is another one now, and whoever fetches from the one that was is told so. */
const createAgain = (consumer: GivenConsumer): void => {
  consumer.topicId = 2
  const said = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, slice: null }
  const rest = { ...said, error: 'UNKNOWN_TOPIC_OR_PARTITION' as const, currentLeader: null, divergingEpoch: null }
  while (consumer.broker.unanswered('Fetch').some(({ body }) => body.partitions[0]?.topicId === 1)) {
    consumer.broker.answerWhere((body) => {
      if (body.api !== 'Fetch') return null
      return { api: 'Fetch', partitions: body.partitions.map((wanted) => ({ ...wanted, ...rest })) }
    })
    consumer.stage.pass(100)
  }
}

// KIP-516: the topic of that name is another one, with another id.
test('a topic that is created again is read from where auto.offset.reset says, and the application is told', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  const taken = consumer.ask({ api: 'Take' })
  createAgain(consumer)
  expect(taken.answer).toMatchObject({ slices: [] })
  expect(consumer.ask({ api: 'Assignment' }).answer).toMatchObject({
    partitions: [{ topic: 'orders', partition: 0, index: 1, position: 7 }],
  })
  expect(consumer.broker.unanswered('Fetch').map(({ body }) => body.partitions[0]?.topicId)).toEqual([2])
})

test('the application is told when it has changed, and when the positions are known', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  const answers = [consumer.ask({ api: 'Take' })]
  createAgain(consumer)
  for (let time = 0; time < 2; time++) answers.push(consumer.ask({ api: 'Take' }))
  expect(answers.map(({ answer }) => answer)).toEqual([
    { api: 'Take', slices: [], assignments: 1 },
    { api: 'Take', slices: [], assignments: 2 },
    undefined,
  ])
})

test('after an assignment that was refused, what was read before is read on from its next leader', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  const typo = consumer.ask({ api: 'Assign', topics: ['typo'], partitions: [], reset: null })
  expect(typo.answer).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' })
  createAgain(consumer)
  expect(consumer.broker.unanswered('Fetch').map(({ body }) => body.partitions[0]?.topicId)).toEqual([2])
})

// KafkaConsumer.assign: an empty list is the same as unsubscribing.
test('an assignment of nothing is answered at once, and ends what was read', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  const assigned = consumer.ask({ api: 'Assign', topics: [], partitions: [], reset: null })
  expect(assigned.answer).toEqual({ api: 'Assign', error: 'NONE', says: '', partitions: [] })
  expect(consumer.ask({ api: 'Assignment' }).answer).toMatchObject({ partitions: [] })
})

test('a partition that is named in two ways is assigned once', () => {
  const consumer = new GivenConsumer()
  const partitions = [{ topic: 'orders', partition: 0 }]
  const assigned = consumer.ask({ api: 'Assign', topics: ['orders', 'orders'], partitions, reset: null })
  expect(assigned.answer).toMatchObject({ partitions: [{ partition: 0 }] })
})

test('a partition that was paused is paused when its topic is created again', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  consumer.ask({ api: 'Pause', indexes: [0] })
  createAgain(consumer)
  consumer.stage.pass(300_000)
  expect(consumer.ask({ api: 'Assignment' }).answer).toMatchObject({ partitions: [{ index: 1 }] })
  expect(consumer.broker.unanswered('Fetch')).toEqual([])
})
