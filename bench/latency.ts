import type { BenchResult } from '../src/lab/measure/bench-result.js'
import { productOf, runSweep } from '../src/lab/measure/sweep.js'
import { thisMachine } from '../src/lab/measure/this-machine.js'
import { DEFAULT_WORKLOAD, type Workload } from '../src/lab/measure/workload.js'

const RATE = 10_000
/** Long enough at the pace for compilers and collectors of every thread to come to rest. */
const WARM_UP = { records: 2_000_000, seconds: 1, leadInSeconds: 2 }
const HANDLERS = ['module', 'closure'] as const

/** The time of a record from the moment at which it was due to the handler, at a rate that leaves everything idle. */
export async function runLatency(options: {
  readonly seconds: number
  readonly repeats: number
}): Promise<BenchResult> {
  const cells = productOf([['handler', HANDLERS]]).map(
    ({ handler }): Workload => ({
      ...DEFAULT_WORKLOAD,
      rate: RATE,
      handler: handler as Workload['handler'],
      options: { 'linger.ms': 0, acks: 1 },
    }),
  )
  const runs = await runSweep({ cells, repeats: options.repeats, limit: { seconds: options.seconds }, warmUp: WARM_UP })
  return { machine: thisMachine(), runs }
}
