import { requiredIfThere } from '../../base/optional-module.js'
import { LZ4 } from '../layout.js'
import { beginsWith, type CannotOpen, type Codec, libraryOf } from './codec.js'
import { LZ4_MARK, lz4FrameOf } from './lz4-frame.js'

interface Lz4Library {
  compressFrameSync(bytes: Uint8Array): Buffer
  decompressFrameSync(frame: Uint8Array): Buffer
}

/** One frame of independent blocks (`Lz4BlockOutputStream`), with the package lz4-napi as its library. */
export function lz4Codec(load = () => requiredIfThere<Lz4Library>('lz4-napi')): Codec {
  const library = libraryOf(load)
  const decompress = (stream: Uint8Array, bytesMax: number): Uint8Array | CannotOpen => {
    const lz4 = library()
    if (lz4 === null) return 'absent'
    const frame = lz4FrameOf(stream)
    if (frame === null) return 'corrupt'
    if (frame.bytesMax > bytesMax && frame.exactBytes() > bytesMax) return 'too-large'
    try {
      const bytes = lz4.decompressFrameSync(stream.subarray(0, frame.end))
      return bytes.length > bytesMax ? 'too-large' : bytes
    } catch {
      return 'corrupt'
    }
  }
  return {
    name: 'lz4',
    bits: LZ4,
    lack: () => (library() === null ? 'the package lz4-napi (npm install lz4-napi@2)' : null),
    compress: (bytes) => (library() as Lz4Library).compressFrameSync(bytes),
    decompress,
    decompressFront: (records) => (beginsWith(records, LZ4_MARK) ? decompress(records, records.length) : null),
  }
}
