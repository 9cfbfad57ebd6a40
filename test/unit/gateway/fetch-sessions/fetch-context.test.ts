import { describe, expect, test } from 'vitest'
import { timestamp } from '../../../../src/base/ids.js'
import {
  type ContextAnswer,
  contextOf,
  type FetchContext,
} from '../../../../src/gateway/fetch-sessions/fetch-context.js'
import type { AskedFetch, FetchVerdict } from '../../../../src/gateway/fetch-sessions/fetch-session.js'
import { FetchSessionCache } from '../../../../src/gateway/fetch-sessions/fetch-session-cache.js'
import { askedFetch, askedTopic, RECORDS, said } from './given-fetches.js'

const NOW = timestamp(0)
const ID = 4711

/** One client, whose requests are answered at once unless a test does it. */
class GivenReader {
  readonly sessions = new FetchSessionCache(10, () => ID)

  context(session: Partial<AskedFetch>, usesTopicIds = false): FetchContext | string {
    return contextOf(askedFetch(session), this.sessions, { usesTopicIds, now: NOW })
  }

  /** The answer to a request, and the partitions that it tells of. */
  fetch(session: Partial<AskedFetch>, verdictOf: (partition: number) => FetchVerdict = () => said()) {
    const context = this.context(session) as FetchContext
    const numbers = context.wanted.map(({ wanted }) => wanted.partition)
    const { told, ...answer } = context.answer(numbers.map(verdictOf), NOW) as ContextAnswer
    return { ...answer, wanted: numbers, told: told.map((index) => numbers[index]) }
  }

  /** Opens a session for partitions in which nothing happens. */
  static withSession(...partitions: readonly number[]): GivenReader {
    const reader = new GivenReader()
    reader.fetch({ sessionEpoch: 0, topics: [askedTopic('orders', partitions)] })
    return reader
  }
}

const inSession = (sessionEpoch: number, more: Partial<AskedFetch> = {}) => ({ sessionId: ID, sessionEpoch, ...more })

describe('a fetch session', () => {
  test('is opened by epoch 0, which is answered in full', () => {
    const reader = new GivenReader()
    const answer = reader.fetch({ sessionEpoch: 0, topics: [askedTopic('orders', [0, 1])] })
    expect(answer).toEqual({ errorCode: 'NONE', sessionId: ID, wanted: [0, 1], told: [0, 1] })
  })

  test('is not opened by epoch -1, which is answered in full as well', () => {
    const reader = new GivenReader()
    const answer = reader.fetch({ sessionEpoch: -1, topics: [askedTopic('orders', [0, 1])] })
    expect(answer).toMatchObject({ sessionId: 0, told: [0, 1] })
  })

  test('reads all of its partitions, and tells of none in which nothing happens', () => {
    const reader = GivenReader.withSession(0, 1, 2)
    expect(reader.fetch(inSession(1))).toMatchObject({ sessionId: ID, wanted: [0, 1, 2], told: [] })
  })

  test.each<[string, FetchVerdict]>([
    ['records', said(RECORDS)],
    ['another high watermark', said({ highWatermark: 1 })],
    ['another log start', said({ logStartOffset: 1 })],
    ['a log that diverges', said({ divergingEpoch: { epoch: 1, endOffset: 1 } })],
    ['an error', said({ error: 'NOT_LEADER_OR_FOLLOWER' })],
    ['an error of the gateway', 'UNKNOWN_TOPIC_ID'],
  ])('tells of a partition with %s', (_what, verdict) => {
    const reader = GivenReader.withSession(0, 1)
    expect(reader.fetch(inSession(1), (partition) => (partition === 1 ? verdict : said())).told).toEqual([1])
  })

  test('tells what has changed once, and an error as often as it is there, and of the partition when it has gone', () => {
    const reader = GivenReader.withSession(0)
    const tellsOf = (epoch: number, verdict: FetchVerdict) => reader.fetch(inSession(epoch), () => verdict).told.length
    const changed = said({ highWatermark: 5 })
    const failed = said({ error: 'NOT_LEADER_OR_FOLLOWER' })
    expect([changed, changed, failed, failed, changed, changed].map((one, index) => tellsOf(index + 1, one))).toEqual([
      1, 0, 1, 1, 1, 0,
    ])
  })

  test('takes in new partitions, moves known ones, and gives up forgotten ones', () => {
    const reader = GivenReader.withSession(0, 1)
    const topics = [askedTopic('orders', [1, 2], 7)]
    const context = reader.context(inSession(1, { topics, forgottenTopicsData: [askedForgotten(0)] })) as FetchContext
    const read = context.wanted.map(({ wanted }) => [wanted.partition, wanted.fetchOffset])
    expect(read).toEqual([
      [1, 7],
      [2, 7],
    ])
    // The new one has never been told.
    expect(context.answer([said(), said()], NOW).told).toEqual([1])
  })

  test('puts a partition that has given records behind the others', () => {
    const reader = GivenReader.withSession(0, 1, 2)
    reader.fetch(inSession(1), (partition) => (partition === 0 ? said(RECORDS) : said()))
    expect(reader.fetch(inSession(2)).wanted).toEqual([1, 2, 0])
  })

  test('ends when it has nothing left to read', () => {
    const reader = GivenReader.withSession(0)
    expect(reader.fetch(inSession(1, { forgottenTopicsData: [askedForgotten(0)] })).sessionId).toBe(0)
    expect(reader.context(inSession(2))).toBe('FETCH_SESSION_ID_NOT_FOUND')
  })

  test.each([0, -1])('ends with a request of epoch %i that names it', (epoch) => {
    const reader = GivenReader.withSession(0)
    reader.context(inSession(epoch))
    expect(reader.sessions.find(ID)).toBeUndefined()
  })

  test('is gone where its id is unknown, out of step where its epoch is another, and names topics in one way', () => {
    const reader = GivenReader.withSession(0)
    expect(reader.context({ sessionId: ID + 1, sessionEpoch: 1 })).toBe('FETCH_SESSION_ID_NOT_FOUND')
    for (const epoch of [2, 5, -2]) expect(reader.context(inSession(epoch))).toBe('INVALID_FETCH_SESSION_EPOCH')
    expect(reader.context(inSession(1), true)).toBe('FETCH_SESSION_TOPIC_ID_ERROR')
    expect(reader.fetch(inSession(1)).errorCode).toBe('NONE')
  })

  test('goes on from epoch 2^31 - 1 with epoch 1', () => {
    const reader = GivenReader.withSession(0)
    const session = reader.sessions.find(ID) as { epoch: number }
    session.epoch = 2 ** 31 - 1
    reader.fetch(inSession(2 ** 31 - 1))
    expect(reader.fetch(inSession(1)).errorCode).toBe('NONE')
  })

  test('refuses the answer of a request that somebody has overtaken', () => {
    const reader = GivenReader.withSession(0)
    const overtaken = reader.context(inSession(1)) as FetchContext
    reader.fetch(inSession(2))
    expect(overtaken.answer([said(RECORDS)], NOW)).toEqual({
      errorCode: 'INVALID_FETCH_SESSION_EPOCH',
      sessionId: ID,
      told: [],
    })
  })
})

function askedForgotten(partition: number) {
  const { topic, topicId } = askedTopic('orders', [])
  return { topic, topicId, partitions: [partition] } as AskedFetch['forgottenTopicsData'][number]
}
