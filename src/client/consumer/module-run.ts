import type { ErrorCode } from '../../base/error-code.js'
import { describeThrown } from '../../base/thrown.js'
import { type SliceSource, whyUnreadable } from './fetching/fetched-slice.js'
import type { HandingOutOptions } from './handing-out.js'
import type { HandlingEnd, LoadedHandler } from './handler.js'
import { Handling } from './handling.js'

export interface ModuleRunParts {
  readonly source: SliceSource
  readonly options: HandingOutOptions
  /** Rings the own bell: the handler was made, or a promise of it has settled. */
  readonly wake: () => void
  /** Called once, in a turn, when the module was loaded, or the run was stopped before. */
  readonly onBegun: () => void
  /** Called once, in a turn, when there is no module to run: the run has not begun. */
  readonly onRefused: (says: string) => void
  /** Asked between two calls of the handler whether it may be called again. */
  readonly mayHandOver: () => boolean
  /** Called once, in a turn, when a run that had begun has ended. */
  readonly onEnd: (error: ErrorCode, says: string) => void
  /** Called once, in a turn or between two, when a run that has ended has nothing left to do. */
  readonly onOver: () => void
}

/**
 * A handler module that runs inside the consumer's thread:
 *
 *     loading ─▶ handling ─▶ ended, its handler may be at work ─▶ closing what the module has made ─▶ over
 *        ├─▶ ended, because the module makes no handler ─▶ over
 *        └─▶ refused, because there is no module
 *
 * The module is loaded between the turns, and its promises settle there: both are taken up in the next turn.
 */
export class ModuleRun {
  readonly #parts: ModuleRunParts
  #loaded: LoadedHandler | null = null
  #handling: Handling | null = null
  /** Closes what the module has made; null: it has nothing, or that is being done. */
  #close: (() => Promise<void>) | null = null
  #isClosing = false
  #isOver = false
  #hasBegun = false
  #isEnded = false

  constructor(parts: ModuleRunParts) {
    this.#parts = parts
  }

  /** Notes that the module was loaded, or could not be. */
  noteLoaded(loaded: LoadedHandler): void {
    this.#loaded = loaded
    this.#parts.wake()
  }

  /** Begins, or is refused, when the module was loaded since the last turn. Returns whether it was. */
  takeUp(): boolean {
    if (this.#loaded === null || this.#isEnded) return false
    this.#begin(this.#loaded)
    return true
  }

  /** Hands over the next records. False: there is nothing to do now. */
  step(): boolean {
    const hasStepped = this.#handling?.step() === true
    if (this.#isEnded && !this.isAtWork && !this.#isClosing) this.#finish()
    return hasStepped
  }

  /** Ends it as it is; what the handler is at work on is given back when it has kept its promise. */
  stop(): void {
    this.#noteBegun()
    this.#end('NONE', '')
  }

  /** Whether nothing is left to be done. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether its handler is at work on what it has promised to finish. */
  get isAtWork(): boolean {
    return this.#handling?.isWaiting === true
  }

  /** Index of the partition of which the handler has a slice at work; -1: none. */
  get held(): number {
    return this.#handling?.held ?? -1
  }

  #begin(loaded: LoadedHandler): void {
    this.#loaded = null
    if ('failure' in loaded && loaded.isMissing) {
      this.#isEnded = true
      return this.#parts.onRefused(loaded.failure)
    }
    this.#noteBegun()
    if ('failure' in loaded) return this.#end('INVALID_CONFIG', loaded.failure)
    const { source, options, wake, mayHandOver } = this.#parts
    const { handler, close = null } = loaded
    this.#close = close
    const onEnd = (end: HandlingEnd): void => this.#handlingEnded(end)
    this.#handling = new Handling({ source, handler, options, wake, mayHandOver, onEnd })
  }

  #noteBegun(): void {
    if (this.#hasBegun || this.#isEnded) return
    this.#hasBegun = true
    this.#parts.onBegun()
  }

  #handlingEnded(end: HandlingEnd): void {
    if (end.type === 'partition') this.#end(end.slice.error, whyUnreadable(end.slice))
    else this.#end('UNKNOWN_SERVER_ERROR', describeThrown(end.cause))
  }

  /** What the module has made is closed when its handler needs it no more, also where that cannot be done well. */
  #finish(): void {
    this.#isClosing = true
    const over = (): void => {
      this.#isOver = true
      this.#parts.onOver()
      this.#parts.wake()
    }
    if (this.#close === null) over()
    else this.#close().then(over, over)
  }

  #end(error: ErrorCode, says: string): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#handling?.stop()
    this.#parts.onEnd(error, says)
  }
}
