import { expect, test } from 'vitest'
import { parseOptions } from '../../../../src/base/config/definition.js'
import { checkGroupMemberOptions, GROUP_MEMBER_OPTIONS } from '../../../../src/base/config/group-member-options.js'

const parsed = (given: Parameters<typeof parseOptions<typeof GROUP_MEMBER_OPTIONS>>[1]) =>
  parseOptions(GROUP_MEMBER_OPTIONS, given, { what: 'consumer' })

test('the options of a member have the defaults of Kafka', () => {
  expect(parsed({})).toEqual({
    'group.instance.id': null,
    'session.timeout.ms': 45_000,
    'heartbeat.interval.ms': 3_000,
    'max.poll.interval.ms': 300_000,
    'enable.auto.commit': true,
    'auto.commit.interval.ms': 5_000,
    'partition.assignment.strategy': ['range', 'cooperative-sticky'],
    'client.rack': '',
    'exclude.internal.topics': true,
  })
})

test('heartbeats that come as rarely as a session ends are refused', () => {
  checkGroupMemberOptions(parsed({ 'heartbeat.interval.ms': 44_999 }))
  expect(() => checkGroupMemberOptions(parsed({ 'heartbeat.interval.ms': 45_000 }))).toThrow(
    'it must be below session.timeout.ms (45000)',
  )
})
