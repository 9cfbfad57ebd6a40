import { describe, expect, test } from 'vitest'
import type { Consumer, ConsumerConfig, KafkaError } from '../../src/index.js'
import { type GivenCluster, given, HOSTS } from '../support/given.js'

const FIRST = { topic: 'orders', partition: 0 }
const committing = (offset: unknown, rest: object = {}): never => [{ ...FIRST, offset, ...rest }] as never
const call = (given: unknown): never => given as never

/** What a consumer that has one partition, and has committed offset 1 of it, may be asked wrongly. */
const WRONG: readonly (readonly [what: string, ask: (consumer: Consumer) => Promise<unknown>, told: object])[] = [
  ['an offset below zero', (consumer) => consumer.commitSync(committing(-1)), refusal('2^53 - 1')],
  ['an offset beyond 2^53', (consumer) => consumer.commitSync(committing(2 ** 53)), refusal('2^53 - 1')],
  ['an offset that no number holds', (consumer) => consumer.commitSync(committing(2n ** 60n)), refusal('2^53 - 1')],
  ['half an offset', (consumer) => consumer.commitSync(committing('1.5')), refusal('offsets[0].offset')],
  ['an offset of KafkaJS that is none', (consumer) => consumer.commitOffsets(committing('')), refusal('commitOffsets')],
  [
    'a commit of a partition that is not assigned',
    (consumer) => consumer.commitSync([{ topic: 'orders', partition: 1, offset: 5 }]),
    { code: 'UNKNOWN_TOPIC_OR_PARTITION', message: expect.stringContaining("Partition 1 of 'orders' is not assigned") },
  ],
  [
    'metadata above 4,096 characters',
    (consumer) => consumer.commitSync(committing(5, { metadata: 'x'.repeat(4_097) })),
    {
      code: 'OFFSET_METADATA_TOO_LARGE',
      message: expect.stringMatching(/partition 0 of 'orders'.*4,097 characters.*offset\.metadata\.max\.bytes.*4,096/),
    },
  ],
  [
    'metadata above 4,096 characters, without waiting',
    (consumer) =>
      new Promise<void>((done, failed) => {
        const offsets = committing(5, { metadata: 'x'.repeat(4_097) })
        consumer.commitAsync(offsets, (error) => (error === null ? done() : failed(error)))
      }),
    { code: 'OFFSET_METADATA_TOO_LARGE', message: expect.stringContaining("partition 0 of 'orders'") },
  ],
  [
    'two offsets of one partition',
    (consumer) => consumer.commitSync([...committing(5), ...committing(6)] as never),
    refusal('two offsets of one partition'),
  ],
  [
    'a subscription beside an assignment',
    (consumer) => consumer.subscribe({ topics: ['orders'] }),
    refusal('unsubscribe first'),
  ],
  [
    'a handler module that does not exist',
    (consumer) => consumer.run({ module: new URL('file:///there-is-none.mjs') }),
    refusal('there-is-none.mjs'),
  ],
  [
    'a handler module that exports nothing',
    (consumer) => consumer.run({ module: 'data:text/javascript,' }),
    refusal('exports nothing'),
  ],
  // A handler is refused from then on.
  ['two polls at once', (consumer) => Promise.all([consumer.poll(50), consumer.poll(50)]), refusal('to one caller')],
]

function refusal(says: string): object {
  return { name: 'ConfigError', code: 'INVALID_CONFIG', message: expect.stringContaining(says) }
}

/** Subscriptions that are none. */
const SUBSCRIPTIONS: readonly (readonly [what: string, subscription: unknown, told: object])[] = [
  ['a topic without a name', { topics: [''] }, invalid('needs a name')],
  ["a topic named '.'", { topics: ['orders', '.'] }, invalid("named '.'")],
  ["a topic named '..'", { topic: '..' }, invalid("named '..'")],
  ['a name of 250 letters', { topics: ['a'.repeat(250)] }, invalid('at most 249 letters, not 250')],
  ['a name that is none', { topics: ['two words'] }, invalid("'two words'")],
  ['topics and a pattern', { topics: ['orders'], pattern: /orders/ }, refusal('topics and to a pattern at once')],
  [
    'a regular expression that is none',
    { pattern: 'orders(' },
    { code: 'INVALID_REGULAR_EXPRESSION', message: expect.stringContaining('"orders("') },
  ],
  ['a group beside its topics', { topics: ['orders'], groupId: 'tea' }, refusal('as group.id')],
  ['a handler beside its topics', { topics: ['orders'], eachMessage: () => {} }, refusal('it is given to run')],
  ['no topic at all', {}, refusal('without a topic')],
]

function invalid(says: string): object {
  return { code: 'INVALID_TOPIC_EXCEPTION', message: expect.stringContaining(says) }
}

async function assigned(cluster: GivenCluster): Promise<Consumer> {
  const consumer = cluster.consumer({ 'group.id': 'tea', 'enable.auto.commit': false })
  await cluster.run(consumer.assign([FIRST]))
  await cluster.run(consumer.commitSync([{ ...FIRST, offset: 1 }]))
  return consumer
}

const refused = (cluster: GivenCluster, asked: Promise<unknown>): Promise<KafkaError> =>
  cluster.run(
    asked.then(
      () => expect.unreachable(),
      (error) => error,
    ),
  )

describe.each(HOSTS)('bad input of groups (%s)', (host) => {
  test('is refused at the call, with a sentence, and nothing committed is lost', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const consumer = await assigned(cluster)
    for (const [what, ask, told] of WRONG) {
      const error = await refused(
        cluster,
        Promise.resolve().then(() => ask(consumer)),
      )
      expect(error, what).toMatchObject(told)
      const [committed] = await cluster.run(consumer.committed([FIRST]))
      expect(committed, what).toMatchObject({ offset: 1 })
    }
    await cluster.run(consumer.close())
  })

  test.each(SUBSCRIPTIONS)('a subscription to %s is refused at the call', async (_, subscription, told) => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = cluster.consumer({ 'group.id': 'tea' })
    expect(await refused(cluster, consumer.subscribe(call(subscription)))).toMatchObject(told)
    // Nothing has come of it: another one may follow.
    await cluster.run(consumer.subscribe({ topics: ['orders'] }))
  })

  test.each(['', '.', '..', 'a'.repeat(250), 'two words'])('no topic is assigned that is named %j', async (topic) => {
    const cluster = await given({ host })
    const consumer = cluster.consumer({ 'group.id': 'tea' })
    const error = await refused(cluster, consumer.assign([{ topic, partition: 0 }]))
    expect(error).toMatchObject({ code: 'INVALID_TOPIC_EXCEPTION' })
  })

  test('a commit that has no time says that nobody was asked, in a sentence', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = cluster.consumer({ 'group.id': 'tea' })
    await cluster.run(consumer.assign([FIRST]))
    const error = await refused(cluster, consumer.commitSync(committing(1), { timeoutMs: 0 }))
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'REQUEST_TIMED_OUT' })
    expect(error.message).toMatch(/^Cannot commit to the group 'tea' in time: its coordinator \w+ not/)
  })
})

describe('what users of other clients try', () => {
  test.each([
    [{ groupId: 'tea' }, 'the nearest one is group.id'],
    [{ sessionTimeout: 30_000 }, 'the nearest one is session.timeout.ms'],
    [{ rebalanceTimeout: 60_000 }, 'it is called max.poll.interval.ms'],
    [{ heartbeatInterval: 3_000 }, 'the nearest one is heartbeat.interval.ms'],
    [{ fromBeginning: true }, 'it is given to subscribe; auto.offset.reset says it'],
    [{ eachBatchAutoResolve: false }, 'it is given to run'],
    [{ partitionsConsumedConcurrently: 3 }, 'it is given to run'],
    [{ autoCommit: false }, 'enable.auto.commit says it'],
    [{ partitionAssigners: [] }, 'it is called partition.assignment.strategy'],
    [{ 'group.protocol': 'consumer' }, 'there is the classic one'],
  ])('%o among the options is answered with what is right', async (options, says) => {
    const cluster = await given({ host: 'simulation' })
    const told = expect.objectContaining({ message: expect.stringContaining(says), name: 'ConfigError' })
    expect(() => cluster.consumer(options as ConsumerConfig)).toThrow(told)
  })

  test('an empty group id is none, and null is for none', async () => {
    const cluster = await given({ host: 'simulation' })
    expect(() => cluster.consumer({ 'group.id': '' })).toThrow(expect.objectContaining({ code: 'INVALID_GROUP_ID' }))
  })

  test('what belongs to subscribe is not taken by run, and it says where it belongs', async () => {
    const cluster = await given({ host: 'simulation', topics: { orders: 1 } })
    const run = cluster.consumer().run(call({ eachMessage: () => {}, fromBeginning: true }))
    await expect(cluster.run(run)).rejects.toThrow('it is given to subscribe')
  })
})
