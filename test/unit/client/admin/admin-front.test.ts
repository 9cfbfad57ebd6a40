import { expect, test } from 'vitest'
import type { Address } from '../../../../src/actor/address.js'
import { type GivenAdminOptions, parseAdminOptions } from '../../../../src/base/config/admin-options.js'
import type { ErrorCode } from '../../../../src/base/error-code.js'
import { Admin } from '../../../../src/client/admin/admin.js'
import { AdminFront } from '../../../../src/client/admin/admin-front.js'
import type { Request, Response } from '../../../../src/protocol/api.js'
import { ScriptedActor } from '../../../support/scripted-actor.js'
import { Stage } from '../../../support/stage.js'
import { givenLife } from '../given-life.js'
import { ordersMetadata, partitionMetadata } from '../given-metadata.js'

/** An admin of two brokers that the test plays. */
class GivenAdmin {
  readonly stage = new Stage()
  readonly admin: Admin
  /** Who was asked what, in order. */
  readonly asked: string[] = []
  leader = 1
  leaderEpoch = 0
  /** The broker that coordinates every group, and what it says of them. */
  coordinator = 1
  /** Groups that another broker coordinates. */
  readonly groups = new Map<string, number>()
  /** Which groups each broker was asked to delete, in order. */
  readonly deleted: string[] = []
  /** The brokers that are named as coordinators first. */
  named: number[] = []
  /** Never deletes a group, and does not say so. */
  silent = 0
  groupError: ErrorCode = 'NONE'
  brokers = [1, 2]
  /** What is said of whoever is created, deleted, elected or looked up. */
  error: ErrorCode = 'NONE'
  isAnswering = true
  /** Whether there is `__consumer_offsets` as well. */
  hasInternal = false

  constructor(options: GivenAdminOptions = {}) {
    const front = new AdminFront(['broker-1', 'broker-2'], () => {}, parseAdminOptions(options))
    for (const brokerId of [1, 2]) this.start(brokerId)
    this.admin = new Admin(front, givenLife(front, this.stage))
  }

  start(brokerId: number): void {
    const broker = new ScriptedActor((body) => {
      this.asked.push(`${body.api} ${brokerId}`)
      return this.isAnswering ? this.#answer(body, brokerId) : null
    })
    this.stage.seat(`broker-${brokerId}`, broker)
  }

  /** The outcome of a call, after so many rounds of `passMs`. */
  async outcomeOf(call: () => Promise<unknown>, { rounds = 1, passMs = 0 } = {}): Promise<unknown> {
    let outcome: unknown = 'pending'
    call().then(
      (value) => {
        outcome = value
      },
      (error: Error) => {
        outcome = [error.name, error.message]
      },
    )
    for (let round = 0; round < rounds; round++) {
      this.stage.pass(passMs)
      await new Promise((resolve) => setImmediate(resolve))
      this.stage.settle()
    }
    await new Promise((resolve) => setImmediate(resolve))
    return outcome
  }

  #answer(body: Request, brokerId: number): Response | null {
    const { error, leader, leaderEpoch } = this
    const topic = { name: 'orders', topicId: 1, error, says: 'because' }
    if (body.api === 'Metadata') {
      const partition = partitionMetadata({ partition: 0, leader, leaderEpoch })
      const metadata = { ...ordersMetadata([partition]), brokers: this.brokers }
      const offsets = {
        error: 'NONE' as const,
        name: '__consumer_offsets',
        topicId: 2,
        isInternal: true,
        partitions: [],
      }
      return this.hasInternal ? { ...metadata, topics: [...metadata.topics, offsets] } : metadata
    }
    if (body.api === 'CreateTopics') return { api: 'CreateTopics', topics: [{ ...topic, made: null }] }
    if (body.api === 'ElectLeaders')
      return { api: 'ElectLeaders', partitions: [{ topic: 'orders', partition: 0, error }] }
    if (body.api === 'FindCoordinator') {
      const nodeId = this.named.shift() ?? this.coordinator
      const found = { host: '', port: -1, errorCode: 'NONE' as const, errorMessage: null }
      const coordinators = body.coordinatorKeys.map((key) => ({
        ...found,
        key,
        nodeId: this.groups.get(key) ?? nodeId,
      }))
      return { api: 'FindCoordinator', throttleTimeMs: 0, coordinators }
    }
    if (body.api === 'DeleteGroups') {
      if (brokerId === this.silent) return null
      const errorOf = (groupId: string): ErrorCode =>
        brokerId === (this.groups.get(groupId) ?? this.coordinator) ? this.groupError : 'NOT_COORDINATOR'
      this.deleted.push(`${brokerId}: ${body.groupsNames.join(' ')}`)
      const results = body.groupsNames.map((groupId) => ({ groupId, errorCode: errorOf(groupId) }))
      return { api: 'DeleteGroups', throttleTimeMs: 0, results }
    }
    if (body.api === 'ListGroups') {
      const group = { groupId: `of-${brokerId}`, protocolType: '', groupState: 'Empty', groupType: 'classic' }
      return { api: 'ListGroups', throttleTimeMs: 0, errorCode: this.groupError, groups: [group] }
    }
    if (body.api === 'DescribeCluster') {
      const brokers = this.brokers.map((id) => ({ brokerId: id, isFenced: false }))
      return { api: 'DescribeCluster', error: 'NONE', brokers }
    }
    if (body.api === 'DescribeLogDirs')
      return { api: 'DescribeLogDirs', throttleTimeMs: 0, errorCode: 'NONE', results: [] }
    if (body.api !== 'ListOffsets') return null
    const said = brokerId === leader ? error : ('NOT_LEADER_OR_FOLLOWER' as const)
    return { api: 'ListOffsets', partitions: [{ topicId: 1, partition: 0, error: said, offset: 7 }] }
  }
}

const create = (given: GivenAdmin) => () => given.admin.createTopics({ topics: [{ topic: 'orders' }] })

test('a question goes to another broker when the one that was asked ends', async () => {
  const given = new GivenAdmin()
  given.isAnswering = false
  const outcome = given.outcomeOf(() => given.admin.listTopics(), { rounds: 3, passMs: 100 })
  given.isAnswering = true
  given.stage.kill(given.asked[0]!.replace('Metadata ', 'broker-') as Address)
  expect(await outcome).toEqual(['orders'])
  expect(new Set(given.asked).size).toBe(2)
})

// ListTopicsOptions.listInternal
test('topics that brokers write for themselves are listed for whoever asks for them', async () => {
  const given = new GivenAdmin()
  given.hasInternal = true
  const listed = (...options: Parameters<Admin['listTopics']>): Promise<unknown> =>
    given.outcomeOf(() => given.admin.listTopics(...options))
  expect(await listed()).toEqual(['orders'])
  expect(await listed({ listInternal: true })).toEqual(['orders', '__consumer_offsets'])
})

test('a call waits for the controller as long as brokers say that there is none', async () => {
  const given = new GivenAdmin({ 'retry.backoff.ms': 100 })
  given.error = 'NOT_CONTROLLER'
  expect(await given.outcomeOf(create(given), { rounds: 3, passMs: 100 })).toBe('pending')
  expect(given.asked.length).toBe(3)
  given.error = 'NONE'
  expect(await given.outcomeOf(create(given), { passMs: 100 })).toBe(true)
})

test('a call that is not answered for good within default.api.timeout.ms says why', async () => {
  const given = new GivenAdmin({ 'default.api.timeout.ms': 1000, 'request.timeout.ms': 1000 })
  given.error = 'NOT_CONTROLLER'
  expect(await given.outcomeOf(create(given), { rounds: 12, passMs: 100 })).toEqual([
    'TimeoutError',
    'CreateTopics was not answered within default.api.timeout.ms (1000 ms): the last answer was NOT_CONTROLLER',
  ])
})

test('without any broker a call ends with default.api.timeout.ms', async () => {
  const given = new GivenAdmin({ 'default.api.timeout.ms': 1000, 'request.timeout.ms': 1000 })
  for (const address of ['broker-1', 'broker-2'] as const) given.stage.kill(address)
  expect(await given.outcomeOf(() => given.admin.listTopics(), { rounds: 12, passMs: 100 })).toEqual([
    'TimeoutError',
    'Metadata was not answered within default.api.timeout.ms (1000 ms): no broker could be reached',
  ])
})

test('a refusal that stays one is told at once', async () => {
  const given = new GivenAdmin()
  given.error = 'INVALID_PARTITIONS'
  expect(await given.outcomeOf(create(given))).toEqual(['KafkaError', 'because: INVALID_PARTITIONS'])
})

test('offsets are asked of the leader, and of the next one when it is not the leader any more', async () => {
  const given = new GivenAdmin({ 'retry.backoff.ms': 100 })
  given.leader = -1
  const outcome = given.outcomeOf(() => given.admin.fetchTopicOffsets('orders'), { rounds: 8, passMs: 50 })
  await new Promise((resolve) => setImmediate(resolve))
  given.leader = 2
  given.leaderEpoch = 1
  expect(await outcome).toEqual([{ topic: 'orders', partition: 0, low: 7, high: 7 }])
  expect(given.asked.filter((asked) => asked.startsWith('ListOffsets'))).toEqual(['ListOffsets 2', 'ListOffsets 2'])
})

test('offsets of a partition without a leader are waited for until default.api.timeout.ms', async () => {
  const given = new GivenAdmin({ 'default.api.timeout.ms': 1000, 'request.timeout.ms': 1000 })
  given.leader = -1
  expect(await given.outcomeOf(() => given.admin.fetchTopicOffsets('orders'), { rounds: 24, passMs: 100 })).toEqual([
    'TimeoutError',
    "ListOffsets was not answered within default.api.timeout.ms (1000 ms): partition 0 of 'orders' has no leader that can be reached",
  ])
})

test('an election tells the outcome of each partition', async () => {
  const given = new GivenAdmin()
  given.error = 'ELECTION_NOT_NEEDED'
  const elect = () => given.admin.electLeaders({ electionType: 'preferred' })
  expect(await given.outcomeOf(elect)).toEqual([{ topic: 'orders', partition: 0, error: 'ELECTION_NOT_NEEDED' }])
})

const forget = (given: GivenAdmin) => () => given.admin.deleteGroups(['tea'])
const groupIds = (outcome: unknown): unknown =>
  (outcome as { groups: { groupId: string }[] }).groups.map((one) => one.groupId)

test('the coordinator of a group is asked, and looked up again when it is another one', async () => {
  const given = new GivenAdmin({ 'retry.backoff.ms': 100 })
  given.named = [1]
  given.coordinator = 2
  expect(await given.outcomeOf(forget(given), { rounds: 6, passMs: 100 })).toEqual([{ groupId: 'tea', error: 'NONE' }])
  expect(given.asked.filter((asked) => !asked.startsWith('Find'))).toEqual(['DeleteGroups 1', 'DeleteGroups 2'])
})

test('each coordinator is asked once about all of its groups, and only groups that have moved are asked about again', async () => {
  const given = new GivenAdmin({ 'retry.backoff.ms': 100 })
  const ids = ['a', 'b', 'c', 'd']
  for (const [index, id] of ids.entries()) given.groups.set(id, (index % 2) + 1)
  const outcome = given.outcomeOf(() => given.admin.deleteGroups(ids), { rounds: 8, passMs: 50 })
  while (!given.asked.some((asked) => asked.startsWith('Find'))) await new Promise((resolve) => setImmediate(resolve))
  // It moves between the two questions.
  given.groups.set('a', 2)
  expect(await outcome).toEqual(ids.map((groupId) => ({ groupId, error: 'NONE' })))
  expect(given.asked.filter((asked) => asked.startsWith('Find'))).toHaveLength(2)
  expect([...given.deleted.slice(0, 2).sort(), given.deleted[2]]).toEqual(['1: a c', '2: b d', '2: a'])
})

test('a group whose coordinator ends before it has answered is asked of the next one', async () => {
  const given = new GivenAdmin({ 'retry.backoff.ms': 100 })
  given.named = [1]
  given.coordinator = 2
  given.silent = 1
  const outcome = given.outcomeOf(forget(given), { rounds: 12, passMs: 100 })
  while (!given.asked.includes('DeleteGroups 1')) await new Promise((resolve) => setImmediate(resolve))
  given.stage.kill('broker-1')
  expect(await outcome).toEqual([{ groupId: 'tea', error: 'NONE' }])
})

test('a coordinator that is being loaded is asked again until default.api.timeout.ms', async () => {
  const given = new GivenAdmin({ 'default.api.timeout.ms': 1000, 'request.timeout.ms': 1000 })
  given.groupError = 'COORDINATOR_LOAD_IN_PROGRESS'
  expect(await given.outcomeOf(forget(given), { rounds: 14, passMs: 100 })).toEqual([
    'TimeoutError',
    'DeleteGroups was not answered within default.api.timeout.ms (1000 ms): the last answer was COORDINATOR_LOAD_IN_PROGRESS',
  ])
})

test('groups are asked of every broker that lives', async () => {
  const given = new GivenAdmin()
  expect(groupIds(await given.outcomeOf(() => given.admin.listGroups(), { rounds: 2 }))).toEqual(['of-1', 'of-2'])
})

test('when a broker ends, groups are asked of all that are left, again', async () => {
  const given = new GivenAdmin({ 'retry.backoff.ms': 100 })
  given.stage.kill('broker-2')
  const outcome = given.outcomeOf(() => given.admin.listGroups(), { rounds: 8, passMs: 100 })
  await new Promise((resolve) => setImmediate(resolve))
  given.brokers = [1]
  expect(groupIds(await outcome)).toEqual(['of-1'])
  expect(given.asked.filter((asked) => asked === 'ListGroups 1')).toHaveLength(2)
})

test('groups that a living broker does not tell of are not listed without them', async () => {
  const given = new GivenAdmin({ 'default.api.timeout.ms': 1000, 'request.timeout.ms': 1000 })
  given.stage.kill('broker-2')
  expect(await given.outcomeOf(() => given.admin.listGroups(), { rounds: 24, passMs: 100 })).toEqual([
    'TimeoutError',
    expect.stringContaining('default.api.timeout.ms (1000 ms): broker 2 cannot be reached'),
  ])
})

const logsOf = (given: GivenAdmin, brokers?: readonly number[]) => () =>
  given.admin.describeLogDirs(brokers && { brokers })

test('a broker that has just restarted is asked once it is connected with again', async () => {
  const given = new GivenAdmin({ 'retry.backoff.ms': 100 })
  await given.outcomeOf(logsOf(given), { rounds: 3 })
  given.stage.kill('broker-2')
  given.start(2)
  expect(await given.outcomeOf(logsOf(given, [2]), { rounds: 40, passMs: 10 })).toEqual({
    brokers: [{ nodeId: 2, logs: [] }],
  })
})

test('a broker that ends after it was said to be alive is left out, unless it was named', async () => {
  const given = new GivenAdmin({ 'retry.backoff.ms': 100 })
  given.stage.kill('broker-2')
  const outcomes = [logsOf(given), logsOf(given, [2])].map((call) => given.outcomeOf(call, { rounds: 12, passMs: 100 }))
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
  given.brokers = [1]
  expect(await Promise.all(outcomes)).toEqual([
    { brokers: [{ nodeId: 1, logs: [] }] },
    ['KafkaError', 'Broker 2 cannot be reached'],
  ])
})
