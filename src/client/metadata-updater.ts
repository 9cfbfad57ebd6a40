import type { Address } from '../actor/address.js'
import type { NetworkClient } from '../actor/network-client.js'
import type { Context } from '../actor/types.js'
import { NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { MetadataResponse } from '../protocol/apis/metadata.js'
import type { Metadata } from './metadata.js'

export interface MetadataUpdaterOptions {
  readonly 'retry.backoff.ms': number
  /** Infinity: asks only when something is stale. */
  readonly 'metadata.max.age.ms': number
  readonly 'allow.auto.create.topics': boolean
}

export interface MetadataUpdaterParts {
  readonly metadata: Metadata
  readonly bootstrap: readonly Address[]
  /** The network, which its owner passes messages and ticks. */
  readonly network: NetworkClient
  readonly options: MetadataUpdaterOptions
  readonly onUpdate: (response: MetadataResponse, context: Context) => void
}

/**
 * Keeps metadata of the wanted topics fresh: asks a broker that can be reached, again when stale or too old, and
 * another one when that fails.
 */
export class MetadataUpdater {
  readonly #parts: MetadataUpdaterParts
  #topics: Set<string> = new Set()
  /** Whether all topics are wanted, whichever they are. */
  #wantsAll = false
  /** Grows when other topics are wanted at once. */
  #wants = 0
  #isAsking = false
  /** Whether something was found stale since the last question was sent. */
  #isStale = false
  #refreshAt: Timestamp = NEVER
  #retryAt: Timestamp = timestamp(0)

  constructor(parts: MetadataUpdaterParts) {
    this.#parts = parts
  }

  /** Keeps these topics from now on; asks at once. */
  want(topics: readonly string[]): void {
    this.#topics = new Set(topics)
    this.#begin(false)
  }

  /** Keeps all topics that there are from now on; asks at once. */
  wantAll(): void {
    this.#topics.clear()
    this.#begin(true)
  }

  #begin(wantsAll: boolean): void {
    this.#wantsAll = wantsAll
    this.#wants += 1
    this.#isStale = this.#hasWants
    this.#refreshAt = NEVER
    this.#retryAt = timestamp(0)
  }

  /** Keeps this topic as well from now on; its metadata is known. */
  add(topic: string): void {
    this.#topics.add(topic)
  }

  /** Notes that something did not fit what is known: asks again, but not more often than retry.backoff.ms. */
  noteStale(): void {
    this.#isStale = this.#hasWants
  }

  get #hasWants(): boolean {
    return this.#wantsAll || this.#topics.size > 0
  }

  /** Returns when it is due next; what waits for a connection or an answer is a matter of the network's. */
  tick(context: Context): Timestamp {
    const due = this.#isStale ? this.#retryAt : this.#refreshAt
    if (this.#isAsking) return NEVER
    if (due > context.now) return due
    this.#ask(context)
    return NEVER
  }

  #ask(context: Context): void {
    const { bootstrap, metadata, network, onUpdate, options } = this.#parts
    const { 'retry.backoff.ms': backoffMs, 'metadata.max.age.ms': maxAgeMs } = options
    const allowAutoTopicCreation = options['allow.auto.create.topics']
    const broker = network.leastLoaded(bootstrap, context)
    if (broker === null) return
    const request = {
      api: 'Metadata' as const,
      topics: this.#wantsAll ? null : [...this.#topics],
      allowAutoTopicCreation,
    }
    const wants = this.#wants
    const sent = network.send(broker, request, context, (response, later) => {
      this.#isAsking = false
      // Others may be wanted since: those are asked for at once, and this answer says nothing of them.
      const isWanted = wants === this.#wants
      if (isWanted) this.#retryAt = timestamp(later.now + backoffMs)
      if (response?.api !== 'Metadata' || !metadata.update(response)) {
        this.#isStale = true
        return
      }
      if (!isWanted) return
      // Kafka: `Metadata.timeToNextUpdate`.
      this.#refreshAt = timestamp(later.now + Math.max(maxAgeMs, backoffMs))
      onUpdate(response, later)
    })
    if (sent !== 'sent') return
    this.#isAsking = true
    this.#isStale = false
  }
}
