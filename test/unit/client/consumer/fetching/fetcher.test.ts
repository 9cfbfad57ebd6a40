import { expect, test } from 'vitest'
import { isCurrent } from '../../../../../src/client/consumer/fetching/fetched-slice.js'
import { GivenFetcher } from './given-fetcher.js'

test('a partition without a position is looked up first, as auto.offset.reset says', () => {
  const given = new GivenFetcher({ 'auto.offset.reset': 'earliest' }).assign(0)
  expect([given.partitions.knowsPositions, given.lookUps()]).toEqual([false, [-2]])
  given.answerLookUp(7)
  expect([given.partitions.knowsPositions, given.partitions.positionOf(0), given.fetchedFrom()]).toEqual([true, 7, [7]])
})

test('a reset that is said with the assignment comes before auto.offset.reset', () => {
  const given = new GivenFetcher({ 'auto.offset.reset': 'latest' })
  given.partitions.assign([{ topic: 'orders', partition: 0 }], 'earliest')
  given.stage.settle()
  expect(given.lookUps()).toEqual([-2])
})

test('without a position and with auto.offset.reset none the partition fails', () => {
  const given = new GivenFetcher({ 'auto.offset.reset': 'none' }).assign(0)
  expect([given.partitions.knowsPositions, given.partitions.take()?.error, given.lookUps()]).toEqual([
    true,
    'OFFSET_OUT_OF_RANGE',
    [],
  ])
})

test('a slice is taken once, and the next fetch goes on behind it', () => {
  const given = new GivenFetcher().assign(0).at(0, 100)
  given.answerFetch(['a', 'b'])
  expect(given.fetchedFrom()).toEqual([])
  expect(given.takeValues()).toEqual(['a', 'b'])
  expect(given.partitions.take()).toBeNull()
  given.stage.settle()
  expect(given.fetchedFrom()).toEqual([102])
})

test('one fetch is under way for each broker, and asks for all of its partitions', () => {
  const given = new GivenFetcher().assign(0, 1, 2)
  for (const partition of [0, 1, 2]) given.partitions.seek(partition, 100)
  given.stage.settle()
  expect(given.fetches().map(({ partitions }) => partitions.length)).toEqual([3])
})

test('a broker is not asked while something of its is buffered: the buffered partition would have to wait for that fetch', () => {
  const given = new GivenFetcher().assign(0, 1, 2)
  for (const partition of [0, 1, 2]) given.partitions.seek(partition, 100)
  given.stage.settle()
  given.answerFetch(['a'], null, null)
  expect(given.fetches()).toEqual([])
  given.partitions.take()
  given.stage.settle()
  expect(given.fetches().map(({ partitions }) => partitions.map(({ partition }) => partition))).toEqual([[0, 1, 2]])
})

test('partitions of one broker take turns', () => {
  const given = new GivenFetcher().assign(0, 1)
  for (const partition of [0, 1]) given.partitions.seek(partition, 100)
  given.stage.settle()
  given.answerFetch(['a'], ['b'])
  expect([given.partitions.take()?.partition, given.partitions.take()?.partition]).toEqual([0, 1])
})

test('a lease goes back when its slice does, and not before', () => {
  const given = new GivenFetcher().assign(0).at(0, 100)
  given.answerFetch(['a'])
  const slice = given.partitions.take()
  expect(given.givenBack(0)).toBe(0)
  slice?.giveBack()
  expect(given.givenBack(0)).toBe(1)
})

test('a seek drops what was fetched ahead, and reads on from there', () => {
  const given = new GivenFetcher().assign(0).at(0, 100)
  given.answerFetch(['a'])
  given.partitions.seek(0, 500)
  given.stage.settle()
  expect([given.partitions.take(), given.givenBack(0), given.fetchedFrom()]).toEqual([null, 1, [500]])
})

test('an answer that was under way when the position was changed is given back unread', () => {
  const given = new GivenFetcher().assign(0).at(0, 100)
  given.partitions.seek(0, 500)
  given.answerFetch(['a'])
  given.stage.settle()
  expect([given.partitions.take(), given.givenBack(0), given.fetchedFrom()]).toEqual([null, 1, [500]])
})

test('a slice taken before a seek is not current any more', () => {
  const given = new GivenFetcher().assign(0).at(0, 100)
  given.answerFetch(['a'])
  const slice = given.partitions.take()!
  expect(isCurrent(given.partitions, slice)).toBe(true)
  given.partitions.seek(0, 500)
  expect(isCurrent(given.partitions, slice)).toBe(false)
})

test('a seek of a partition that is not assigned is refused', () => {
  expect(new GivenFetcher().assign(0).partitions.seek(7, 0)).toBe(false)
})

// KAFKA-7548: what was fetched of a paused partition is kept.
test('a paused partition is neither fetched nor taken, and what was fetched of it is there when it is resumed', () => {
  const given = new GivenFetcher().assign(0).at(0, 100)
  given.answerFetch(['a'])
  given.partitions.pause([0])
  given.stage.settle()
  expect([given.partitions.take(), given.givenBack(0), given.fetchedFrom()]).toEqual([null, 0, []])
  given.partitions.pause([])
  given.stage.settle()
  expect([given.fetchedFrom(), given.takeValues()]).toEqual([[], ['a']])
})

test('an answer that comes while its partition is paused is kept, and nothing more is fetched of it', () => {
  const given = new GivenFetcher().assign(0).at(0, 100)
  given.partitions.pause([0])
  given.answerFetch(['a'])
  expect([given.partitions.take(), given.fetchedFrom()]).toEqual([null, []])
  given.partitions.pause([])
  expect(given.takeValues()).toEqual(['a'])
})

test('a paused partition with something buffered holds no other one up', () => {
  const given = new GivenFetcher().assign(0, 1)
  for (const partition of [0, 1]) given.partitions.seek(partition, 100)
  given.stage.settle()
  given.answerFetch(['a'], null)
  given.partitions.pause([0])
  given.stage.settle()
  expect(given.fetches().map(({ partitions }) => partitions.map(({ partition }) => partition))).toEqual([[1]])
})

test('a slice that was put back comes before what was fetched ahead of it, without what was handed out', () => {
  const given = new GivenFetcher().assign(0).at(0, 100)
  given.answerFetch(['a', 'b', 'c'])
  const slice = given.partitions.take()!
  given.stage.settle()
  given.answerFetch(['d'])
  given.partitions.pause([0])
  given.partitions.putBack({ ...slice, fetchOffset: 101 })
  given.partitions.pause([])
  expect([given.takeValues(), given.takeValues()]).toEqual([['b', 'c'], ['d']])
  // Whoever hears of the partition for the first time counts from its beginning.
  expect(given.partitions.described[0]?.position).toBe(100)
})

test('a second fetch goes out behind one that does not ask for what was sought, and none for what is asked for already', () => {
  const given = new GivenFetcher().assign(0, 1)
  for (const partition of [0, 1]) given.partitions.seek(partition, 100)
  given.stage.settle()
  given.partitions.seek(0, 500)
  given.stage.settle()
  // The broker serves one request of a connection at a time: the second one lies behind the first.
  given.answerFetch(null, null)
  expect(given.fetchedFrom()).toEqual([500, 100])
  given.answerFetch(null, ['b'])
  expect(given.takeValues()).toEqual(['b'])
})

test.each([{ 'fetch.max.wait.ms': 0 }, { 'fetch.min.bytes': 0 }])(
  'a broker that is not to wait (%j) and has nothing is not asked again at once, and one that has something is',
  (options) => {
    const given = new GivenFetcher(options).assign(0).at(0, 100)
    given.answerFetch(['a'])
    given.takeValues()
    given.stage.settle()
    expect(given.fetchedFrom()).toEqual([101])
    given.answerFetch(null)
    expect(given.fetchedFrom()).toEqual([])
    given.stage.pass(1)
    expect(given.fetchedFrom()).toEqual([101])
  },
)

test('a partition that was moved is told of it behind what was taken before, once', () => {
  const given = new GivenFetcher({ 'auto.offset.reset': 'latest' }).assign(0).at(0, 100)
  given.refuseFetch('OFFSET_OUT_OF_RANGE')
  // The first question is that of the assignment.
  for (const end of [99, 7]) given.answerLookUp(end)
  expect(given.fetchedFrom()).toEqual([7])
  expect(given.partitions.take()).toMatchObject({ error: 'NONE', bytes: 0, fetchOffset: 7 })
  expect(given.partitions.take()).toBeNull()
})

test('a partition that is given an offset needs no look-up, with auto.offset.reset none as well', () => {
  const given = new GivenFetcher({ 'auto.offset.reset': 'none' })
  given.partitions.assign([{ topic: 'orders', partition: 0, offset: 100 }], null)
  given.stage.settle()
  expect([given.partitions.knowsPositions, given.lookUps(), given.fetchedFrom()]).toEqual([true, [], [100]])
})

test('a pause changes no position, so what was taken before it stays current', () => {
  const given = new GivenFetcher().assign(0).at(0, 100)
  given.answerFetch(['a'])
  const slice = given.partitions.take()!
  given.stage.settle()
  given.answerFetch(['b'])
  given.partitions.pause([0])
  expect(isCurrent(given.partitions, slice)).toBe(true)
})

test('a partition that failed is still told of after a pause', () => {
  const given = new GivenFetcher({ 'auto.offset.reset': 'none' }).assign(0)
  given.partitions.pause([0])
  expect(given.partitions.take()).toBeNull()
  given.partitions.pause([])
  expect(given.partitions.take()?.error).toBe('OFFSET_OUT_OF_RANGE')
})

test('an offset out of range is looked up again, as auto.offset.reset says', () => {
  const given = new GivenFetcher({ 'auto.offset.reset': 'earliest' }).assign(0).at(0, 100)
  given.refuseFetch('OFFSET_OUT_OF_RANGE')
  expect([given.partitions.take(), given.lookUps()]).toEqual([null, [-2]])
})

test('an offset out of range is an error with auto.offset.reset none', () => {
  const given = new GivenFetcher({ 'auto.offset.reset': 'none' }).assign(0)
  given.at(0, 100)
  given.refuseFetch('OFFSET_OUT_OF_RANGE')
  expect(given.partitions.take()?.error).toBe('OFFSET_OUT_OF_RANGE')
})

test('a leader that does not lead any more makes the metadata stale, and is asked again after retry.backoff.ms', () => {
  const given = new GivenFetcher({ 'retry.backoff.ms': 100 }).assign(0).at(0, 100)
  given.refuseFetch('NOT_LEADER_OR_FOLLOWER')
  expect([given.staleNotes(), given.fetchedFrom(), given.partitions.take()]).toEqual([1, [], null])
  given.stage.pass(99)
  expect(given.fetchedFrom()).toEqual([])
  given.stage.pass(1)
  expect(given.fetchedFrom()).toEqual([100])
})

test('a broker that is gone is not asked, and its partitions wait for other metadata', () => {
  const given = new GivenFetcher({ 'retry.backoff.ms': 100 }).assign(0).at(0, 100)
  given.stage.kill('broker-1')
  given.stage.pass(100)
  expect(given.staleNotes()).toBeGreaterThan(0)
  expect(given.partitions.take()).toBeNull()
})

test('a fetcher does not wait for ever for a broker that never was', () => {
  const given = new GivenFetcher({ 'auto.offset.reset': 'earliest' }, { leader: 9 }).assign(0)
  given.stage.pass(100)
  given.stage.pass(100)
  expect(given.staleNotes()).toBeGreaterThan(0)
})

test('a batch whose CRC is wrong ends the partition, unless check.crcs is off', () => {
  const broken = (checkCrcs: boolean): GivenFetcher => {
    const given = new GivenFetcher({ 'check.crcs': checkCrcs }).assign(0).at(0, 100)
    given.isCorrupting = true
    given.answerFetch(['a'])
    return given
  }
  expect([broken(true).partitions.take()?.error, broken(true).givenBack(0)]).toEqual(['CORRUPT_MESSAGE', 1])
  expect(broken(false).partitions.take()?.error).toBe('NONE')
})

test('partitions that stay assigned keep their position and what was fetched ahead', () => {
  const given = new GivenFetcher().assign(0).at(0, 100)
  given.answerFetch(['a'])
  given.assign(1, 0)
  expect(given.takeValues()).toEqual(['a'])
})

test('a slice of a partition that is taken away goes back', () => {
  const given = new GivenFetcher().assign(0).at(0, 100)
  given.answerFetch(['a'])
  given.assign(1)
  expect([given.partitions.take(), given.givenBack(0)]).toEqual([null, 1])
})

test('a fetch asks as the options say', () => {
  const given = new GivenFetcher({
    'fetch.min.bytes': 3,
    'fetch.max.wait.ms': 250,
    'fetch.max.bytes': 5000,
    'max.partition.fetch.bytes': 700,
  })
    .assign(0)
    .at(0, 100)
  expect(given.fetches()[0]).toMatchObject({ bytesMin: 3, waitMsMax: 250, bytesMax: 5000, readCommitted: false })
  expect(given.fetches()[0]!.partitions[0]).toMatchObject({ topicId: 1, partition: 0, bytesMax: 700 })
})

const partitionsOf = (topic: string, count: number): { topic: string; partition: number }[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }))

// An index is a lease slot, and there are 4096 of them.
test.each([3000, 4096])('%d partitions may be followed by as many others, each with an index of its own', (count) => {
  const { partitions } = new GivenFetcher()
  partitions.assign(partitionsOf('a', count), null)
  expect(partitions.assign(partitionsOf('b', count), null)).toBe(true)
  expect(new Set(partitions.all.map(({ index }) => index)).size).toBe(count)
})

test('a slice that was taken of a partition is not current for another one that has its index', () => {
  const given = new GivenFetcher().assign(0)
  given.answerLookUp(100)
  given.answerFetch(['a'])
  const slice = given.partitions.take()!
  given.partitions.assign(partitionsOf('a', 4096), null)
  expect([
    given.partitions.described.some(({ index }) => index === slice.index),
    isCurrent(given.partitions, slice),
  ]).toEqual([true, false])
})

test('a partition that is named twice is assigned once', () => {
  const given = new GivenFetcher().assign(0, 0)
  expect(given.partitions.described).toHaveLength(1)
  expect(given.partitions.assign([{ topic: 'orders', partition: 0 }], null)).toBe(false)
})

test('the answer to a look-up is dropped when the partition was sought elsewhere since', () => {
  const given = new GivenFetcher({ 'auto.offset.reset': 'latest' }).assign(0)
  given.partitions.seek(0, 'earliest')
  given.stage.settle()
  given.answerLookUp(50)
  expect(given.partitions.positionOf(0)).toBeNull()
  given.answerLookUp(7)
  expect(given.partitions.positionOf(0)).toBe(7)
})
