import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { Address } from '../actor/address.js'
import { ControlBlock } from '../actor/control-block.js'
import { type DutyCycleOptions, runDutyCycle } from '../actor/duty-cycle.js'
import { EventLoopHost } from '../actor/event-loop.js'
import type { Point } from '../actor/points.js'
import { Runner } from '../actor/runner.js'
import type { Actor } from '../actor/types.js'
import type { Clock } from '../base/clock.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { seededRandom } from '../base/random.js'
import type { SegmentKeeper } from '../log/types.js'
import { ClusterBoard } from './cluster-board.js'
import type { UsedHandle } from './cluster-handle.js'
import { segmentKeeper } from './kept-memory.js'
import type { WorkerRequest, WorkerStart } from './launcher-messages.js'
import { takeStart } from './started-thread.js'
import type { Mail } from './switchboard.js'
import { systemClock } from './system-clock.js'
import { systemTimers } from './system-timers.js'
import { threadWire } from './thread-wire.js'

/** What a broker's thread is started with. */
export interface BrokerData {
  readonly brokerId: number
  readonly options: BrokerOptions
  /** Memory of a PointTrap, for tests that kill the thread at a point. */
  readonly pointTrap?: SharedArrayBuffer | undefined
}

export interface DutyOptions extends DutyCycleOptions {
  /** See `Context.point`. */
  readonly point?: (name: Point) => void
}

/** What a worker file needs to build its actor and to run it. `Data` is what the worker was started with. */
export interface WorkerHost<Data> {
  readonly address: Address
  readonly data: Data
  readonly clock: Clock
  readonly control: ControlBlock
  /** What the incarnations before have left, and the way to leave more. */
  readonly segments: SegmentKeeper
  readonly notes: SharedArrayBuffer
  /** Port where a supervisor serves the application. */
  readonly surface: MessagePort | null
  /** Port where a sender tells what it does; null: nobody observes it. */
  readonly tape: MessagePort | null
  /** Asks the launcher for something, or tells it. */
  ask(request: WorkerRequest): void
  /** What this thread can attach to its own cluster with, as a client. */
  newHandle(brokers: readonly Address[]): UsedHandle
  /** Runs the actor on this thread, which is the actor's alone. */
  runDutyCycle(actor: Actor, options?: DutyOptions): void
  /** Runs the actor beside whatever else the thread's event loop does, and keeps the thread alive. */
  runEventLoop(actor: Actor): void
  /** Brings an actor on the event loop its turn: the thread itself has something for it. */
  wake(): void
}

export function workerHost<Data>(): WorkerHost<Data> {
  const start = takeStart<WorkerStart & { readonly data: Data }>()
  const { address, data, inheritance, line, surface, tape } = start
  const control = new ControlBlock(start.control)
  const clock = systemClock(start.clockOriginMs)
  const ask = (request: WorkerRequest, ports: readonly MessagePort[] = []): void => line.postMessage(request, ports)
  const wire = threadWire(
    address,
    () => receiveMessageOnPort(line)?.message as Mail<MessagePort> | undefined,
    (request) => ask(request),
  )
  const runner = (actor: Actor, point: (name: Point) => void = () => {}): Runner => {
    return new Runner({ self: address, actor, control, wire, random: seededRandom(address), point })
  }
  let eventLoop: EventLoopHost | null = null
  return {
    address,
    data,
    clock,
    control,
    segments: segmentKeeper(inheritance, {
      keep: (id, memory) => ask({ type: 'keep', id, memory }),
      forget: (id) => ask({ type: 'forget', id }),
    }),
    notes: inheritance.notes,
    surface,
    tape,
    ask: (request) => ask(request),
    newHandle(brokers) {
      const { port1, port2 } = new MessageChannel()
      ask({ type: 'invite', line: port1 }, [port1])
      const { clockOriginMs } = start
      return { port: port2, facts: { brokers, seed: address, clockOriginMs, board: new ClusterBoard(start.board) } }
    },
    runDutyCycle: (actor, options) => runDutyCycle(runner(actor, options?.point), clock, { ...options, turnEventLoop }),
    wake: () => eventLoop?.wake(),
    runEventLoop(actor) {
      eventLoop = new EventLoopHost(runner(actor), clock, systemTimers)
      eventLoop.start()
      // Waiting on a doorbell keeps no thread alive, a timer does.
      setInterval(() => {}, 2 ** 30)
    },
  }
}

/** A closed port is freed at the end of a turn of the event loop, so the next one must have begun. */
const turnEventLoop = (goOn: () => void): void => systemTimers.soon(() => systemTimers.soon(goOn))
