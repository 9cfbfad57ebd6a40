import type { MessagePort } from 'node:worker_threads'
import type { Address } from '../actor/address.js'
import { Memory } from '../base/memory.js'
import type { SenderData } from '../client/sender/open-sender.js'
import type { ThreadReport } from './incarnations.js'
import type { LauncherReport, SpawnRequest } from './launcher-messages.js'

/** A thread with clients, as the launcher knows it: where to tell it something, and what would be left of it. */
export class ClientThread {
  /** Addresses of the actors that sit in it. */
  readonly seats = new Set<Address>()
  /** Addresses of the threads that were started for it, and have not ended. */
  readonly threads = new Set<Address>()
  readonly #line: MessagePort
  /** The memories of that one of its producers which had most. */
  #memories: readonly SharedArrayBuffer[] = []

  constructor(line: MessagePort) {
    this.#line = line
  }

  report(report: LauncherReport, ports: readonly MessagePort[] = []): void {
    this.#line.postMessage(report, ports)
  }

  started({ address, kind, data }: SpawnRequest): void {
    this.threads.add(address)
    if (kind !== 'sender') return
    const { pool, shared } = data as SenderData
    if (pool.byteLength > (this.#memories[0]?.byteLength ?? 0)) this.#memories = [pool, shared]
  }

  /**
   * The thread and all that were started for it have ended: what is left of its producers' memory are objects in this
   * thread, which has few other reasons to collect them. (The weight of one memory is just what begins a collection;
   * it takes a little more.)
   */
  discard(): void {
    for (const shared of this.#memories) new Memory(shared).discard()
    this.#memories = []
  }
}

/**
 * The thread that has started the cluster, and its guests: those that have attached, or may.
 *
 *     invited ─▶ guest ─▶ gone, its threads are ending ─▶ nothing
 *
 * A guest is gone when its port closes, which Node does at the end of its thread, with whatever error or none, and when
 * the handle was lost on its way. Nobody runs then who could touch what its actors had. The owner's end is the
 * cluster's.
 *
 * Owned by the launcher's thread.
 */
export class ClientThreads {
  readonly owner: ClientThread
  readonly #guests = new Set<ClientThread>()
  /** Guests that are gone, and of whose threads some have not ended. */
  readonly #gone = new Set<ClientThread>()
  readonly #end: (guest: ClientThread) => void

  /** `end` frees the seats of a guest that is gone, and ends its threads. */
  constructor(owner: MessagePort, end: (guest: ClientThread) => void) {
    this.owner = new ClientThread(owner)
    this.#end = end
  }

  /** Listens to one more thread. */
  invite<Asked>(line: MessagePort, serve: (asked: Asked, guest: ClientThread) => void): void {
    const guest = new ClientThread(line)
    this.#guests.add(guest)
    line.on('message', (asked: Asked) => serve(asked, guest))
    line.on('close', () => {
      this.#guests.delete(guest)
      this.#gone.add(guest)
      this.#end(guest)
      this.#forget(guest)
    })
  }

  /** Notes a thread that was started, and tells the owner of a guest's. */
  spawned(by: ClientThread, spawned: SpawnRequest): void {
    if (by === this.owner) return
    by.started(spawned)
    this.owner.report({ type: 'spawned', address: spawned.address, control: spawned.control })
  }

  /** The owner hears of everything, a guest of the ends of its threads. */
  tell(report: ThreadReport): void {
    this.owner.report(report)
    if (report.type !== 'exited') return
    for (const guest of [...this.#guests, ...this.#gone]) {
      if (!guest.threads.delete(report.address)) continue
      if (this.#gone.has(guest)) this.#forget(guest)
      else guest.report(report)
    }
  }

  #forget(guest: ClientThread): void {
    if (guest.threads.size > 0) return
    this.#gone.delete(guest)
    guest.discard()
  }
}
