import type { Address } from '../actor/address.js'
import { RESET_MS_MAX } from '../base/config/internal-limits.js'
import { deferred } from '../base/deferred.js'
import { ClosedError, TimeoutError } from '../base/errors.js'
import type { Request } from '../protocol/api.js'
import { AskingActor } from './asking-actor.js'
import type { Behind } from './doors.js'
import { inTime } from './system-timers.js'

/**
 * Makes a cluster that was used as empty as a new one, with its threads and ports as they are. No step begins before
 * the one before it is over:
 *
 * 1. Scripted faults are removed, with what they have delayed and muted. Brokers that stand still go on. Links are
 *    healed, and clients of this thread end with their threads. What was to go wrong, and was under way, is over.
 * 2. Brokers and gateways that are down are started. All brokers are registered and know of one another.
 * 3. Gateways reset the connections of their clients. Brokers serve nothing of them any more.
 * 4. Each broker passes a question on to the controller, and has the answer. What clients had asked before, such as to
 *    create a topic, was in front of it.
 * 5. The controller deletes all topics, those of groups too, and every broker knows it. Whatever brokers know of groups
 *    and of producers' sequences goes with the topics. Producer ids are not given twice, though.
 *
 * Lives on the application's thread.
 */
export interface ResetHost extends Pick<Behind, 'clients' | 'desk' | 'faults' | 'supervisor'> {
  readonly brokers: readonly Address[]
  readonly gateways: readonly Address[]
  /** See `Threads.renew`. */
  renew(): Promise<void>
  /** See `Strikes.over`. */
  strikesOver(): Promise<void>
  /** Starts the gateways that are down. */
  startGateways(): void
  /** What was noted of ends is forgotten. */
  forgetEnds(): void
}

export class ClusterReset {
  readonly #host: ResetHost
  #running: Promise<void> | null = null

  constructor(host: ResetHost) {
    this.#host = host
  }

  /** Whoever calls it while it runs waits for the same one. Rejects with a KafkaError if the cluster ends. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  async #run(): Promise<void> {
    const { clients, desk, faults, supervisor, brokers, gateways } = this.#host
    clients.checkOpen()
    desk.resumeAll()
    desk.healClients()
    await Promise.all([faults.clear(), clients.endAll(new ClosedError('The cluster was reset'))])
    await this.#host.renew()
    await this.#host.strikesOver()
    this.#host.startGateways()
    await this.#inTime(
      () => desk.restartAll(),
      () => 'not all brokers were back',
    )
    await this.#inTime(
      (over) => supervisor.ask((surface) => surface.registered(brokers.length), over),
      () => 'not all brokers were registered',
    )
    await this.#ask(gateways, { api: 'EndConversations' })
    await this.#ask(brokers, { api: 'DeleteTopics', names: [] })
    await this.#inTime(
      (over) => supervisor.ask((surface) => surface.empty(), over),
      () => 'not all brokers had forgotten their topics',
    )
    this.#host.forgetEnds()
  }

  /** Asks all of them, and resolves when they have answered. */
  async #ask(asked: readonly Address[], request: Request): Promise<void> {
    if (asked.length === 0) return
    const { clients, supervisor } = this.#host
    const done = deferred<void>()
    const actor = new AskingActor(asked, request, done.resolve)
    const unseat = clients.seat().run(actor)
    try {
      await this.#inTime(
        (over) => supervisor.whileThereIsOne(done.promise, over),
        () => `${actor.open.join(', ')} had not answered`,
      )
    } finally {
      unseat()
    }
  }

  /**
   * Takes a step, which is over when a broker is given up, or when it takes too long: `says` tells what is missing
   * then.
   */
  async #inTime(step: (over: Promise<never>) => Promise<unknown>, says: () => string): Promise<void> {
    const over = deferred<never>()
    const taken = this.#host.desk.unlessOneIsLost((lost) => {
      lost.catch(over.reject)
      return Promise.race([step(over.promise), over.promise])
    })
    await inTime(
      taken.then(() => {}),
      RESET_MS_MAX,
      () => over.reject(new TimeoutError(`Cannot reset the cluster: ${says()} within ${RESET_MS_MAX} ms`)),
    )
    await taken
  }
}
