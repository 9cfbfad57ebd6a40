import type { MessagePort } from 'node:worker_threads'
import type { Address } from '../actor/address.js'
import type { FaultOrder } from '../actor/runner.js'
import type { RestartLimits } from '../controller/restart-policy.js'
import type { Opening } from '../gateway/broker-doors.js'
import type { Ending, ThreadReport } from './incarnations.js'
import type { Inheritance, KeptBytes } from './kept-memory.js'
import type { Mail } from './switchboard.js'
import type { WireRequest } from './thread-wire.js'
import type { WorkerFiles } from './worker-files.js'

/** What the application, the launcher and the threads that it starts say to one another. */
export type WorkerKind = 'supervisor' | 'broker' | 'sender' | 'consumer' | 'gateway'

export interface SpawnRequest {
  readonly type: 'spawn'
  readonly kind: WorkerKind
  readonly address: Address
  readonly control: SharedArrayBuffer
  readonly data: unknown
  /** Port of a sender that somebody observes; handed on to its thread, which is started once. */
  readonly tape: MessagePort | null
}

/** Lets another thread ask: its end of a line to the launcher. */
export interface Invitation {
  readonly type: 'invite'
  readonly line: MessagePort
}

/** What a thread with clients asks of the launcher: the application, and whoever has attached. */
export type LauncherRequest =
  | WireRequest
  | Invitation
  /** Confirmed by the number of the call, like the next three. */
  | { readonly type: 'greet'; readonly call: number }
  | SpawnRequest
  | { readonly type: 'seat'; readonly address: Address; readonly control: SharedArrayBuffer }
  | { readonly type: 'unseat'; readonly address: Address }
  | ({ readonly type: 'terminate'; readonly address: Address } & Ending)
  | { readonly type: 'respawn'; readonly address: Address }
  | { readonly type: 'cut' | 'heal'; readonly from: Address; readonly to: Address; readonly call: number }
  | { readonly type: 'count'; readonly call: number }
  /** All links are healed, and no crash has happened. */
  | { readonly type: 'renew'; readonly call: number }
  /** Confirmed when the actor has ended and nobody touches a connection of its any more. */
  | { readonly type: 'whenLetGo'; readonly address: Address; readonly call: number }
  | { readonly type: 'order'; readonly to: Address; readonly order: FaultOrder }

/** What a gateway tells the application. */
export type GatewayReport =
  | { readonly type: 'doorsOpened'; readonly address: Address; readonly opening: Opening }
  /** A line for the log. */
  | { readonly type: 'warning'; readonly address: Address; readonly says: string }

/** What a thread asks of the launcher. */
export type WorkerRequest =
  | WireRequest
  | Invitation
  /** Memory that is to outlive it. */
  | { readonly type: 'keep'; readonly id: number; readonly memory: SharedArrayBuffer }
  | { readonly type: 'forget'; readonly id: number }
  /** Only the supervisor asks for it. */
  | { readonly type: 'restart'; readonly address: Address }
  | { readonly type: 'gaveUp'; readonly address: Address; readonly says: string }
  | GatewayReport

/** What the launcher tells a thread with clients; all but the first four, the application alone. */
export type LauncherReport =
  | { readonly type: 'mail'; readonly to: Address; readonly mail: Mail<MessagePort> }
  | ThreadReport
  | GatewayReport
  | { readonly type: 'done'; readonly call: number }
  /** A thread was started for somebody who has attached. */
  | { readonly type: 'spawned'; readonly address: Address; readonly control: SharedArrayBuffer }
  | { readonly type: 'counted'; readonly call: number; readonly bytes: KeptBytes }
  /** The other end of the port that a new supervisor listens to. */
  | { readonly type: 'surface'; readonly port: MessagePort }

/** What the launcher itself is started with. */
export interface LauncherStart {
  /** Line to the application. */
  readonly line: MessagePort
  readonly clockOriginMs: number
  readonly files: WorkerFiles
  readonly execArgv: string[]
  /** Limits for the supervisor, which restarts the brokers but cannot restart itself. */
  readonly restartLimits: RestartLimits
  /** Memory of the cluster's board. */
  readonly board: SharedArrayBuffer
}

/** What every worker is started with. */
export interface WorkerStart {
  /** Line to the launcher. */
  readonly line: MessagePort
  readonly address: Address
  readonly control: SharedArrayBuffer
  readonly clockOriginMs: number
  /** Memory of the cluster's board. */
  readonly board: SharedArrayBuffer
  readonly data: unknown
  readonly inheritance: Inheritance
  /** Port of the supervisor: where it is to serve the application. */
  readonly surface: MessagePort | null
  /** Port of a sender: where it is to tell what it does; null: nobody observes it. */
  readonly tape: MessagePort | null
}
