import { expect, test } from 'vitest'
import { parseAssignmentStrategy } from '../../../../../../src/client/consumer/group/assignors/assignment-strategy.js'
import {
  assignGroup,
  protocolsOf,
  wantedTopics,
} from '../../../../../../src/client/consumer/group/assignors/group-assignment.js'
import {
  decodeAssignment,
  decodeSubscription,
} from '../../../../../../src/client/consumer/group/assignors/member-metadata.js'
import { joined, member, partitions } from './given-group.js'

const STRATEGY = parseAssignmentStrategy(undefined)
const SUBSCRIPTION = { topics: ['A'], ownedPartitions: [], generationId: 7, rackId: null }

test('a member offers all of its assignors, in its order, each with what that one wants to be told', () => {
  const last = { partitions: partitions('A0'), generationId: 7 }
  const offered = protocolsOf(parseAssignmentStrategy('range,sticky,cooperative-sticky'), SUBSCRIPTION, last)
  const read = offered.map(({ name, metadata }) => ({ name, userData: decodeSubscription(metadata).userData?.length }))
  expect(read).toEqual([
    { name: 'range', userData: undefined },
    { name: 'sticky', userData: 19 },
    { name: 'cooperative-sticky', userData: 4 },
  ])
})

const lead = (members: string, topics: Readonly<Record<string, number>>, protocolName = 'range') =>
  assignGroup(
    STRATEGY,
    protocolName,
    members.split(' ').map((text) => joined(STRATEGY, protocolName, member(text))),
    (topic) => (topics[topic] === undefined ? undefined : { partitionCount: topics[topic] }),
  )

test('the leader shares the topics that exist, names every member, and watches all that anybody wants', () => {
  const { assignments, topics } = lead('a:BA b:AC c:D', { A: 2, C: 1 })
  const read = assignments.map(({ memberId, assignment }) => [memberId, decodeAssignment(assignment).partitions])
  expect(read).toEqual([
    ['a', partitions('A0')],
    ['b', partitions('A1C0')],
    ['c', []],
  ])
  expect(topics).toEqual(['A', 'B', 'C', 'D'])
})

// KAFKA-13435
test('a leader that assigns nothing, since it is a static one that came back, knows what to watch', () => {
  const members = ['a:BA', 'b:AC'].map((text) => joined(STRATEGY, 'range', member(text)))
  expect(wantedTopics(members)).toEqual(['A', 'B', 'C'])
})

test('an assignor that the leader has not offered is refused', () => {
  expect(() => lead('a:A', { A: 1 }, 'cooperative-sticky')).not.toThrow()
  const metadata = protocolsOf(STRATEGY, SUBSCRIPTION, null)[0]!.metadata
  const call = () =>
    assignGroup(STRATEGY, 'sticky', [{ memberId: 'a', groupInstanceId: null, metadata }], () => undefined)
  expect(call).toThrow(expect.objectContaining({ code: 'INCONSISTENT_GROUP_PROTOCOL' }))
  expect(call).toThrow(
    'The group has chosen the assignor "sticky", and this member has offered range, cooperative-sticky',
  )
})

test('a member whose bytes are no subscription is named', () => {
  const bad = { memberId: 'a-7', groupInstanceId: null, metadata: new Uint8Array([0]) }
  const call = () => assignGroup(STRATEGY, 'range', [bad], () => undefined)
  expect(call).toThrow('Cannot read what a-7 has subscribed to: ')
  expect(call).toThrow(expect.objectContaining({ name: 'KafkaError', code: 'INVALID_REQUEST' }))
})
