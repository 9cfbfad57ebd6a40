import { Memory } from './memory.js'

/**
 * Memory that a few instructions of WebAssembly copy within, 16 bytes at a time. V8 copies byte by byte from private
 * into shared memory unless both lie equally far from an 8-byte boundary; so the bytes go to an aligned scratch at the
 * end of the memory first, the fast way, and from there to wherever they belong.
 *
 * Everything works without it: `allocateForCopyingIn` gives plain memory if WebAssembly, its threads or its SIMD are
 * missing, or if it cannot address as much as is asked for.
 */
const PAGE_BYTES = 65_536
const SCRATCH_BYTES = PAGE_BYTES
const BYTES_MAX = 2 ** 32 - PAGE_BYTES
/** Bytes that the kernel copies at once, and so the least that it can copy. */
const LANE_BYTES = 16

/**
 * `(module (import "m" "m" (memory 1 65536 shared)) …)`: the source that KERNEL is assembled from; a test compares
 * them.
 */
export const KERNEL_SOURCE = `(module
  (import "m" "m" (memory 1 65536 shared))
  (func (export "copy") (param $to i32) (param $from i32) (param $bytes i32) (local $last i32)
    (local.set $last (i32.sub (i32.add (local.get $from) (local.get $bytes)) (i32.const 16)))
    (block $end
      (loop $next
        (br_if $end (i32.ge_u (local.get $from) (local.get $last)))
        (v128.store (local.get $to) (v128.load (local.get $from)))
        (local.set $to (i32.add (local.get $to) (i32.const 16)))
        (local.set $from (i32.add (local.get $from) (i32.const 16)))
        (br $next)))
    ;; The last 16 bytes overlap the ones before, so that nothing behind the end is touched.
    (v128.store
      (i32.sub (local.get $to) (i32.sub (local.get $from) (local.get $last)))
      (v128.load (local.get $last)))))`

const KERNEL =
  'AGFzbQEAAAABBwFgA39/fwACCwEBbQFtAgMBgIAEAwIBAAcIAQRjb3B5AAAKSwFJAQF/IAEgAmpBEGshAwJAA0AgASADTw0BIAAg' +
  'Af0ABAD9CwQAIABBEGohACABQRBqIQEMAAsLIAAgASADa2sgA/0ABAD9CwQACw=='

type Copy = (to: number, from: number, bytes: number) => void

/** The part of WebAssembly that is used here; the library of types has it for browsers only. */
interface WebAssemblyApi {
  readonly Memory: new (limits: {
    initial: number
    maximum: number
    shared: true
  }) => { readonly buffer: SharedArrayBuffer }
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly copy: Copy } }
}

class KernelMemory extends Memory {
  readonly #copy: Copy
  readonly #scratch: number

  constructor(shared: SharedArrayBuffer, copy: Copy) {
    super(shared)
    this.#copy = copy
    this.#scratch = shared.byteLength - SCRATCH_BYTES
  }

  override copyIn(at: number, source: Uint8Array): void {
    if (source.length < LANE_BYTES || source.length > SCRATCH_BYTES) super.copyIn(at, source)
    else {
      this.bytes.set(source, this.#scratch)
      this.#copy(at, this.#scratch, source.length)
    }
  }
}

/** Memory whose `copyIn` is as fast as it can be, of at least this size. */
export function allocateForCopyingIn(bytes: number): Memory {
  const { WebAssembly: api } = globalThis as { WebAssembly?: WebAssemblyApi }
  if (api === undefined || bytes > BYTES_MAX) return Memory.allocate(bytes)
  try {
    const pages = Math.ceil(bytes / PAGE_BYTES) + SCRATCH_BYTES / PAGE_BYTES
    const memory = new api.Memory({ initial: pages, maximum: pages, shared: true })
    const instance = new api.Instance(new api.Module(Buffer.from(KERNEL, 'base64')), { m: { m: memory } })
    return new KernelMemory(memory.buffer, instance.exports.copy)
  } catch {
    // This machine has no threads, no SIMD or no address space for it.
    return Memory.allocate(bytes)
  }
}
