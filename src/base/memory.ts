import { copyToShared } from './copy-to-shared.js'

/**
 * From this size on, a piece of shared memory is a mapping of its own. Smaller ones come from the C library's heap,
 * where a page and an entry in the kernel's table for each would be waste.
 */
const MAPPED_BYTES_MIN = 65_536
/** V8 begins a collection when the private memory outside of a thread's heap has grown by so many bytes. */
const COLLECTION_BYTES = 2 ** 26
/** The most that a thread should keep of memory that nobody needs any more, roughly. */
const GARBAGE_BYTES_MAX = 2 ** 23

/**
 * Shared memory of zeros. A large piece is made growable, though it never grows, because V8 takes it straight from the
 * kernel: pages that were never touched take no room, and all of them go back when the last thread has let go.
 * Otherwise V8 would ask the C library. Its heaps keep what was given back (once it has been given back as much at
 * once), and fill it with zeros, page after page, when it is asked for again.
 *
 * A view of all of it is made with its length: without one it follows the growth that never comes, and is slow.
 */
export function allocateShared(bytes: number): SharedArrayBuffer {
  return bytes < MAPPED_BYTES_MIN
    ? new SharedArrayBuffer(bytes)
    : new SharedArrayBuffer(bytes, { maxByteLength: bytes })
}

/**
 * A weight for whatever is to be collected with shared memory of this size. The collector does not count shared memory,
 * so a thread that drops a gigabyte of it has no reason to collect. It does count private memory, whose pages take no
 * room until they are touched. Null for small sizes, or if there is no address space for it.
 */
function weightOf(bytes: number): ArrayBuffer | null {
  if (bytes < MAPPED_BYTES_MIN) return null
  try {
    return new ArrayBuffer(bytes, { maxByteLength: bytes })
  } catch {
    return null
  }
}

/**
 * One piece of (usually shared) memory with the three views that everything here needs. The views are made once:
 * making one costs more than copying a small record.
 */
export class Memory {
  readonly shared: SharedArrayBuffer
  readonly size: number
  /** Bytes; a Buffer, because its native string writers accept shared memory. */
  readonly bytes: Buffer
  /** Kafka's big-endian numbers. */
  readonly view: DataView
  /** Host-order words, for Atomics. */
  readonly words: Int32Array
  /** The weight; see `drop`. */
  weight: ArrayBuffer | null = null

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared
    this.size = shared.byteLength
    this.bytes = Buffer.from(shared, 0, this.size)
    this.view = new DataView(shared, 0, this.size)
    this.words = new Int32Array(shared, 0, Math.floor(this.size / 4))
  }

  static allocate(bytes: number): Memory {
    return new Memory(allocateShared(align8(bytes)))
  }

  /**
   * This thread uses it no more, though others may. From now on the collector knows how much it would give back. The
   * weight is as old as this object, so both go together.
   */
  drop(): void {
    this.weight = weightOf(this.size)
  }

  /**
   * Like `drop`, for memory that nobody else uses either: only uncollected objects keep it, so it weighs more than it
   * has bytes.
   */
  discard(): void {
    this.weight = weightOf(Math.min(this.size * (COLLECTION_BYTES / GARBAGE_BYTES_MAX), COLLECTION_BYTES))
  }

  /** Copies bytes in, usually from private memory. */
  copyIn(at: number, source: Uint8Array): void {
    copyToShared(this.bytes, at, source)
  }
}

/** Rounds up to a multiple of 8 without 32-bit arithmetic, which would wrap at 2 GiB. */
export function align8(bytes: number): number {
  const rest = bytes % 8
  return rest === 0 ? bytes : bytes + 8 - rest
}

/** The byte that tests write over memory that nobody may read any more. */
export const POISON = 0xdb
