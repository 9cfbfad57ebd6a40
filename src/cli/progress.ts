import cliProgress from 'cli-progress'
import { counted } from '../base/words.js'
import type { SweepParts, SweepStep } from '../lab/measure/sweep.js'
import type { Workload } from '../lab/measure/workload.js'

/** The progress of a sweep on standard error: a bar on a terminal, and only errors elsewhere. */
export interface Progress extends SweepParts {
  onStep(step: SweepStep): void
  stop(): void
}

export function sweepProgress(cells: readonly Workload[]): Progress {
  const bar = new cliProgress.SingleBar({
    format: '{bar} {value}/{total} runs | {eta_formatted} left | {cell}',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  })
  const isShown = process.stderr.isTTY === true
  let isStarted = false
  return {
    onStep({ workload, done, total }: SweepStep) {
      if (!isShown) return
      const cell = nameOf(workload, cells)
      if (isStarted) bar.update(done, { cell })
      else bar.start(total, done, { cell })
      isStarted = true
    },
    onUnacknowledged(workload, records, failure) {
      process.stderr.write(`${nameOf(workload, cells)}: ${counted(records, 'record')} not acknowledged: ${failure}\n`)
    },
    stop() {
      if (isStarted) bar.stop()
    },
  }
}

/** The parameters that set a cell apart from the others. */
function nameOf(workload: Workload, cells: readonly Workload[]): string {
  const flat = ({ options, ...shape }: Workload): Record<string, unknown> => ({ ...shape, ...options })
  const all = cells.map(flat)
  const differing = Object.entries(flat(workload)).filter(([name]) =>
    all.some((other) => other[name] !== all[0]?.[name]),
  )
  return differing.map(([name, value]) => `${name} ${value}`).join(', ') || 'one cell'
}
