import type { TopicOptions } from '../base/config/topic-options.js'
import type { ErrorCode } from '../base/error-code.js'
import type { Timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import type { ProducerStates, RememberedBatch } from '../log/producer-states.js'
import { batchBytes, checkHeader } from '../record/record-batch.js'
import { KeyCheck } from './key-check.js'
import { isCompacted } from './log-options.js'
import { timestampRefusal } from './timestamp-refusal.js'

/**
 * What a leader checks of a batch before it appends it, in Kafka's order. The CRC is not checked: the bytes have not
 * left the process, and whoever reads them checks it. (`LogValidator`, `UnifiedLog.analyzeAndValidateProducerState`)
 */
export class BatchCheck {
  readonly #options: TopicOptions
  readonly #producers: ProducerStates
  /** Null: records need no key. */
  readonly #keyCheck: KeyCheck | null

  constructor(options: TopicOptions, producers: ProducerStates) {
    this.#options = options
    this.#producers = producers
    this.#keyCheck = isCompacted(options) ? new KeyCheck() : null
  }

  /**
   * Says whether the batch may be appended: NONE, or its error, or the batch that is remembered if this one is there
   * already. Positional, since it is called for every batch.
   */
  check(memory: Memory, at: number, bytes: number, now: Timestamp): ErrorCode | RememberedBatch {
    // The lender says where it is; there may be no such place.
    if (at < 0 || at + bytes > memory.size) return 'CORRUPT_MESSAGE'
    const header = checkHeader(memory, at, bytes)
    if (header !== 'NONE') return header
    if (batchBytes(memory, at) !== bytes) return 'CORRUPT_MESSAGE'
    if (bytes > this.#options['max.message.bytes']) return 'MESSAGE_TOO_LARGE'
    const sequence = this.#producers.check(memory, at)
    if (sequence !== 'NONE') return sequence
    const refusal = timestampRefusal(memory, at, now, this.#options)
    return refusal === 'NONE' ? (this.#keyCheck?.refusalOf(memory, at) ?? 'NONE') : refusal
  }
}
