import { expect, onTestFinished, test } from 'vitest'
import type { Address } from '../../src/actor/address.js'
import type { Clients } from '../../src/cluster/clients.js'
import { Cluster } from '../../src/cluster/cluster.js'
import { passingErrorOf, type Request, type Response, type ResponseOf } from '../../src/protocol/api.js'
import { topicUuidOf } from '../../src/protocol/topic-uuid.js'
import { ScriptedActor } from '../support/scripted-actor.js'
import { commitOf, fetchOf } from '../unit/broker/handlers/given-groups.js'

const GROUP = 'order-workers'

/** What asks brokers on this thread, without being a client of the cluster. */
function askingIn(cluster: Cluster): (to: Address, request: Request) => Promise<Response | null> {
  const { clients } = (cluster as unknown as { readonly behind: { readonly clients: Clients } }).behind
  const seat = clients.seat()
  const actor = new ScriptedActor()
  const leave = seat.run(actor)
  onTestFinished(() => leave())
  return (to, request) => {
    const asked = actor.ask(to, request)
    seat.bell.ring()
    return asked.answered
  }
}

test('what a group has committed is told by its next coordinator when the thread of the last one has died', async () => {
  const cluster = await Cluster.start({ brokers: 3, 'min.insync.replicas': 2 })
  onTestFinished(() => cluster.close())
  const ask = askingIn(cluster)
  const admin = cluster.admin()
  await admin.createTopics({ topics: [{ topic: 'orders', replicationFactor: 3 }] })
  const { topics } = await admin.fetchTopicMetadata({ topics: ['orders'] })
  const orders = [{ topicId: topicUuidOf(topics[0]?.topicId ?? -1), partitions: [0] }]

  /** Asks whoever coordinates the group, until somebody does. */
  const askCoordinator = async (request: Request, findAt: Address): Promise<readonly [number, Response]> => {
    for (;;) {
      const found = await ask(findAt, { api: 'FindCoordinator', keyType: 0, coordinatorKeys: [GROUP] })
      const coordinator = (found as ResponseOf<'FindCoordinator'> | null)?.coordinators[0]?.nodeId ?? -1
      const answer = coordinator < 0 ? null : await ask(`broker-${coordinator}`, request)
      if (answer !== null && passingErrorOf(answer) === null) return [coordinator, answer]
    }
  }

  const [first, committed] = await askCoordinator(commitOf(GROUP, orders), 'broker-1')
  expect(committed).toMatchObject({ topics: [{ partitions: [{ errorCode: 'NONE' }] }] })
  await cluster.killBroker(first)
  const other: Address = first === 1 ? 'broker-2' : 'broker-1'
  const fetch: Request = { api: 'OffsetFetch', groups: [fetchOf(GROUP, orders)], requireStable: true }
  const [second, fetched] = await askCoordinator(fetch, other)

  expect(second).not.toBe(first)
  expect(fetched).toMatchObject({ groups: [{ topics: [{ partitions: [{ committedOffset: 5, metadata: 'm' }] }] }] })
  expect(await admin.listTopics()).toEqual(['orders'])
  expect(await admin.listTopics({ listInternal: true })).toContain('__consumer_offsets')
})
