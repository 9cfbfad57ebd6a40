import type { Address } from '../actor/address.js'
import { signature } from '../base/arguments/shape.js'
import { ClosedError } from '../base/errors.js'
import { ClientDoors } from './client-doors.js'
import type { Clients } from './clients.js'
import { type ClusterHandle, newHandle, type UsedHandle } from './cluster-handle.js'
import { GuestLine } from './guest-line.js'
import { PendingHold } from './pending-hold.js'
import { threadClients } from './thread-clients.js'

const HANDLE = signature('handle')

/**
 * A cluster as another thread sees it that has attached: producers, consumers and admins of its own, as fast as the
 * owner's, because their threads and rings are the same. Whether the cluster lives, and what goes wrong in it, is its
 * owner's.
 */
export class AttachedCluster extends ClientDoors {
  protected readonly behind: { readonly clients: Clients }
  readonly #brokers: readonly Address[]
  readonly #line: GuestLine
  readonly #hold = new PendingHold(() => this.#line.hasPending || this.behind.clients.areAwaited)

  private constructor({ port, facts }: UsedHandle) {
    super()
    const { brokers } = facts
    this.#brokers = brokers
    this.#line = new GuestLine({
      ...facts,
      port,
      listener: {
        exited: (exit) => this.noteExit(exit),
        lost: (error) => {
          this.#hold.switch(false)
          this.end(error)
        },
        asked: () => this.#hold.noteBegun(),
      },
    })
    this.behind = {
      clients: threadClients({
        line: this.#line,
        hold: this.#hold,
        brokers,
        exitOf: (address) => this.unexpectedExits.find((exit) => exit.address === address),
      }),
    }
  }

  /** Attaches without a question whether the cluster is there. */
  static by(handle: UsedHandle): AttachedCluster {
    return new AttachedCluster(handle)
  }

  /** Resolves when the cluster has answered. Rejects with a ClosedError or WorkerDiedError if it has ended. */
  static async attach(handle: UsedHandle): Promise<AttachedCluster> {
    const attached = AttachedCluster.by(handle)
    await attached.#line.greet()
    return attached
  }

  /** A handle of the same cluster for one more thread: see `Cluster.handle`. */
  handle(...surplus: undefined[]): ClusterHandle {
    HANDLE(...surplus)
    this.behind.clients.checkOpen()
    return newHandle(this.#line, this.#brokers)
  }

  /** Lets the thread end although it is attached: see `Cluster.unref`. */
  unref(): this {
    return this.#reference(false)
  }

  /** Takes `unref` back. */
  ref(): this {
    return this.#reference(true)
  }

  #reference(isReferenced: boolean): this {
    this.#line.reference(isReferenced)
    this.#hold.switch(!isReferenced)
    return this
  }

  protected async endAll(): Promise<void> {
    this.#hold.switch(false)
    this.end(new ClosedError('The attached cluster is closed'))
    await this.#line.leave()
    await this.behind.clients.told()
  }
}
