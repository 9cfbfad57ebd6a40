import { expect, test } from 'vitest'
import { at, GivenMember } from './given-member.js'

const positions = (member: GivenMember): [number, number][] =>
  member.news.partitions.map(({ partition, position }) => [partition, position])

test('a partition begins where the group has committed, and where auto.offset.reset says if it has not', () => {
  const member = new GivenMember()
  member.committed.set('orders-1', 42)
  member.joined()
  expect(positions(member)).toEqual([
    [0, 7],
    [1, 42],
  ])
})

test('all that was assigned is asked for at once', () => {
  const member = new GivenMember().joined()
  expect(member.asked('OffsetFetch').map(({ groups }) => groups[0]!.topics![0]!.partitionIndexes)).toEqual([[0, 1]])
  expect(member.asked('OffsetFetch')[0]).toMatchObject({ requireStable: true })
})

// KIP-320. A leader of before may be cut off, and its log end before what its successors have committed.
test('a leader that is older than what was committed is asked nothing: the member waits for newer metadata', () => {
  const member = new GivenMember()
  member.committed.set('orders-0', 42)
  member.committedEpoch = 1
  member.joined()
  for (let time = 0; time < 4; time++) member.stage.pass(200)
  const validated = () => member.asked('OffsetForLeaderEpoch', member.broker).flatMap(({ partitions }) => partitions)
  expect([validated(), member.fetched, positions(member)[0]]).toEqual([[], '1', [0, 42]])
  member.leaderEpoch = 2
  member.stage.pass(200)
  expect(validated()).toEqual([{ topicId: 1, partition: 0, currentLeaderEpoch: 2, leaderEpoch: 1 }])
})

test('a cooperative rebalance asks for what is new, and what is kept stays where it is', () => {
  const member = GivenMember.cooperative()
  member.assigned = [at(0)]
  member.joined()
  member.committed.set('orders-0', 1)
  member.assigned = [at(0), at(1)]
  member.rebalance()
  member.poll()
  expect(member.asked('OffsetFetch').map(({ groups }) => groups[0]!.topics![0]!.partitionIndexes)).toEqual([[0], [1]])
  expect(positions(member)).toContainEqual([0, 7])
})

test('a seek from onPartitionsAssigned wins over what the group has committed', () => {
  const member = new GivenMember()
  member.answers('OffsetFetch', 'silent')
  member.during = ({ type }) => {
    const found = member.news.partitions.find(({ partition }) => partition === 0)
    if (type === 'assigned') member.ask({ api: 'Seek', call: 901, index: found!.index, epoch: 1, to: 99 })
  }
  member.committed.set('orders-0', 42)
  member.committed.set('orders-1', 43)
  member.joined()
  member.answerNow((body) => member.rote(body))
  expect(positions(member)).toEqual([
    [0, 99],
    [1, 43],
  ])
})

test.each(['UNSTABLE_OFFSET_COMMIT', 'COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR', 'lost'] as const)(
  'it is asked again after %s',
  (error) => {
    const member = new GivenMember()
    member.committed.set('orders-1', 42)
    member.answers('OffsetFetch', error)
    member.joined()
    expect(positions(member)).toContainEqual([1, -1])
    for (let time = 0; time < 4; time++) member.stage.pass(50)
    expect(positions(member)).toContainEqual([1, 42])
  },
)

test('a group that may not be asked is told to the application', () => {
  const member = new GivenMember()
  member.answers('OffsetFetch', 'GROUP_AUTHORIZATION_FAILED')
  member.joined()
  member.poll()
  expect(member.told).toContain('failed GROUP_AUTHORIZATION_FAILED')
})

// NoOffsetForPartitionException.
test('without a committed offset, auto.offset.reset none is an error that the application is told', () => {
  const member = new GivenMember({ reset: 'none' })
  member.committed.set('orders-1', 42)
  member.joined()
  const taken = member.ask({ api: 'Take', slices: true })
  const answer = taken.answer ?? member.ask({ api: 'Take', slices: true }).answer
  expect(answer).toMatchObject({ slices: [{ error: 'OFFSET_OUT_OF_RANGE', fetchOffset: -1 }] })
  expect(positions(member)).toContainEqual([1, 42])
})

test('partitions that were assigned by hand begin where the group has committed, unless an offset is given', () => {
  const member = new GivenMember()
  member.committed.set('orders-0', 41)
  member.committed.set('orders-1', 42)
  const partitions = [
    { topic: 'orders', partition: 0 },
    { topic: 'orders', partition: 1, offset: 3 },
  ]
  member.ask({ api: 'Assign', call: 900, topics: [], partitions, reset: null })
  expect(positions(member)).toEqual([
    [0, 41],
    [1, 3],
  ])
})

test('an application that asks is told what was committed, of topics that are not read as well', () => {
  const member = new GivenMember().joined()
  member.partitions.payments = 2
  member.committed.set('payments-1', 5)
  const call = member.askCommitted(at(1, -1, 'payments'), at(0), at(0, -1, 'unknown'))
  expect(member.endOf(call)?.offsets?.map(({ topic, partition, offset }) => [topic, partition, offset])).toEqual([
    ['payments', 1, 5],
    ['orders', 0, -1],
    ['unknown', 0, -1],
  ])
})

test('a question that nobody answers ends with its time', () => {
  const member = new GivenMember().joined()
  member.answers('OffsetFetch', 'silent')
  const call = member.askCommitted(at(0))
  member.stage.pass(1000)
  expect(member.endOf(call)).toMatchObject({ error: 'REQUEST_TIMED_OUT' })
})

test('a topic that is gone has metadata asked for, and the others begin', () => {
  const member = new GivenMember()
  member.partitions.payments = 1
  member.committed.set('orders-1', 42)
  member.answers('OffsetFetch', 'UNKNOWN_TOPIC_ID')
  member.joined('orders', 'payments')
  delete member.partitions.payments
  for (let time = 0; time < 4; time++) member.stage.pass(100)
  expect(positions(member)).toContainEqual([1, 42])
})

test('where partitions begin is not asked any more when they are given up', () => {
  const member = new GivenMember()
  member.answers('OffsetFetch', ...Array.from({ length: 9 }, () => 'COORDINATOR_LOAD_IN_PROGRESS' as const))
  member.joined()
  member.leave({ commits: false })
  member.takeSteps()
  const asked = member.count('OffsetFetch')
  for (let time = 0; time < 4; time++) member.stage.pass(200)
  expect(member.count('OffsetFetch')).toBe(asked)
})

test('a refusal of where partitions begin is told once, and not asked for without end', () => {
  const member = new GivenMember()
  member.answers(
    'OffsetFetch',
    'GROUP_AUTHORIZATION_FAILED',
    'GROUP_AUTHORIZATION_FAILED',
    'GROUP_AUTHORIZATION_FAILED',
  )
  member.joined()
  for (let time = 0; time < 4; time++) member.stage.pass(50)
  expect([member.count('OffsetFetch'), member.step?.type]).toEqual([1, 'failed'])
})
