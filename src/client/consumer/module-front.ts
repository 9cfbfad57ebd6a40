import type { Address } from '../../actor/address.js'
import type { Context, Message } from '../../actor/types.js'
import { type Deferred, deferred } from '../../base/deferred.js'
import type { RequestOf } from '../../protocol/api.js'
import type { CallEnd } from '../../protocol/inner/consumer-words.js'
import type { AssignedPartitions } from './assigned-partitions.js'
import { type ConsumerCalls, HANDLER_ATTACHMENT } from './consumer-calls.js'
import { Emissions } from './emissions.js'
import type { SharedPositions } from './fetching/shared-positions.js'
import type { ReadModule } from './run-arguments.js'

export interface ModuleFrontParts {
  readonly consumer: Address
  readonly calls: ConsumerCalls
  readonly assigned: AssignedPartitions
  readonly wake: () => void
}

/** The application's half of what runs in the consumer's thread: a handler module, and what it emits. */
export class ModuleFront {
  readonly #parts: ModuleFrontParts
  /** Whether a module runs: a call that ends when it does. */
  #isRunning = false
  /** Resolves in the turn after the one in which the run has begun: who awaited that listens for its end by then. */
  #heard: Deferred<void> | null = null
  /** Whether the next turn is that one. */
  #isHeardNext = false
  /** What the module emits that runs, or that ran last; null: there is none that does. */
  #emissions: Emissions | null = null

  constructor(parts: ModuleFrontParts) {
    this.#parts = parts
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  /** Resolves when all that was emitted was handed over. */
  get told(): Promise<void> {
    return this.#emissions?.over ?? Promise.resolve()
  }

  /**
   * Runs a handler module: `begun` settles when it was loaded or is not there, `ended` in a later turn with what has
   * ended it, once all that it has emitted was handed over.
   */
  run(module: ReadModule): { readonly begun: Promise<void>; readonly ended: Promise<CallEnd> } {
    const { calls, assigned } = this.#parts
    const { transfer, onEmit, ...attached } = module
    const begun = deferred<void>()
    this.#emissions = null
    const run = calls.begin<RequestOf<'Run'>>(
      { api: 'Run', attachment: HANDLER_ATTACHMENT },
      {
        attached: { ...attached, emits: onEmit !== undefined, ...placeOf(assigned.share()) },
        ...(transfer && { transfer }),
        onBegun: () => {
          // Until then the call is one that will be answered.
          this.#isRunning = true
          this.#heard = deferred()
          this.#isHeardNext = false
          if (onEmit !== undefined) this.#emissions = new Emissions({ ...this.#parts, onEmit })
          begun.resolve()
        },
      },
    )
    const whole = run.then((end) => this.told.then(() => end))
    const heard = whole.finally(() => this.#heard?.promise)
    const ended = heard.finally(() => {
      this.#isRunning = false
      assigned.unshare()
    })
    ended.catch(begun.reject)
    return { begun: begun.promise, ended }
  }

  /** Takes a message that concerns its connection; false: it concerns another one. */
  receive(message: Message, context: Context): boolean {
    return this.#emissions?.receive(message, context) === true
  }

  tick(context: Context): void {
    this.#emissions?.tick(context)
    if (this.#heard === null) return
    if (this.#isHeardNext) this.#hear()
    else {
      this.#isHeardNext = true
      context.noteWork()
    }
  }

  /** The other half has ended: nothing is emitted any more. */
  end(): void {
    this.#emissions?.end()
    this.#hear()
  }

  #hear(): void {
    this.#heard?.resolve()
    this.#heard = null
  }
}

/** The place of a handler module's positions, as it crosses threads. */
const placeOf = ({ shared, from }: SharedPositions) => ({ positions: shared, positionsFrom: from })
