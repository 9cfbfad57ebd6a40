import type { Bench } from 'tinybench'

/** A file of this folder that exports one of these as `suite` is run by `npm run bench -- micro`. */
export interface MicroSuite {
  readonly name: string
  /** Adds the tasks; each moves about `unitsPerRun` of `unit`, so that the table can say how long one takes. */
  readonly unit: string
  readonly unitsPerRun: number
  register(bench: Bench): void
}
