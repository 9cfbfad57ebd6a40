import { expect, test } from 'vitest'
import { timestamp } from '../../../../../../src/base/ids.js'
import type { GivenAssignmentStrategy } from '../../../../../../src/client/consumer/group/assignors/assignment-strategy.js'
import type { Group } from '../../../../../../src/client/consumer/group/assignors/assignor.js'
import { GivenApplication, orders } from './given-application.js'

async function givenMember(
  callbacks: object = {},
  options: { strategy?: GivenAssignmentStrategy } = {},
): Promise<GivenApplication> {
  const given = new GivenApplication(options)
  await given.outcome(given.consumer.subscribe({ topics: ['orders'], ...callbacks }))
  await given.own([0, 1])
  await given.outcome(given.consumer.poll(0))
  return given
}

test('the shared memory goes first of all words', async () => {
  const given = new GivenApplication()
  void given.consumer.assign([{ topic: 'orders', partition: 0 }])
  await given.settle()
  expect(given.asked.map(({ api }) => api)).toEqual(['Share', 'Assign'])
})

test('a close commits what was handed out, takes the steps of what is given up, and leaves', async () => {
  const revoked: unknown[] = []
  const given = await givenMember({ onPartitionsRevoked: (partitions: unknown) => void revoked.push(partitions) })
  const polling = given.consumer.poll(1000)
  await given.settle()
  given.give(0, ['a', 'b'])
  await given.outcome(polling)

  const closing = given.consumer.close({ groupMembershipOperation: 'LEAVE_GROUP', timeoutMs: 5000 })
  await given.settle()
  expect(given.of('Leave')).toMatchObject([{ commits: true, operation: 'LEAVE_GROUP', timeoutMs: 5000 }])
  expect(given.progress.positions.get(0)).toBe(102)
  const step = given.tell({ type: 'revoked', partitions: orders(0, 1) })
  await given.settle()
  expect([revoked, given.stepsTaken]).toEqual([[orders(0, 1)], [step]])
  expect(given.of('Stop')).toEqual([])
  given.end('Leave')
  expect(await given.outcome(closing)).toBe(undefined)
  expect(given.of('Stop')).toHaveLength(1)
})

test('a position that is told after its records were handed out takes nothing back of what a commit counts', async () => {
  const given = new GivenApplication()
  await given.outcome(given.consumer.subscribe({ topics: ['orders'] }))
  await given.own([0], -1)
  const polling = given.consumer.poll(1000)
  await given.settle()
  given.give(0, ['a', 'b'])
  await given.outcome(polling)
  void given.consumer.commitSync()
  given.assign([0])
  await given.settle()
  expect(given.progress.positions.get(0)).toBe(102)
  expect(given.consumer.position({ topic: 'orders', partition: 0 })).toBe(102)
})

test('a close tells what a callback threw, when all is done', async () => {
  const error = new Error('no')
  const given = await givenMember({
    onPartitionsRevoked: () => {
      throw error
    },
  })
  const closing = given.consumer.close()
  await given.settle()
  given.tell({ type: 'revoked', partitions: orders(0, 1) })
  await given.settle()
  given.end('Leave')
  expect(await given.outcome(closing)).toBe(error)
  expect(given.of('Stop')).toHaveLength(1)
})

test('unsubscribe leaves without a commit, and nothing is read any more', async () => {
  const given = await givenMember()
  const leaving = given.consumer.unsubscribe()
  await given.settle()
  expect(given.of('Leave')).toMatchObject([{ commits: false, operation: 'DEFAULT' }])
  given.tell({ type: 'revoked', partitions: orders(0, 1) })
  await given.settle()
  given.end('Leave')
  expect(await given.outcome(leaving)).toBe(undefined)
  expect(await given.outcome(given.consumer.poll(0))).toMatchObject({ code: 'INVALID_CONFIG' })
  // As in Kafka, partitions may be named now.
  expect(await given.outcome(given.consumer.assign([{ topic: 'orders', partition: 0 }]))).toBe(undefined)
})

test('what is subscribed to while the member leaves is read', async () => {
  const given = await givenMember()
  const leaving = given.consumer.unsubscribe()
  await given.outcome(given.consumer.subscribe({ topics: ['orders'] }))
  given.assign([])
  given.end('Leave')
  await given.outcome(leaving)
  expect(await given.outcome(given.consumer.poll(0))).toBe(null)
})

test('who unsubscribes once more waits for the first one, and gives up nothing by itself', async () => {
  const given = await givenMember()
  const both = Promise.all([given.consumer.unsubscribe(), given.consumer.unsubscribe()])
  expect(await given.outcome(both)).toBe('pending')
  expect([given.of('Leave').length, given.of('Assign')]).toEqual([1, []])
  given.end('Leave')
  expect(await given.outcome(both)).toEqual([undefined, undefined])
})

test('a close waits until the member has left that is about to unsubscribe', async () => {
  const given = await givenMember()
  const both = Promise.all([given.consumer.unsubscribe(), given.consumer.close()])
  await given.settle()
  expect([given.of('Leave').length, given.of('Stop')]).toEqual([1, []])
  given.end('Leave')
  expect(await given.outcome(both)).toEqual([undefined, undefined])
  expect(given.of('Stop')).toHaveLength(1)
})

test('a close waits for what a callback of an unsubscribing member does, unless that waits for the close', async () => {
  const order: string[] = []
  const given: GivenApplication = await givenMember({
    onPartitionsRevoked: async () => {
      await given.consumer.close()
      order.push('closed')
    },
  })
  const leaving = given.consumer.unsubscribe()
  await given.settle()
  given.tell({ type: 'revoked', partitions: orders(0, 1) })
  await given.settle()
  expect(given.stepsTaken).toHaveLength(1)
  given.end('Leave')
  await given.outcome(leaving)
  expect(order).toEqual(['closed'])
})

// SubscriptionState: subscription to topics, partitions and pattern are mutually exclusive.
test('who subscribes does not name partitions, and the other way round', async () => {
  const given = await givenMember()
  await expect(given.consumer.assign([{ topic: 'orders', partition: 0 }])).rejects.toThrow(
    'Cannot assign after subscribe',
  )
  const other = new GivenApplication()
  await other.outcome(other.consumer.assign([{ topic: 'orders', partition: 0 }]))
  await expect(other.consumer.subscribe({ topics: ['orders'] })).rejects.toThrow('Cannot subscribe after assign')
})

test("a member's own description is what its other half knows", async () => {
  const given = await givenMember()
  const { step: _, ...told } = given.member
  const described = await given.outcome(given.consumer.describe())
  expect(described).toEqual({
    groupId: 'tea',
    groupInstanceId: null,
    protocol: 'EAGER',
    ...told,
    assignment: orders(0, 1).map((name) => ({ ...name, position: 100, committed: null, lag: null })),
  })
})

test('max.poll.interval.ms counts from the last poll, and not while one waits', async () => {
  const given = await givenMember()
  const waiting = given.consumer.poll(1000)
  await given.settle()
  given.pass(500)
  expect(given.progress.polledAt(given.stage.now)).toBe(given.stage.now)
  given.give(0, ['a'])
  await given.outcome(waiting)
  const polled = given.stage.now
  given.pass(700)
  expect(given.progress.polledAt(given.stage.now)).toBe(polled)
})

test('while a handler module runs, its thread alone says what was read, and steps need no poll', async () => {
  const revoked: unknown[] = []
  const given = new GivenApplication()
  const onPartitionsRevoked = (partitions: unknown): void => void revoked.push(partitions)
  await given.outcome(given.consumer.subscribe({ topics: ['orders'], onPartitionsRevoked }))
  void given.consumer.run({ module: 'data:text/javascript,' })
  await given.own([0, 1])
  given.progress.positions.set(0, 107)
  given.assign([0, 1, 2])
  const step = given.tell({ type: 'hold', partitions: orders(0) })
  await given.settle()
  expect([given.progress.positions.get(0), given.stepsTaken]).toEqual([107, [step]])
  expect(given.consumer.position({ topic: 'orders', partition: 0 })).toBe(107)
  given.tell({ type: 'revoked', partitions: orders(0) })
  await given.settle()
  expect(revoked).toEqual([orders(0)])
})

test('a handler module that goes on through an unsubscribe needs no poll for the next subscription either', async () => {
  const given = new GivenApplication()
  await given.outcome(given.consumer.subscribe({ topics: ['orders'] }))
  void given.consumer.run({ module: 'data:text/javascript,' })
  await given.own([0, 1])
  const leaving = given.consumer.unsubscribe()
  await given.settle()
  given.end('Leave')
  await given.outcome(leaving)
  await given.outcome(given.consumer.subscribe({ topics: ['orders'] }))
  const step = given.tell({ type: 'assigned', partitions: orders(0, 1) })
  await given.settle()
  expect(given.stepsTaken).toEqual([step])
})

function givenGroup(): Group {
  const member = { groupInstanceId: null, topics: ['orders'], ownedPartitions: [], generationId: -1 }
  const members = ['m-1', 'm-2'].map((memberId) => ({ ...member, memberId, rackId: null, userData: null }))
  return { members, topics: [{ topic: 'orders', partitionCount: 2 }] }
}

async function assigned(assign: (group: Group, given: GivenApplication) => never): Promise<GivenApplication> {
  const strategy = { name: 'mine', assign: (group: Group) => assign(group, given) }
  const given: GivenApplication = await givenMember({}, { strategy })
  const news = given.thread.messages.findLast((one) => one.type === 'request' && one.body.api === 'News')
  if (news?.type === 'request') news.connection.attach(7, givenGroup())
  given.tell({ type: 'assign', assignor: 'mine', attachment: 7 })
  await given.settle()
  return given
}

test('an assignor of the application is called without a poll, and tells who gets what', async () => {
  const given = await assigned((({ members }: Group) => ({ [members[1]!.memberId]: orders(0, 1) })) as never)
  expect(given.of('GroupAssigned')).toMatchObject([
    {
      step: 2,
      failure: null,
      assignment: [
        { memberId: 'm-1', partitions: [] },
        { memberId: 'm-2', partitions: orders(0, 1) },
      ],
    },
  ])
  expect(given.stepsTaken).toEqual([])
})

test('an assignor that throws tells why', async () => {
  const given = await assigned((() => {
    throw new Error('no tea')
  }) as never)
  expect(given.of('GroupAssigned')).toMatchObject([{ assignment: [], failure: 'The assignor "mine" threw: no tea' }])
})

test('an application whose assignor is at work polls nothing until that has ended, though a poll waits', async () => {
  const polledAt: unknown[] = []
  const look = ({ progress, stage }: GivenApplication): void =>
    void polledAt.push(progress.polledAt(timestamp(stage.now + 60_000)))
  const given = await assigned(((_: Group, application: GivenApplication) => {
    application.progress.noteWaiting()
    look(application)
    return {}
  }) as never)
  look(given)
  expect(polledAt).toEqual([given.stage.now, given.stage.now + 60_000])
})
