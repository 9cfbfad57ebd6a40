import { expect, test } from 'vitest'
import { KafkaError } from '../../../../src/base/errors.js'
import { DeadLetterOffice } from '../../../../src/client/dead-letters/dead-letter-office.js'
import type { DeadLetter, DeadLetterFailure, DeadLetterSink } from '../../../../src/client/dead-letters/dead-letters.js'
import { ANY_LETTER } from '../../../support/letters.js'
import { HandClock } from '../batches/given-accumulator.js'

const outside = <Value>(promise: Promise<Value>): Promise<Value> => promise

interface Given {
  readonly office: DeadLetterOffice
  readonly happened: string[]
  readonly failures: DeadLetterFailure[]
}

/** An office whose sink fails on the writes with these numbers. */
function givenOffice(failing: readonly number[] = []): Given {
  const happened: string[] = []
  const failures: DeadLetterFailure[] = []
  let writes = 0
  const sink = {
    async write(letters: readonly DeadLetter[]): Promise<void> {
      happened.push(`write ${letters.length}`)
      writes += 1
      if (failing.includes(writes)) throw new Error(`write ${writes} failed`)
    },
    async *read(): AsyncGenerator<DeadLetter> {},
    async close(): Promise<void> {
      happened.push('close')
    },
  }
  const onFailure = (failure: DeadLetterFailure): void => void failures.push(failure)
  const after = () => ({ cancel: () => {} })
  const office = new DeadLetterOffice({ sink, clock: new HandClock(), outside, after, onFailure })
  return { office, happened, failures }
}

const many = (count: number) => (): IterableIterator<DeadLetter> =>
  new Array<DeadLetter>(count).fill(ANY_LETTER).values()
const letterOf = (value: Buffer) => (): IterableIterator<DeadLetter> => [{ ...ANY_LETTER, value }].values()

test('records that fail together are written together, in pieces, and told in their order', async () => {
  const { office, happened } = givenOffice()
  for (const count of [600, 0, 400, 2_100, 1]) {
    office.keep(new Error('failed'), many(count), () => happened.push(`tell ${count}`))
  }

  await office.close()

  const told = ['write 1000', 'tell 600', 'tell 0', 'write 1000', 'tell 400', 'write 1000', 'write 101', 'tell 2100']
  expect(happened).toEqual([...told, 'tell 1', 'close'])
})

test('a write that fails is told with the errors of its own letters alone', async () => {
  const { office, failures } = givenOffice([2])
  const errors = [900, 900, 900].map((count) => {
    const error = new KafkaError('REQUEST_TIMED_OUT')
    office.keep(error, many(count), () => {})
    return error
  })

  await office.idle()

  expect(errors.map(({ deadLetterError }) => deadLetterError?.message)).toEqual([
    undefined,
    'write 2 failed',
    'write 2 failed',
  ])
  expect(failures).toMatchObject([{ error: { message: 'write 2 failed' }, letters: { length: 1_000 } }])
})

test.each([
  ['values', { value: Buffer.alloc(3_000_000) }],
  ['headers', { headers: [{ key: 'h', value: Buffer.alloc(3_000_000) }] }],
])('letters share a write up to so many bytes of %s', async (_, large) => {
  const { office, happened } = givenOffice()
  const lettersOf = () => [{ ...ANY_LETTER, ...large }].values()
  for (const name of ['a', 'b', 'c']) office.keep(null, lettersOf, () => happened.push(name))

  await office.idle()

  expect(happened).toEqual(['write 2', 'a', 'write 1', 'b', 'c'])
})

test('records that produce throws for are kept up to a limit, and beyond it told as not kept', async () => {
  const { office, happened, failures } = givenOffice()
  const error = new KafkaError('MESSAGE_TOO_LARGE')
  const value = Buffer.alloc(30_000_000)
  for (let times = 0; times < 3; times++) office.keepThrown(error, letterOf(value), () => {})

  await office.idle()

  expect(happened).toEqual(['write 1', 'write 1'])
  expect(failures).toMatchObject([{ error: error.deadLetterError, letters: { length: 1 } }])
})

test('small records that produce throws for have a limit as well', async () => {
  const { office, failures } = givenOffice()
  const error = new KafkaError('MESSAGE_TOO_LARGE')
  for (let times = 0; times < 300_000; times++) office.keepThrown(error, many(1), () => {})

  await office.idle()

  expect(failures.length).toBeGreaterThan(30_000)
})

test('a failure of which no letters can be made is told as not kept, and holds nobody up', async () => {
  const { office, happened, failures } = givenOffice()
  const errors = [new KafkaError('REQUEST_TIMED_OUT'), new KafkaError('REQUEST_TIMED_OUT')]
  const unreadable = (): never => {
    throw new Error('no records')
  }
  office.keep(
    errors[0],
    () => ({ ...many(1)(), next: unreadable }) as IterableIterator<DeadLetter>,
    () => {},
  )
  office.keep(errors[1], many(1), () => happened.push('tell'))

  await office.idle()

  expect(happened).toEqual(['write 1', 'tell'])
  expect(errors.map(({ deadLetterError }) => deadLetterError?.message)).toEqual(['no records', undefined])
  expect(failures).toMatchObject([{ error: { message: 'no records' }, letters: [] }])
})

interface Stuck {
  readonly office: DeadLetterOffice
  readonly failures: DeadLetterFailure[]
  /** By write. */
  readonly writes: (() => void)[]
  /** Those that are running. */
  readonly timers: Set<{ readonly ms: number; readonly run: () => void }>
}

/** An office whose sink settles when it is told to. */
function givenStuck(sinkParts: Partial<DeadLetterSink> = {}): Stuck {
  const failures: DeadLetterFailure[] = []
  const writes: Stuck['writes'] = []
  const timers: Stuck['timers'] = new Set()
  const sink: DeadLetterSink = {
    write: () => new Promise((resolve) => void writes.push(resolve)),
    async *read(): AsyncGenerator<DeadLetter> {},
    close: async () => {},
    ...sinkParts,
  }
  const after = (ms: number, run: () => void) => {
    const timer = { ms, run }
    timers.add(timer)
    return { cancel: () => void timers.delete(timer) }
  }
  const onFailure = (failure: DeadLetterFailure): void => void failures.push(failure)
  return {
    office: new DeadLetterOffice({ sink, clock: new HandClock(), outside, after, onFailure }),
    failures,
    writes,
    timers,
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const NOT_IN_TIME = 'The sink of the dead letters did not write within 30000 ms'
const NOT_ENDED = 'The sink of the dead letters has not ended an earlier write yet'

test('a write that does not settle has failed after a while, and the next ones fail until it does', async () => {
  const { office, failures, writes, timers } = givenStuck()
  const errors = [1, 2, 3].map(() => new KafkaError('REQUEST_TIMED_OUT'))
  const told: number[] = []
  const keep = (number: number): void => office.keep(errors[number], many(1), () => told.push(number))
  keep(0)
  await turn()
  expect([told, [...timers].map(({ ms }) => ms)]).toEqual([[], [30_000]])

  for (const { run } of timers) run()
  await office.idle()
  keep(1)
  await office.idle()
  writes[0]!()
  await turn()
  keep(2)
  await turn()
  writes[1]!()
  await office.close()

  expect(told).toEqual([0, 1, 2])
  expect(errors.map(({ deadLetterError }) => deadLetterError?.message)).toEqual([NOT_IN_TIME, NOT_ENDED, undefined])
  expect(failures).toMatchObject([{ letters: [ANY_LETTER] }, { letters: [ANY_LETTER] }])
  expect([writes.length, timers.size]).toEqual([2, 0])
})

test('a sink that does not close is told, and does not keep its producer open', async () => {
  const { office, failures, timers } = givenStuck({ close: () => new Promise(() => {}) })
  const closed = office.close()
  await turn()

  for (const { run } of timers) run()

  await closed
  expect(failures).toMatchObject([
    {
      error: { code: 'REQUEST_TIMED_OUT', message: 'The sink of the dead letters did not close within 30000 ms' },
      letters: [],
    },
  ])
})

test('the time of the process does not count for a sink that lives in the cluster', async () => {
  const { office, writes, timers } = givenStuck({ livesInCluster: true })
  office.keep(null, many(1), () => {})
  await turn()

  expect([writes.length, timers.size]).toEqual([1, 0])
})

const OVER = 'The sink of the dead letters had not ended when the time to close was over'

test('all letters that wait are told when the time to close is over, and still go to the sink in their order', async () => {
  const { office, failures, writes, timers } = givenStuck()
  const errors = [1, 2, 3].map(() => new KafkaError('REQUEST_TIMED_OUT'))
  const told: number[] = []
  for (const [number, error] of errors.entries()) office.keep(error, many(1_000), () => told.push(number))
  await turn()

  office.giveUp()
  await office.close()

  expect([told, timers.size, writes.length]).toEqual([[0, 1, 2], 0, 1])
  expect(errors.map(({ deadLetterError }) => deadLetterError?.message)).toEqual([OVER, OVER, OVER])
  expect(failures.map(({ letters }) => letters.length)).toEqual([1_000, 1_000, 1_000])
  for (const count of [2, 3]) {
    writes[count - 2]!()
    await turn()
    expect(writes.length).toBe(count)
  }
})

test('a sink that hangs in its close is not waited for when the time to close is over', async () => {
  let closes = 0
  const { office, writes, timers } = givenStuck({
    close: () => {
      closes += 1
      return new Promise(() => {})
    },
  })
  office.keep(null, many(1), () => {})
  await turn()
  const closed = office.close()
  office.giveUp()
  await closed
  expect(closes).toBe(0)
  writes[0]!()
  await turn()
  expect([closes, timers.size]).toEqual([1, 0])
})

test('a sink that lives in the cluster is not waited for either, where the time to close is over', async () => {
  const { office } = givenStuck({ livesInCluster: true })
  const error = new KafkaError('REQUEST_TIMED_OUT')
  office.keep(error, many(1), () => {})
  await turn()
  office.giveUp()
  await office.idle()
  expect(error.deadLetterError?.message).toBe(OVER)
})
