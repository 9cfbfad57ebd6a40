import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { EachBatchPayload, EachMessagePayload, RunOptions } from '../../../../../../src/client/consumer/handler.js'
import type { RebalanceCallbacks, RecordHandler } from '../../../../../../src/index.js'
import { GivenApplication, orders } from './given-application.js'

async function givenRun(
  run: RecordHandler & RunOptions,
  callbacks: RebalanceCallbacks = {},
): Promise<GivenApplication> {
  const given = new GivenApplication()
  await given.outcome(given.consumer.subscribe({ topics: ['orders'], ...callbacks }))
  given.assign([0, 1])
  given.consumer.stopped.catch(() => {})
  await given.outcome(given.consumer.run(run))
  return given
}

const offsetsOf = (given: GivenApplication): unknown[] =>
  given.of('Commit').map(({ offsets }) => offsets?.map(({ partition, offset }) => [partition, offset]))

test('a step is taken between two calls of the handler, and never while one is at work', async () => {
  const order: string[] = []
  let finish = (): void => {}
  const given = await givenRun(
    {
      eachMessage: async ({ message }) => {
        order.push(String(message.value))
        await new Promise<void>((resolve) => {
          finish = resolve
        })
      },
    },
    { onPartitionsRevoked: () => void order.push('revoked') },
  )
  await given.own([0, 1])
  given.give(0, ['a', 'b'])
  await given.settle()
  const step = given.tell({ type: 'revoked', partitions: orders(0) })
  await given.settle()
  expect([order, given.stepsTaken]).toEqual([['a'], []])
  finish()
  await given.settle()
  expect([order, given.stepsTaken]).toEqual([['a', 'revoked'], [step]])
})

test('callbacks and handlers may return what they like', async () => {
  const told = new EventEmitter()
  const order: string[] = []
  for (const name of ['assigned', 'revoked', 'read']) told.on(name, () => order.push(name))
  const given = await givenRun(
    { eachMessage: () => told.emit('read') },
    { onPartitionsAssigned: () => told.emit('assigned'), onPartitionsRevoked: async () => told.emit('revoked') },
  )
  given.tell({ type: 'assigned', partitions: orders(0) })
  await given.settle()
  given.give(0, ['a'])
  await given.settle()
  given.tell({ type: 'revoked', partitions: orders(0) })
  await given.settle()
  expect(order).toEqual(['assigned', 'read', 'revoked'])
})

test('an error of a callback ends the run', async () => {
  const error = new Error('no')
  const given = await givenRun(
    { eachMessage: () => {} },
    {
      onPartitionsAssigned: () => {
        throw error
      },
    },
  )
  given.tell({ type: 'assigned', partitions: orders(0, 1) })
  await given.settle()
  expect(await given.outcome(given.consumer.stopped)).toBe(error)
  expect(given.stepsTaken).toEqual([1])
})

test('what was handled is told for commits after each call', async () => {
  const given = await givenRun({ eachMessage: () => {} })
  given.give(0, ['a', 'b'])
  await given.settle()
  expect(given.progress.positions.get(0)).toBe(102)
})

test('with autoCommit false nothing is told, and nothing is committed by itself', async () => {
  const given = await givenRun({ eachMessage: () => {}, autoCommit: false })
  given.give(0, ['a', 'b'])
  await given.settle()
  given.tell({ type: 'hold', partitions: orders(0) })
  await given.settle()
  expect([given.progress.positions.get(0), given.of('Commit')]).toEqual([-1, []])
})

test('autoCommitThreshold commits after so many records, and the rest when it is given up', async () => {
  const given = await givenRun({ eachMessage: () => {}, autoCommitThreshold: 2 })
  given.give(0, ['a', 'b', 'c'])
  await given.settle()
  expect([offsetsOf(given), given.progress.positions.get(0)]).toEqual([[[[0, 102]]], -1])
  given.tell({ type: 'hold', partitions: orders(0) })
  await given.settle()
  expect(given.progress.positions.get(0)).toBe(103)
})

test('autoCommitInterval commits when the time is over and something was handled', async () => {
  const given = await givenRun({ eachMessage: () => {}, autoCommitInterval: 100 })
  given.give(0, ['a'])
  await given.settle()
  expect(offsetsOf(given)).toEqual([])
  given.pass(100)
  given.give(0, ['b'], { offset: 101 })
  await given.settle()
  expect(offsetsOf(given)).toEqual([[[0, 102]]])
})

test('autoCommitInterval commits what was handled when the time is over, though nothing more comes', async () => {
  const given = await givenRun({ eachMessage: () => {}, autoCommitInterval: 100 })
  given.give(0, ['a'])
  await given.settle()
  given.pass(100)
  await given.settle()
  expect(offsetsOf(given)).toEqual([[[0, 101]]])
  given.end('Commit')
  given.pass(100)
  await given.settle()
  expect(offsetsOf(given)).toHaveLength(1)
})

test('a handler that is faster than its commits has one of them under way, and the next one takes the rest', async () => {
  const given = await givenRun({ eachMessage: () => {}, autoCommitThreshold: 1 })
  given.give(0, ['a', 'b', 'c', 'd'])
  await given.settle()
  expect(offsetsOf(given)).toEqual([[[0, 101]]])
  given.end('Commit')
  await given.settle()
  expect(offsetsOf(given)).toEqual([[[0, 101]], [[0, 104]]])
  given.end('Commit')
  await given.settle()
  expect(offsetsOf(given)).toHaveLength(2)
})

test('a commit of a run that fails is made up for by the next one', async () => {
  const given = await givenRun({ eachMessage: () => {}, autoCommitThreshold: 1 })
  given.give(0, ['a'])
  await given.settle()
  given.end('Commit', 'REQUEST_TIMED_OUT')
  await given.settle()
  expect(offsetsOf(given)).toEqual([[[0, 101]]])
  given.give(1, ['x'])
  await given.settle()
  expect(offsetsOf(given)).toEqual([
    [[0, 101]],
    [
      [0, 101],
      [1, 101],
    ],
  ])
})

const NEXT_USES: Record<string, (given: GivenApplication) => Promise<unknown>> = {
  poll: async (given) => {
    await given.outcome(given.consumer.poll(1000))
    await given.outcome(given.consumer.poll(0))
  },
  run: (given) => given.outcome(given.consumer.run({ eachMessage: () => {} })),
}

test.each([
  [{ autoCommit: false }, 'poll'],
  [{ autoCommit: false }, 'run'],
  [{ autoCommitThreshold: 100 }, 'poll'],
  [{ autoCommitThreshold: 100 }, 'run'],
] as const)('the options of a run, such as %o, say nothing of a later %s', async (options, next) => {
  const no = (): void => {
    throw new Error('no')
  }
  const given = await givenRun({ eachMessage: no, ...options })
  given.give(0, ['a'])
  await given.settle()
  await NEXT_USES[next]!(given)
  await given.settle()
  expect(given.progress.positions.get(0)).toBe(101)
})

test('a batch tells what is not committed, and commits what it is told to', async () => {
  const said: unknown[] = []
  const given = await givenRun({
    eachBatch: async ({ resolveOffset, uncommittedOffsets, commitOffsetsIfNecessary }: EachBatchPayload) => {
      said.push(uncommittedOffsets())
      resolveOffset(100)
      said.push(uncommittedOffsets())
      await commitOffsetsIfNecessary()
      await commitOffsetsIfNecessary({ topics: [{ topic: 'orders', partitions: [{ partition: 0, offset: '101' }] }] })
      said.push(uncommittedOffsets())
    },
  })
  given.give(0, ['a', 'b'])
  await given.settle()
  expect(offsetsOf(given)).toEqual([[[0, 101]]])
  given.end('Commit')
  await given.settle()
  const first = { topics: [{ topic: 'orders', partitions: [{ partition: 0, offset: 101 }] }] }
  expect(said).toEqual([{ topics: [] }, first, { topics: [] }])
})

test('a batch commits nothing of a partition that it does not have', async () => {
  const said: unknown[] = []
  const topics = [{ topic: 'orders', partitions: [{ partition: 7, offset: '101' }] }]
  const given = await givenRun({
    eachBatch: async ({ commitOffsetsIfNecessary }: EachBatchPayload) => {
      await commitOffsetsIfNecessary({ topics }).catch(({ message }: Error) => said.push(message))
    },
  })
  given.give(0, ['a'])
  await given.settle()
  expect([said, offsetsOf(given)]).toEqual([[expect.stringContaining("Partition 7 of 'orders' is not assigned")], []])
})

test('pause stops the partition of a record, and what it returns resumes it', async () => {
  const seen: string[] = []
  let resume = (): void => {}
  const given = await givenRun({
    eachMessage: ({ partition, message, pause }: EachMessagePayload) => {
      seen.push(`${partition} ${message.value}`)
      if (String(message.value) === 'a') resume = pause()
    },
  })
  given.give(0, ['a', 'b'])
  given.give(1, ['x'])
  await given.settle()
  expect(seen).toEqual(['0 a', '1 x'])
  resume()
  await given.settle()
  expect(seen).toEqual(['0 a', '1 x', '0 b'])
})

test('a heartbeat says that the handler goes on', async () => {
  let beat = (): Promise<void> => Promise.resolve()
  const given = await givenRun({
    eachMessage: ({ heartbeat }: EachMessagePayload) => {
      beat = heartbeat
      return new Promise<void>(() => {})
    },
  })
  given.give(0, ['a'])
  await given.settle()
  given.pass(900)
  const before = given.progress.polledAt(given.stage.now)
  await beat()
  expect([before === given.stage.now, given.progress.polledAt(given.stage.now)]).toEqual([false, given.stage.now])
})

test('a consumer that has stopped and is polled takes steps and counts polls again', async () => {
  const given = await givenRun({
    eachMessage: () => {
      throw new Error('no')
    },
  })
  given.give(0, ['a'])
  await given.settle()
  const polling = given.consumer.poll(1000)
  const step = given.tell({ type: 'revoked', partitions: orders(0) })
  await given.settle()
  given.give(1, ['x'])
  await given.outcome(polling)
  const polled = given.stage.now
  given.pass(500)
  await given.settle()
  expect([given.stepsTaken, given.progress.polledAt(given.stage.now)]).toEqual([[step], polled])
})

describe('a batch of which nothing was resolved', () => {
  /** Resolves nothing of partition 0, and notes what it is called with. */
  async function givenUnresolved(during: (payload: EachBatchPayload) => void = () => {}) {
    const seen: string[] = []
    const eachBatch = (payload: EachBatchPayload): void => {
      const { batch, resolveOffset } = payload
      seen.push(`${batch.partition}: ${[...batch].map(({ value }) => String(value)).join(' ')}`)
      if (batch.partition !== 0) resolveOffset(batch.lastOffset())
      during(payload)
    }
    const given = await givenRun({ eachBatch, eachBatchAutoResolve: false })
    given.give(0, ['a', 'b'])
    await given.settle()
    return { given, seen }
  }

  test('comes again after fetch.max.wait.ms, and other partitions go on meanwhile', async () => {
    const { given, seen } = await givenUnresolved()
    expect(seen).toEqual(['0: a b'])
    given.give(1, ['x'])
    given.pass(499)
    await given.settle()
    expect(seen).toEqual(['0: a b', '1: x'])
    given.pass(1)
    await given.settle()
    expect(seen).toEqual(['0: a b', '1: x', '0: a b'])
  })

  test('comes again at once from where the handler has resolved some of it', async () => {
    let calls = 0
    const { seen } = await givenUnresolved(({ resolveOffset }) => {
      calls += 1
      if (calls === 1) resolveOffset(100)
    })
    expect(seen).toEqual(['0: a b', '0: b'])
  })

  test('comes again when the handler resumes what it has paused', async () => {
    let resume = (): void => {}
    const { given, seen } = await givenUnresolved(({ pause }) => {
      resume = pause()
    })
    resume()
    await given.settle()
    expect(seen).toEqual(['0: a b', '0: a b'])
  })

  test('comes no more, and what is sought does at once, when the partition is sought elsewhere', async () => {
    const { given, seen } = await givenUnresolved()
    await given.outcome(given.consumer.seek({ topic: 'orders', partition: 0, offset: 101 }))
    given.give(0, ['b'], { offset: 101, epoch: 1 })
    await given.settle()
    expect(seen).toEqual(['0: a b', '0: b'])
  })
})
