import { expect, test } from 'vitest'
import { GivenReplicas } from '../given-replicas.js'
import { ALL, outcome } from '../outcome.js'

/**
 * Broker 2 has caught up and has asked to join the isr of broker 1; the controller has not answered. Broker 3 is gone.
 */
function givenOneThatWantsToJoin(): GivenReplicas {
  const replicas = new GivenReplicas()
  replicas.agrees = false
  replicas.kill(3)
  replicas.publish({ isr: [1] })
  replicas.stage.pass(100)
  expect(replicas.asked).toMatchObject([{ partitions: [{ newIsr: [{ brokerId: 1 }, { brokerId: 2 }] }] }])
  return replicas
}

test('the high watermark waits for a replica that is about to join the isr', () => {
  const replicas = givenOneThatWantsToJoin()
  const client = replicas.client()
  replicas.kill(2)
  replicas.publishAgain()
  const asked = client.produce({ 0: ['a'] }, ALL)
  for (let passed = 0; passed < 2_000; passed += 100) replicas.stage.pass(100)
  expect([outcome(asked), replicas.at(1).log.highWatermark]).toEqual([undefined, 0])
})

test('a leader takes back an isr that was refused, and waits for nobody on its account', () => {
  const replicas = givenOneThatWantsToJoin()
  const client = replicas.client()
  replicas.kill(2)
  replicas.publishAgain()
  const asked = client.produce({ 0: ['a'] }, ALL)
  replicas.refuse('INELIGIBLE_REPLICA')
  expect(outcome(asked)).toBe('NONE')
})

test('a replica that was refused and then is fenced is not waited for', () => {
  const replicas = givenOneThatWantsToJoin()
  const client = replicas.client()
  replicas.stage.cut('broker-2', 'broker-1')
  replicas.refuse('INELIGIBLE_REPLICA')
  const asked = client.produce({ 0: ['a'] }, ALL)
  expect(outcome(asked)).toBeUndefined()
  replicas.kill(2)
  replicas.publishAgain()
  expect(outcome(asked)).toBe('NONE')
})

test('a replica that was refused and then falls silent is not waited for', () => {
  const replicas = givenOneThatWantsToJoin()
  const client = replicas.client()
  replicas.stage.cut('broker-2', 'broker-1')
  replicas.refuse('INELIGIBLE_REPLICA')
  const asked = client.produce({ 0: ['a'] }, ALL)
  for (let passed = 0; passed < 2_000; passed += 100) replicas.stage.pass(100)
  expect(outcome(asked)).toBe('NONE')
})

test('a replica that shuts down is neither waited for nor asked into the isr', () => {
  const replicas = new GivenReplicas()
  replicas.kill(3)
  replicas.shutDown(2)
  replicas.publish({ isr: [1] })
  const client = replicas.client()
  replicas.stage.cut('broker-2', 'broker-1')
  expect(outcome(client.produce({ 0: ['a'] }, ALL))).toBe('NONE')
  replicas.stage.heal('broker-2', 'broker-1')
  replicas.stage.pass(100)
  expect([replicas.ends(), replicas.asked]).toEqual([[1, 1], []])
})

test('a change of the isr that the controller cannot make for now is asked for again', () => {
  const replicas = givenOneThatWantsToJoin()
  replicas.agrees = true
  replicas.refuse('NOT_CONTROLLER')
  replicas.stage.pass(50)
  expect([replicas.asked.length, replicas.metadata.isr]).toEqual([2, [1, 2]])
})

test('a replica that has left the isr for its silence is not asked back before it fetches again', () => {
  // The high watermark stands still then, so that it is behind nobody.
  const replicas = new GivenReplicas({}, { 'min.insync.replicas': 3 })
  replicas.stage.cut('broker-3', 'broker-1')
  replicas.client().produce({ 0: ['a'] })
  for (let passed = 0; passed < 10_000; passed += 100) replicas.stage.pass(100)
  expect(replicas.asked.map(({ partitions }) => partitions[0]?.newIsr.map(({ brokerId }) => brokerId))).toEqual([
    [1, 2],
  ])
})

test('a broker waits for its controller for as long as that takes, on one connection', () => {
  const replicas = givenOneThatWantsToJoin()
  const { messages } = replicas.controller
  const ended = (): number => messages.filter(({ type }) => type === 'disconnected').length
  const before = ended()
  for (let passed = 0; passed < 600_000; passed += 10_000) replicas.stage.pass(10_000)
  expect([ended(), replicas.asked.length]).toEqual([before, 1])
})
