import { crc32c, crc32cPortable, loadNativeCrc32c } from '../../src/base/crc32c.js'
import { Memory } from '../../src/base/memory.js'
import type { MicroSuite } from './micro-suite.js'

const KIBIBYTES = 256
/** Lengths on both sides of where the native engine takes over, and two usual sizes of batches. */
const LENGTHS = [128, 256, 512, 1_024, 16_384, 65_536]

/** What the CRC costs for batches of each length, with and without `@node-rs/crc32`. */
export const suite: MicroSuite = {
  name: 'crc32c',
  unit: 'KiB',
  unitsPerRun: KIBIBYTES,
  register(bench) {
    const bytes = Memory.allocate(KIBIBYTES * 1024).bytes
    for (let at = 0; at < bytes.length; at++) bytes[at] = at * 7 + (at >>> 8)
    const engines: [name: string, engine: typeof crc32c][] = [['portable', crc32cPortable]]
    if (loadNativeCrc32c()) engines.push(['native above 448 B', crc32c])
    for (const length of LENGTHS) {
      for (const [name, engine] of engines) {
        bench.add(`${length} B ${name}`, () => {
          let sum = 0
          for (let at = 0; at + length <= bytes.length; at += length) sum ^= engine(bytes, at, at + length)
          return sum
        })
      }
    }
  },
}
