import type { CellOutcome } from './experiment.js'

/** Whether two cells are the same but for one option; it may be the same, too. */
export function isAlikeBut(name: string, one: CellOutcome, other: CellOutcome): boolean {
  return restOf(one, name) === restOf(other, name)
}

function restOf({ config }: CellOutcome, name: string): string {
  const { workload } = config
  return JSON.stringify({ ...config, workload: { ...workload, options: { ...workload.options, [name]: null } } })
}
