import { expect, test } from 'vitest'
import { HandlerTable } from '../../../../src/actor/handler-table.js'
import type { Message } from '../../../../src/actor/types.js'
import { NEVER } from '../../../../src/base/ids.js'
import { ClusterView } from '../../../../src/broker/cluster-view.js'
import { MembershipHandler } from '../../../../src/broker/handlers/membership.js'
import type { BrokerImage } from '../../../../src/protocol/inner/update-metadata.js'
import { ScriptedActor } from '../../../support/scripted-actor.js'
import { Stage } from '../../../support/stage.js'
import { brokerImage } from '../given-broker.js'

/** Broker 1, whose incarnation before had epoch 4. */
function given() {
  const stage = new Stage()
  const cluster = new ClusterView()
  const membership = new MembershipHandler({ brokerId: 1, epochBefore: 4, cluster })
  const table = new HandlerTable(membership.handlers)
  const asking = new ScriptedActor()
  stage.seat('broker-1', {
    serves: table.serves,
    receive(message: Message, context) {
      if (message.type === 'request') table.serve(message.connection, message.correlationId, message.body, context)
    },
    tick() {
      membership.noteNews()
      return NEVER
    },
  })
  stage.seat('client-1', asking)
  let version = 0
  return {
    ask() {
      const asked = asking.ask('broker-1', { api: 'AwaitBroker', brokerId: 1 })
      stage.settle()
      return asked
    },
    take(...brokers: readonly BrokerImage[]) {
      version += 1
      cluster.take({ api: 'UpdateMetadata', version, since: -1, brokers, topics: [], removedTopics: [] })
      stage.settle()
    },
  }
}

test.each<[string, readonly BrokerImage[]]>([
  ['knows nothing', []],
  ['knows of others only', [brokerImage(2)]],
  ['knows of the incarnation before', [brokerImage(1, { brokerEpoch: 4 })]],
  ['is fenced', [brokerImage(1, { brokerEpoch: 5, isFenced: true })]],
])('a broker that %s is no part of the cluster yet', (_, brokers) => {
  const { ask, take } = given()
  take(...brokers)
  const asked = ask()
  expect(asked.answer).toBeUndefined()
  take(...brokers, brokerImage(2))
  expect(asked.answer).toBeUndefined()
  take(brokerImage(1, { brokerEpoch: 5 }))
  expect(asked.answer).toEqual({ api: 'AwaitBroker' })
  expect(ask().answer).toEqual({ api: 'AwaitBroker' })
})
