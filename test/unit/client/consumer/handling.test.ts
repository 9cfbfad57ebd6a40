import { expect, test } from 'vitest'
import type {
  EachBatchPayload,
  EachMessagePayload,
  HandlingEnd,
  RecordHandler,
} from '../../../../src/client/consumer/handler.js'
import { type HandlerDesk, MODULE_DESK } from '../../../../src/client/consumer/handler-payloads.js'
import { Handling } from '../../../../src/client/consumer/handling.js'
import { type GivenSlice, GivenSource, givenSlice } from './fetching/given-slices.js'

interface GivenHandling {
  readonly handling: Handling
  readonly source: GivenSource
  readonly ends: HandlingEnd[]
  readonly handled: number[]
  wakes: number
}

const OPTIONS = { 'max.poll.records': 2, 'odradek.lend': 'shared' } as const

function givenHandling(handler: RecordHandler, slices: GivenSlice[], pollRecordsMax = 2): GivenHandling {
  const source = new GivenSource(...slices)
  const ends: HandlingEnd[] = []
  const given: GivenHandling = {
    source,
    ends,
    handled: source.handledTo,
    wakes: 0,
    handling: new Handling({
      source,
      handler,
      options: { 'max.poll.records': pollRecordsMax, 'odradek.lend': 'shared' },
      wake: () => given.wakes++,
      onEnd: (end) => ends.push(end),
    }),
  }
  return given
}

function stepAll({ handling }: GivenHandling): number {
  let steps = 0
  while (handling.step()) steps++
  return steps
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('eachMessage gets every record in order, and the slice goes back behind the last', () => {
  const slice = givenSlice([['a', 'b'], ['c']])
  const values: string[] = []
  const given = givenHandling({ eachMessage: ({ message }) => void values.push(String(message.value)) }, [slice])
  stepAll(given)
  expect([values, given.handled, slice.returns]).toEqual([['a', 'b', 'c'], [101, 102, 103], 1])
})

test('a payload of eachMessage can be spread, and what was taken out of it works by itself', () => {
  const seen: unknown[] = []
  const paused: unknown[] = []
  const desk: HandlerDesk = {
    ...MODULE_DESK,
    pause(name) {
      paused.push(name)
      return () => void paused.push('resumed')
    },
  }
  const wrapped = ({ pause, ...rest }: EachMessagePayload): void => {
    seen.push(Object.keys(rest), rest.heartbeat() instanceof Promise)
    pause()()
  }
  const handler: RecordHandler = { eachMessage: (payload) => wrapped({ ...payload }) }
  const handing = { source: new GivenSource(givenSlice([['a']])), handler, desk }
  const ends: HandlingEnd[] = []
  new Handling({ ...handing, options: OPTIONS, wake: () => {}, onEnd: (end) => ends.push(end) }).step()
  expect([ends, seen]).toEqual([[], [['topic', 'partition', 'message', 'heartbeat'], true]])
  expect(paused).toEqual([{ topic: 'orders', partition: 3 }, 'resumed'])
})

test('a payload of eachBatch can be spread, and what was taken out of it works by itself', () => {
  const seen: unknown[] = []
  const wrapped = ({ resolveOffset, isRunning, isStale, ...rest }: EachBatchPayload): void => {
    resolveOffset(100)
    seen.push(isRunning(), isStale(), Object.keys(rest).sort(), rest.batch.messages.length)
    throw new Error('enough')
  }
  const slice = givenSlice([['a', 'b']])
  const given = givenHandling({ eachBatch: (payload) => wrapped({ ...payload }) }, [slice])
  stepAll(given)
  expect(given.ends).toEqual([{ type: 'handler', cause: new Error('enough') }])
  const others = ['batch', 'commitOffsetsIfNecessary', 'heartbeat', 'pause', 'uncommittedOffsets']
  expect([seen, given.handled[0]]).toEqual([[true, false, others, 2], 101])
})

test.each([-5, 99, 102, 5000, '102'])('offset %s, which lies outside of its batch, cannot be resolved', (offset) => {
  const slice = givenSlice([['a', 'b']])
  const thrown: unknown[] = []
  const eachBatch = ({ resolveOffset }: EachBatchPayload): void => {
    try {
      resolveOffset(offset)
    } catch (error) {
      thrown.push(error)
    }
  }
  const given = givenHandling({ eachBatch }, [slice])
  stepAll(given)
  const message = `Cannot resolve ${offset}: the batch has the offsets 100 to 101`
  expect([thrown, given.ends]).toEqual([[expect.objectContaining({ code: 'INVALID_CONFIG', message })], []])
})

test('eachBatch gets at most max.poll.records at once', () => {
  const slice = givenSlice([['a', 'b', 'c']])
  const batches: string[][] = []
  const given = givenHandling(
    { eachBatch: ({ batch }) => void batches.push([...batch].map(({ value }) => String(value))) },
    [slice],
  )
  stepAll(given)
  expect([batches, given.handled, slice.returns]).toEqual([[['a', 'b'], ['c']], [102, 103], 1])
})

test('a record that a handler did not look at counts as handled', () => {
  const given = givenHandling({ eachBatch: () => {} }, [givenSlice([['a', 'b', 'c']])])
  stepAll(given)
  expect(given.handled).toEqual([102, 103])
})

test('a batch is over when its handler returns', () => {
  const kept: unknown[] = []
  const given = givenHandling({ eachBatch: ({ batch }) => void kept.push(batch) }, [givenSlice([['a']])])
  stepAll(given)
  expect([...(kept[0] as Iterable<unknown>)]).toEqual([])
})

test('one step of eachMessage hands over at most max.poll.records', () => {
  const values: string[] = []
  const given = givenHandling({ eachMessage: ({ message }) => void values.push(String(message.value)) }, [
    givenSlice([['a', 'b', 'c']]),
  ])
  given.handling.step()
  expect(values).toEqual(['a', 'b'])
})

test('while a promise is pending nothing else is handed over', async () => {
  let finish: () => void = () => {}
  const seen: string[] = []
  const eachMessage = ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
    seen.push(String(message.value))
    return new Promise((resolve) => {
      finish = resolve
    })
  }
  const slice = givenSlice([['a', 'b']])
  const given = givenHandling({ eachMessage }, [slice])
  given.handling.step()
  expect([given.handling.step(), given.handling.isWaiting, seen, given.handled]).toEqual([false, true, ['a'], []])
  finish()
  await nextTurn()
  // What the promise says is taken up in a step, not when it settles.
  expect([given.wakes, given.handled]).toEqual([1, []])
  expect([given.handling.step(), given.handled, seen]).toEqual([true, [101], ['a', 'b']])
})

test.each<[string, RecordHandler]>([
  [
    'throws',
    {
      eachMessage: () => {
        throw new Error('no')
      },
    },
  ],
  ['rejects', { eachBatch: () => Promise.reject(new Error('no')) }],
])('a handler that %s ends the handling, puts the slice back and marks nothing as handled', async (_how, handler) => {
  const slice = givenSlice([['a']])
  const given = givenHandling(handler, [slice, givenSlice([['b']])])
  given.handling.step()
  await nextTurn()
  given.handling.step()
  expect(given.ends).toEqual([{ type: 'handler', cause: new Error('no') }])
  expect([slice.returns, given.handled, given.handling.step()]).toEqual([0, [], false])
  expect(given.source.take()).toMatchObject({ memory: slice.memory, fetchOffset: slice.fetchOffset })
})

test('a partition that cannot be read on ends the handling', () => {
  const given = givenHandling({ eachMessage: () => {} }, [givenSlice([], { error: 'KAFKA_STORAGE_ERROR' })])
  expect(given.handling.step()).toBe(false)
  expect(given.ends).toMatchObject([{ type: 'partition', slice: { error: 'KAFKA_STORAGE_ERROR', partition: 3 } }])
})

test('the rest of a slice that was sought away from is not handed over', () => {
  const slice = givenSlice([['a', 'b', 'c']])
  const values: string[] = []
  const given = givenHandling({ eachMessage: ({ message }) => void values.push(String(message.value)) }, [slice], 1)
  given.handling.step()
  given.source.epoch = 1
  given.source.slices.push(givenSlice([['x']], { epoch: 1 }))
  stepAll(given)
  expect([values, slice.returns]).toEqual([['a', 'x'], 1])
})

test('a handler that seeks gets no further record of what was fetched before', () => {
  const slice = givenSlice([['a', 'b', 'c']])
  const values: string[] = []
  const seeking = givenHandling(
    {
      eachMessage: ({ message }) => {
        values.push(String(message.value))
        seeking.source.epoch = 1
      },
    },
    [slice],
    10,
  )
  stepAll(seeking)
  expect([values, slice.returns]).toEqual([['a'], 1])
})

test('a move is handled as far as it goes, and does not end what there is to do', () => {
  const values: string[] = []
  const move = { ...givenSlice([['x']]), bytes: 0, fetchOffset: 500 }
  const given = givenHandling({ eachMessage: ({ message }) => void values.push(String(message.value)) }, [
    move,
    givenSlice([['a']]),
  ])
  stepAll(given)
  expect([values, given.handled]).toEqual([['a'], [500, 101]])
})

test('a stop takes nothing from a handler that is still at work, and its call counts when it has ended', async () => {
  let finish: () => void = () => {}
  const eachBatch = (): Promise<void> =>
    new Promise((resolve) => {
      finish = resolve
    })
  const slice = givenSlice([['a']])
  const given = givenHandling({ eachBatch }, [slice])
  given.handling.step()
  given.handling.stop()
  expect(slice.returns).toBe(0)
  finish()
  await nextTurn()
  expect([given.handling.step(), slice.returns, given.handled]).toEqual([false, 1, [101]])
})

test('a stop behind a promise that was kept counts what was handled, though no step has noted it', async () => {
  const slice = givenSlice([['a']])
  const given = givenHandling({ eachBatch: async () => {} }, [slice])
  given.handling.step()
  await nextTurn()
  given.handling.stop()
  expect([given.handled, slice.returns, given.handling.step()]).toEqual([[101], 1, false])
})

test('a stop in the middle of the call leaves the handler what it was lent', async () => {
  let finish: () => void = () => {}
  const slice = givenSlice([['a']])
  const stopping = givenHandling(
    {
      eachBatch: () => {
        stopping.handling.stop()
        expect([slice.returns, stopping.handling.held]).toEqual([0, slice.index])
        return new Promise<void>((resolve) => {
          finish = resolve
        })
      },
    },
    [slice],
  )
  stopping.handling.step()
  expect(slice.returns).toBe(0)
  finish()
  await nextTurn()
  expect([stopping.handling.step(), slice.returns, stopping.handling.held]).toEqual([false, 1, -1])
})

test('a stop in the middle of a call that promises nothing takes back what was lent when it returns, and the call counts', () => {
  const slice = givenSlice([['a', 'b']])
  const stopping = givenHandling({ eachMessage: () => stopping.handling.stop() }, [slice])
  expect([stepAll(stopping), slice.returns, stopping.handled]).toEqual([1, 1, [101]])
})

function thatThrows(object: object, whenAskedFor: string): object {
  return Object.defineProperty(object, whenAskedFor, {
    get() {
      throw new Error('It was asked')
    },
  })
}

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

test.each<[string, () => unknown]>([
  ['a revoked proxy', revoked],
  ['an object that throws when it is asked for its then', () => thatThrows({}, 'then')],
  ['a promise that throws when it is asked for its constructor', () => thatThrows(Promise.resolve(), 'constructor')],
])('a handler that returns %s has thrown', async (_what, make) => {
  const slice = givenSlice([['a']])
  const given = givenHandling({ eachMessage: make as () => void }, [slice])
  given.handling.step()
  await nextTurn()
  stepAll(given)
  expect(given.ends).toEqual([{ type: 'handler', cause: expect.any(Error) }])
  expect([slice.returns, given.source.take()?.memory]).toEqual([0, slice.memory])
})

test('the rest of a slice is put back when its partition is paused, and goes on where it was', () => {
  const slice = givenSlice([['a', 'b', 'c']])
  const values: string[] = []
  const given = givenHandling({ eachMessage: ({ message }) => void values.push(String(message.value)) }, [slice], 1)
  given.handling.step()
  given.source.arePaused = true
  expect([given.handling.step(), values, slice.returns]).toEqual([false, ['a'], 0])
  given.source.arePaused = false
  stepAll(given)
  expect([values, slice.returns]).toEqual([['a', 'b', 'c'], 1])
})

test('a handler that pauses its partition gets no further record of it', () => {
  const values: string[] = []
  const pausing = givenHandling(
    {
      eachMessage: ({ message }) => {
        values.push(String(message.value))
        pausing.source.arePaused = true
      },
    },
    [givenSlice([['a', 'b', 'c']])],
    10,
  )
  stepAll(pausing)
  expect([values, pausing.handled]).toEqual([['a'], [101]])
})

test('a thenable that is not a Promise is waited for', async () => {
  const log: string[] = []
  const thenable = {
    // biome-ignore lint/suspicious/noThenProperty: it is what is tested.
    then: (done: () => void): void => {
      setImmediate(() => {
        log.push('done')
        done()
      })
    },
  }
  const eachMessage = (): Promise<void> => {
    log.push('begin')
    return thenable as unknown as Promise<void>
  }
  const given = givenHandling({ eachMessage }, [givenSlice([['a', 'b']])])
  stepAll(given)
  expect(log).toEqual(['begin'])
  await nextTurn()
  await nextTurn()
  stepAll(given)
  expect(log).toEqual(['begin', 'done', 'begin'])
})
