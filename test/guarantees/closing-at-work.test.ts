import { describe, expect, test } from 'vitest'
import type { Consumer, RebalanceCallbacks, RecordHandler, RunOptions } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, type HostName, textsOf, values } from '../support/given.js'

/** Longer than a simulation runs, and than a test may take. */
const FOR_EVER = Number.MAX_SAFE_INTEGER
const ORDERS = { topic: 'orders', partition: 0 }

interface Door {
  readonly opens: Promise<void>
  open(): void
}

function door(): Door {
  let open = (): void => {}
  const opens = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opens, open: () => open() }
}

interface Running {
  readonly cluster: GivenCluster
  readonly consumer: Consumer
  /** What `stopped` has said: `resolved`, or a message. */
  readonly said: Promise<string>
}

/** A member that runs a handler on a partition of three records. */
async function running(
  host: HostName,
  run: (RecordHandler | { module: string; options?: unknown }) & RunOptions,
  { callbacks = {}, config = {} }: { callbacks?: RebalanceCallbacks; config?: object } = {},
): Promise<Running> {
  const cluster = await given({ host, topics: { orders: 1 } })
  await cluster.send(cluster.producer(), ORDERS, values(3))
  const consumer = cluster.consumer({ 'group.id': 'tea', ...config })
  await cluster.run(consumer.subscribe({ topics: ['orders'], ...callbacks }))
  const said = consumer.stopped.then(
    () => 'resolved',
    (error: Error) => error.message,
  )
  await cluster.run(consumer.run(run as RecordHandler & RunOptions))
  return { cluster, consumer, said }
}

/** So much happens that whoever does not wait is done. */
async function meanwhile(cluster: GivenCluster): Promise<void> {
  const admin = cluster.admin()
  for (let questions = 0; questions < 30; questions++) await cluster.run(admin.listTopics())
}

/** What the group is handed out next. */
async function nextOf(cluster: GivenCluster): Promise<string[]> {
  const consumer = cluster.consumer({ 'group.id': 'tea' })
  await cluster.run(consumer.subscribe({ topics: ['orders'] }))
  const records = await cluster.collect(consumer)
  await cluster.until(() => records.length > 0)
  await cluster.run(consumer.close())
  return textsOf(records)
}

test.each([1_000, 2_500, 60_000])(
  'a call that ends shortly before the %i ms of a close are over counts',
  async (timeoutMs) => {
    const [begun, goOn] = [door(), door()]
    const { cluster, consumer } = await running('simulation', {
      eachMessage: async () => {
        begun.open()
        await goOn.opens
      },
    })
    await cluster.run(begun.opens)
    const closing = consumer.close({ timeoutMs })
    const late = cluster.simulated.now + 0.75 * timeoutMs
    await cluster.until(() => cluster.simulated.now >= late)
    goOn.open()
    await cluster.run(closing)
    expect((await nextOf(cluster))[0]).toBe('v1')
  },
)

describe.each(HOSTS)('a consumer that is closed while its handler is at work (%s)', (host) => {
  test.each(['eachMessage', 'eachBatch'] as const)('waits for the call of %s, which counts', async (kind) => {
    const [begun, goOn] = [door(), door()]
    let hasEnded = false
    const handle = async (): Promise<void> => {
      begun.open()
      await goOn.opens
      hasEnded = true
    }
    const config = { 'max.poll.records': 1 }
    const { cluster, consumer, said } = await running(host, { [kind]: handle } as unknown as RecordHandler, { config })
    await cluster.run(begun.opens)
    const closing = consumer.close().then(() => hasEnded)
    await meanwhile(cluster)
    goOn.open()
    expect(await cluster.run(closing)).toBe(true)
    expect(await cluster.run(said)).toBe('resolved')
    expect((await nextOf(cluster))[0]).toBe('v1')
  })

  test('lets the call commit what it has done', async () => {
    const [begun, goOn] = [door(), door()]
    const config = { 'enable.auto.commit': false }
    const committing: Running = await running(
      host,
      {
        eachMessage: async () => {
          begun.open()
          await goOn.opens
          await committing.consumer.commitOffsets([{ ...ORDERS, offset: 1 }])
        },
      },
      { config },
    )
    const { cluster, consumer, said } = committing
    await cluster.run(begun.opens)
    const closing = consumer.close()
    await meanwhile(cluster)
    goOn.open()
    await cluster.run(closing)
    expect([await cluster.run(said), (await nextOf(cluster))[0]]).toEqual(['resolved', 'v1'])
  })

  test('does not count a call that fails, and says what it threw', async () => {
    const [begun, goOn] = [door(), door()]
    const { cluster, consumer, said } = await running(host, {
      eachMessage: async () => {
        begun.open()
        await goOn.opens
        throw new Error('no tea')
      },
    })
    await cluster.run(begun.opens)
    const closing = consumer.close()
    await meanwhile(cluster)
    goOn.open()
    await cluster.run(closing)
    expect([await cluster.run(said), (await nextOf(cluster))[0]]).toEqual(['no tea', 'v0'])
  })

  test('keeps what a call fails at where there is a sink for it, and it counts', async () => {
    const [begun, goOn] = [door(), door()]
    const kept: string[] = []
    const deadLetters = {
      async write(letters: readonly { readonly value: unknown }[]) {
        for (const { value } of letters) kept.push(String(value))
      },
      async *read() {},
      async close() {},
    }
    const { cluster, consumer, said } = await running(host, {
      deadLetters,
      eachMessage: async () => {
        begun.open()
        await goOn.opens
        throw new Error('no tea')
      },
    })
    await cluster.run(begun.opens)
    const closing = consumer.close()
    await meanwhile(cluster)
    goOn.open()
    await cluster.run(closing)
    expect([await cluster.run(said), kept, (await nextOf(cluster))[0]]).toEqual(['resolved', ['v0'], 'v1'])
  })

  test('waits no longer than it may, commits what was handled before, and leaves', async () => {
    const begun = door()
    let calls = 0
    const { cluster, consumer } = await running(host, {
      eachMessage: async () => {
        calls += 1
        if (calls === 1) return
        begun.open()
        await new Promise(() => {})
      },
    })
    await cluster.run(begun.opens)
    await cluster.run(consumer.close({ timeoutMs: 400 }))
    expect((await nextOf(cluster))[0]).toBe('v1')
  })

  test('waits for the call of a handler module, which counts', async () => {
    // Words of the handler: how many calls have begun and ended, and whether they may end.
    const text = `export default (words) => ({
      async eachMessage() {
        Atomics.add(words, 0, 1)
        while (Atomics.load(words, 2) === 0) await new Promise(setImmediate)
        Atomics.add(words, 1, 1)
      },
    })`
    const options = new Int32Array(new SharedArrayBuffer(12))
    const module = `data:text/javascript,${encodeURIComponent(text)}`
    const { cluster, consumer } = await running(host, { module, options })
    await cluster.until(() => Atomics.load(options, 0) > 0)
    const closing = consumer.close()
    Atomics.store(options, 2, 1)
    await cluster.run(closing)
    const [begun, ended] = options
    expect(ended).toBe(begun)
    if (ended !== 3) expect((await nextOf(cluster))[0]).toBe(`v${ended}`)
  })

  test.each([true, false])('does not wait for a call that closes it itself (after another wait: %s)', async (later) => {
    const closed = door()
    const closing: Running = await running(host, {
      eachMessage: async () => {
        if (later) await Promise.resolve()
        await closing.consumer.close({ timeoutMs: FOR_EVER })
        closed.open()
      },
    })
    await closing.cluster.run(closed.opens)
    expect(await closing.cluster.run(closing.said)).toBe('resolved')
  })

  test('waits for the other calls at work, where one closes it', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const producer = cluster.producer()
    for (const partition of [0, 1]) await cluster.send(producer, { topic: 'orders', partition }, values(2))
    const consumer = cluster.consumer({ 'group.id': 'tea' })
    await cluster.run(consumer.subscribe({ topics: ['orders'] }))
    const [begun, goOn, closed] = [door(), door(), door()]
    const order: string[] = []
    const eachMessage = async ({ partition }: { partition: number }): Promise<void> => {
      if (partition === 0) {
        begun.open()
        await goOn.opens
        order.push('handled')
        return
      }
      await begun.opens
      await consumer.close({ timeoutMs: FOR_EVER })
      order.push('closed')
      closed.open()
    }
    await cluster.run(consumer.run({ eachMessage, partitionsConsumedConcurrently: 2 }))
    await cluster.run(begun.opens)
    await meanwhile(cluster)
    goOn.open()
    await cluster.run(closed.opens)
    expect(order).toEqual(['handled', 'closed'])
    const partitions = [0, 1].map((partition) => ({ topic: 'orders', partition }))
    const committed = cluster.run(cluster.consumer({ 'group.id': 'tea' }).committed(partitions))
    expect((await committed).map((one) => one?.offset)).toEqual([1, 0])
  })

  test.each(['close', 'unsubscribe'] as const)('does not wait for a callback that calls %s itself', async (method) => {
    const order: string[] = []
    const done = door()
    const calling: { consumer?: Consumer } = {}
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = cluster.consumer({ 'group.id': 'tea' })
    calling.consumer = consumer
    await cluster.run(
      consumer.subscribe({
        topics: ['orders'],
        onPartitionsAssigned: async () => {
          order.push('assigned')
          await Promise.resolve()
          await calling.consumer?.[method]()
          order.push(`${method} is done`)
          done.open()
        },
        onPartitionsRevoked: () => order.push('revoked'),
      }),
    )
    consumer.stopped.catch(() => {})
    await cluster.run(consumer.run({ eachMessage() {} }))
    await cluster.run(done.opens)
    expect(order).toEqual(['assigned', 'revoked', `${method} is done`])
    expect(consumer.assignment).toEqual([])
  })

  test('unsubscribing waits for the call at work before partitions are given up', async () => {
    const [begun, goOn] = [door(), door()]
    const order: string[] = []
    const eachMessage = async (): Promise<void> => {
      begun.open()
      await goOn.opens
      order.push('handled')
    }
    const callbacks = { onPartitionsRevoked: () => order.push('revoked') }
    const { cluster, consumer } = await running(host, { eachMessage }, { callbacks })
    await cluster.run(begun.opens)
    const leaving = consumer.unsubscribe()
    await meanwhile(cluster)
    goOn.open()
    await cluster.run(leaving)
    expect(order).toEqual(['handled', 'revoked'])
    // The handler goes on with what is subscribed to next. Nothing was committed, as in Kafka.
    await cluster.run(consumer.subscribe({ topics: ['orders'] }))
    await cluster.until(() => order.length >= 5)
    expect(order.slice(2)).toEqual(['handled', 'handled', 'handled'])
  })

  test('a subscription that comes while unsubscribing waits is the one that counts', async () => {
    const [begun, goOn] = [door(), door()]
    let handled = 0
    const eachMessage = async (): Promise<void> => {
      begun.open()
      await goOn.opens
      handled += 1
    }
    const { cluster, consumer } = await running(host, { eachMessage })
    await cluster.run(begun.opens)
    const both = Promise.all([consumer.unsubscribe(), consumer.subscribe({ topics: ['orders'] })])
    await meanwhile(cluster)
    goOn.open()
    await cluster.run(both)
    await cluster.until(() => handled === 4)
  })

  test('the close of the cluster waits for no call, and the call goes on', async () => {
    const [begun, goOn, ended] = [door(), door(), door()]
    const { cluster, said } = await running(host, {
      eachMessage: async () => {
        begun.open()
        await goOn.opens
        ended.open()
      },
    })
    await cluster.run(begun.opens)
    await cluster.close()
    expect(await said).toBe('resolved')
    goOn.open()
    await ended.opens
  })

  test('a callback that throws ends the run of a handler module, and another handler goes on', async () => {
    const count = new Int32Array(new SharedArrayBuffer(4))
    const module = 'data:text/javascript,export default (count) => ({ eachMessage() { Atomics.add(count, 0, 1) } })'
    let hasThrown = false
    const callbacks = {
      onPartitionsAssigned: () => {
        if (hasThrown) return
        hasThrown = true
        throw new Error('no tea')
      },
    }
    const { cluster, consumer, said } = await running(host, { module, options: count }, { callbacks })
    expect(await cluster.run(said)).toBe('no tea')
    const read = await cluster.collect(consumer)
    await cluster.until(() => read.length + Atomics.load(count, 0) >= 3)
    await cluster.run(consumer.close())
  })
})
