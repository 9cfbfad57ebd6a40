import { brokerAddress } from '../actor/address.js'
import { NetworkClient } from '../actor/network-client.js'
import type { Context, Message } from '../actor/types.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { BrokerEndpoints } from './broker-endpoints.js'
import type { ByteStream, StreamListener } from './byte-stream.js'

/** A port at which clients come in. */
export interface Door {
  /** Listens at the port, 0: any; tells `opened` or `failed` later. */
  open(port: number): void
  /** Nobody comes in any more; who is in, stays. */
  close(): void
}

/** What a door tells, between turns. */
export interface DoorListener {
  opened(port: number): void
  failed(failure: DoorFailure): void
  accepted(stream: ByteStream): StreamListener
  /** Somebody was not let in; a sentence for the log says why. */
  turnedAway(says: string): void
}

/** Why a door cannot be opened, and which part of what was asked for is to blame. */
export interface DoorFailure {
  readonly option: 'host' | 'port'
  readonly says: string
}

export type DoorMaker = (listener: DoorListener) => Door
/** Null: all doors are open. */
export type Opening = DoorFailure | null

export interface BrokerDoorsParts {
  readonly brokers: readonly { readonly brokerId: number; readonly port: number }[]
  readonly endpoints: BrokerEndpoints
  readonly makeDoor: DoorMaker
  readonly accept: (brokerId: number, stream: ByteStream) => StreamListener
  /** Told once. */
  readonly opened: (opening: Opening) => void
  /** The broker has ended. */
  readonly gone: (brokerId: number) => void
  readonly warn: (says: string) => void
  readonly wake: () => void
}

/** How soon a door is tried again that could not be opened when its broker was back. */
const AGAIN_MS = 100
/** How often a broker is looked for that is gone. */
const LOOKING = { 'reconnect.backoff.ms': 20, 'reconnect.backoff.max.ms': 50 }

/**
 *     opening   the door was told to open. open, shut: it cannot be opened
 *     open      clients come in. shut: the broker is gone
 *     shut      the port refuses. opening: the broker is there, knows the cluster, and it is time
 */
interface BrokerDoor {
  readonly brokerId: number
  readonly door: Door
  state: 'opening' | 'open' | 'shut'
  /** The port at which the broker is reached over all its incarnations, once there is one. */
  port: number
  hasBroker: boolean
  /** Whether the broker, since it is there, has said that it is a part of the cluster, or was asked. */
  standing: 'unknown' | 'asked' | 'member'
  /** Not tried before. */
  openAt: Timestamp
  /** Whether it was said that it cannot be opened, since it was open last. */
  hasFailed: boolean
}

/**
 * A door for each broker, which is open while the broker is there: when it has ended, its port refuses, and when it is
 * back, the same port lets clients in again. A connection of its own shows whether a broker is there.
 *
 * A broker that was started again knows of no other broker and of no topic until its controller has told it: clients
 * would believe that there are none. (Kafka's opens its port when it is unfenced: `BrokerServer.startup`.)
 */
export class BrokerDoors {
  readonly #parts: BrokerDoorsParts
  readonly #brokers = new NetworkClient(undefined, LOOKING)
  readonly #doors: readonly BrokerDoor[]
  #isTold = false

  constructor(parts: BrokerDoorsParts) {
    this.#parts = parts
    this.#doors = parts.brokers.map(({ brokerId, port }) => this.#doorFor(brokerId, port))
    for (const { door, state, port } of this.#doors) if (state === 'opening') door.open(port)
  }

  /** Whether every broker is there, and its clients come in. */
  get areOpen(): boolean {
    return this.#doors.every(({ state, hasBroker }) => state === 'open' && hasBroker)
  }

  /** Whether clients of the broker will come in later: a door that cannot be opened is not waited for. */
  isAwaited(brokerId: number): boolean {
    const isLater = ({ state, hasBroker, hasFailed }: BrokerDoor): boolean =>
      !hasFailed && !(state === 'open' && hasBroker)
    return this.#doors.some((door) => door.brokerId === brokerId && isLater(door))
  }

  receive(message: Message, context: Context): boolean {
    return this.#brokers.receive(message, context)
  }

  tick(context: Context): Timestamp {
    let due = this.#brokers.tick(context)
    for (const door of this.#doors) due = earliest(due, this.#look(door, context))
    return due
  }

  #look(door: BrokerDoor, context: Context): Timestamp {
    const hasBroker = this.#brokers.connectionTo(brokerAddress(door.brokerId), context) !== null
    if (door.hasBroker && !hasBroker && door.state !== 'shut') {
      door.door.close()
      door.state = 'shut'
    }
    if (door.hasBroker && !hasBroker) this.#parts.gone(door.brokerId)
    door.hasBroker = hasBroker
    if (!hasBroker) door.standing = 'unknown'
    if (!hasBroker) return this.#brokers.readyAt(brokerAddress(door.brokerId))
    if (door.state !== 'shut') return NEVER
    if (door.standing === 'unknown') this.#ask(door, context)
    if (door.standing !== 'member') return NEVER
    if (context.now < door.openAt) return door.openAt
    door.openAt = timestamp(context.now + AGAIN_MS)
    door.state = 'opening'
    door.door.open(door.port)
    return NEVER
  }

  #ask(door: BrokerDoor, context: Context): void {
    const { brokerId } = door
    const request = { api: 'AwaitBroker' as const, brokerId }
    const sent = this.#brokers.send(brokerAddress(brokerId), request, context, (response) => {
      door.standing = response === null ? 'unknown' : 'member'
    })
    if (sent === 'sent') door.standing = 'asked'
  }

  #doorFor(brokerId: number, port: number): BrokerDoor {
    const { makeDoor, accept, endpoints, warn, wake } = this.#parts
    const door = makeDoor({
      accepted: (stream) => accept(brokerId, stream),
      turnedAway: warn,
      opened: (listened) => {
        own.state = 'open'
        own.hasFailed = false
        own.port = listened
        endpoints.listens(brokerId, listened)
        if (this.#doors.every(({ state }) => state === 'open')) this.#tell(null)
        wake()
      },
      failed: (failure) => {
        own.state = 'shut'
        const says = `Cannot listen for broker ${brokerId}: ${failure.says}`
        // It is tried again and again, and said once.
        if (this.#isTold && !own.hasFailed) warn(says)
        own.hasFailed = true
        this.#tell({ ...failure, says })
        wake()
      },
    })
    const own: BrokerDoor = {
      brokerId,
      door,
      // An earlier gateway has listened: its broker may have ended since.
      state: endpoints.portOf(brokerId) === 0 ? 'opening' : 'shut',
      port,
      hasBroker: false,
      standing: 'unknown',
      openAt: timestamp(0),
      hasFailed: false,
    }
    return own
  }

  #tell(opening: Opening): void {
    if (!this.#isTold) this.#parts.opened(opening)
    this.#isTold = true
  }
}
