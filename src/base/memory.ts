import { copyToShared } from './copy-to-shared.js'

/**
 * One piece of (usually shared) memory with the three views that everything here needs. The views are made once:
 * making one costs more than copying a small record.
 */
export class Memory {
  readonly shared: SharedArrayBuffer
  /** Bytes; a Buffer, because its native string writers accept shared memory. */
  readonly bytes: Buffer
  /** Kafka's big-endian numbers. */
  readonly view: DataView
  /** Host-order words, for Atomics. */
  readonly words: Int32Array

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared
    this.bytes = Buffer.from(shared)
    this.view = new DataView(shared)
    this.words = new Int32Array(shared)
  }

  static allocate(bytes: number): Memory {
    return new Memory(new SharedArrayBuffer(align8(bytes)))
  }

  get size(): number {
    return this.shared.byteLength
  }

  /** Copies bytes in, which lie in private memory as a rule. */
  copyIn(at: number, source: Uint8Array): void {
    copyToShared(this.bytes, at, source)
  }
}

/** Rounds up to a multiple of 8 without 32-bit arithmetic, which would wrap at 2 GiB. */
export function align8(bytes: number): number {
  const rest = bytes % 8
  return rest === 0 ? bytes : bytes + 8 - rest
}

/** What is written over memory that nobody may read any more, where tests ask for it. */
export const POISON = 0xdb
