import type { Address } from '../actor/address.js'
import { brokerAddress, CONTROLLER, roleOf } from '../actor/address.js'
import { type ClientName, labelOf } from '../actor/client-name.js'
import type { ControlBlock } from '../actor/control-block.js'
import { deferred } from '../base/deferred.js'
import { KafkaError, WorkerDiedError } from '../base/errors.js'
import type { ClientLinks } from '../gateway/client-cuts.js'
import { AskingActor } from './asking-actor.js'
import { BrokerReturns } from './broker-returns.js'
import type { ApplicationSeat } from './clients.js'
import { AS_A_CRASH, type Ending } from './incarnations.js'
import type { Loss } from './kept-memory.js'
import { ShutdownActor } from './shutdown-actor.js'
import type { SupervisorLine } from './supervisor-line.js'
import type { AskedSurface } from './supervisor-surface.js'

/**
 * A broker by its id, any actor by its address: `sender-1`, or clients that have come in over TCP: `'clients'` are all
 * of them, and `{ clientId: 'orders' }` those with this `client.id`.
 */
export type LinkEnd = number | Address | ClientName

export interface KillOptions {
  /**
   * What is lost with the broker. `nothing`: its thread dies, and it comes back with all that it had. `unwritten`: the
   * process dies. `unflushed`: the power fails. `everything`: the disk is gone. Logs lie in memory alone, so the last
   * three are the same: the broker comes back with nothing. Default `nothing`.
   */
  readonly loses?: Loss
}

export interface LinkOptions {
  /** Only what the first end says to the second is cut, or healed. Default false. */
  readonly oneWay?: boolean
}

/**
 * What can be made to go wrong. A call that makes no sense, such as the death of a broker that is down, is refused with
 * a KafkaError and changes nothing.
 */
export interface ClusterFaults {
  /**
   * Ends a broker's thread in the middle of whatever it is at. It stays down until `restartBroker`. Resolves at its
   * end.
   */
  killBroker(brokerId: number, options?: KillOptions): Promise<void>
  /**
   * Starts a broker that is down. Resolves when the controller has let it in again and its clients come in, those over
   * TCP too, unless its port cannot be opened; rejects when it is down for good before.
   */
  restartBroker(brokerId: number): Promise<void>
  /**
   * Ends a broker after its leaders have moved, where they can. It stays down until `restartBroker`. Resolves at its
   * end.
   */
  stopBroker(brokerId: number): Promise<void>
  /** Stops a broker between two turns, as the collector or the machine may. Resolves when it stands still. */
  pauseBroker(brokerId: number): Promise<void>
  resumeBroker(brokerId: number): void
  /** Ends the supervisor's thread as a crash would; it is started again, as after one. Resolves at its end. */
  killSupervisor(): Promise<void>
  /**
   * Nothing gets through between the two any more, on connections of today and later; nothing is lost either. Clients
   * are cut off from a broker, and not from anybody else.
   */
  cutLink(a: LinkEnd, b: LinkEnd, options?: LinkOptions): Promise<void>
  /** What was written meanwhile arrives now. */
  healLink(a: LinkEnd, b: LinkEnd, options?: LinkOptions): Promise<void>
}

const isClient = (end: LinkEnd): end is ClientName => end === 'clients' || typeof end === 'object'

/** What somebody hears who asks where a cluster listens that does not. */
export function listensNowhere(): KafkaError {
  const says = 'The cluster listens nowhere: start it with listen, as in Cluster.start({ listen: { port: 0 } })'
  return new KafkaError('INVALID_REQUEST', says)
}

/** What the host of a cluster can do to its threads. */
export interface FaultHost {
  readonly brokers: readonly Address[]
  readonly supervisor: SupervisorLine<AskedSurface>
  controlOf(address: Address): ControlBlock | undefined
  /** Ends it as asked for: its exit is not unexpected. */
  terminate(address: Address, ending: Ending): Promise<void>
  /** Ends it as if nobody had asked for it. */
  kill(address: Address, ending: Ending): Promise<void>
  respawn(address: Address): void
  pause(address: Address): Promise<void>
  resume(address: Address): void
  cut(from: Address, to: Address): Promise<void>
  heal(from: Address, to: Address): Promise<void>
  /** Clients that have come in over TCP; absent: nobody can. */
  readonly clientLinks?: ClientLinks | undefined
  /** The gateway that listens for a broker; undefined: it stays down, or nobody listens. */
  gatewayOf(brokerId: number): Address | undefined
  /** A place for an actor in the application. */
  seat(): ApplicationSeat
}

export class FaultDesk implements ClusterFaults {
  readonly #host: FaultHost
  readonly #returns = new BrokerReturns()
  /** The actors that ask whether brokers are back. */
  readonly #asking = new Set<AskingActor>()

  constructor(host: FaultHost) {
    this.#host = host
  }

  async killBroker(brokerId: number, { loses = 'nothing' }: KillOptions = {}): Promise<void> {
    const address = this.#running(brokerId, 'kill')
    await this.#announceEnd(brokerId)
    this.#returns.lost(
      address,
      new KafkaError('BROKER_NOT_AVAILABLE', `Broker ${brokerId} was killed before it was back`),
    )
    await this.#host.terminate(address, { loses, staysDown: true })
  }

  async restartBroker(brokerId: number): Promise<void> {
    const { address, control } = this.#known(brokerId, 'restart')
    if (!control.hasEnded) {
      throw new KafkaError('INVALID_REQUEST', `Cannot restart broker ${brokerId}: it is running; kill or stop it first`)
    }
    await this.#returns.of(address, (lost) => {
      this.#host.respawn(address)
      return this.#untilBack(brokerId, lost)
    })
  }

  async stopBroker(brokerId: number): Promise<void> {
    const address = this.#running(brokerId, 'stop')
    const brokerEpoch = await this.#host.supervisor.ask((surface) => surface.brokerEpoch(brokerId))
    await this.#moveLeaders(brokerId, brokerEpoch)
    await this.#announceEnd(brokerId)
    this.#returns.lost(
      address,
      new KafkaError('BROKER_NOT_AVAILABLE', `Broker ${brokerId} was stopped before it was back`),
    )
    await this.#host.terminate(address, { loses: 'nothing', staysDown: true })
  }

  async pauseBroker(brokerId: number): Promise<void> {
    const address = this.#running(brokerId, 'pause')
    if (this.#host.controlOf(address)?.isPaused === true) {
      throw new KafkaError('INVALID_REQUEST', `Cannot pause broker ${brokerId}: it is paused already`)
    }
    await this.#host.pause(address)
  }

  resumeBroker(brokerId: number): void {
    const { address, control } = this.#known(brokerId, 'resume')
    if (!control.isPaused) throw new KafkaError('INVALID_REQUEST', `Cannot resume broker ${brokerId}: it is not paused`)
    this.#host.resume(address)
  }

  /** See `BrokerReturns.ofAll`. */
  unlessOneIsLost<Value>(begin: (lost: Promise<never>) => Promise<Value>): Promise<Value> {
    return this.#returns.ofAll(begin)
  }

  /** No client is cut off from a broker any more. */
  healClients(): void {
    this.#host.clientLinks?.healAll()
  }

  /** Goes on with every broker that stands still. */
  resumeAll(): void {
    for (const address of this.#host.brokers) {
      if (this.#host.controlOf(address)?.isPaused === true) this.#host.resume(address)
    }
  }

  /** Starts every broker that is down. Resolves when the controller has let them in again. */
  async restartAll(): Promise<void> {
    const isDown = (address: Address): boolean => this.#host.controlOf(address)?.hasEnded === true
    const restarted = this.#host.brokers.map(async (address, index) => {
      if (isDown(address)) await this.restartBroker(index + 1)
    })
    await Promise.all(restarted)
  }

  async killSupervisor(): Promise<void> {
    if (this.#host.controlOf(CONTROLLER)?.hasEnded !== false) {
      throw new KafkaError('BROKER_NOT_AVAILABLE', 'Cannot kill the supervisor: it is down')
    }
    await this.#host.terminate(CONTROLLER, AS_A_CRASH)
  }

  async cutLink(a: LinkEnd, b: LinkEnd, { oneWay = false }: LinkOptions = {}): Promise<void> {
    if (isClient(a) || isClient(b)) return this.#clientLinks('cut', a, b, oneWay)
    const [from, to] = this.#ends('cut', a, b)
    const ways = [this.#host.cut(from, to), ...(oneWay ? [] : [this.#host.cut(to, from)])]
    await Promise.all(ways)
  }

  async healLink(a: LinkEnd, b: LinkEnd, { oneWay = false }: LinkOptions = {}): Promise<void> {
    if (isClient(a) || isClient(b)) return this.#clientLinks('heal', a, b, oneWay)
    const [from, to] = this.#ends('heal', a, b)
    const ways = [this.#host.heal(from, to), ...(oneWay ? [] : [this.#host.heal(to, from)])]
    await Promise.all(ways)
  }

  /** Ends a thread, whatever it is at: nothing is cleaned up. */
  async kill(address: Address, ending: Ending): Promise<void> {
    if (this.#host.controlOf(address) === undefined)
      throw new KafkaError('INVALID_REQUEST', `Cannot kill ${address}: there is no such thread`)
    await this.#host.kill(address, ending)
  }

  /** A thread has ended, for whatever reason. */
  ended(address: Address, error: string | null): void {
    if (!this.#returns.isAwaited(address)) return
    const brokerId = Number(address.slice('broker-'.length))
    const says = `${address} has ended before it was back: ${error ?? 'it was killed'}`
    // The controller starts no broker again that it has not heard of since.
    this.#host.supervisor
      .ask((surface) => surface.isKeptDown(brokerId))
      .then((isKeptDown) => isKeptDown && this.gaveUp(address, says))
      // Without a controller nobody comes back, and the restart itself hears of that.
      .catch(() => {})
  }

  /** The thread is started no more. */
  gaveUp(address: Address, says: string): void {
    // Nobody comes in by a gateway that stays down: no broker is waited for there.
    if (roleOf(address) === 'gateway') for (const actor of this.#asking) actor.dismiss(address)
    // Otherwise the word is of an earlier incarnation, and late.
    if (this.#host.controlOf(address)?.hasEnded === true) this.#returns.gaveUp(address, new WorkerDiedError(says))
  }

  /** Asks the broker and its gateway. An earlier incarnation has ended, and both have heard of it before. */
  async #untilBack(brokerId: number, lost: Promise<never>): Promise<void> {
    const back = deferred<void>()
    const gateway = this.#host.gatewayOf(brokerId)
    const asked = [brokerAddress(brokerId), ...(gateway === undefined ? [] : [gateway])]
    const actor = new AskingActor(asked, { api: 'AwaitBroker', brokerId }, back.resolve)
    const unseat = this.#host.seat().run(actor)
    this.#asking.add(actor)
    try {
      await this.#host.supervisor.whileThereIsOne(back.promise, lost)
    } finally {
      this.#asking.delete(actor)
      unseat()
    }
  }

  async #moveLeaders(brokerId: number, brokerEpoch: number): Promise<void> {
    const done = deferred<void>()
    const unseat = this.#host.seat().run(new ShutdownActor({ brokerId, brokerEpoch }, done.resolve))
    try {
      await this.#host.supervisor.whileThereIsOne(done.promise)
    } finally {
      unseat()
    }
  }

  /**
   * A crash that was made counts for nothing in the supervisor's eyes. One that is down itself hears of it when it is
   * back.
   */
  async #announceEnd(brokerId: number): Promise<void> {
    const announced = this.#host.supervisor.ask((surface) => surface.expectEnd(brokerId))
    announced.catch(() => {})
    if (this.#host.controlOf(CONTROLLER)?.hasEnded === false) await announced.catch(() => {})
  }

  #known(brokerId: number, what: string): { readonly address: Address; readonly control: ControlBlock } {
    const address = brokerAddress(brokerId)
    const control = this.#host.brokers.includes(address) ? this.#host.controlOf(address) : undefined
    if (control !== undefined) return { address, control }
    const ids = `1 to ${this.#host.brokers.length}`
    throw new KafkaError(
      'BROKER_ID_NOT_REGISTERED',
      `Cannot ${what} broker ${brokerId}: the cluster's brokers are ${ids}`,
    )
  }

  #running(brokerId: number, what: string): Address {
    const { address, control } = this.#known(brokerId, what)
    if (!control.hasEnded) return address
    throw new KafkaError('BROKER_NOT_AVAILABLE', `Cannot ${what} broker ${brokerId}: it is down`)
  }

  #clientLinks(what: 'cut' | 'heal', a: LinkEnd, b: LinkEnd, oneWay: boolean): void {
    const { clientLinks } = this.#host
    if (clientLinks === undefined) throw listensNowhere()
    const [client, other] = isClient(a) ? [a, b] : [b as ClientName, a]
    const first = isClient(a) ? 'requests' : 'responses'
    const address = isClient(other) ? null : this.#end(other, what)
    if (address === null || !this.#host.brokers.includes(address)) {
      const end = isClient(other) ? 'clients' : other
      const says = `Cannot ${what} the link between clients and ${end}: the other end must be a broker`
      throw new KafkaError('INVALID_REQUEST', says)
    }
    clientLinks[what](labelOf(client), Number(address.slice('broker-'.length)), oneWay ? first : 'both')
  }

  #ends(what: string, a: Exclude<LinkEnd, ClientName>, b: Exclude<LinkEnd, ClientName>): readonly [Address, Address] {
    const [from, to] = [this.#end(a, what), this.#end(b, what)]
    if (from !== to) return [from, to]
    throw new KafkaError('INVALID_REQUEST', `Cannot ${what} the link from ${from} to itself: name two ends`)
  }

  #end(end: Exclude<LinkEnd, ClientName>, what: string): Address {
    if (typeof end === 'number') return this.#known(end, `${what} the link of`).address
    if (!end.startsWith('broker-') || this.#host.brokers.includes(end)) return end
    return this.#known(Number(end.slice('broker-'.length)), `${what} the link of`).address
  }
}
