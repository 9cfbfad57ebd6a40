import { type Address, brokerAddress } from '../../../actor/address.js'
import { NetworkClient } from '../../../actor/network-client.js'
import type { Part } from '../../../actor/part.js'
import type { Context, Message } from '../../../actor/types.js'
import { ERRORS, type ErrorCode } from '../../../base/error-code.js'
import { backoffMs } from '../../../base/exponential-backoff.js'
import { isOn } from '../../../base/guards.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../../base/ids.js'
import {
  type ApiName,
  type KafkaApiName,
  passingErrorOf,
  type Request,
  type RequestOf,
  type Response,
  type ResponseOf,
} from '../../../protocol/api.js'
import type { MemberOptions } from './group-options.js'

/** Null: the connection was lost before the answer came. */
type Answered<A extends ApiName> = (response: ResponseOf<A> | null, later: Context) => void

export interface CoordinatorParts {
  readonly options: MemberOptions
  readonly bootstrap: readonly Address[]
  /** Called when no broker will ever say who coordinates this group. */
  readonly onRefused: (error: ErrorCode, says: string, context: Context) => void
}

interface SendOptions {
  /** Whether the member itself has left it: its lost connection says nothing of the broker. Default: it never does. */
  readonly isAbandoned?: () => boolean
  /** Default: request.timeout.ms. */
  readonly timeoutMs?: number | undefined
}

/** What a JoinGroup may take beyond the time for which a rebalance waits for members. (`AbstractCoordinator`) */
const JOIN_LAG_MS = 5_000
const COORDINATES_NO_MORE: ReadonlySet<ErrorCode | null> = new Set(['COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR'])

/**
 * The broker that coordinates the group, for all who ask it something: whoever asks first has it looked up, by any
 * broker, and all others use what was found.
 *
 *     not known ─▶ looked up ─▶ known ─▶ not known: it has said so (15, 16), did not answer, or is gone
 *
 * The first look-up after a loss goes out at once, later ones back off until the coordinator answers something.
 *
 * A connection serves one request at a time, and a JoinGroup or SyncGroup is parked until the other members come. So
 * those go by a connection of their own, and no heartbeat or commit waits behind them. So does an AwaitRebalance, which
 * is parked until the group rebalances: whoever joins by itself does not wait behind it.
 */
export class Coordinator implements Part {
  readonly #parts: CoordinatorParts
  readonly #lookups: NetworkClient
  readonly #prompt: NetworkClient
  readonly #parked: NetworkClient
  readonly #watched = new NetworkClient()
  #address: Address | null = null
  #brokerId = -1
  #isWanted = false
  #isAsking = false
  #retryAt: Timestamp = timestamp(0)
  /** Look-ups and losses since the coordinator has answered last. */
  #failures = 0
  /** How often parked requests were left by the member itself: their lost connection says nothing of the broker. */
  #abandonments = 0

  constructor(parts: CoordinatorParts) {
    const { options } = parts
    this.#parts = parts
    this.#lookups = new NetworkClient(() => {}, options)
    this.#prompt = new NetworkClient(() => {}, options)
    this.#parked = new NetworkClient(() => {}, options)
  }

  /** The broker's id; -1: not known. */
  get brokerId(): number {
    return this.#brokerId
  }

  get isKnown(): boolean {
    return this.#address !== null
  }

  receive(message: Message, context: Context): boolean {
    const { type } = message
    if (type === 'request') return false
    // Each takes what it has asked for: a connection has one owner.
    return (
      this.#prompt.receive(message, context) ||
      this.#parked.receive(message, context) ||
      this.#watched.receive(message, context) ||
      this.#lookups.receive(message, context)
    )
  }

  tick(context: Context): Timestamp {
    const networks = earliest(this.#prompt.tick(context), this.#parked.tick(context))
    const others = earliest(this.#watched.tick(context), this.#lookups.tick(context))
    return earliest(earliest(networks, others), this.#lookUp(context))
  }

  /**
   * Asks the coordinator. False: it is not sent, and a later turn may send it; the coordinator is looked up meanwhile.
   */
  send<A extends KafkaApiName>(request: RequestOf<A>, context: Context, answered: Answered<A>): boolean {
    return this.#send(this.#prompt, request, context, answered)
  }

  /** Joins: the coordinator answers when the other members have come, which may take as long as their polls do. */
  join(request: RequestOf<'JoinGroup'>, context: Context, answered: Answered<'JoinGroup'>): boolean {
    const { 'request.timeout.ms': timeoutMs, 'max.poll.interval.ms': pollMs } = this.#parts.options
    return this.#park(request, context, answered, Math.max(timeoutMs, pollMs + JOIN_LAG_MS))
  }

  /** Asks for a part: the coordinator answers when the leader has shared out. */
  sync(request: RequestOf<'SyncGroup'>, context: Context, answered: Answered<'SyncGroup'>): boolean {
    return this.#park(request, context, answered)
  }

  /**
   * Asks what the coordinator answers when the group rebalances, however long that takes; null: it never will. False:
   * it is not sent.
   */
  watch(
    request: RequestOf<'AwaitRebalance'>,
    context: Context,
    answered: (error: ErrorCode | null, later: Context) => void,
  ): boolean {
    return this.#send<'AwaitRebalance'>(this.#watched, request, context, (response, later) =>
      answered(response?.error ?? null, later),
    )
  }

  /** Has it looked up again: it does not answer. */
  forget(context: Context): void {
    if (this.#address !== null) this.#forget(this.#address, context)
  }

  /** Ends whatever is parked there: nobody waits for it any more. */
  abandonParked(context: Context): void {
    this.#abandonments += 1
    if (this.#address !== null) abandon(this.#parked, this.#address, context)
  }

  #park<A extends KafkaApiName>(
    request: RequestOf<A>,
    context: Context,
    answered: Answered<A>,
    timeoutMs?: number,
  ): boolean {
    const abandonments = this.#abandonments
    const isAbandoned = (): boolean => this.#abandonments !== abandonments
    return this.#send(this.#parked, request, context, answered, { isAbandoned, timeoutMs })
  }

  #send<A extends KafkaApiName | 'AwaitRebalance'>(
    network: NetworkClient,
    asked: Request,
    context: Context,
    answered: Answered<A>,
    { isAbandoned = () => false, timeoutMs }: SendOptions = {},
  ): boolean {
    const address = this.#address
    if (address === null) {
      // The look-up has its turn before whoever asks.
      if (!this.#isWanted) context.noteWork()
      this.#isWanted = true
      return false
    }
    const answer = (response: Response | null, later: Context): void => {
      if (response !== null || !isAbandoned()) this.#heard(address, response, later)
      answered(response?.api === asked.api ? (response as ResponseOf<A>) : null, later)
    }
    const sent = network.send(address, asked, context, answer, timeoutMs)
    if (sent === 'gone') this.#forget(address, context)
    return sent === 'sent'
  }

  #heard(address: Address, response: Response | null, context: Context): void {
    const error = response?.api === 'AwaitRebalance' ? response.error : response && passingErrorOf(response)
    const isAnother = COORDINATES_NO_MORE.has(error)
    if (response === null || (isAnother && isOn('asks-the-next-coordinator'))) this.#forget(address, context)
    else this.#failures = 0
  }

  /**
   * Another one may be known by now. What is under way is asked of the next one. (`markCoordinatorUnknown`)
   */
  #forget(address: Address, context: Context): void {
    if (this.#address !== address) return
    abandon(this.#parked, address, context)
    abandon(this.#prompt, address, context)
    abandon(this.#watched, address, context)
    this.#address = null
    this.#brokerId = -1
    this.#backOff(context)
    context.noteWork()
  }

  #backOff(context: Context): void {
    const { 'retry.backoff.ms': initialMs, 'retry.backoff.max.ms': maxMs } = this.#parts.options
    const waitMs = this.#failures === 0 ? 0 : backoffMs({ initialMs, maxMs }, this.#failures - 1, context.random)
    this.#failures += 1
    this.#retryAt = timestamp(context.now + waitMs)
  }

  #lookUp(context: Context): Timestamp {
    if (!this.#isWanted || this.#isAsking) return NEVER
    if (this.#retryAt > context.now) return this.#retryAt
    const { bootstrap, options } = this.#parts
    const broker = this.#lookups.leastLoaded(bootstrap, context)
    if (broker === null) return NEVER
    const request = { api: 'FindCoordinator' as const, keyType: 0, coordinatorKeys: [options['group.id']] }
    const sent = this.#lookups.send(broker, request, context, (response, later) => {
      this.#isAsking = false
      this.#found(response, later)
    })
    this.#isAsking = sent === 'sent'
    return NEVER
  }

  #found(response: Response | null, context: Context): void {
    const found = response?.api === 'FindCoordinator' ? response.coordinators[0] : undefined
    if (found?.errorCode === 'NONE') {
      this.#isWanted = false
      this.#brokerId = found.nodeId
      this.#address = brokerAddress(found.nodeId)
      // Others wait for it, whose turn may have been before.
      context.noteWork()
    } else if (found !== undefined && !ERRORS[found.errorCode].retriable) {
      this.#isWanted = false
      const says = found.errorMessage ?? `Nobody coordinates the group '${this.#parts.options['group.id']}'`
      this.#parts.onRefused(found.errorCode, says, context)
    } else this.#backOff(context)
  }
}

/** Ends the connection, if an answer is awaited on it. */
function abandon(network: NetworkClient, address: Address, context: Context): void {
  if (network.inFlight(address) > 0) network.connectionTo(address, context)?.close()
}
