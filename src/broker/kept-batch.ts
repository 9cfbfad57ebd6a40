import type { TopicOptions } from '../base/config/topic-options.js'
import type { ErrorCode } from '../base/error-code.js'
import type { Memory } from '../base/memory.js'
import type { BatchPlace } from '../record/batch-opener.js'
import { chosenCodec, levelOf } from '../record/codecs/chosen-codec.js'
import { errorOfUnopened } from '../record/compressed-batch.js'
import { Recompressor } from '../record/recompressor.js'
import { batchBytes } from '../record/record-batch.js'

/** Makes of a batch what a topic keeps of it, where that is not the batch as it comes (`compression.type`). */
export class KeptBatch {
  readonly #bytesMax: number
  readonly #recompressor: Recompressor

  private constructor(options: TopicOptions) {
    this.#bytesMax = options['max.message.bytes']
    const codec = chosenCodec(options)
    this.#recompressor = new Recompressor(codec, codec === null ? 0 : levelOf(codec.name, options))
  }

  /** Null: the topic keeps batches as they come. Throws a ConfigError if its codec is not there. */
  static for(options: TopicOptions): KeptBatch | null {
    return options['compression.type'] === 'producer' ? null : new KeptBatch(options)
  }

  /** The batch to append, which is there until the next call; or an error. */
  of(memory: Memory, at: number): BatchPlace | ErrorCode {
    const kept = this.#recompressor.recompressed(memory, at)
    if (typeof kept === 'string') return errorOfUnopened(kept)
    // It may have become larger.
    return batchBytes(kept.memory, kept.at) > this.#bytesMax ? 'MESSAGE_TOO_LARGE' : kept
  }
}
