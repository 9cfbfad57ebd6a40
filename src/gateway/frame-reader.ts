import { looksLike } from './looks-like.js'

/**
 * Kafka's frames as they come out of a byte stream, however it is torn:
 *
 *     length int32 | apiKey int16 | apiVersion int16 | correlationId int32 | …
 *
 * Bytes stay in the chunks in which they came until their frame is whole, and are copied once, to where it is wanted; a
 * frame that lies in one chunk need not be copied. So a frame takes the memory of the bytes that have come, and not of
 * those that its length promises. Pieces that are much smaller than the memory around them are gathered first, in
 * memory that grows with them: a sender of single bytes costs no more than others, and one that has sent a few bytes
 * costs hardly more than these.
 *
 * Owned by the gateway's thread.
 */
const LENGTH_BYTES = 4
/** What the head of a request takes: its API and the version, and the number of the request. */
const HEAD_BYTES = 8
const API_BYTES = 4
/** Smaller pieces of a frame that is not whole are gathered, so that a frame has few of them. */
const SMALL_PIECE_BYTES = 16_384
const GATHERED_BYTES_MIN = 64
const GATHERED_BYTES_MAX = 65_536

const NOTHING = Buffer.alloc(0)

/** Why nothing that comes next can be read. */
export interface BadFrame {
  readonly says: string
}

/** What the next frame is, by its length and its first bytes. */
export interface FrameHead {
  /** Bytes behind its length, whether or not they have come. */
  readonly bytes: number
  readonly apiKey: number
  readonly apiVersion: number
  readonly isWhole: boolean
}

export class FrameReader {
  /** Oldest first; bytes before `#from` of the first one were taken. */
  #chunks: Buffer[] = []
  #from = 0
  #bytes = 0
  /** Memory that the last chunk is a part of, where pieces are gathered, and how much of it is in use. */
  #gathering: Buffer | null = null
  #gathered = 0
  /** The length of the frame that comes next; -1: not known yet. */
  #length = -1

  /** Bytes that have come and were not taken. */
  get bytes(): number {
    return this.#bytes
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#bytes += chunk.length
    if (chunk.length >= SMALL_PIECE_BYTES || this.#bytes === chunk.length) {
      this.#chunks.push(chunk)
      this.#gathering = null
    } else this.#gather(chunk)
  }

  /**
   * The next frame, if so much of it has come that its API is known. `bytesMax` is how long it may be, and `bytesMin` how
   * short. A length that cannot be one is refused as soon as it is there.
   */
  peek(bytesMax: number, bytesMin = HEAD_BYTES): FrameHead | BadFrame | null {
    if (this.#length < 0) {
      if (this.#bytes < LENGTH_BYTES) return null
      this.#length = this.#int32At(0)
    }
    const length = this.#length
    if (length < bytesMin || length > bytesMax) return this.badLength(length, bytesMax)
    const isWhole = this.#bytes >= LENGTH_BYTES + length
    if (this.#bytes < LENGTH_BYTES + Math.min(length, API_BYTES)) return null
    const head = length < API_BYTES ? 0 : this.#int32At(LENGTH_BYTES)
    return { bytes: length, apiKey: head >> 16, apiVersion: (head << 16) >> 16, isWhole }
  }

  /** What is said of a frame that is this long, and may not be. */
  badLength(length: number, bytesMax: number): BadFrame {
    return { says: looksLike(this.#first(), length, bytesMax) }
  }

  /** Takes the whole frame that `peek` has returned: a view of the chunk in which it lies, or else a copy. */
  take(): Buffer {
    this.#skip(LENGTH_BYTES)
    const length = this.#length
    this.#length = -1
    const first = this.#chunks[0] ?? NOTHING
    if (first.length - this.#from >= length) {
      const frame = first.subarray(this.#from, this.#from + length)
      this.#skip(length)
      return frame
    }
    const frame = Buffer.allocUnsafeSlow(length)
    this.#move(length, (piece, at) => frame.set(piece, at))
    return frame
  }

  /** Takes the whole frame that `peek` has returned, piece by piece. */
  takePieces(take: (piece: Buffer, at: number) => void): void {
    this.#skip(LENGTH_BYTES)
    const length = this.#length
    this.#length = -1
    this.#move(length, take)
  }

  #gather(chunk: Buffer): void {
    let gathering = this.#gathering
    if (gathering === null || this.#gathered + chunk.length > gathering.length) {
      gathering = Buffer.allocUnsafeSlow(Math.max(chunk.length, gatheredBytesFor(this.#bytes)))
      this.#gathering = gathering
      this.#gathered = 0
      this.#chunks.push(gathering.subarray(0, 0))
    }
    const last = this.#chunks.length - 1
    const start = this.#gathered - (this.#chunks[last] as Buffer).length
    gathering.set(chunk, this.#gathered)
    this.#gathered += chunk.length
    this.#chunks[last] = gathering.subarray(start, this.#gathered)
  }

  #move(length: number, take: (piece: Buffer, at: number) => void): void {
    for (let at = 0; at < length; ) {
      const chunk = this.#chunks[0] as Buffer
      const bytes = Math.min(length - at, chunk.length - this.#from)
      take(chunk.subarray(this.#from, this.#from + bytes), at)
      this.#skip(bytes)
      at += bytes
    }
  }

  #skip(bytes: number): void {
    this.#bytes -= bytes
    this.#from += bytes
    while (this.#chunks.length > 0 && this.#from >= (this.#chunks[0] as Buffer).length) {
      this.#from -= (this.#chunks[0] as Buffer).length
      this.#chunks.shift()
    }
    // What is gathered next begins a chunk of its own: the last one may be gone.
    if (this.#chunks.length === 0) this.#gathering = null
  }

  #int32At(at: number): number {
    const chunk = this.#chunks[0] as Buffer
    const from = this.#from + at
    if (from + 4 <= chunk.length) return chunk.readInt32BE(from)
    let value = 0
    for (let index = 0; index < 4; index++) value = (value << 8) | this.#byteAt(at + index)
    return value
  }

  #byteAt(at: number): number {
    let from = this.#from + at
    for (const chunk of this.#chunks) {
      if (from < chunk.length) return chunk[from] as number
      from -= chunk.length
    }
    return 0
  }

  /** The first bytes that have come, for whoever says what they look like. */
  #first(): Buffer {
    return Buffer.from(Array.from({ length: Math.min(this.#bytes, 8) }, (_, at) => this.#byteAt(at)))
  }
}

/** As much again as has come, within limits. */
function gatheredBytesFor(bytes: number): number {
  let size = GATHERED_BYTES_MIN
  while (size < bytes && size < GATHERED_BYTES_MAX) size *= 2
  return size
}
