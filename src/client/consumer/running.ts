import type { ConsumerOptions } from '../../base/config/consumer-options.js'
import { type Deferred, deferred } from '../../base/deferred.js'
import { ClosedError, ConfigError, KafkaError } from '../../base/errors.js'
import type { ConsumerFront } from './consumer-front.js'
import type { HandlerModule, HandlingEnd, RecordHandler } from './handler.js'
import { Handling } from './handling.js'

export interface RunningParts {
  readonly front: ConsumerFront
  readonly options: ConsumerOptions
  readonly wake: () => void
  /** Called when a run has ended by itself: another use may follow. */
  readonly onEnd: () => void
}

/**
 * What a consumer's `run` begins: a handler that is called on this thread, or a module that is run on the consumer's.
 */
export class Running {
  readonly #parts: RunningParts
  /** The end of the present run, or of the last one until another begins. */
  #stopped: Deferred<void> = deferred()
  #hasStopped = false
  /** The handler of this thread; null: there is none. */
  #handling: Handling | null = null
  #isClosing = false

  constructor(parts: RunningParts) {
    this.#parts = parts
  }

  /** Resolves once the consumer is closed; rejects when the handler threw or a partition cannot be read on. */
  get stopped(): Promise<void> {
    return this.#stopped.promise
  }

  /** Resolves when it has begun. Rejects with a ConfigError where a module makes no handler. */
  async begin(request: RecordHandler | HandlerModule): Promise<void> {
    if (this.#hasStopped) {
      this.#hasStopped = false
      this.#stopped = deferred()
    }
    if ('module' in request) await this.#runModule(request)
    else this.#runClosure(request)
  }

  /** Calls the handler no more. Returns the index of the partition of which it has a slice at work; -1: none. */
  stop(): number {
    this.#isClosing = true
    this.#handling?.stop()
    return this.#handling?.held ?? -1
  }

  /** Ends what runs: the consumer is closed. */
  end(): void {
    this.#stopped.resolve()
  }

  async #runModule(module: HandlerModule): Promise<void> {
    const url = String(module.module)
    const { begun, ended } = this.#parts.front.run({ ...module, module: url })
    await begun.catch((error: KafkaError) => {
      this.#parts.onEnd()
      throw error.code === 'INVALID_CONFIG'
        ? new ConfigError('module', `Cannot run the handler module ${url}: ${error.message}`)
        : error
    })
    ended.then(
      ({ error, says }) => {
        if (error === 'NONE') this.#stopped.resolve()
        else this.#fail(new KafkaError(error, `The handler module ${url} has stopped: ${says}`))
      },
      (error) => this.#lost(error),
    )
  }

  #runClosure(handler: RecordHandler): void {
    const { front, options, wake } = this.#parts
    const handling = new Handling({
      source: front.slices,
      handler,
      options,
      wake,
      onEnd: (end) => this.#fail(endError(end)),
    })
    this.#handling = handling
    front.onTurn = () => front.fatal === null && handling.step()
    front.onEnd = (error) => this.#lost(error)
    front.wantSlices()
  }

  /** Notes that the consumer has ended under its handler. */
  #lost(error: KafkaError): void {
    // Closing the cluster has closed the consumer.
    if (!(error instanceof ClosedError)) return this.#fail(error)
    this.#handling?.stop()
    if (!this.#isClosing) this.#stopped.resolve()
  }

  /**
   * Fails with an error that may be anything that a handler throws: another client's ClosedError, or something that
   * throws when it is looked at.
   */
  #fail(error: unknown): void {
    this.#handling?.stop()
    if (this.#isClosing || this.#hasStopped) return
    this.#hasStopped = true
    this.#parts.onEnd()
    this.#stopped.reject(error)
  }
}

function endError(end: HandlingEnd): unknown {
  if (end.type === 'handler') return end.cause
  return new KafkaError(end.error, `${end.says}: ${end.error}`)
}
