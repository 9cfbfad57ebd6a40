import { describe, expect, test, vi } from 'vitest'
import { allocateForCopyingIn, KERNEL_SOURCE } from '../../../src/base/kernel-memory.js'
import { Memory } from '../../../src/base/memory.js'

const MARK = 0xee
const { WebAssembly: api } = globalThis as unknown as { WebAssembly: { Memory: unknown; Instance: unknown } }

/** Copies of every length and phase that matter, each with a margin that must stay as it was. */
function copies(memory: Memory, lengths: readonly number[]): void {
  for (const length of lengths) {
    for (let phase = 0; phase < 16; phase++) {
      const source = Uint8Array.from({ length }, (_, index) => (index * 7 + length + phase) % 251)
      memory.bytes.fill(MARK, 0, phase + length + 64)
      memory.copyIn(32 + phase, source)
      expect(memory.bytes.subarray(32 + phase, 32 + phase + length).equals(source)).toBe(true)
      expect(memory.bytes.subarray(0, 32 + phase).every((byte) => byte === MARK)).toBe(true)
      expect(memory.bytes.subarray(32 + phase + length, phase + length + 64).every((byte) => byte === MARK)).toBe(true)
    }
  }
}

const LENGTHS = [0, 1, 15, 16, 17, 31, 32, 33, 100, 255, 256, 257, 1000, 4096, 65_535, 65_536, 65_537, 100_000]

describe('memory for copying in', () => {
  test('holds what was copied in, whatever its length and place, and nothing around it changes', () => {
    copies(allocateForCopyingIn(200_000), LENGTHS)
  })

  test('is plain memory that does the same where WebAssembly is missing', () => {
    vi.stubGlobal('WebAssembly', undefined)
    const memory = allocateForCopyingIn(200_000)
    vi.unstubAllGlobals()

    expect(memory.size).toBe(200_000)
    copies(memory, LENGTHS)
  })

  test('copies with the kernel where it can', () => {
    expect(allocateForCopyingIn(200_000).constructor).not.toBe(Memory)
  })

  test('has a kernel that is assembled from the source beside it', async () => {
    const { default: load } = await import('wabt')
    const wabt = await load()
    const assembled = wabt.parseWat('kernel.wat', KERNEL_SOURCE, { simd: true, threads: true }).toBinary({}).buffer
    const compiled: Uint8Array[] = []
    vi.stubGlobal('WebAssembly', {
      Memory: api.Memory,
      Instance: api.Instance,
      Module: class {
        constructor(bytes: Uint8Array) {
          compiled.push(bytes)
          throw new Error('seen')
        }
      },
    })
    allocateForCopyingIn(1)
    vi.unstubAllGlobals()

    expect(compiled.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual([
      Buffer.from(assembled).toString('hex'),
    ])
  })
})
