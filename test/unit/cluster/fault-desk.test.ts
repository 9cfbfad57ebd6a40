import { expect, test } from 'vitest'
import type { Address } from '../../../src/actor/address.js'
import { ControlBlock } from '../../../src/actor/control-block.js'
import { deferred } from '../../../src/base/deferred.js'
import { FaultDesk, type FaultHost } from '../../../src/cluster/faults.js'
import { SupervisorLine } from '../../../src/cluster/supervisor-line.js'
import type { AskedSurface } from '../../../src/cluster/supervisor-surface.js'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'

/** A broker that is down, and actors that never answer whoever asks whether it is back, unless they are played. */
function given({ plays = {}, gateway }: { plays?: Played; gateway?: Address } = {}) {
  const stage = new Stage()
  for (const [address, actor] of Object.entries(plays)) stage.seat(address as Address, actor)
  const control = new ControlBlock()
  control.end()
  const supervisor = new SupervisorLine<AskedSurface>()
  const surface: Partial<AskedSurface> = { brokerEpoch: () => 7 }
  supervisor.renew(surface as AskedSurface)
  const respawned = deferred<void>()
  const host: Partial<FaultHost> = {
    brokers: ['broker-1'],
    supervisor,
    controlOf: () => control,
    respawn: () => respawned.resolve(),
    gatewayOf: () => gateway,
    seat: () => ({
      bell: control,
      control,
      run(actor) {
        stage.seat('client-1', actor)
        queueMicrotask(() => stage.settle())
        return () => stage.kill('client-1')
      },
    }),
  }
  return { desk: new FaultDesk(host as FaultHost), control, respawned: respawned.promise, stage }
}

type Played = { readonly [address: Address]: ScriptedActor }

/** Whether it has settled once everything else is done. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false
  const settle = (): void => {
    isSettled = true
  }
  promise.then(settle, settle)
  await new Promise((resolve) => setImmediate(resolve))
  return isSettled
}

test('a broker that was started again is back when it says so itself, and its gateway too', async () => {
  const [broker, gateway] = [new ScriptedActor(), new ScriptedActor()]
  const { desk, stage } = given({ plays: { 'broker-1': broker, 'gateway-1': gateway }, gateway: 'gateway-1' })
  const restarting = desk.restartBroker(1)
  for (const actor of [broker, gateway]) {
    expect(await settled(restarting)).toBe(false)
    expect(actor.unanswered('AwaitBroker').map(({ body }) => body.brokerId)).toEqual([1])
    actor.answer({ api: 'AwaitBroker' })
    stage.settle()
  }
  await restarting
})

test('a gateway that stays down is not waited for', async () => {
  const broker = new ScriptedActor(() => ({ api: 'AwaitBroker' }))
  const { desk } = given({ plays: { 'broker-1': broker }, gateway: 'gateway-1' })
  const restarting = desk.restartBroker(1)
  expect(await settled(restarting)).toBe(false)
  desk.gaveUp('gateway-1', 'It has crashed too often')
  await restarting
})

test('nobody waits for the return of a broker that the supervisor has given up', async () => {
  const { desk, respawned } = given()
  const restarting = desk.restartBroker(1)
  await respawned
  desk.gaveUp('broker-1', 'It has crashed too often')
  await expect(restarting).rejects.toMatchObject({ name: 'WorkerDiedError', message: 'It has crashed too often' })
})

test('late news of the incarnation before counts for nothing', async () => {
  const { desk, control, respawned } = given()
  const restarting = desk.restartBroker(1)
  await respawned
  control.renew()
  desk.gaveUp('broker-1', 'It has crashed too often')
  expect(await settled(restarting)).toBe(false)
})

test('the actor that asks the controller on behalf of a broker that is stopped is gone with the controller', async () => {
  const control = new ControlBlock()
  const supervisor = new SupervisorLine<AskedSurface>()
  const surface: Partial<AskedSurface> = { brokerEpoch: () => 7 }
  supervisor.renew(surface as AskedSurface)
  const seated = deferred<void>()
  let isSeated = false
  const run = (): (() => void) => {
    isSeated = true
    seated.resolve()
    return () => {
      isSeated = false
    }
  }
  const host: Partial<FaultHost> = {
    brokers: ['broker-1'],
    supervisor,
    controlOf: () => control,
    seat: () => ({ bell: control, control, run }),
  }
  const stopping = new FaultDesk(host as FaultHost).stopBroker(1)
  await seated.promise
  supervisor.end(new Error('over'))
  await expect(stopping).rejects.toThrow('over')
  expect(isSeated).toBe(false)
})
