import * as zlib from 'node:zlib'
import { folderOf, requiredIfThere } from '../../base/optional-module.js'
import { type CannotOpen, libraryOf } from './codec.js'
import { inflated } from './gzip.js'
import { zstdFrameOf } from './zstd-frame.js'

/** What compresses and decompresses zstd. */
export interface ZstdLibrary {
  compress(bytes: Uint8Array, level: number): Uint8Array
  decompress(stream: Uint8Array, bytesMax: number): Uint8Array | CannotOpen
}

/** The part of zlib that Node has from 22.15 and 23.8 on, which its types for Node 20 do not know. */
interface ZlibWithZstd {
  zstdCompressSync?(bytes: Uint8Array, options: { readonly params: { readonly [id: number]: number } }): Buffer
  zstdDecompressSync?(stream: Uint8Array, options: { readonly maxOutputLength: number }): Buffer
  readonly constants: { readonly ZSTD_c_compressionLevel: number }
}

/** Node's own; null: this Node has none. */
export function nodesZstd(): ZstdLibrary | null {
  const { zstdCompressSync, zstdDecompressSync, constants } = zlib as unknown as ZlibWithZstd
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) return null
  const levelOf = (level: number) => ({ params: { [constants.ZSTD_c_compressionLevel]: level } })
  return {
    compress: (bytes, level) => zstdCompressSync(bytes, levelOf(level)),
    decompress: (stream, bytesMax) => inflated(() => zstdDecompressSync(stream, { maxOutputLength: bytesMax })),
  }
}

const PACKAGE = '@bokuweb/zstd-wasm'

interface WasmPackage {
  compress(bytes: Uint8Array, level: number): Uint8Array
  /** Takes memory of the size that the frame says, or else of `defaultHeapSize`. */
  decompress(stream: Uint8Array, options: { readonly defaultHeapSize: number }): Uint8Array
}

interface WasmRuntime {
  init(): void
  instantiateWasm(imports: object, receive: (instance: object) => unknown): unknown
}

/** The part of WebAssembly that is used here; the library of types has it for browsers only. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => object
}

/**
 * The package's, which is one WebAssembly module; null: it is not installed.
 *
 * Its own `init` is asynchronous. A codec is needed in the middle of a turn, on threads that do not turn their event
 * loop, so its module is instantiated here, by the hook that its runtime has for that. (The range of versions that
 * package.json allows is one version.)
 */
export const wasmZstd = libraryOf<ZstdLibrary>(() => {
  const library = requiredIfThere<WasmPackage>(PACKAGE)
  if (library === null) return null
  const folder = folderOf(PACKAGE)
  const { Module: runtime } = folder.load<{ readonly Module: WasmRuntime }>('module.js')
  const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }
  runtime.instantiateWasm = (imports, receive) => {
    const code = new api.Module(folder.read('zstd.wasm'))
    return receive(new api.Instance(code, imports))
  }
  runtime.init()
  return {
    compress: (bytes, level) => library.compress(bytes, level),
    decompress(stream, bytesMax) {
      const frame = zstdFrameOf(stream)
      if (frame === null) return 'corrupt'
      if (frame.contentBytes !== null && frame.contentBytes > bytesMax) return 'too-large'
      try {
        return library.decompress(stream, { defaultHeapSize: Math.max(1, Math.min(frame.bytesMax, bytesMax)) })
      } catch {
        // What does not fit fails like what is broken.
        return frame.bytesMax > bytesMax ? 'too-large' : 'corrupt'
      }
    },
  }
})
