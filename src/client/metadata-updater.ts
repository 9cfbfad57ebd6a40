import { NetworkClient } from '../actor/network-client.js'
import type { Address, Context, Message } from '../actor/types.js'
import { NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { MetadataResponse } from '../protocol/messages.js'
import type { Metadata } from './metadata.js'

export interface MetadataUpdaterParts {
  readonly metadata: Metadata
  readonly bootstrap: readonly Address[]
  readonly maxAgeMs: number
  readonly retryBackoffMs: number
  readonly allowAutoTopicCreation: boolean
  readonly onUpdate: (response: MetadataResponse, context: Context) => void
}

/** Keeps metadata of the wanted topics fresh: asks any broker that is alive, again when stale or too old. */
export class MetadataUpdater {
  readonly #parts: MetadataUpdaterParts
  readonly #network = new NetworkClient()
  #topics: readonly string[] = []
  #isAsking = false
  #due: Timestamp = NEVER
  #askedAt: Timestamp = timestamp(0)

  constructor(parts: MetadataUpdaterParts) {
    this.#parts = parts
  }

  /** From now on these topics are kept; asks at once. */
  want(topics: readonly string[]): void {
    this.#topics = topics
    this.#due = timestamp(0)
  }

  /** Something did not fit what is known: asks again, but not more often than retry.backoff.ms. */
  noteStale(): void {
    const soon = timestamp(this.#askedAt + this.#parts.retryBackoffMs)
    if (this.#topics.length > 0 && soon < this.#due) this.#due = soon
  }

  receive(message: Message, context: Context): boolean {
    return this.#network.receive(message, context)
  }

  tick(context: Context): Timestamp {
    if (!this.#isAsking && this.#due <= context.now) this.#ask(context)
    // What could not be sent yet waits for the connection, whose arrival is a turn of its own.
    return this.#isAsking || this.#due <= context.now ? NEVER : this.#due
  }

  #ask(context: Context): void {
    const { bootstrap, metadata, onUpdate, allowAutoTopicCreation } = this.#parts
    const broker = bootstrap.find((address) => !this.#network.isGone(address))
    if (broker === undefined) return this.#askAfter(this.#parts.retryBackoffMs, context)
    const topics = this.#topics
    const request = { api: 'Metadata' as const, topics, allowAutoTopicCreation }
    const sent = this.#network.send(broker, request, context, (response, later) => {
      this.#isAsking = false
      // Others may be wanted since: those are asked for at once, and this answer says nothing of them.
      const isWanted = topics === this.#topics
      if (isWanted) this.#askAfter(response === null ? this.#parts.retryBackoffMs : this.#parts.maxAgeMs, later)
      if (response?.api !== 'Metadata') return
      metadata.update(response)
      if (isWanted) onUpdate(response, later)
    })
    this.#askedAt = context.now
    this.#isAsking = sent === 'sent'
  }

  #askAfter(delayMs: number, context: Context): void {
    this.#due = timestamp(context.now + delayMs)
  }
}
