import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import type { BenchMachine } from './bench-result.js'

/** The version that package.json names. */
export function odradekVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** Where the figures come from, as it stands beside them. */
export function thisMachine(): BenchMachine {
  const model = cpus()[0]?.model ?? 'unknown'
  return { cpus: availableParallelism(), model, node: process.version, odradek: odradekVersion() }
}
