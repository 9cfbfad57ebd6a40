import { createHash } from 'node:crypto'
import type { Offset } from '../base/ids.js'

/** A longer key is known by its digest. Kafka knows all keys by theirs. (`SkimpyOffsetMap`) */
const KEY_BYTES_MAX = 64
/** No byte of a short key becomes this letter, so a digest is never taken for a key. */
const DIGEST_MARK = '\u0100'

/** The latest offset of each key in a part of a log. */
export class KeyOffsets {
  readonly #offsets = new Map<string, Offset>()

  get size(): number {
    return this.#offsets.size
  }

  /** Call in the order of the offsets. */
  note(key: Buffer, at: Offset): void {
    this.#offsets.set(nameOf(key), at)
  }

  /** Undefined: the key is not there. */
  latest(key: Buffer): Offset | undefined {
    return this.#offsets.get(nameOf(key))
  }
}

function nameOf(key: Buffer): string {
  if (key.length <= KEY_BYTES_MAX) return key.toString('latin1')
  return DIGEST_MARK + createHash('sha256').update(Buffer.from(key)).digest('base64')
}
