import { expect, test } from 'vitest'
import { timestamp } from '../../../src/base/ids.js'
import { Memory } from '../../../src/base/memory.js'
import { ConsumerFront } from '../../../src/client/consumer-front.js'
import type { FetchedSlice } from '../../../src/client/fetched-slice.js'
import type { AssignedPartition } from '../../../src/protocol/messages.js'
import type { TakenSlice } from '../../../src/protocol/take.js'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * A front to which partitions 0 and 1 of `orders` are assigned, and the consumer's thread that the test plays: it answers a seek
 * with this position, and the assignment of `late` with a timeout that says this.
 */
async function givenFront({ position = 500, says = '' } = {}): Promise<{
  stage: Stage
  front: ConsumerFront
  thread: ScriptedActor
  give: (...slices: (number | { index: number; epoch: number })[]) => void
  /** By itself; it is told with the slices that are given next. */
  changeAssignment: (...partitions: readonly AssignedPartition[]) => void
}> {
  const stage = new Stage()
  let assignments = 0
  let assigned: readonly AssignedPartition[] = []
  const thread = new ScriptedActor((body) => {
    if (body.api === 'Pause') return { api: 'Pause' }
    if (body.api === 'Seek') return { api: 'Seek', epoch: 1, position }
    if (body.api === 'Assignment') return { api: 'Assignment', partitions: assigned }
    if (body.api !== 'Assign') return null
    if (body.topics.includes('late')) return { api: 'Assign', error: 'REQUEST_TIMED_OUT', says, partitions: [] }
    const partitions = [0, 1].map((partition) => ({
      topic: 'orders',
      partition,
      index: partition,
      epoch: 0,
      position: 100,
    }))
    return { api: 'Assign', error: 'NONE', says: '', partitions }
  })
  const front = new ConsumerFront({ consumer: 'consumer-0', ownBell: { ring: () => {} } })
  stage.seat('consumer-0', thread)
  stage.seat('client-0', front)
  const assigning = front.assign({ api: 'Assign', topics: ['orders'], partitions: [], reset: null })
  front.wantsSlices = true
  stage.settle()
  await assigning
  let lease = 0
  const changeAssignment = (...partitions: readonly AssignedPartition[]): void => {
    assignments += 1
    assigned = partitions
  }
  const give = (...given: (number | { index: number; epoch: number })[]): void => {
    const [take] = thread.unanswered('Take')
    const slices = given.map((slice): TakenSlice => {
      const { index, epoch } = typeof slice === 'number' ? { index: slice, epoch: 0 } : slice
      lease += 1
      const where = { memoryId: lease, position: 0, bytes: 8, lease, fetchOffset: 100, highWatermark: 200 }
      take!.connection.lend(lease, Memory.allocate(8))
      return { index, epoch, error: 'NONE', ...where }
    })
    thread.answerWhere((body) => (body.api === 'Take' ? { api: 'Take', slices, assignments } : null))
    stage.settle()
  }
  return { stage, front, thread, give, changeAssignment }
}

test('slices are taken in the order in which they came, and asked for again when none is left', async () => {
  const { stage, front, thread, give } = await givenFront()
  give(0, 1)
  expect(thread.unanswered('Take')).toHaveLength(0)
  expect([front.take()?.partition, front.take()?.partition, front.take()]).toEqual([0, 1, null])
  stage.settle()
  expect(thread.unanswered('Take')).toHaveLength(1)
})

test('slices of a paused partition wait, and hold up no other partition', async () => {
  const { stage, front, thread, give } = await givenFront()
  give(0)
  const paused = front.pause([0], true)
  stage.settle()
  await paused
  expect([front.take(), thread.unanswered('Take').length]).toEqual([null, 1])
  give(1)
  expect([front.take()?.partition, front.take()]).toEqual([1, null])
  const resumed = front.pause([0], false)
  stage.settle()
  await resumed
  expect(front.take()?.partition).toBe(0)
})

test('a seek drops what was brought here before it', async () => {
  const { stage, front, give } = await givenFront()
  give(0, 1)
  const sought = front.seek(0, 500)
  stage.settle()
  await sought
  expect([front.take()?.partition, front.take()]).toEqual([1, null])
  expect(front.find({ topic: 'orders', partition: 0 })?.position).toBe(500)
})

test('a seek whose position nobody can tell in time is told so, and what comes of it later is handed out', async () => {
  const { stage, front, give } = await givenFront({ position: -1 })
  const sought = front.seek(0, 'earliest')
  const outcome = sought.catch((error: Error) => [error.name, error.message])
  stage.settle()
  expect(await outcome).toEqual([
    'TimeoutError',
    expect.stringContaining("No leader of partition 0 of 'orders' has said where it is to be read from"),
  ])
  give(0)
  expect(front.take()).toBeNull()
  give({ index: 0, epoch: 1 })
  expect(front.take()?.partition).toBe(0)
})

test('an assignment that is not made in time leaves nothing assigned', async () => {
  const { stage, front } = await givenFront({ says: 'Within default.api.timeout.ms (60000 ms) nobody answered' })
  const assigned = front.assign({ api: 'Assign', topics: ['late'], partitions: [], reset: null })
  const outcome = assigned.catch((error: Error) => [error.name, error.message])
  stage.settle()
  expect(await outcome).toEqual(['TimeoutError', 'Within default.api.timeout.ms (60000 ms) nobody answered'])
  expect(front.assigned).toEqual([])
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
  const { stage, front } = await givenFront()
  const run = front.run({ module: 'x' })
  const outcome = run.catch((error: Error) => error.message)
  stage.settle()
  stage.kill('consumer-0')
  await settled()
  expect(await outcome).toBe("The consumer's thread has ended")
  await expect(front.seek(0, 1)).rejects.toThrow("The consumer's thread has ended")
})

test('a front that stops gives back what it holds, and asks for no more', async () => {
  const { stage, front, thread, give } = await givenFront()
  const { connection } = thread.unanswered('Take')[0]!
  give(0, 1)
  const open = front.take() as FetchedSlice
  const stopped = front.stop(1)
  stage.settle()
  expect(thread.unanswered('Stop').map(({ body }) => body.held)).toEqual([1])
  expect([connection.givenBack(0), connection.givenBack(1)]).toEqual([0, 2])
  open.giveBack()
  expect(connection.givenBack(0)).toBe(1)
  thread.answer({ api: 'Stop' })
  stage.settle()
  await stopped
  expect(thread.unanswered('Take')).toEqual([])
})

test('what comes to a front that has stopped goes back at once', async () => {
  const { front, thread, give } = await givenFront()
  const { connection } = thread.unanswered('Take')[0]!
  void front.stop(0)
  give(0)
  expect([front.take(), connection.givenBack(0)]).toEqual([null, 1])
})

test('what the other half has assigned by itself is handed out, and what it has taken away is not', async () => {
  const { stage, front, give, changeAssignment } = await givenFront()
  await Promise.all([front.pause([1], true), stage.settle()])
  give(0)
  changeAssignment(
    { topic: 'orders', partition: 0, index: 2, epoch: 0, position: 0 },
    { topic: 'orders', partition: 1, index: 3, epoch: 0, position: 0 },
  )
  front.take()
  stage.settle()
  give({ index: 2, epoch: 0 }, { index: 3, epoch: 0 }, 0)
  stage.settle()
  await settled()
  expect(front.assigned.map(({ index, position, isPaused }) => ({ index, position, isPaused }))).toEqual([
    { index: 2, position: 0, isPaused: false },
    { index: 3, position: 0, isPaused: true },
  ])
  expect([front.take()?.index, front.take()]).toEqual([2, null])
})

test('a position is not moved by records of before a seek', async () => {
  const { stage, front, give } = await givenFront()
  give(0)
  const slice = front.take() as FetchedSlice
  front.handled(slice, 110)
  expect(front.find({ topic: 'orders', partition: 0 })?.position).toBe(110)
  await Promise.all([front.seek(0, 500), stage.settle()])
  front.handled(slice, 120)
  expect(front.find({ topic: 'orders', partition: 0 })?.position).toBe(500)
})

test('an index that another partition had before says nothing of that one', async () => {
  const { stage, front, give, changeAssignment } = await givenFront()
  changeAssignment({ topic: 'users', partition: 5, index: 0, epoch: 1, position: 7 })
  give(0, { index: 0, epoch: 1 })
  stage.settle()
  await settled()
  expect([front.take()?.topic, front.take(), front.find({ topic: 'users', partition: 5 })?.position]).toEqual([
    'users',
    null,
    7,
  ])
})
