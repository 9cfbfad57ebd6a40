import { expect, test } from 'vitest'
import type { Address } from '../../../src/actor/address.js'
import type { FaultOrder } from '../../../src/actor/runner.js'
import { KafkaError } from '../../../src/base/errors.js'
import type { ScriptedFault } from '../../../src/cluster/fault-rule.js'
import { ScriptedFaults } from '../../../src/cluster/scripted-faults.js'

type Order = readonly [to: Address, order: FaultOrder]

/** Two brokers that obey when the test says so. */
function given(): { faults: ScriptedFaults; orders: Order[]; obey: () => void } {
  const orders: Order[] = []
  const faults = new ScriptedFaults({
    brokers: ['broker-1', 'broker-2'],
    supervisor: 'controller-0',
    order: (to, order) => orders.push([to, order]),
  })
  const obey = (): void => {
    for (const [to, { version }] of orders) faults.take(to, { type: 'faultsTaken', version })
  }
  return { faults, orders, obey }
}

const DROP: ScriptedFault = { api: 'Produce', action: 'drop', once: true }

test('a fault is brought to the broker that it concerns, or to all of them', async () => {
  const { faults, orders, obey } = given()
  const added = [faults.add({ ...DROP, broker: 2 }), faults.add({ ...DROP, api: 'Fetch' })]
  obey()
  await Promise.all(added)
  expect(orders.map(([to, { rules }]) => [to, rules.map(({ api }) => api)])).toEqual([
    ['broker-2', ['Produce']],
    ['broker-1', ['Fetch']],
    ['broker-2', ['Produce', 'Fetch']],
  ])
})

test('a fault of what only the supervisor serves is brought to the supervisor', async () => {
  const { faults, orders, obey } = given()
  const adding = faults.add({ api: 'AlterPartition', action: 'delay', delayMs: 50, once: true })
  obey()
  await adding
  expect(orders.map(([to]) => to)).toEqual(['controller-0'])
})

test('a fault stands when every broker obeys; one that has ended need not', async () => {
  const { faults, orders } = given()
  let isStanding = false
  const added = faults.add(DROP).then(() => (isStanding = true))
  faults.take('broker-1', { type: 'faultsTaken', version: orders[0]?.[1].version ?? 0 })
  await Promise.resolve()
  expect(isStanding).toBe(false)
  faults.ended('broker-2')
  await added
})

test('hits of a fault are counted and awaited', async () => {
  const { faults, orders, obey } = given()
  const adding = faults.add({ api: 'Produce', action: 'drop', times: 5 })
  obey()
  const handle = await adding
  const rule = orders[0]?.[1].rules[0]?.id ?? 0
  const twice = handle.hit(2)
  faults.take('broker-1', { type: 'faultHit', rule })
  await handle.hit()
  faults.take('broker-2', { type: 'faultHit', rule })
  await twice
  expect(handle.count).toBe(2)
})

test('a fault that is removed is in no later order', async () => {
  const { faults, orders, obey } = given()
  const adding = faults.add(DROP)
  obey()
  const removing = (await adding).remove()
  obey()
  await removing
  expect(orders.at(-1)?.[1].rules).toEqual([])
})

test('a hit that will never come rejects: the fault was removed, which counts what was under way', async () => {
  const { faults, orders, obey } = given()
  const adding = faults.add(DROP)
  obey()
  const handle = await adding
  const [once, twice] = [handle.hit(1), handle.hit(2)]
  const rejected = expect(twice).rejects.toThrow('The fault of Produce was removed when it had hit 1 request')
  const removing = handle.remove()
  faults.take('broker-1', { type: 'faultHit', rule: orders[0]?.[1].rules[0]?.id ?? 0 })
  obey()
  await removing
  await once
  await rejected
  await expect(handle.hit(2)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
})

test('when the cluster ends, nothing stays pending, and nothing is begun', async () => {
  const { faults, obey } = given()
  const adding = faults.add(DROP)
  obey()
  const handle = await adding
  const pending = [handle.hit(), faults.add(DROP)].map((promise) => promise.catch((error) => error.message))
  const removing = handle.remove()
  faults.end(new KafkaError('INVALID_REQUEST', 'over'))
  expect(await Promise.all(pending)).toEqual(['over', 'over'])
  await removing
  await expect(handle.hit()).rejects.toThrow('over')
  await expect(faults.add(DROP)).rejects.toThrow('over')
})

test.each<[unknown, string, string]>([
  [
    { api: 'Join', action: 'drop', once: true },
    'api',
    "Cannot call faults.add with api \"Join\": it must be 'Produce', 'Fetch'",
  ],
  [{ ...DROP, action: 'explode' }, 'action', 'Cannot call faults.add with action "explode"'],
  [
    { api: 'AlterPartition', action: 'delay', delayMs: 1, once: true, broker: 1 },
    'broker',
    'Cannot set a fault of AlterPartition on broker 1: the supervisor serves it',
  ],
  [{ ...DROP, api: 'AlterPartition' }, 'action', 'it must be one of error, delay, duplicate for AlterPartition'],
  [{ ...DROP, api: 'UpdateMetadata' }, 'action', 'it must be one of delay, duplicate for UpdateMetadata'],
  [{ ...DROP, api: 'Fetch', action: 'duplicate' }, 'action', 'Cannot set action of a fault to duplicate'],
  [{ ...DROP, broker: 3 }, 'broker', 'Cannot set a fault on broker 3: the cluster has broker-1, broker-2'],
  [{ api: 'Produce', action: 'drop' }, 'trigger', 'give exactly one of once, nth, times, probability, until, not none'],
  [{ ...DROP, nth: 2 }, 'trigger', 'not once and nth'],
  [{ ...DROP, action: 'error' }, 'error', "it must be the name of one of Kafka's errors"],
  [
    { ...DROP, action: 'error', error: 'NONE' },
    'error',
    'Cannot call faults.add with error "NONE": it must be the name of one of',
  ],
  [{ ...DROP, error: 'NOT_CONTROLLER' }, 'error', 'it must be absent unless action is error'],
  [{ ...DROP, action: 'delay' }, 'delayMs', 'it must be a number of milliseconds'],
  [{ api: 'Produce', action: 'drop', times: 0 }, 'times', 'it must be a whole number from 1'],
  [{ api: 'Produce', action: 'drop', probability: 2 }, 'probability', 'it must be a number from 0 to 1'],
  [{ api: 'Produce', action: 'drop', until: 'tomorrow' }, 'until', "it must be 'removed' or a number from 0"],
  [{ ...DROP, from: 3 }, 'from', 'Cannot set a fault from broker 3: the cluster has broker-1, broker-2'],
  [
    { ...DROP, from: 'nobody' },
    'from',
    "the address of an actor, such as sender-1, or 'clients' or an object with clientId",
  ],
  [{ ...DROP, once: false }, 'once', 'it must be true'],
  [{ ...DROP, actions: 'drop' }, 'actions', 'there is no such field, only api, broker, from'],
])('the fault %o is refused', async (fault, option, says) => {
  const { faults, orders } = given()
  await expect(faults.add(fault as ScriptedFault)).rejects.toMatchObject({
    name: 'ConfigError',
    option,
    message: expect.stringContaining(says),
  })
  expect(orders).toEqual([])
})
