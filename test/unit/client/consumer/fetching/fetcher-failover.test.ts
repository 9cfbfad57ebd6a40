import { describe, expect, test } from 'vitest'
import type { GivenConsumerOptions } from '../../../../../src/base/config/consumer-options.js'
import { whyUnreadable } from '../../../../../src/client/consumer/fetching/fetched-slice.js'
import { GivenFetcher } from './given-fetcher.js'

/** A fetcher that has read the records 100 and 101 of partition 0, written in leader epoch 0, and asks for the next. */
function givenReader(options: GivenConsumerOptions = {}): GivenFetcher {
  const given = new GivenFetcher({ 'auto.offset.reset': 'earliest', ...options }).assign(0)
  if (given.lookUps().length > 0) given.answerLookUp(100)
  else given.at(0, 100)
  given.answerFetch(['a', 'b'])
  given.takeValues()
  given.stage.settle()
  return given
}

test.each([
  'NOT_LEADER_OR_FOLLOWER',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'LEADER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'OFFSET_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
] as const)('after %s the fetcher asks for metadata, and goes on where it was after retry.backoff.ms', (error) => {
  const given = givenReader({ 'retry.backoff.ms': 100 })
  given.refuseFetch(error)
  expect([given.staleNotes(), given.fetchedFrom(), given.partitions.take()]).toEqual([1, [], null])
  given.stage.pass(99)
  expect(given.fetchedFrom()).toEqual([])
  given.stage.pass(1)
  expect(given.fetchedFrom()).toEqual([102])
})

test("a fetch says which leader epoch the consumer knows, and that it is not a follower's", () => {
  const given = new GivenFetcher().assign(0)
  given.elect(1)
  given.at(0, 100)
  expect(given.fetches()).toMatchObject([
    { replicaId: -1, replicaEpoch: -1, partitions: [{ currentLeaderEpoch: 1, lastFetchedEpoch: -1 }] },
  ])
})

test('a broker that is started again is fetched from where the reading had come to', () => {
  const given = givenReader()
  given.stage.kill('broker-1')
  given.start(1)
  given.stage.pass(200)
  expect(given.fetchedFrom()).toEqual([102])
})

test('a position is looked up at the next leader when the first one ends', () => {
  const given = new GivenFetcher({ 'auto.offset.reset': 'earliest' }).assign(0)
  given.stage.kill('broker-1')
  given.elect(2)
  expect(given.lookUps()).toEqual([-2])
  given.answerLookUp(7)
  expect(given.fetchedFrom()).toEqual([7])
})

// KIP-320
test('who looks a position up says which leader epoch it knows: a leader that has not heard of it does not answer', () => {
  const given = new GivenFetcher({ 'auto.offset.reset': 'earliest' }).assign(0)
  expect(given.lookUpEpochs()).toEqual([0])
  given.elect(2)
  expect(given.lookUpEpochs()).toEqual([1])
})

test('a slice that was fetched and not yet taken is fetched again when its connection is lost: nobody keeps it', () => {
  const given = new GivenFetcher().assign(0).at(0, 100)
  given.answerFetch(['a', 'b'])
  given.stage.kill('broker-1')
  expect(given.partitions.take()).toBeNull()
  given.elect(2)
  expect(given.fetchedFrom()).toEqual([100])
})

test('a fetch that is not answered within request.timeout.ms is given up, and another connection is made', () => {
  const given = new GivenFetcher({ 'request.timeout.ms': 1000 }).assign(0).at(0, 100)
  const [stuck] = given.fetchConnections()
  given.stage.pass(1000)
  given.stage.pass(200)
  expect([stuck!.isClosed, given.fetchConnections().filter((one) => one !== stuck).length]).toEqual([true, 1])
})

// KIP-951
test('a broker that says who leads now is believed, and no backoff is waited for', () => {
  const given = new GivenFetcher().assign(0).at(0, 100)
  given.refuseFetch('NOT_LEADER_OR_FOLLOWER', { currentLeader: { leader: 2, leaderEpoch: 1 } })
  expect([given.metadata.leaderOf(1, 0), given.staleNotes(), given.fetchedFromBroker(2)]).toEqual([2, 0, [100]])
})

test('a leader that is cut off holds up nobody: the new one is asked meanwhile, and the late answer is given back', () => {
  const given = new GivenFetcher().assign(0).at(0, 100)
  const late = given.fetchConnections()[0]!
  given.elect(2)
  expect(given.fetchedFromBroker(2)).toEqual([100])
  given.answerFetch(['a'])
  given.answerFetchOf(1, ['a'])
  expect([given.takeValues(), given.partitions.take(), late.givenBack(0)]).toEqual([['a'], null, 1])
})

// KIP-320: detect log truncation.
describe('when the leader changes', () => {
  test('the position is validated before the fetcher reads on', () => {
    const given = givenReader()
    given.elect(2)
    expect([given.fetchedFrom(), given.validations()]).toEqual([
      [],
      [{ topicId: 1, partition: 0, currentLeaderEpoch: 1, leaderEpoch: 0 }],
    ])
    given.answerValidation({ endOffset: 102 })
    expect([given.fetchedFrom(), given.validations()]).toEqual([[102], []])
  })

  test('a position of which no record was read is not validated', () => {
    const given = new GivenFetcher().assign(0).at(0, 100)
    given.elect(2)
    expect([given.fetchedFrom(), given.validations()]).toEqual([[100], []])
  })

  test('records behind the end of their epoch were truncated: reading goes on at that end', () => {
    const given = givenReader()
    given.elect(2)
    given.answerValidation({ endOffset: 101 })
    expect(given.fetchedFrom()).toEqual([101])
    // Whoever reads was at 102.
    expect(given.partitions.take()).toMatchObject({ error: 'NONE', bytes: 0, fetchOffset: 101 })
  })

  test('the next change is validated against the epoch to which the log was truncated', () => {
    const given = givenReader()
    given.elect(2)
    given.answerValidation({ leaderEpoch: 0, endOffset: 101 })
    given.writtenIn = 1
    given.answerFetch(['c'])
    given.takeValues()
    given.elect(1)
    expect(given.validations()).toMatchObject([{ currentLeaderEpoch: 2, leaderEpoch: 1 }])
  })

  test('with auto.offset.reset none truncation fails the partition, and says so', () => {
    const given = givenReader({ 'auto.offset.reset': 'none' })
    given.elect(2)
    given.answerValidation({ endOffset: 101 })
    const slice = given.partitions.take()!
    expect([slice.error, whyUnreadable(slice)]).toEqual([
      'OFFSET_OUT_OF_RANGE',
      "Partition 0 of 'orders' cannot be read on, because its log was truncated to offset 101, before the position 102",
    ])
    given.stage.pass(1000)
    expect([given.fetchedFrom(), given.validations()]).toEqual([[], []])
  })

  test('a leader that knows no such epoch makes it a reset', () => {
    const given = givenReader()
    given.elect(2)
    given.answerValidation({ leaderEpoch: -1, endOffset: -1 })
    expect([given.fetchedFrom(), given.lookUps()]).toEqual([[], [-2]])
  })

  test('a validation that is refused is tried again', () => {
    const given = givenReader({ 'retry.backoff.ms': 100 })
    given.elect(2)
    given.answerValidation({ error: 'UNKNOWN_LEADER_EPOCH' })
    expect([given.validations(), given.staleNotes()]).toEqual([[], 1])
    given.stage.pass(100)
    expect(given.validations()).toHaveLength(1)
  })

  test('a validation whose leader ends is made by the next one', () => {
    const given = givenReader()
    given.elect(2)
    given.stage.kill('broker-2')
    given.elect(1)
    expect(given.validations()).toMatchObject([{ currentLeaderEpoch: 2, leaderEpoch: 0 }])
  })

  test('a seek meanwhile is where reading goes on', () => {
    const given = givenReader()
    given.elect(2)
    given.at(0, 500)
    given.answerValidation({ endOffset: 101 })
    expect(given.fetchedFrom()).toEqual([500])
  })

  test('a validation that the next leader does not answer is made by the one after it', () => {
    const given = givenReader()
    given.elect(2)
    given.elect(1)
    expect(given.validations()).toMatchObject([{ currentLeaderEpoch: 2, leaderEpoch: 0 }])
  })

  test('what was fetched ahead and is not in the new log is fetched again from where it was, and that is validated', () => {
    const given = givenReader()
    given.answerFetch(['c', 'd'])
    given.elect(2)
    given.answerValidation({ endOffset: 103 })
    expect([given.fetchedFrom(), given.validations().length]).toEqual([[], 1])
    given.answerValidation({ endOffset: 103 })
    expect([given.fetchedFrom(), given.partitions.take()]).toEqual([[102], null])
  })

  test('what was fetched of a paused partition and fits the new log is kept', () => {
    const given = givenReader()
    given.answerFetch(['c'])
    given.elect(2)
    given.partitions.pause([0])
    given.answerValidation({ endOffset: 103 })
    given.partitions.pause([])
    expect([given.validations(), given.takeValues()]).toEqual([[], ['c']])
  })
})

describe('an offset that is out of range', () => {
  test('behind the end of the log is validated first, and is truncation if the log ends before it', () => {
    const given = givenReader()
    given.refuseFetch('OFFSET_OUT_OF_RANGE', { logStartOffset: 0, highWatermark: 90 })
    expect([given.validations().length, given.lookUps()]).toEqual([1, []])
    given.answerValidation({ endOffset: 90 })
    expect(given.fetchedFrom()).toEqual([90])
  })

  test('is a reset if the leader has it after all and refuses it again', () => {
    const given = givenReader()
    given.refuseFetch('OFFSET_OUT_OF_RANGE', { logStartOffset: 0 })
    given.answerValidation({ endOffset: 102 })
    given.refuseFetch('OFFSET_OUT_OF_RANGE', { logStartOffset: 0 })
    expect([given.validations(), given.lookUps()]).toEqual([[], [-2]])
  })

  test('before the start of the log is a reset at once', () => {
    const given = givenReader()
    given.refuseFetch('OFFSET_OUT_OF_RANGE', { logStartOffset: 500 })
    expect([given.validations(), given.lookUps()]).toEqual([[], [-2]])
  })
})

test('a leader that says where the logs part ends the reading there', () => {
  const given = givenReader()
  given.refuseFetch('NONE', { divergingEpoch: { epoch: 0, endOffset: 101 } })
  expect(given.fetchedFrom()).toEqual([101])
})
