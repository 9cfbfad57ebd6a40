import { EventEmitter } from 'node:events'
import { throwLater } from '../../base/throw-later.js'
import type { BatchReport } from '../batches/batch-report.js'
import type { DeadLetterFailure } from '../dead-letters/dead-letters.js'

/**
 * `drain`: `produce` may go on; `undelivered`: a batch has failed; `deadLetterFailed`: dead letters could not be kept.
 */
interface Events {
  drain: []
  undelivered: [BatchReport]
  deadLetterFailed: [DeadLetterFailure]
}

/** What a producer tells of the records that no promise hangs on. Lives on the application's thread. */
export class ProducerEvents extends EventEmitter<{ [Name in keyof Events]: Events[Name] }> {
  readonly #warn: (says: string, detail?: string) => void
  #hasWarned = false

  /** `warn` tells the program what it should know and cannot catch. */
  constructor(warn: (says: string, detail?: string) => void) {
    super()
    this.#warn = warn
  }

  /**
   * A batch has failed. `isHeard`: its records have somebody else to tell, such as a promise or a sink. What nobody
   * hears is not lost in silence: the program is warned of the first one.
   */
  undelivered(report: BatchReport, isHeard: boolean): void {
    if (!isHeard && !this.#hasWarned && this.listenerCount('undelivered') === 0) {
      this.#hasWarned = true
      const { topic, error, recordCount } = report
      const lost = recordCount === 1 ? 'A record' : `${recordCount} records`
      this.#warn(
        `${lost} that 'produce' took for '${topic}' could not be sent (${error}), and nobody was told`,
        "Give 'produce' a callback, or listen to 'undelivered'; close the producer before its cluster, so that it sends what it holds. Later ones are not told",
      )
    }
    this.tell('undelivered', report)
  }

  /** As `emit`, but a listener that throws keeps nobody else from hearing it. */
  tell<Name extends keyof Events>(event: Name, ...told: Events[Name]): void {
    for (const listener of this.rawListeners(event) as ((...told: unknown[]) => void)[]) {
      try {
        listener(...told)
      } catch (error) {
        throwLater(error)
      }
    }
  }
}
