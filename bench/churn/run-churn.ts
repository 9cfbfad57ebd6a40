import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import CliTable3 from 'cli-table3'
import { threeDigits } from '../../src/lab/numbers.js'
import type { ChurnKind } from './kinds.js'
import type { ChurnReading } from './reading.js'

/** After so many, compilers, collectors and pools have what they need. */
export const WARM_UP = 50
/** The most that resident memory may grow by until the end. */
const MEGABYTES_MAX = 60

export interface ChurnFigure {
  readonly kind: ChurnKind
  readonly start: ChurnReading
  readonly end: ChurnReading
  /** Whether threads and shared memory have not grown, and resident memory hardly. */
  readonly holds: boolean
}

const CHILD = fileURLToPath(new URL('./process.js', import.meta.url))

/** Runs a kind in a process of its own, so that nothing before it has made room. */
export function runChurn(kind: ChurnKind, count: number): ChurnFigure {
  const { status, stdout } = spawnSync(process.execPath, ['--expose-gc', CHILD, kind, String(count)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`The process in which ${kind} were to come and go ended with ${status}`)
  const [start, end] = JSON.parse(stdout) as [ChurnReading, ChurnReading]
  const holds =
    end.residentMegabytes - start.residentMegabytes <= MEGABYTES_MAX &&
    end.sharedMegabytes <= start.sharedMegabytes &&
    end.threads === start.threads
  return { kind, start, end, holds }
}

export function churnTable(figures: readonly ChurnFigure[]): string {
  const table = new CliTable3({
    head: ['one after the other', 'times', 'RSS, MB', 'threads', 'shared memory held, MB', 'holds'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  })
  for (const { kind, start, end, holds } of figures) {
    const fromTo = (of: (reading: ChurnReading) => string): string => `${of(start)} → ${of(end)}`
    table.push([
      kind,
      `${start.count} → ${end.count}`,
      fromTo(({ residentMegabytes }) => threeDigits(residentMegabytes)),
      fromTo(({ threads }) => String(threads ?? '?')),
      fromTo(({ sharedMegabytes }) => threeDigits(sharedMegabytes)),
      holds ? 'yes' : 'no',
    ])
  }
  return table.toString()
}
