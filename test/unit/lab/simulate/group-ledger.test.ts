import { expect, test } from 'vitest'
import { encodeAssignment } from '../../../../src/client/consumer/group/assignors/member-metadata.js'
import type { LoggedGroup, LoggedMember } from '../../../../src/coordinator/group/group-records.js'
import { GroupLedger } from '../../../../src/lab/simulate/groups/group-ledger.js'

const TOPIC = 'simulated'

function memberOf(instanceId: string, incarnation: number, partitions: readonly number[]): LoggedMember {
  return {
    memberId: `${instanceId}-${incarnation}`,
    groupInstanceId: instanceId,
    clientId: instanceId,
    clientHost: '',
    rebalanceTimeout: 60_000,
    sessionTimeout: 10_000,
    subscription: Buffer.alloc(0),
    assignment: Buffer.from(
      encodeAssignment({ partitions: partitions.map((partition) => ({ topic: TOPIC, partition })), userData: null }),
    ),
  }
}

function givenLedger(...generations: readonly (readonly [number, readonly LoggedMember[]])[]): GroupLedger {
  const ledger = new GroupLedger('readers', 60_000)
  for (const [generation, members] of generations) {
    const value: LoggedGroup = {
      protocolType: 'consumer',
      generation,
      protocol: 'cooperative-sticky',
      leader: members[0]?.memberId ?? null,
      currentStateTimestamp: 0,
      members,
    }
    ledger.logs({ type: 'group', groupId: 'readers', value }, 0)
  }
  return ledger
}

const unread = (ledger: GroupLedger): (number | null)[] =>
  [0, 1].map((partition) => ledger.unread({ topic: TOPIC, partition }, 5))

test('what a generation gives to nobody is missed', () => {
  const ledger = givenLedger([1, [memberOf('a', 1, [0]), memberOf('b', 1, [])]])
  expect([unread(ledger), ledger.orphans(TOPIC, 2, new Set())]).toEqual([
    [0, 0],
    [0, 1],
  ])
})

test('it is not where a static member has come back in it, as in Kafka, until the next generation', () => {
  const [before, after] = [1, 2].map((incarnation) => [memberOf('a', incarnation, [0]), memberOf('b', 1, [])])
  if (before === undefined || after === undefined) throw new Error('There are two states of the group')
  const ledger = givenLedger([1, before], [1, after])
  expect([unread(ledger), ledger.orphans(TOPIC, 2, new Set())]).toEqual([[0, null], [0]])
  expect(unread(givenLedger([1, before], [1, after], [2, after]))).toEqual([0, 0])
  expect(unread(givenLedger([1, before], [2, after]))).toEqual([0, 0])
})
