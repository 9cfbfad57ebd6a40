import { expect, test } from 'vitest'
import { type Timestamp, timestamp } from '../../../../src/base/ids.js'
import type {
  EachBatchPayload,
  HandlingEnd,
  RecordHandler,
  RunOptions,
} from '../../../../src/client/consumer/handler.js'
import { HandlerFailures } from '../../../../src/client/consumer/handler-failures.js'
import { Handling } from '../../../../src/client/consumer/handling.js'
import type { DeadLetter, DeadLetterSink } from '../../../../src/client/dead-letters/dead-letters.js'
import { GivenSource, givenSlice } from './fetching/given-slices.js'

interface GivenPolicy extends RunOptions {
  readonly sink?: Pick<DeadLetterSink, 'write'>
}

/** A handler of one slice of a, b and c, from offset 100 on, under a policy; time is the test's. */
function given(handler: RecordHandler, { errorPolicy = {}, sink, eachBatchAutoResolve = true }: GivenPolicy = {}) {
  const source = new GivenSource(givenSlice([['a', 'b', 'c']]))
  const ends: HandlingEnd[] = []
  const clock = { time: timestamp(1000), now: (): Timestamp => clock.time }
  const failures = new HandlerFailures({
    retries: errorPolicy.retries ?? 0,
    backoffMs: errorPolicy.backoffMs ?? 300,
    deadLetters: (sink as DeadLetterSink) ?? null,
    partitions: source,
    clock,
  })
  const handling = new Handling({
    source,
    handler,
    options: { 'max.poll.records': 10, 'odradek.lend': 'shared' },
    wake: () => {},
    onEnd: (end) => ends.push(end),
    failures,
    autoResolves: eachBatchAutoResolve,
    mayHandOver: () => !failures.isWaiting,
  })
  const run = (): void => {
    for (let step = 0; step < 20 && handling.step(); step++);
  }
  return { source, ends, clock, handling, failures, run }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Fails so often at `b`, and notes what it was called with. */
function failing(times: number): { handler: RecordHandler; seen: string[] } {
  const seen: string[] = []
  let left = times
  const eachMessage = ({ message }: { message: { value: Buffer | null } }): void => {
    seen.push(String(message.value))
    if (String(message.value) !== 'b' || left === 0) return
    left -= 1
    throw new Error('no b')
  }
  return { handler: { eachMessage }, seen }
}

test('without a policy the first failure ends the run, and the record is not handled', () => {
  const { handler, seen } = failing(1)
  const { run, ends, source } = given(handler)
  run()
  expect([seen, ends, source.handledTo]).toEqual([['a', 'b'], [{ type: 'handler', cause: new Error('no b') }], [101]])
  expect(source.take()?.fetchOffset).toBe(101)
})

test('a record is handed out again after backoffMs, as often as retries say, and before all behind it', () => {
  const { handler, seen } = failing(2)
  const { run, ends, clock, failures, source } = given(handler, { errorPolicy: { retries: 2, backoffMs: 50 } })
  run()
  expect([seen, failures.due]).toEqual([['a', 'b'], 1050])
  clock.time = timestamp(1049)
  run()
  expect(seen).toEqual(['a', 'b'])
  clock.time = timestamp(1050)
  run()
  clock.time = timestamp(1100)
  run()
  expect([seen, ends, source.handledTo]).toEqual([['a', 'b', 'b', 'b', 'c'], [], [101, 102, 103]])
})

test.each(['sought elsewhere', 'given up'])('backoffMs is over at once when the partition is %s', (how) => {
  const { handler } = failing(1)
  const { run, failures, source } = given(handler, { errorPolicy: { retries: 1, backoffMs: 60_000 } })
  run()
  expect([failures.isWaiting, failures.expected]).toEqual([true, 1])
  if (how === 'given up') source.at = () => undefined
  else source.epoch = 1
  expect([failures.isWaiting, failures.expected]).toEqual([false, -1])
})

test('a record that has failed for good is a dead letter where there is a sink, and the next one is handled', async () => {
  const letters: DeadLetter[] = []
  const sink = { write: async (written: readonly DeadLetter[]) => void letters.push(...written) }
  const { handler, seen } = failing(9)
  const { run, ends, source } = given(handler, { sink })
  run()
  await nextTurn()
  run()
  expect([seen, ends, source.handledTo]).toEqual([['a', 'b', 'c'], [], [101, 102, 103]])
  expect(letters).toMatchObject([
    {
      topic: 'orders',
      partition: 3,
      key: Buffer.from('kb'),
      value: Buffer.from('b'),
      attempts: 1,
      isSerialized: true,
      error: { name: 'Error', code: null, message: 'no b', retriable: false },
    },
  ])
})

test('a dead letter that is not kept ends the run: no record is skipped in silence', async () => {
  const sink = { write: () => Promise.reject(new Error('the disk is full')) }
  const { handler } = failing(9)
  const { run, ends, source } = given(handler, { sink })
  run()
  await nextTurn()
  run()
  const cause = { message: 'no b', deadLetterError: { message: 'the disk is full' } }
  expect([ends, source.handledTo]).toMatchObject([[{ type: 'handler', cause }], [101]])
})

test('of a batch, what was resolved is handled, and the rest becomes dead letters', async () => {
  const letters: DeadLetter[] = []
  const sink = { write: async (written: readonly DeadLetter[]) => void letters.push(...written) }
  const eachBatch = ({ resolveOffset }: EachBatchPayload): void => {
    resolveOffset('100')
    throw new Error('no')
  }
  const { run, source } = given({ eachBatch }, { sink })
  run()
  await nextTurn()
  run()
  expect(letters.map(({ value }) => String(value))).toEqual(['b', 'c'])
  expect(source.handledTo).toEqual([101, 103])
})

test('without eachBatchAutoResolve, what is not resolved is handed out again', () => {
  const seen: string[][] = []
  const eachBatch = ({ batch, resolveOffset }: EachBatchPayload): void => {
    seen.push([...batch].map(({ value }) => String(value)))
    resolveOffset(seen.length === 1 ? 100 : 102)
  }
  const { run, source } = given({ eachBatch }, { eachBatchAutoResolve: false })
  run()
  expect([seen, source.handledTo.at(-1)]).toEqual([
    [
      ['a', 'b', 'c'],
      ['b', 'c'],
    ],
    103,
  ])
})

test('a batch says whether it is stale, and whether the handler goes on', () => {
  const said: boolean[] = []
  const eachBatch = ({ isStale, isRunning }: EachBatchPayload): void => {
    said.push(isStale(), isRunning())
    source.epoch = 1
    handling.stop()
    said.push(isStale(), isRunning())
  }
  const { source, handling, run } = given({ eachBatch })
  run()
  expect(said).toEqual([false, true, true, false])
})

test('what is no offset is not resolved', () => {
  const eachBatch = ({ resolveOffset }: EachBatchPayload): void => resolveOffset('many')
  const { run, ends } = given({ eachBatch })
  run()
  expect(ends).toMatchObject([{ cause: { code: 'INVALID_CONFIG', option: 'offset' } }])
})
