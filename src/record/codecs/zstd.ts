import { ZSTD } from '../layout.js'
import { beginsWith, type CannotOpen, type Codec, libraryOf } from './codec.js'
import { ZSTD_MARK, zstdFrameOf } from './zstd-frame.js'
import { nodesZstd, wasmZstd, type ZstdLibrary } from './zstd-libraries.js'

/** One zstd frame (`ZstdCompression`), with Node's own zlib where it has zstd, else with the package of `wasmZstd`. */
export function zstdCodec(load: () => ZstdLibrary | null = () => nodesZstd() ?? wasmZstd()): Codec {
  const library = libraryOf(load)
  const decompress = (stream: Uint8Array, bytesMax: number): Uint8Array | CannotOpen => {
    const zstd = library()
    if (zstd === null) return 'absent'
    return stream.length === 0 ? stream : zstd.decompress(stream, bytesMax)
  }
  return {
    name: 'zstd',
    bits: ZSTD,
    lack: () =>
      library() === null
        ? 'Node 22.15 or newer, or the package @bokuweb/zstd-wasm (npm install @bokuweb/zstd-wasm@0.0.27)'
        : null,
    compress: (bytes, level) => (library() as ZstdLibrary).compress(bytes, level),
    decompress,
    decompressFront(records) {
      if (!beginsWith(records, ZSTD_MARK)) return null
      const frame = zstdFrameOf(records)
      return frame === null ? 'corrupt' : decompress(records.subarray(0, frame.end), records.length)
    },
  }
}
