import { ClosedError } from '../base/errors.js'
import type { HandlerContext } from '../client/consumer/handler.js'
import type { Producer } from '../client/producer/producer.js'

/** Where a handler module's producers come from. */
export interface ProducerSource {
  readonly producer: HandlerContext['producer']
  /** Gives up what the source has made for itself, when all producers are closed. */
  close(): Promise<void>
}

/** The producers of one run of a handler module, which are closed with it. */
export class ModuleProducers {
  readonly #open: () => ProducerSource
  /** Null: the module has asked for no producer. */
  #source: ProducerSource | null = null
  readonly #producers = new Set<Pick<Producer, 'close'>>()
  #isClosed = false

  /** `open` is called when the first producer is asked for. */
  constructor(open: () => ProducerSource) {
    this.#open = open
  }

  readonly producer: HandlerContext['producer'] = (config, extras) => {
    if (this.#isClosed) throw new ClosedError('The run of this handler module has ended')
    this.#source ??= this.#open()
    const producer = this.#source.producer(config, extras)
    this.#producers.add(producer)
    return producer
  }

  /** Resolves when they have sent what they held. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#producers].map((producer) => producer.close()))
    await this.#source?.close()
  }
}
