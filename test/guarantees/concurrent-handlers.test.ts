import { describe, expect, test } from 'vitest'
import { type Deferred, deferred } from '../../src/base/deferred.js'
import type { Consumer, EachMessagePayload, RunRequest, Subscription } from '../../src/index.js'
import { type GivenCluster, given, HOSTS } from '../support/given.js'

/** Calls of a handler that end when the test says so. */
class Calls {
  /** `1:b` for each call, in the order in which they began. */
  readonly begun: string[] = []
  readonly ended: string[] = []
  readonly #open = new Map<string, Deferred<void>>()
  mostAtOnce = 0

  readonly eachMessage = async ({ partition, message }: EachMessagePayload): Promise<void> => {
    const name = `${partition}:${message.value}`
    this.begun.push(name)
    const done = deferred<void>()
    this.#open.set(name, done)
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#open.size)
    await done.promise
    this.ended.push(name)
  }

  get open(): string[] {
    return [...this.#open.keys()].sort()
  }

  end(name: string): void {
    this.#open.get(name)?.resolve()
    this.#open.delete(name)
  }

  fail(name: string, error: Error): void {
    this.#open.get(name)?.reject(error)
    this.#open.delete(name)
  }

  /** Ends whatever is at work, until so many calls have ended. */
  async endAll(cluster: GivenCluster, count: number): Promise<void> {
    await cluster.until(() => {
      for (const name of this.open) this.end(name)
      return this.ended.length >= count
    })
  }
}

interface Reading extends Pick<Subscription, 'onPartitionsRevoked'> {
  readonly options?: object
}

/** A consumer that runs a handler over three partitions of three records, each of which is fetched by itself. */
async function reading(
  cluster: GivenCluster,
  { options = {}, onPartitionsRevoked, ...run }: Reading & Partial<RunRequest>,
): Promise<Consumer> {
  const producer = cluster.producer({ 'batch.size': 0 })
  for (const partition of [0, 1, 2]) {
    for (const value of ['a', 'b', 'c']) await cluster.send(producer, { topic: 'orders', partition }, [value])
  }
  const consumer = cluster.consumer({ 'max.partition.fetch.bytes': 1, ...options })
  await cluster.run(
    consumer.subscribe({ topics: ['orders'], ...(onPartitionsRevoked !== undefined && { onPartitionsRevoked }) }),
  )
  consumer.stopped.catch(() => {})
  await cluster.run(consumer.run({ partitionsConsumedConcurrently: 2, ...run } as RunRequest))
  return consumer
}

const ofPartition = (names: readonly string[], partition: number): string =>
  names
    .filter((name) => name.startsWith(`${partition}`))
    .map((name) => name.slice(2))
    .join('')

const GROUP = { 'group.id': 'tea' }

describe.each(HOSTS)('partitions consumed concurrently (%s)', (host) => {
  test('so many partitions are at work at once, and the records of each come one after the other', async () => {
    const cluster = await given({ host, topics: { orders: 3 } })
    const calls = new Calls()
    await reading(cluster, { eachMessage: calls.eachMessage })

    await cluster.until(() => calls.open.length === 2)
    const [slow, quick] = calls.open as [string, string]
    calls.end(quick)
    // The slow one keeps its partition, and nobody waits for it.
    await cluster.until(() => calls.open.length === 2)
    expect(calls.open).toContain(slow)
    await calls.endAll(cluster, 9)

    expect([0, 1, 2].map((partition) => ofPartition(calls.begun, partition))).toEqual(['abc', 'abc', 'abc'])
    expect(calls.mostAtOnce).toBe(2)
  })

  test('a slow record holds up no other partition, and only what was handled before it is committed', async () => {
    const cluster = await given({ host, topics: { orders: 3 } })
    const calls = new Calls()
    const consumer = await reading(cluster, { options: GROUP, autoCommitThreshold: 1, eachMessage: calls.eachMessage })

    await cluster.until(() => calls.open.length === 2)
    const slow = calls.open[0] as string
    await cluster.until(() => {
      for (const name of calls.open) if (name !== slow) calls.end(name)
      return calls.ended.length === 6
    })
    const slowPartition = Number(slow[0])
    const names = [0, 1, 2].map((partition) => ({ topic: 'orders', partition }))
    await cluster.run(consumer.commitSync())
    const committed = await cluster.run(consumer.committed(names))

    const offsets = committed.map((one) => one?.offset ?? 0)
    expect(offsets).toEqual([0, 1, 2].map((partition) => (partition === slowPartition ? 0 : 3)))
    calls.end(slow)
    await calls.endAll(cluster, 9)
  })

  test('a handler that fails ends the run when the others have finished, and nothing is lost or read twice', async () => {
    const cluster = await given({ host, topics: { orders: 3 } })
    const calls = new Calls()
    const consumer = await reading(cluster, { eachMessage: calls.eachMessage })
    const stopped = consumer.stopped.catch((error) => error)
    await cluster.until(() => calls.open.length === 2)
    const [failing, other] = calls.open as [string, string]

    let hasStopped = false
    void stopped.then(() => {
      hasStopped = true
    })
    calls.fail(failing, new Error('no tea'))
    await cluster.run(cluster.admin().listTopics())
    expect(hasStopped).toBe(false)
    calls.end(other)
    expect(await cluster.run(stopped)).toMatchObject({ message: 'no tea' })
    expect(calls.begun).toHaveLength(2)

    const again = new Calls()
    await cluster.run(consumer.run({ eachMessage: again.eachMessage }))
    consumer.stopped.catch(() => {})
    await again.endAll(cluster, 8)
    expect([...again.ended, other].sort()).toEqual(
      [0, 1, 2].flatMap((partition) => ['a', 'b', 'c'].map((value) => `${partition}:${value}`)),
    )
  })

  test('what a handler has failed at comes again before all behind it, while other partitions go on', async () => {
    const cluster = await given({ host, topics: { orders: 3 } })
    const calls = new Calls()
    await reading(cluster, { errorPolicy: { retries: 1, backoffMs: 200 }, eachMessage: calls.eachMessage })
    await cluster.until(() => calls.open.length === 2)
    const failing = calls.open[0] as string

    calls.fail(failing, new Error('no tea'))
    await calls.endAll(cluster, 9)
    expect(ofPartition(calls.begun, Number(failing[0]))).toBe('aabc')
    expect(ofPartition(calls.ended, Number(failing[0]))).toBe('abc')
  })

  test('attempts are counted, whoever is free when a record comes again', async () => {
    const cluster = await given({ host, topics: { orders: 3 } })
    const calls = new Calls()
    const consumer = await reading(cluster, {
      errorPolicy: { retries: 1, backoffMs: 20 },
      eachMessage: calls.eachMessage,
    })
    const stopped = consumer.stopped.catch((error) => error)
    await cluster.until(() => calls.open.length === 2)
    const failing = calls.open[0] as string
    const isOver = stopped.then(() => true)
    let hasEnded = false
    void isOver.then(() => {
      hasEnded = true
    })
    await cluster.until(() => {
      for (const name of calls.open) {
        if (name === failing) calls.fail(name, new Error('no tea'))
        else calls.end(name)
      }
      return hasEnded
    })
    expect(calls.begun.filter((name) => name === failing)).toHaveLength(2)
  })

  test('a rebalance waits until no call is at work', async () => {
    const cluster = await given({ host, topics: { orders: 3 } })
    const calls = new Calls()
    const options = { ...GROUP, 'heartbeat.interval.ms': 50 }
    const atWork: string[][] = []
    const onPartitionsRevoked = (): void => void atWork.push(calls.open)
    const first = await reading(cluster, { options, onPartitionsRevoked, eachMessage: calls.eachMessage })
    await cluster.until(() => calls.open.length === 2)
    const second = cluster.consumer(options)
    await cluster.run(second.subscribe({ topics: ['orders'] }))
    const theirs = new Calls()
    await cluster.run(second.run({ eachMessage: theirs.eachMessage }))
    second.stopped.catch(() => {})
    // The first one hears of the rebalance, and calls its handler no more.
    await cluster.until(() => {
      const quick = calls.open.length > 1 ? calls.open[1] : undefined
      if (quick !== undefined) calls.end(quick)
      return calls.ended.length > 0 && calls.open.length === 1 && first.metrics()['heartbeat-total'] > 5
    })
    expect(atWork).toEqual([])
    calls.end(calls.open[0] as string)
    await cluster.until(() => {
      for (const name of calls.open) calls.end(name)
      for (const name of theirs.open) theirs.end(name)
      return first.assignment.length + second.assignment.length === 3 && second.assignment.length > 0
    })
    expect(atWork).toEqual([[]])
    await cluster.until(() => {
      for (const name of calls.open) calls.end(name)
      for (const name of theirs.open) theirs.end(name)
      return calls.ended.length + theirs.ended.length === 9
    })
    for (const partition of [0, 1, 2]) expect(ofPartition([...calls.ended, ...theirs.ended], partition)).toBe('abc')
  })

  test('batches of different partitions are at work at once', async () => {
    const cluster = await given({ host, topics: { orders: 3 } })
    const open: { partition: number; done: Deferred<void> }[] = []
    const seen: string[] = []
    await reading(cluster, {
      eachBatch: async ({ batch }) => {
        for (const { value } of batch) seen.push(`${batch.partition}:${value}`)
        const done = deferred<void>()
        open.push({ partition: batch.partition, done })
        await done.promise
      },
    })
    await cluster.until(() => open.length === 2)
    expect(new Set(open.map(({ partition }) => partition)).size).toBe(2)
    await cluster.until(() => {
      for (const { done } of open) done.resolve()
      return seen.length === 9
    })
    for (const partition of [0, 1, 2]) expect(ofPartition(seen, partition)).toBe('abc')
  })
})
