import { expect, test } from 'vitest'
import { parseConsumerOptions } from '../../../../src/base/config/consumer-options.js'
import type { ErrorCode } from '../../../../src/base/error-code.js'
import { ClosedError } from '../../../../src/base/errors.js'
import { timestamp } from '../../../../src/base/ids.js'
import { Memory } from '../../../../src/base/memory.js'
import type { AssignedPartition } from '../../../../src/client/consumer/assigned-partitions.js'
import { ConsumerFront } from '../../../../src/client/consumer/consumer-front.js'
import { type FetchedSlice, takeNext } from '../../../../src/client/consumer/fetching/fetched-slice.js'
import { ApplicationCounters } from '../../../../src/client/consumer/metrics/application-counters.js'
import type { CallEnd, PartitionAssignment } from '../../../../src/protocol/inner/consumer-words.js'
import { NOT_LENT, type TakenSlice } from '../../../../src/protocol/inner/take.js'
import { ScriptedActor } from '../../../support/scripted-actor.js'
import { Stage } from '../../../support/stage.js'

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * A front to which partitions 0 and 1 of `orders` are assigned, and the consumer's thread that the test plays: it knows
 * of no position after a seek but this one, and ends the assignment of `late` with a timeout that says this.
 */
async function givenFront({ position = 500, says = '' } = {}): Promise<{
  stage: Stage
  front: ConsumerFront
  thread: ScriptedActor
  at: (partition: number) => AssignedPartition
  give: (...slices: (number | { index: number; epoch: number; move?: number })[]) => void
  /** By itself; it is told with the slices that are given next. */
  changeAssignment: (...partitions: readonly PartitionAssignment[]) => void
  /** Lets what was asked be answered, and whoever waits for it go on. */
  settle: () => Promise<void>
}> {
  const stage = new Stage()
  let news = 0
  let ended: CallEnd[] = []
  let assigned: PartitionAssignment[] = []
  let told = 0
  const answerTake = (slices: readonly TakenSlice[] = []): void => {
    told = news
    thread.answerWhere((body) => (body.api === 'Take' ? { api: 'Take', slices, news } : null))
  }
  const end = (call: number, error: ErrorCode = 'NONE', why = ''): void => {
    news += 1
    ended.push({ call, error, says: why })
    if (thread.unanswered('Take').length > 0) answerTake()
  }
  const thread: ScriptedActor = new ScriptedActor((body) => {
    if (body.api === 'Pause') return { api: 'Pause' }
    if (body.api === 'Hurry') {
      if (thread.unanswered('Take').length > 0) answerTake()
      return { api: 'Hurry' }
    }
    if (body.api === 'News') {
      const told = ended
      ended = []
      return { api: 'News', partitions: assigned, ended: told }
    }
    if (body.api === 'Seek') {
      const { call, index, epoch } = body
      assigned = assigned.map((one) => (one.index === index ? { ...one, epoch, position } : one))
      end(call, position < 0 ? 'REQUEST_TIMED_OUT' : 'NONE', says)
      return { api: 'Seek' }
    }
    if (body.api === 'Take' && news !== told) {
      told = news
      return { api: 'Take', slices: [], news }
    }
    if (body.api !== 'Assign') return null
    assigned = body.topics.includes('late')
      ? []
      : [0, 1].map((partition) => ({ topic: 'orders', partition, index: partition, epoch: 0, position: 100 }))
    end(body.call, assigned.length === 0 ? 'REQUEST_TIMED_OUT' : 'NONE', says)
    return { api: 'Assign' }
  })
  const counters = new ApplicationCounters({ now: () => stage.now }, parseConsumerOptions({}))
  const front = new ConsumerFront({ consumer: 'consumer-0', ownBell: { ring: () => {} }, counters })
  stage.seat('consumer-0', thread)
  stage.seat('client-0', front)
  const settle = async (): Promise<void> => {
    for (let time = 0; time < 4; time++) {
      stage.settle()
      await settled()
    }
  }
  const assigning = front.assign({ topics: ['orders'], partitions: [], reset: null })
  await settle()
  await assigning
  front.wantSlices()
  stage.settle()
  let lease = 0
  const changeAssignment = (...partitions: readonly PartitionAssignment[]): void => {
    news += 1
    assigned = [...partitions]
  }
  const give = (...given: (number | { index: number; epoch: number; move?: number })[]): void => {
    const [take] = thread.unanswered('Take')
    const slices = given.map((slice): TakenSlice => {
      const { index, epoch, move } = typeof slice === 'number' ? { index: slice, epoch: 0, move: undefined } : slice
      const said = { index, epoch, error: 'NONE', position: 0, highWatermark: 200 } as const
      if (move !== undefined) return { ...said, bytes: 0, memoryId: NOT_LENT, lease: NOT_LENT, fetchOffset: move }
      lease += 1
      take!.connection.lend(lease, Memory.allocate(8))
      return { ...said, bytes: 8, memoryId: lease, lease, fetchOffset: 100 }
    })
    answerTake(slices)
    stage.settle()
  }
  const at = (partition: number): AssignedPartition =>
    front.assigned.find({ topic: 'orders', partition }) as AssignedPartition
  return { stage, front, thread, at, give, changeAssignment, settle }
}

const STOPPED = new ClosedError('It is closed')

test('slices are taken in the order in which they came, and asked for again when none is left', async () => {
  const { stage, front, thread, give } = await givenFront()
  give(0, 1)
  expect(thread.unanswered('Take')).toHaveLength(0)
  expect([front.slices.take()?.partition, front.slices.take()?.partition, front.slices.take()]).toEqual([0, 1, null])
  stage.settle()
  expect(thread.unanswered('Take')).toHaveLength(1)
})

test('slices of a paused partition wait, and hold up no other partition', async () => {
  const { front, thread, at, give, settle } = await givenFront()
  give(0)
  const paused = front.pause([at(0)], true)
  await settle()
  await paused
  expect([front.slices.take(), thread.unanswered('Take').length]).toEqual([null, 1])
  give(1)
  expect([front.slices.take()?.partition, front.slices.take()]).toEqual([1, null])
  void front.pause([at(0)], false)
  expect(front.slices.take()?.partition).toBe(0)
})

test('a seek drops what was brought here before it, from its call on', async () => {
  const { front, at, give, settle } = await givenFront()
  give(0, 1)
  const sought = front.seek(at(0), 500)
  expect([front.slices.take()?.partition, front.slices.take(), at(0).position]).toEqual([1, null, 500])
  await settle()
  await sought
  give(0, { index: 0, epoch: 1 })
  expect([front.slices.take()?.epoch, front.slices.take()]).toEqual([1, null])
})

test('a position that is looked up is not known meanwhile', async () => {
  const { front, at, settle } = await givenFront({ position: 7 })
  const sought = front.seek(at(0), 'earliest')
  expect(front.assigned.positionOf(at(0))).toBe(-1)
  await settle()
  await sought
  expect(front.assigned.positionOf(at(0))).toBe(7)
})

test('a seek whose position nobody can tell in time is told so, and what comes of it later is handed out', async () => {
  const { front, at, give, settle } = await givenFront({ position: -1, says: 'nobody leads it' })
  const outcome = front.seek(at(0), 'earliest').catch((error: Error) => [error.name, error.message])
  await settle()
  expect(await outcome).toEqual(['TimeoutError', 'nobody leads it'])
  give(0)
  expect(front.slices.take()).toBeNull()
  give({ index: 0, epoch: 1 })
  expect(front.slices.take()?.partition).toBe(0)
})

test('a move is not a slice to hand out: it says where the position is, once what came before it is handed out', async () => {
  const { front, at, give } = await givenFront()
  give(0, { index: 0, epoch: 0, move: 7 }, 1)
  const first = front.slices.take() as FetchedSlice
  front.slices.handled(first, 110)
  expect([at(0).position, takeNext(front.slices)?.partition, at(0).position]).toEqual([110, 1, 7])
})

test('an assignment that is not made in time leaves nothing assigned', async () => {
  const { front, settle } = await givenFront({ says: 'Within default.api.timeout.ms (60000 ms) nobody answered' })
  const assigned = front.assign({ topics: ['late'], partitions: [], reset: null })
  const outcome = assigned.catch((error: Error) => [error.name, error.message])
  await settle()
  expect(await outcome).toEqual(['TimeoutError', 'Within default.api.timeout.ms (60000 ms) nobody answered'])
  expect(front.assigned.all).toEqual([])
})

test('a take that waits for news alone is hurried when slices are wanted', async () => {
  const { stage, front, thread, at, give } = await givenFront()
  give(0)
  // A call that has begun asks for news, though there is a slice to hand out.
  thread.script = ({ api }) => (api === 'Seek' ? { api } : null)
  front.seek(at(1), 'earliest').catch(() => {})
  stage.settle()
  expect(thread.unanswered('Take').map(({ body }) => body.slices)).toEqual([false])
  front.slices.take()
  stage.settle()
  expect(thread.unanswered('Hurry')).toHaveLength(1)
})

test('a pull ends with a slice, or with its deadline', async () => {
  const { stage, front, give } = await givenFront()
  const first = front.nextSlice(timestamp(stage.now + 50))
  stage.settle()
  give(1)
  expect((await first)?.partition).toBe(1)
  const second = front.nextSlice(timestamp(stage.now + 50))
  stage.pass(50)
  expect(await second).toBeNull()
})

test("everything pending fails when the consumer's thread ends", async () => {
  const { stage, front, at } = await givenFront()
  const { begun, ended } = front.run({ module: 'x' })
  const outcome = Promise.all([begun, ended].map((promise) => promise.catch((error: Error) => error.message)))
  stage.settle()
  stage.kill('consumer-0')
  await settled()
  expect(await outcome).toEqual(Array(2).fill("The consumer's thread has ended"))
  await expect(front.seek(at(0), 1)).rejects.toThrow("The consumer's thread has ended")
})

test('a front that stops gives back what it holds, and asks for no more', async () => {
  const { stage, front, thread, give } = await givenFront()
  const { connection } = thread.unanswered('Take')[0]!
  give(0, 1)
  const open = front.slices.take() as FetchedSlice
  const stopped = front.stop([0], STOPPED)
  stage.settle()
  expect(thread.unanswered('Stop').map(({ body }) => body.held)).toEqual([[0]])
  expect([connection.givenBack(0), connection.givenBack(1)]).toEqual([0, 2])
  open.giveBack()
  expect(connection.givenBack(0)).toBe(1)
  thread.answer({ api: 'Stop' })
  stage.settle()
  await stopped
  expect(thread.unanswered('Take')).toEqual([])
})

test('a slice that comes to a front that has stopped goes back at once', async () => {
  const { front, thread, give } = await givenFront()
  const { connection } = thread.unanswered('Take')[0]!
  void front.stop([], STOPPED)
  give(0)
  expect([front.slices.take(), connection.givenBack(0)]).toEqual([null, 1])
})

test('every call that waits fails when a front stops, and nobody waits for the other half to be done with it', async () => {
  const { stage, front, thread, at } = await givenFront()
  thread.script = () => null
  const pending = [
    front.assign({ topics: ['orders'], partitions: [], reset: null }),
    front.seek(at(0), 'earliest'),
    front.pause([at(0)], true),
  ]
  const outcomes = Promise.allSettled(pending)
  const pull = front.nextSlice(timestamp(Number.POSITIVE_INFINITY))
  stage.settle()
  void front.stop([0], STOPPED)
  expect(await outcomes).toEqual(pending.map(() => ({ status: 'rejected', reason: STOPPED })))
  expect(await pull).toBeNull()
})

test('records of a partition that the other half has assigned by itself are handed out, and those of one that it has taken away are not', async () => {
  const { front, thread, at, give, changeAssignment, settle } = await givenFront()
  await Promise.all([front.pause([at(1)], true), settle()])
  give(0)
  changeAssignment(
    { topic: 'orders', partition: 0, index: 2, epoch: 0, position: 0 },
    { topic: 'orders', partition: 1, index: 3, epoch: 0, position: 0 },
  )
  front.slices.take()
  await settle()
  give({ index: 2, epoch: 0 }, { index: 3, epoch: 0 }, 0)
  await settle()
  expect(front.assigned.all.map(({ index, position, isPaused }) => ({ index, position, isPaused }))).toEqual([
    { index: 2, position: 0, isPaused: false },
    { index: 3, position: 0, isPaused: true },
  ])
  expect([front.slices.take()?.index, front.slices.take()]).toEqual([2, null])
  const told = thread.messages.flatMap((message) => (message.type === 'request' ? [message.body] : []))
  expect(told.filter(({ api }) => api === 'Pause')).toEqual([
    { api: 'Pause', indexes: [1] },
    { api: 'Pause', indexes: [3] },
  ])
})

test('a position is not moved by records of before a seek', async () => {
  const { front, at, give, settle } = await givenFront()
  give(0)
  const slice = front.slices.take() as FetchedSlice
  front.slices.handled(slice, 110)
  expect(at(0).position).toBe(110)
  await Promise.all([front.seek(at(0), 500), settle()])
  front.slices.handled(slice, 120)
  expect(at(0).position).toBe(500)
})

test('an index that another partition had before says nothing of that one', async () => {
  const { front, give, changeAssignment, settle } = await givenFront()
  changeAssignment({ topic: 'users', partition: 5, index: 0, epoch: 1, position: 7 })
  give(0, { index: 0, epoch: 1 })
  await settle()
  expect([
    front.slices.take()?.topic,
    front.slices.take(),
    front.assigned.find({ topic: 'users', partition: 5 })?.position,
  ]).toEqual(['users', null, 7])
})
