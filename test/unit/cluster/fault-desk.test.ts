import { expect, test } from 'vitest'
import { ControlBlock } from '../../../src/actor/control-block.js'
import { deferred } from '../../../src/base/deferred.js'
import { FaultDesk, type FaultHost } from '../../../src/cluster/faults.js'
import { SupervisorLine } from '../../../src/cluster/supervisor-line.js'
import type { AskedSurface } from '../../../src/cluster/supervisor-surface.js'

/** A broker that is down, and a supervisor that never sees it again. */
function given(): { desk: FaultDesk; control: ControlBlock; respawned: Promise<void> } {
  const control = new ControlBlock()
  control.end()
  const supervisor = new SupervisorLine<AskedSurface>()
  const surface: Partial<AskedSurface> = { brokerEpoch: () => 7, unfenced: () => new Promise(() => {}) }
  supervisor.renew(surface as AskedSurface)
  const respawned = deferred<void>()
  const host: Partial<FaultHost> = {
    brokers: ['broker-1'],
    supervisor,
    controlOf: () => control,
    respawn: () => respawned.resolve(),
  }
  return { desk: new FaultDesk(host as FaultHost), control, respawned: respawned.promise }
}

test('nobody waits for the return of a broker that the supervisor has given up', async () => {
  const { desk, respawned } = given()
  const restarting = desk.restartBroker(1)
  await respawned
  desk.gaveUp('broker-1', 'It has crashed too often')
  await expect(restarting).rejects.toMatchObject({ name: 'WorkerDiedError', message: 'It has crashed too often' })
})

test('late news of the incarnation before counts for nothing', async () => {
  const { desk, control, respawned } = given()
  let isSettled = false
  const settle = (): void => {
    isSettled = true
  }
  desk.restartBroker(1).then(settle, settle)
  await respawned
  control.renew()
  desk.gaveUp('broker-1', 'It has crashed too often')
  await new Promise((resolve) => setImmediate(resolve))
  expect(isSettled).toBe(false)
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
