import { availableParallelism, cpus } from 'node:os'
import { packageVersion } from '../../cluster/package-folder.js'
import type { BenchMachine } from './bench-result.js'

/** Describes the machine that the figures come from, as it stands beside them. */
export function thisMachine(): BenchMachine {
  const model = cpus()[0]?.model ?? 'unknown'
  return { cpus: availableParallelism(), model, node: process.version, odradek: packageVersion() }
}
