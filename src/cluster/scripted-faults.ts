import type { Address } from '../actor/address.js'
import { brokerAddress } from '../actor/address.js'
import type { FaultRule } from '../actor/fault-injector.js'
import type { FaultNews, FaultOrder } from '../actor/runner.js'
import { signature } from '../base/arguments/shape.js'
import { wholeNumber } from '../base/arguments/shapes.js'
import { type Deferred, deferred } from '../base/deferred.js'
import { ConfigError, KafkaError } from '../base/errors.js'
import { counted } from '../base/words.js'
import { apiNamed } from '../protocol/api.js'
import { ruleOf, SCRIPTED_FAULT, type ScriptedFault } from './fault-rule.js'

export interface FaultHandle {
  /** How often it has hit a request so far. */
  readonly count: number
  /**
   * Resolves when it has hit that many requests, by default 1. Rejects when it never will: it is removed, or the
   * cluster ends.
   */
  hit(times?: number): Promise<void>
  /** Resolves when nobody does it any more. */
  remove(): Promise<void>
}

/** Brings orders to brokers and to the supervisor. */
export interface FaultCarrier {
  readonly brokers: readonly Address[]
  readonly supervisor: Address
  /** Answered by `faultsTaken`, also when the thread is down. */
  order(to: Address, order: FaultOrder): void
}

interface Standing {
  readonly rule: FaultRule
  readonly targets: readonly Address[]
  count: number
  waiters: { readonly times: number; readonly done: Deferred<void> }[]
  /** Whether the fault was removed: it counts until everybody has heard of that. */
  isRemoved: boolean
}

const HIT = signature('hit', ['times', wholeNumber(1)])

/**
 * The scripted faults of a cluster: checks them, brings them to the actors that they concern, and counts what they hit.
 */
export class ScriptedFaults {
  readonly #carrier: FaultCarrier
  readonly #standing = new Map<number, Standing>()
  readonly #orders = new Map<number, { readonly awaited: Set<Address>; readonly done: Deferred<void> }>()
  /** Whoever has been given an order. */
  readonly #everOrdered = new Set<Address>()
  #lastRule = 0
  #lastVersion = 0
  /** Why nobody does anything any more. */
  #over: KafkaError | null = null

  constructor(carrier: FaultCarrier) {
    this.#carrier = carrier
  }

  /** Whether orders were given that not everybody has heard. */
  get hasPending(): boolean {
    return this.#orders.size > 0
  }

  /** Resolves when every actor that it concerns does it. Throws a ConfigError that names what is wrong. */
  async add(given: ScriptedFault): Promise<FaultHandle> {
    const [fault] = SCRIPTED_FAULT(given)
    const rule = ruleOf(fault, ++this.#lastRule)
    const standing: Standing = { rule, targets: this.#targets(fault), count: 0, waiters: [], isRemoved: false }
    if (this.#over !== null) throw this.#over
    this.#standing.set(rule.id, standing)
    await this.#order(standing.targets)
    return this.#handle(standing)
  }

  /** Removes all of them, and ends what they have done: see `FaultOrder`. Resolves when everybody has obeyed. */
  async clear(): Promise<void> {
    const cleared = [...this.#standing.values()]
    for (const standing of cleared) standing.isRemoved = true
    if (this.#everOrdered.size > 0) await this.#order([...this.#everOrdered], { undoes: true })
    for (const standing of cleared) this.#forget(standing)
  }

  /** What a broker or the supervisor says. */
  take(from: Address, news: FaultNews): void {
    if (news.type === 'faultHit') return this.#hit(news.rule)
    // An order that was obeyed later includes those before it.
    for (const [version, { awaited, done }] of this.#orders) {
      if (version > news.version || !awaited.delete(from) || awaited.size > 0) continue
      this.#orders.delete(version)
      done.resolve()
    }
  }

  /** An actor that has ended obeys nothing; it gets all orders when it is started again. */
  ended(address: Address): void {
    this.take(address, { type: 'faultsTaken', version: this.#lastVersion })
  }

  /** Everybody has ended, for good: whatever is pending rejects, and so does whatever is asked for later. */
  end(error: KafkaError): void {
    this.#over ??= error
    for (const { done } of this.#orders.values()) done.reject(error)
    this.#orders.clear()
    for (const standing of this.#standing.values()) forsake(standing, error)
  }

  #handle(standing: Standing): FaultHandle {
    let removal: Promise<void> | null = null
    return {
      get count() {
        return standing.count
      },
      hit: async (given = 1) => {
        const [times] = HIT(given)
        if (standing.count >= times) return
        if (this.#over !== null) throw this.#over
        if (!this.#standing.has(standing.rule.id)) throw removed(standing)
        const done = deferred<void>()
        standing.waiters.push({ times, done })
        await done.promise
      },
      remove: () => {
        removal ??= this.#remove(standing)
        return removal
      },
    }
  }

  async #remove(standing: Standing): Promise<void> {
    standing.isRemoved = true
    // Rejects when the cluster ends, and then nobody does it any more either.
    if (this.#over === null) await this.#order(standing.targets).catch(() => {})
    this.#forget(standing)
  }

  /** Not before everybody has obeyed: hits that were under way have counted. */
  #forget(standing: Standing): void {
    this.#standing.delete(standing.rule.id)
    forsake(standing, removed(standing))
  }

  #hit(ruleId: number): void {
    const standing = this.#standing.get(ruleId)
    if (standing === undefined) return
    standing.count += 1
    standing.waiters = standing.waiters.filter(({ times, done }) => {
      if (standing.count < times) return true
      done.resolve()
      return false
    })
  }

  #order(targets: readonly Address[], how: Pick<FaultOrder, 'undoes'> = {}): Promise<void> {
    const version = ++this.#lastVersion
    const done = deferred<void>()
    this.#orders.set(version, { awaited: new Set(targets), done })
    for (const to of targets) {
      this.#everOrdered.add(to)
      const rules = [...this.#standing.values()]
        .filter(({ targets: of, isRemoved }) => !isRemoved && of.includes(to))
        .map(({ rule }) => rule)
      this.#carrier.order(to, { type: 'faults', version, rules, ...how })
    }
    return done.promise
  }

  #targets({ api, broker, from }: ScriptedFault): readonly Address[] {
    if (typeof from === 'number') this.#broker(from, 'from')
    const { servedBy, isForwarded } = apiNamed(api)
    if (servedBy === 'controller' && !isForwarded) {
      if (broker !== undefined)
        throw new ConfigError('broker', `Cannot set a fault of ${api} on broker ${broker}: the supervisor serves it`)
      return [this.#carrier.supervisor]
    }
    return broker === undefined ? this.#carrier.brokers : [this.#broker(broker, 'on')]
  }

  #broker(id: number, where: 'on' | 'from'): Address {
    const { brokers } = this.#carrier
    const address = brokers.find((known) => known === brokerAddress(id))
    if (address !== undefined) return address
    const option = where === 'on' ? 'broker' : 'from'
    throw new ConfigError(option, `Cannot set a fault ${where} broker ${id}: the cluster has ${brokers.join(', ')}`)
  }
}

function forsake(standing: Standing, error: KafkaError): void {
  for (const { done } of standing.waiters) done.reject(error)
  standing.waiters = []
}

function removed({ rule, count }: Standing): KafkaError {
  return new KafkaError(
    'INVALID_REQUEST',
    `The fault of ${rule.api} was removed when it had hit ${counted(count, 'request')}`,
  )
}
