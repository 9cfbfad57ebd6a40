import { describe, expect, test } from 'vitest'
import { answersUnknownVersions, answerToUnknownVersion, PASSAGES, passageFor } from '../../../src/gateway/passages.js'
import { apiVersions } from '../../../src/protocol/apis/api-versions.js'
import { codecOf } from '../../../src/protocol/codec.js'

const advertised = (name: string) => PASSAGES.find((passage) => passage.name === name)?.advertised

describe('what clients are told', () => {
  test('every API once, in the order of their numbers', () => {
    const keys = PASSAGES.map(({ key }) => key)
    expect(keys).toEqual([...new Set(keys)].sort((one, other) => one - other))
  })

  // librdkafka before 2.11.1 sends no compressed batches otherwise, and before 2.11.0 joins no group.
  test('Produce and JoinGroup begin at version 0', () => {
    expect([advertised('Produce'), advertised('JoinGroup')]).toEqual([
      { oldest: 0, newest: 13 },
      { oldest: 0, newest: 9 },
    ])
  })

  test('nothing that Kafka does not advertise', () => {
    expect(advertised('InitProducerId')?.newest).toBe(5)
    expect(PASSAGES.filter(({ key }) => key === 71 || key === 72)).toEqual([])
  })

  /** The least that each client needs at all, as its own table of APIs says. */
  test.each([
    ['Metadata', 6, 9],
    ['Fetch', 11, 12],
    ['FindCoordinator', 2, 4],
    ['JoinGroup', 5, 6],
    ['SyncGroup', 3, 4],
    ['Heartbeat', 3, 4],
    ['LeaveGroup', 1, 4],
    ['OffsetCommit', 5, 8],
    ['OffsetFetch', 4, 8],
    ['CreateTopics', 3, 7],
    ['DeleteTopics', 1, 6],
    ['DescribeGroups', 2, 5],
    ['DeleteGroups', 1, 2],
    ['ApiVersions', 0, 3],
    ['SaslHandshake', 1, 1],
    ['SaslAuthenticate', 1, 2],
  ])('%s has the versions %i and %i', (name, kafkajs, platformatic) => {
    const range = advertised(name)
    expect(range?.oldest).toBeLessThanOrEqual(kafkajs)
    expect(range?.newest).toBeGreaterThanOrEqual(platformatic)
  })
})

describe('what is served', () => {
  test('every version that is advertised, but those of Produce that Kafka does not serve either', () => {
    const missing = PASSAGES.flatMap(({ name, key, advertised: { oldest, newest } }) =>
      Array.from({ length: newest - oldest + 1 }, (_, index) => oldest + index).flatMap((version) =>
        typeof passageFor(key, version) === 'string' ? `${name} ${version}` : [],
      ),
    )
    expect(missing).toEqual(['Produce 0', 'Produce 1', 'Produce 2'])
  })

  test.each([
    [18, 5],
    [18, -1],
    [22, 6],
    [3, 14],
  ])('API %i has no version %i', (key, version) => expect(passageFor(key, version)).toBe('no such version'))

  test('a version is never another API’s, however far from its own it is', () => {
    expect(passageFor(17, 0)).toMatchObject({ passage: { name: 'SaslHandshake' } })
    const far = Array.from({ length: 2 ** 16 }, (_, index) => index - 2 ** 15).filter((version) => version >> 4 !== 0)
    expect(far.filter((version) => passageFor(18, version) !== 'no such version')).toEqual([])
  })

  test.each([4, 71, -1, 32_767])('there is no API %i', (key) => expect(passageFor(key, 0)).toBe('no such API'))
})

test('whoever asks for ApiVersions in a version that is unknown is told the versions of it, in version 0', () => {
  const answer = answerToUnknownVersion(7)
  const codec = codecOf(apiVersions, 0)
  if (codec === 'UNSUPPORTED_VERSION') throw new Error('There is no answer')
  expect(codec.decodeResponse(answer.bytes)).toMatchObject({
    correlationId: 7,
    message: { errorCode: 'UNSUPPORTED_VERSION', apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }] },
  })
})

test('other APIs have no answer in a version that is unknown', () => {
  expect([18, 3].map(answersUnknownVersions)).toEqual([true, false])
})
