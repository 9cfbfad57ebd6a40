import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import type { BenchMachine } from '../src/lab/bench-result.js'

/** Where the figures come from, as it stands beside them. */
export function thisMachine(): BenchMachine {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return { cpus: availableParallelism(), model: cpus()[0]?.model ?? 'unknown', node: process.version, odradek: version }
}
