import { isSharedArrayBuffer } from 'node:util/types'
import { MessagePort } from 'node:worker_threads'
import type { Address } from '../actor/address.js'
import { isFields } from '../base/arguments/fields.js'
import { type Shape, signature, WRONG } from '../base/arguments/shape.js'
import { sentToOurselves } from '../base/cloned.js'
import { ConfigError } from '../base/errors.js'
import { isAddress } from './argument-shapes.js'
import { closedCluster } from './client-doors.js'
import { ClusterBoard } from './cluster-board.js'
import type { LauncherLine } from './launcher-line.js'
import { packageVersion } from './package-folder.js'

/**
 * The way to a cluster, for one other thread: `worker.postMessage(handle, handle.transfer)`, or `workerData` with
 * `transferList: handle.transfer`. There, `Cluster.attach(handle)` uses it up.
 */
export interface ClusterHandle {
  /** Belongs in the transfer list of the message that takes the handle along. */
  readonly port: MessagePort
  /** The port, as a transfer list. */
  readonly transfer: MessagePort[]
  /** What there is to know of the cluster. */
  readonly cluster: ClusterFacts
}

/** What a thread that attaches must know beforehand. */
export interface ClusterFacts {
  /** The package's version: another one may lay out shared memory in another way. */
  readonly version: string
  readonly brokers: readonly Address[]
  readonly seed: string
  readonly clockOriginMs: number
  readonly board: SharedArrayBuffer
}

/** What `attach` makes of a handle: the port is nobody else's from then on. */
export interface UsedHandle {
  readonly port: MessagePort
  readonly facts: Omit<ClusterFacts, 'board' | 'version'> & { readonly board: ClusterBoard }
}

export function newHandle(line: LauncherLine, brokers: readonly Address[]): ClusterHandle {
  const { seed, clockOriginMs, board } = line
  const port = line.invite()
  const cluster = { version: packageVersion(), brokers, seed, clockOriginMs, board: board.shared }
  return { port, transfer: [port], cluster }
}

const handleShape: Shape<Pick<ClusterHandle, 'port' | 'cluster'>> = {
  right: 'what cluster.handle() has given, brought here with its port in the transfer list',
  read(given) {
    if (!isFields(given)) return WRONG
    const { port, cluster } = given as Partial<Record<string, unknown>>
    if (!(port instanceof MessagePort)) return WRONG
    const facts = readFacts(cluster)
    return facts === WRONG ? WRONG : { port, cluster: facts }
  },
}

function readFacts(given: unknown): ClusterFacts | typeof WRONG {
  if (!isFields(given)) return WRONG
  const { version, brokers, seed, clockOriginMs, board } = given as Partial<Record<string, unknown>>
  if (typeof version !== 'string' || typeof seed !== 'string' || typeof clockOriginMs !== 'number') return WRONG
  if (!Array.isArray(brokers) || !isSharedArrayBuffer(board)) return WRONG
  const addresses: unknown[] = [...brokers]
  return addresses.every(isAddress) ? { version, brokers: addresses, seed, clockOriginMs, board } : WRONG
}

const ATTACH = signature('Cluster.attach', ['handle', handleShape])

/** Takes the handle's port away from whoever has it. Throws a ConfigError, or a ClosedError for a closed cluster. */
export function useHandle(handle: unknown, ...surplus: readonly unknown[]): UsedHandle {
  const [{ port, cluster }] = ATTACH(handle, ...surplus)
  const version = packageVersion()
  if (cluster.version !== version)
    throw new ConfigError(
      'handle',
      `Cannot attach to a cluster of version ${cluster.version} with version ${version}: both threads must load the same package`,
    )
  const board = new ClusterBoard(cluster.board)
  if (board.isClosed) throw closedCluster()
  return { port: takePort(port), facts: { ...cluster, board } }
}

function takePort(port: MessagePort): MessagePort {
  try {
    return sentToOurselves(port, [port])
  } catch (cause) {
    const says =
      'Cannot attach with this handle: it was used or sent on already, or its cluster has ended. A handle attaches once: call cluster.handle() for each thread'
    throw new ConfigError('handle', says, { cause })
  }
}
