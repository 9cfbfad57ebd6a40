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
