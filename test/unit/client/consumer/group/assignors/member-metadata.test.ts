import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type Subscription,
} from '../../../../../../src/client/consumer/group/assignors/member-metadata.js'
import {
  cooperativeStickyAssignor,
  stickyAssignor,
} from '../../../../../../src/client/consumer/group/assignors/sticky-assignor.js'
import { MalformedMessageError } from '../../../../../../src/protocol/wire/wire-reader.js'

// From dist/test/unit/client/consumer/group/assignors, where the compiled tests run.
const FILE = new URL('../../../../../../../test/fixtures/assignments/member-bytes.json', import.meta.url)
const written = JSON.parse(readFileSync(FILE, 'utf8')) as { of: string; version: number; bytes: string }[]
const kafkas = (of: string, version: number): Buffer => {
  const { bytes } = written.find((one) => one.of === of && one.version === version)!
  return Buffer.from(bytes, 'base64')
}

const name = (topic: string, partition: number) => ({ topic, partition })
const PARTITIONS = [name('b', 1), name('a', 3), name('b', 0), name('a', 1)]
const BY_NAME = [name('a', 1), name('a', 3), name('b', 0), name('b', 1)]

const SUBSCRIPTION: Subscription = {
  topics: ['b', 'a'],
  userData: new Uint8Array([1, 2]),
  ownedPartitions: PARTITIONS,
  generationId: 7,
  rackId: 'rack-1',
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('a subscription', () => {
  test("is written as Kafka's client writes it", () => {
    expect(hex(encodeSubscription(SUBSCRIPTION))).toBe(hex(kafkas('subscription', 3)))
  })

  test.each([
    [0, { ownedPartitions: [], generationId: -1, rackId: null }],
    [1, { ownedPartitions: BY_NAME, generationId: -1, rackId: null }],
    [2, { ownedPartitions: BY_NAME, generationId: 7, rackId: null }],
    [3, { ownedPartitions: BY_NAME, generationId: 7, rackId: 'rack-1' }],
  ])('of version %i is read, with what that version knows', (version, knows) => {
    const read = decodeSubscription(kafkas('subscription', version))
    expect(read).toEqual({ topics: ['a', 'b'], userData: new Uint8Array([1, 2]), ...knows })
  })

  // KAFKA-12898: other bytes are a rebalance for the whole group.
  test('has the same bytes in whatever order topics and partitions are listed, and however often', () => {
    const topics = ['a', 'b', 'a']
    const again = encodeSubscription({ ...SUBSCRIPTION, topics, ownedPartitions: [...PARTITIONS].reverse() })
    expect(hex(again)).toBe(hex(encodeSubscription(SUBSCRIPTION)))
  })

  test('that says the same of the past has the same bytes, for sticky as well', () => {
    const last = (partitions: typeof PARTITIONS) => stickyAssignor.userData({ partitions, generationId: 7 })!
    expect(hex(last(PARTITIONS))).toBe(hex(last([...PARTITIONS].reverse())))
  })

  test('with an empty rack, the default of client.rack, says that it has none', () => {
    expect(decodeSubscription(encodeSubscription({ ...SUBSCRIPTION, rackId: '' })).rackId).toBeNull()
  })

  test('of a version that is not known yet is read as the newest one that is', () => {
    const newer = Buffer.concat([kafkas('subscription', 3), Buffer.from([1, 2, 3])])
    newer.writeInt16BE(9)
    expect(decodeSubscription(newer)).toEqual(decodeSubscription(kafkas('subscription', 3)))
  })

  test('of a version below 0, or cut off, is refused', () => {
    const below = Buffer.from(kafkas('subscription', 3))
    below.writeInt16BE(-1)
    expect(() => decodeSubscription(below)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_VERSION' }))
    expect(() => decodeSubscription(kafkas('subscription', 3).subarray(0, 20))).toThrow(MalformedMessageError)
    expect(() => decodeSubscription(new Uint8Array())).toThrow(MalformedMessageError)
  })
})

describe('an assignment', () => {
  const ASSIGNMENT = { partitions: PARTITIONS, userData: new Uint8Array([3]) }
  const GROUPED = [name('b', 1), name('b', 0), name('a', 3), name('a', 1)]

  test("is written as Kafka's client writes it", () => {
    expect(hex(encodeAssignment(ASSIGNMENT))).toBe(hex(kafkas('assignment', 3)))
  })

  test.each([0, 1, 2, 3])('of version %i is read', (version) => {
    expect(decodeAssignment(kafkas('assignment', version))).toEqual({ ...ASSIGNMENT, partitions: GROUPED })
  })

  test('of no bytes is that of a member whose leader has forgotten it: nothing', () => {
    expect(decodeAssignment(new Uint8Array())).toEqual({ partitions: [], userData: null })
  })
})

describe('what assignors say besides', () => {
  const partitions = [name('a', 3), name('a', 1)]

  test("is written as Kafka's assignors write it", () => {
    expect(hex(stickyAssignor.userData({ partitions, generationId: 7 })!)).toBe(hex(kafkas('sticky', 1)))
    const [before, after] = [null, { partitions, generationId: 7 }].map(cooperativeStickyAssignor.userData)
    expect(hex(before!)).toBe(hex(kafkas('cooperative-sticky before', 0)))
    expect(hex(after!)).toBe(hex(kafkas('cooperative-sticky', 0)))
  })

  test('tells cooperative-sticky the generation of a subscription that is too old to say it', () => {
    const member = (memberId: string, generationId: number) => ({
      ...SUBSCRIPTION,
      memberId,
      groupInstanceId: null,
      ownedPartitions: [name('a', 0)],
      generationId: -1,
      userData: cooperativeStickyAssignor.userData({ partitions: [], generationId }),
    })
    const topics = [{ topic: 'a', partitionCount: 1 }]
    const given = cooperativeStickyAssignor.assign({ members: [member('old', 4), member('new', 5)], topics })
    expect(given.get('new')).toEqual([name('a', 0)])
    expect(given.get('old')).toEqual([])
  })
})
