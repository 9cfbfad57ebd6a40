import { isUint8Array } from 'node:util/types'
import { withArticle } from '../base/words.js'

/** A key or a value; a string stands for its UTF-8 bytes. */
export type RecordData = Uint8Array | string | null

/**
 * Whether a value can be a key or a value of a record: not every caller is checked by a compiler, and jsdom's bytes are
 * of another realm.
 */
export const isRecordData = (input: unknown): input is RecordData =>
  typeof input === 'string' || input === null || (isBytes(input) && (input.length > 0 || !isDetached(input)))

/** Whether a value is a Uint8Array of any realm, and not something that only inherits from one, such as a proxy. */
export const isBytes = (input: unknown): input is Uint8Array =>
  ArrayBuffer.isView(input) && (input instanceof Uint8Array || isUint8Array(input))

/** Whether the memory was transferred to somebody else: it looks empty, and was not meant to be. */
function isDetached({ buffer }: Uint8Array): boolean {
  try {
    return new Uint8Array(buffer).length < 0
  } catch {
    return true
  }
}

/** A value's kind for sentences: `a Promise`, `a number`, `undefined`. */
export function kindOf(input: unknown): string {
  if (input === null || input === undefined) return String(input)
  if (isBytes(input)) return isDetached(input) ? 'a Uint8Array whose memory was transferred' : 'a Uint8Array'
  return typeof input === 'object' ? withArticle(nameOfClass(input)) : withArticle(typeof input)
}

function nameOfClass(input: object): string {
  try {
    const { name } = input.constructor
    return typeof name === 'string' && name !== '' ? name : 'object'
  } catch {
    return 'object'
  }
}

export interface RecordHeader {
  readonly key: string
  readonly value: RecordData
}
