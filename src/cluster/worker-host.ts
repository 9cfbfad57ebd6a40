import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { ControlBlock } from '../actor/control-block.js'
import { runDutyCycle } from '../actor/duty-cycle.js'
import { EventLoopHost } from '../actor/event-loop.js'
import { Runner } from '../actor/runner.js'
import type { Actor, Address } from '../actor/types.js'
import { assert } from '../base/assert.js'
import type { Clock } from '../base/clock.js'
import { seededRandom } from '../base/random.js'
import type { WorkerStart } from './launcher.js'
import type { Mail } from './switchboard.js'
import { systemClock } from './system-clock.js'
import { systemTimers } from './system-timers.js'
import { threadWire } from './thread-wire.js'

/** What a worker file needs to build its actor and to run it. `Data` is what the worker was started with. */
export interface WorkerHost<Data> {
  readonly address: Address
  readonly data: Data
  readonly clock: Clock
  readonly control: ControlBlock
  /** Never returns: the thread is the actor's alone. */
  runDutyCycle(actor: Actor): void
  /** Runs the actor beside whatever else the thread's event loop does, and keeps the thread alive. */
  runEventLoop(actor: Actor): void
}

export function workerHost<Data>(): WorkerHost<Data> {
  const { address, control: shared, clockOriginMs, data } = workerData as WorkerStart & { readonly data: Data }
  const port = parentPort as MessagePort
  assert(port !== null, 'A worker file runs on a worker thread')
  const control = new ControlBlock(shared)
  const clock = systemClock(clockOriginMs)
  const wire = threadWire(
    address,
    () => receiveMessageOnPort(port)?.message as Mail<MessagePort> | undefined,
    (request) => port.postMessage(request),
  )
  const runner = (actor: Actor): Runner => {
    return new Runner({ self: address, actor, control, wire, random: seededRandom(address) })
  }
  return {
    address,
    data,
    clock,
    control,
    runDutyCycle: (actor) => runDutyCycle(runner(actor), clock),
    runEventLoop(actor) {
      new EventLoopHost(runner(actor), clock, systemTimers).start()
      // Waiting on a doorbell keeps no thread alive, a timer does.
      setInterval(() => {}, 2 ** 30)
    },
  }
}
