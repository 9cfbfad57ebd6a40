import { describe, expect, test } from 'vitest'
import type { Consumer, EachMessagePayload, RebalanceCallbacks } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, values } from '../support/given.js'
import { heardWarning } from '../support/heard-warning.js'

/** No session ends for longer than a test waits. */
const MEMBER = { 'group.id': 'tea', 'session.timeout.ms': 600_000, 'max.poll.interval.ms': 500 } as const

async function subscribed(
  cluster: GivenCluster,
  callbacks: RebalanceCallbacks = {},
  options: object = {},
): Promise<Consumer> {
  const consumer = cluster.consumer({ ...MEMBER, ...options })
  await cluster.run(consumer.subscribe({ topics: ['orders'], ...callbacks }))
  consumer.stopped.catch(() => {})
  return consumer
}

const never = (): Promise<void> => new Promise(() => {})

/** Somebody else gets all that the first member had, which is warned of. */
async function expectLeft(cluster: GivenCluster, warning: Promise<string>): Promise<void> {
  const second = await subscribed(cluster)
  await cluster.run(second.run({ eachMessage() {} }))
  await cluster.until(() => second.assignment.length === 2)
  expect(await cluster.run(warning)).toContain('has left it')
}

// AbstractCoordinator.HeartbeatThread: pollTimeoutExpired, maybeLeaveGroup; also while a ConsumerRebalanceListener runs.
describe.each(HOSTS)('a member whose callback does not end (%s)', (host) => {
  test.each(['onPartitionsAssigned', 'onPartitionsRevoked'] as const)(
    'leaves its group after max.poll.interval.ms, and the process is warned of %s',
    async (name) => {
      const cluster = await given({ host, topics: { orders: 2 } })
      const warning = heardWarning(`its ${name} has not ended within max.poll.interval.ms (500 ms)`)
      const first = await subscribed(cluster, { [name]: never })
      if (name === 'onPartitionsAssigned') first.poll(1_000).catch(() => {})
      else await cluster.run(first.run({ eachMessage() {} }))
      await cluster.until(() => first.assignment.length === 2)
      await expectLeft(cluster, warning)
    },
  )

  test('leaves its group where a handler module runs, and nothing else says so', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const warning = heardWarning('its onPartitionsRevoked has not ended within max.poll.interval.ms (500 ms)')
    const first = await subscribed(cluster, { onPartitionsRevoked: never })
    const module = 'data:text/javascript,export default () => ({ eachMessage() {} })'
    await cluster.run(first.run({ module }))
    await cluster.until(() => first.assignment.length === 2)
    await expectLeft(cluster, warning)
  })

  test('joins again when the callback has ended, and is told of its loss', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const told: string[] = []
    let end = (): void => {}
    const ends = new Promise<void>((resolve) => {
      end = resolve
    })
    const tell = (what: string) => async (): Promise<void> => {
      told.push(what)
      if (told.length === 1) await ends
    }
    const first = await subscribed(cluster, { onPartitionsAssigned: tell('assigned'), onPartitionsLost: tell('lost') })
    await cluster.run(first.run({ eachMessage() {} }))
    await cluster.until(() => told.length === 1)
    const second = await subscribed(cluster)
    await cluster.run(second.run({ eachMessage() {} }))
    await cluster.until(() => second.assignment.length === 2)
    end()
    await cluster.until(() => told.length === 3)
    expect(told).toEqual(['assigned', 'lost', 'assigned'])
  })
})

describe.each(HOSTS)('a handler that waits to be handed a record again (%s)', (host) => {
  /** Longer than any test. */
  const errorPolicy = { retries: 1, backoffMs: 1_000_000_000 }
  /** Nothing but the rebalance itself wakes an application that is at nothing for this time. */
  const unwatched = { 'max.poll.interval.ms': 1_000_000_000 }

  test.each([1, 2])(
    'holds up no rebalance, and the record is handed to whoever has it (calls at once: %i)',
    async (count) => {
      const cluster = await given({ host, topics: { orders: 2 } })
      const producer = cluster.producer()
      for (const partition of [0, 1]) await cluster.send(producer, { topic: 'orders', partition }, values(3))
      const handled = new Set<string>()
      let hasFailed = false
      const eachMessage = ({ partition, message }: EachMessagePayload): void => {
        if (partition === 0 && !hasFailed) {
          hasFailed = true
          throw new Error('no tea')
        }
        handled.add(`${partition} ${message.offset}`)
      }
      const first = await subscribed(cluster, {}, unwatched)
      await cluster.run(first.run({ eachMessage, errorPolicy, partitionsConsumedConcurrently: count }))
      await cluster.until(() => hasFailed)
      const second = await subscribed(cluster)
      await cluster.run(second.run({ eachMessage }))
      await cluster.until(() => first.assignment.length === 1 && second.assignment.length === 1)
      await cluster.until(() => handled.size === 6)
    },
  )

  test('is handed the records of elsewhere at once when it seeks', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(3))
    const handled: string[] = []
    let hasFailed = false
    const eachMessage = ({ message }: EachMessagePayload): void => {
      if (hasFailed) return void handled.push(String(message.value))
      hasFailed = true
      throw new Error('no tea')
    }
    const consumer = await subscribed(cluster)
    await cluster.run(consumer.run({ eachMessage, errorPolicy }))
    await cluster.until(() => hasFailed)
    await cluster.run(consumer.seek({ topic: 'orders', partition: 0, offset: 1 }))
    await cluster.until(() => handled.length === 2)
    expect(handled).toEqual(['v1', 'v2'])
  })

  test('leaves when it unsubscribes', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(3))
    let hasFailed = false
    const eachMessage = (): void => {
      hasFailed = true
      throw new Error('no tea')
    }
    const consumer = await subscribed(cluster)
    await cluster.run(consumer.run({ eachMessage, errorPolicy }))
    await cluster.until(() => hasFailed)
    await cluster.run(consumer.unsubscribe())
    expect(consumer.assignment).toEqual([])
  })
})
