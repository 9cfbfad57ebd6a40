/** The codecs by the names of `compression.type`. */
export type CodecName = 'gzip' | 'snappy' | 'lz4' | 'zstd'

/**
 * Why a stream cannot be decompressed: it is broken, it would become larger than allowed, or what decompresses it is
 * not installed.
 */
export type CannotOpen = 'corrupt' | 'too-large' | 'absent'

/**
 * One way to compress the records of a batch. No codec trusts a length that stands in a stream: before memory is taken
 * for what comes out, the stream has been walked or its decompressor has been given the limit.
 *
 * Codecs are loaded by the thread that uses them, the first time that it does.
 */
export interface Codec {
  readonly name: CodecName
  /** The codec's bits in the attributes of a batch. */
  readonly bits: number
  /** What it takes to have the codec here, as an object of that verb; null: it is there. */
  lack(): string | null
  /** Compresses; only where nothing is lacking. */
  compress(bytes: Uint8Array, level: number): Uint8Array
  decompress(stream: Uint8Array, bytesMax: number): Uint8Array | CannotOpen
  /**
   * Decompresses the stream at the front of `records`, which `compress` may have put there; null: it has not, these are
   * records. What is behind the stream has no meaning.
   */
  decompressFront(records: Uint8Array): Uint8Array | CannotOpen | null
}

/** Whether the bytes begin with those of the mark. */
export function beginsWith(bytes: Uint8Array, mark: readonly number[], at = 0): boolean {
  return mark.every((byte, index) => bytes[at + index] === byte)
}

/** The library that a codec needs, loaded at its first use; null: it is not there, or does not run here. */
export function libraryOf<Library>(load: () => Library | null): () => Library | null {
  let library: Library | null | undefined
  return () => {
    if (library === undefined) {
      try {
        library = load()
      } catch {
        // Native code that was built for another machine, say.
        library = null
      }
    }
    return library
  }
}
