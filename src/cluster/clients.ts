import type { Address } from '../actor/address.js'
import type { ControlBlock, Doorbell } from '../actor/control-block.js'
import type { Actor } from '../actor/types.js'
import type { Clock } from '../base/clock.js'
import { type GivenAdminOptions, parseAdminOptions } from '../base/config/admin-options.js'
import { type GivenProducerOptions, parseProducerOptions } from '../base/config/producer-options.js'
import type { Random } from '../base/random.js'
import { Admin } from '../client/admin/admin.js'
import { AdminFront } from '../client/admin/admin-front.js'
import type { ProducerMemories, ProducerMemory } from '../client/batches/producer-memory.js'
import { Consumer } from '../client/consumer/consumer.js'
import type { ConsumerData } from '../client/consumer/consumer-back.js'
import { ConsumerFront } from '../client/consumer/consumer-front.js'
import {
  type ConsumerConfig,
  groupOptionsOf,
  readConsumerConfig,
} from '../client/consumer/group/front/consumer-config.js'
import { ApplicationCounters } from '../client/consumer/metrics/application-counters.js'
import { ConsumerCounters } from '../client/consumer/metrics/consumer-counters.js'
import type { KeepsFailures, Outside } from '../client/dead-letters/dead-letter-office.js'
import { type ClientActor, type ClientEnd, Lifetime, type LifetimeParts } from '../client/lifetime.js'
import { openProducer, type ProducerHalf } from '../client/producer/open-producer.js'
import type { Producer } from '../client/producer/producer.js'
import { type ProducerExtras, readExtras } from '../client/producer/producer-extras.js'
import { type SenderData, senderData } from '../client/sender/open-sender.js'
import { SenderCounters } from '../client/sender/sender-counters.js'
import { chosenCodec } from '../record/codecs/chosen-codec.js'
import { systemTimers } from './system-timers.js'

/** Where the two halves of a client run: on threads, or in the simulation. */
export interface ClientHost {
  readonly clock: Clock
  /** What the clients' chance is forked from. */
  readonly random: Random
  readonly brokers: readonly Address[]
  /** A number that no other client of the cluster has, on whichever thread. */
  nextClient(): number
  readonly memories: ProducerMemories
  /** Tells the program what a consumer cannot throw; absent: warns the process. */
  readonly warn?: (says: string) => void
  /** Whether memory that was lent and came back is overwritten: see `AccumulatorParts`. */
  readonly isPoisoning?: boolean
  /** No step is taken until the promise settles; absent where time passes by itself. */
  waitOutside?(promise: Promise<void>): void
  /** A place for the half that lives in the application. */
  seat(address: Address): ApplicationSeat
  /** Starts the other half of a producer; returns its bell. */
  startSender(address: Address, data: SenderData, application: Doorbell): Doorbell
  /** Starts the other half of a consumer. */
  startConsumer(address: Address, data: ConsumerData): void
  /** Ends such a half, and resolves when it has ended; `asCrash`: those it spoke with are told that it has crashed. */
  end(address: Address, asCrash: boolean): Promise<void>
  /** How such a half has ended though nobody has asked for it; absent: it has not, or that is not known. */
  exitOf(address: Address): { readonly code: number; readonly error: string | null } | undefined
  /** Resolves when such a half has ended, and nobody reads any more what it was given, or has lent. */
  letGo(address: Address): Promise<void>
}

export interface ApplicationSeat {
  readonly bell: Doorbell
  readonly control: ControlBlock
  /** Returns what takes the actor off again. */
  run(actor: Actor): () => void
}

type End = (error: ClientEnd) => void

interface Living {
  readonly life: Lifetime
  /** The address of its other half; null: there is none. */
  readonly other: Address | null
}

function warn(says: string, detail?: string): void {
  process.emitWarning(says, { type: 'OdradekWarning', ...(detail && { detail }) })
}

/** A client's two places: its half in the application, and the address of the other one. */
interface ClientPlaces {
  readonly self: Address
  readonly seat: ApplicationSeat
  /** Null: there is no other half. */
  readonly other: Address | null
}

/** Puts producers, consumers and admins together from their halves, and ends those that are left with the cluster. */
export class Clients {
  readonly #host: ClientHost
  readonly #endings = new Map<End, Living>()
  /** Lifetimes that somebody may still wait for, though they have ended. */
  readonly #lives = new Set<Lifetime>()
  /** Offices of producers that have not given their memory back. */
  readonly #offices = new Set<KeepsFailures>()
  #over: ClientEnd | null = null

  constructor(host: ClientHost) {
    this.#host = host
  }

  producer<Key, Value>(config: GivenProducerOptions, given: ProducerExtras<Key, Value>): Producer<Key, Value> {
    this.checkOpen()
    const options = parseProducerOptions(config)
    // Here, where its error is caught, and not in the sender's thread.
    chosenCodec(options)
    const extras = readExtras(given)
    const { clock, random, brokers, isPoisoning = false } = this.#host
    const places = this.#newClient('sender')
    const { self, seat, other: sender } = places
    const memory = this.#host.memories.take(options)
    const data = senderData(options, brokers, memory, seat.control.memory.shared)
    return openProducer({
      options,
      extras,
      memory,
      sender,
      senderBell: this.#host.startSender(sender, data, seat.bell),
      counters: new SenderCounters(options, data.counters),
      ownBell: seat.bell,
      clock,
      random: random.fork(self),
      isPoisoning,
      howEnded: () => this.#howEnded(sender),
      outside: this.#outside,
      after: systemTimers.after,
      warn,
      live: (half) => this.#liveProducer(half, places, memory),
    })
  }

  consumer(config: ConsumerConfig): Consumer {
    this.checkOpen()
    const read = readConsumerConfig(config)
    const { options } = read
    const places = this.#newClient('consumer')
    const group = groupOptionsOf(read, places.number)
    const { seat, other: consumer } = places
    const { clock, brokers: bootstrap } = this.#host
    const counters = new ConsumerCounters(options)
    const data = { options, bootstrap, counters: counters.shared, ...(group !== null && { group }) }
    this.#host.startConsumer(consumer, data)
    const howEnded = (): string => this.#howEnded(consumer)
    const member = group === null ? {} : { group: { options: group, strategy: read.strategy } }
    const counting = new ApplicationCounters(clock, options)
    const front = new ConsumerFront({
      consumer,
      ownBell: seat.bell,
      howEnded,
      counters: counting,
      warn: this.#host.warn ?? warn,
      ...member,
    })
    front.assigned.onGone = (name, index) => counting.givenUp(name, index, counters)
    const life = this.#live(front, 'The consumer', places)
    return new Consumer({ front, options, counters, clock, wake: () => seat.bell.ring(), life })
  }

  admin(config: GivenAdminOptions): Admin {
    this.checkOpen()
    const options = parseAdminOptions(config)
    const { self, seat } = this.#newClient('client')
    const front = new AdminFront(this.#host.brokers, () => seat.bell.ring(), options)
    return new Admin(front, this.#live(front, 'The admin', { self, seat, other: null }))
  }

  /** A place in the application for an actor that is not a client's. */
  seat(): ApplicationSeat {
    return this.#host.seat(`client-${this.#host.nextClient()}`)
  }

  checkOpen(): void {
    if (this.#over !== null) throw this.#over
  }

  /** Whether a question to one of the clients is open that will be answered. */
  get hasPending(): boolean {
    return [...this.#endings.values()].some(({ life }) => life.hasPending)
  }

  /** Whether there is such a question, without what goes on until somebody ends it, such as a handler module. */
  get areAwaited(): boolean {
    return [...this.#endings.values()].some(({ life }) => life.isAwaited)
  }

  /** The cluster ends: so does every client that was not closed. */
  end(error: ClientEnd): void {
    this.#over ??= error
    for (const end of [...this.#endings.keys()]) end(error)
  }

  /** Ends every client that was not closed, and its thread; there may be others afterwards. */
  async endAll(error: ClientEnd): Promise<void> {
    const ended = [...this.#endings].map(async ([end, { other }]) => {
      end(error)
      if (other !== null) await this.#host.end(other, false)
    })
    await Promise.all(ended)
  }

  /** Resolves when what `end` has made fail is told, and kept where it has a sink. */
  async told(): Promise<void> {
    await Promise.all([...this.#offices].map((office) => office.idle()))
  }

  /** Whoever closes the cluster has no time left: what still waits for something outside of it waits no longer. */
  giveUp(): void {
    for (const life of this.#lives) life.giveUp()
    this.#lives.clear()
  }

  #newClient(
    role: 'sender' | 'consumer' | 'client',
  ): ClientPlaces & { readonly other: Address; readonly number: number } {
    const client = this.#host.nextClient()
    const self: Address = `client-${client}`
    return { self, seat: this.#host.seat(self), other: `${role}-${client}`, number: client }
  }

  #howEnded(address: Address): string {
    const exit = this.#host.exitOf(address)
    if (exit === undefined) return ''
    return exit.error === null ? `, with exit code ${exit.code}` : `: ${exit.error}`
  }

  readonly #outside: Outside = (promise) => {
    const settled = (): void => {}
    this.#host.waitOutside?.(promise.then(settled, settled))
    return promise
  }

  #liveProducer(
    half: ProducerHalf,
    places: ClientPlaces & { readonly other: Address },
    memory: ProducerMemory,
  ): Lifetime {
    const { front, office } = half
    const life = this.#live(front, 'The producer', places, () => this.#takeBack(half, places.other, memory))
    this.#offices.add(office)
    void life.over.then(() => office.giveUp())
    return life
  }

  /**
   * The memory is another producer's once nobody can touch it: no thread, no call on this producer, no dead letter of
   * it.
   */
  async #takeBack({ front, office }: ProducerHalf, sender: Address, memory: ProducerMemory): Promise<void> {
    await this.#host.letGo(sender)
    await office.idle()
    this.#offices.delete(office)
    front.accumulator.letGo()
    memory.giveBack()
  }

  /**
   * Seats a client, which lives no longer than the cluster. `onGone` is called however it ends: it takes no turn any
   * more, and its other half has ended, or ends next. What it returns is waited for before the client is forgotten.
   */
  #live(actor: ClientActor, name: string, { seat, other }: ClientPlaces, onGone = async () => {}): Lifetime {
    const start: LifetimeParts['start'] = (life) => {
      const unseat = seat.run(life)
      const end: End = (error) => {
        this.#endings.delete(end)
        life.end(error)
        unseat()
        void onGone().then(onClosed)
      }
      this.#endings.set(end, { life, other })
      return async (hasLeft) => {
        if (!this.#endings.delete(end)) return
        unseat()
        if (other !== null) await this.#host.end(other, !hasLeft)
        void onGone()
      }
    }
    const { clock } = this.#host
    const onClosed = (): void => void this.#lives.delete(life)
    const wake = (): void => seat.bell.ring()
    const life = new Lifetime({ actor, name, clock, after: systemTimers.after, wake, onClosed, start })
    this.#lives.add(life)
    return life
  }
}
