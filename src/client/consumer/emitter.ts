import type { Connection } from '../../actor/types.js'
import { shown } from '../../base/arguments/shown.js'
import { cloned } from '../../base/cloned.js'
import { EMITTED_VALUES_MAX, EMITTED_VALUES_TO_WAIT } from '../../base/config/internal-limits.js'
import { type Deferred, deferred } from '../../base/deferred.js'
import { BufferExhaustedError, ConfigError, KafkaError } from '../../base/errors.js'
import { messageOf } from '../../base/thrown.js'
import { grouped } from '../../base/words.js'

/** The list of values that an answer to `Emitted` brings. */
export const EMITTED_ATTACHMENT = -2

/**
 * The values of one run of a handler module, on their way to the application, which asks for them (`Emitted`) whenever
 * it has done with those before:
 *
 *     fewer than EMITTED_VALUES_TO_WAIT wait     the handler goes on
 *     fewer than EMITTED_VALUES_MAX              the handler is not called again, and whoever awaits `emit` waits
 *     that many                                  `emit` throws
 *
 * Owned by the consumer's thread; `emit` is called between two turns or in one.
 */
export class Emitter {
  readonly #wake: () => void
  #values: unknown[] = []
  /** The `Emitted` that is not answered; null: there is none. */
  #asked: { readonly connection: Connection; readonly correlationId: number } | null = null
  /** Promises of those `emit`s after which there was no room. */
  #waiting: Deferred<void>[] = []
  #isClosed = false
  #isOver = false

  constructor(wake: () => void) {
    this.#wake = wake
  }

  /** Whether the application is so far behind that the handler has to wait. */
  get isFull(): boolean {
    return this.#values.length >= EMITTED_VALUES_TO_WAIT
  }

  /** Whether the application was told the last value. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Takes a clone of the value. Resolves when there is room for another one. */
  emit(value: unknown): Promise<void> {
    if (this.#isClosed) throw new KafkaError('INVALID_REQUEST', 'Cannot emit: the run of this handler module has ended')
    if (this.#values.length >= EMITTED_VALUES_MAX)
      throw new BufferExhaustedError(
        `Cannot emit: ${grouped(EMITTED_VALUES_MAX)} values wait for the application; await emit where one call emits many`,
        'BUFFER_EXHAUSTED',
      )
    this.#values.push(clonedValue(value))
    this.#wake()
    if (!this.isFull) return Promise.resolve()
    const room = deferred<void>()
    this.#waiting.push(room)
    return room.promise
  }

  /** The run is over: what was emitted is the last. The next turn tells. */
  close(): void {
    this.#isClosed = true
  }

  /** Is answered in one of the next turns. */
  ask(connection: Connection, correlationId: number): void {
    this.#asked = { connection, correlationId }
  }

  /** To be called in each turn. */
  tick(): void {
    const asked = this.#asked
    if (asked === null || (this.#values.length === 0 && !this.#isClosed)) return
    this.#asked = null
    const { connection, correlationId } = asked
    const values = this.#values.splice(0, EMITTED_VALUES_TO_WAIT)
    this.#isOver = this.#isClosed && this.#values.length === 0
    if (values.length > 0) connection.attach(EMITTED_ATTACHMENT, values)
    connection.reply(correlationId, { api: 'Emitted', count: values.length, isLast: this.#isOver })
    if (!this.isFull) for (const { resolve } of this.#waiting.splice(0)) resolve()
  }
}

/** What a module has where `run` was given no `onEmit`. */
export function emitToNobody(): never {
  throw new KafkaError('INVALID_REQUEST', 'Cannot emit: nobody listens, because run was given no onEmit')
}

function clonedValue(value: unknown): unknown {
  try {
    return cloned(value)
  } catch (cause) {
    throw new ConfigError('value', `Cannot emit ${shown(value)}: ${messageOf(cause)}`, { cause })
  }
}
