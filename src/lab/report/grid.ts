import type { BenchRun, ConfigValue } from '../measure/bench-result.js'
import { optionValue } from '../numbers.js'

/** One option that the sweep varied, with the values it took. */
export interface Axis {
  readonly option: string
  /** The values: numbers ascend, anything else keeps the order of the runs. */
  readonly values: readonly ConfigValue[]
}

/** A run and its place in the result, which the page finds it by. */
export interface Cell {
  readonly index: number
  readonly run: BenchRun
}

/** One heatmap: the cells that agree in every swept option but the two axes. */
export interface Plane {
  /** The options that set this plane apart from the others; empty when there is one plane only. */
  readonly options: readonly { readonly option: string; readonly value: ConfigValue }[]
  /** `cells[row][column]`; undefined where the sweep has no run. */
  readonly cells: readonly (readonly (Cell | undefined)[])[]
}

export interface Grid {
  readonly rows: Axis
  readonly columns: Axis
  readonly planes: readonly Plane[]
  /** Every option with more than one value: the axes first. */
  readonly swept: readonly Axis[]
}

/**
 * Lays the runs out as batch.size (rows) by linger.ms (columns). Where one of the two was not swept, another swept
 * option takes its place: a heatmap of one row says less.
 */
export function gridOf(runs: readonly BenchRun[]): Grid {
  const [rowOption, columnOption] = axesOf(sweptOptions(runs))
  const rows = axisOf(runs, rowOption)
  const columns = axisOf(runs, columnOption)
  const others = sweptOptions(runs).filter((option) => option !== rowOption && option !== columnOption)
  const planes = new Map<string, Cell[]>()
  runs.forEach((run, index) => {
    const key = JSON.stringify(others.map((option) => run.config[option] ?? null))
    planes.set(key, [...(planes.get(key) ?? []), { index, run }])
  })
  return {
    rows,
    columns,
    planes: [...planes.values()].map((cells) => planeOf(cells, { rows, columns, others })),
    swept: [rows, columns, ...others.map((option) => axisOf(runs, option))].filter(({ values }) => values.length > 1),
  }
}

function planeOf(
  cells: readonly Cell[],
  shape: { readonly rows: Axis; readonly columns: Axis; readonly others: readonly string[] },
): Plane {
  const { rows, columns, others } = shape
  const first = cells[0]
  const at = (row: ConfigValue, column: ConfigValue): Cell | undefined =>
    cells.find(({ run }) => configValue(run, rows.option) === row && configValue(run, columns.option) === column)
  return {
    options: first === undefined ? [] : others.map((option) => ({ option, value: configValue(first.run, option) })),
    cells: rows.values.map((row) => columns.values.map((column) => at(row, column))),
  }
}

const AXES = ['batch.size', 'linger.ms'] as const

function axesOf(swept: readonly string[]): readonly [row: string, column: string] {
  const others = swept.filter((option) => option !== AXES[0] && option !== AXES[1])
  const [row, column] = AXES.map((axis) => (swept.includes(axis) ? axis : (others.shift() ?? axis)))
  return [row ?? AXES[0], column ?? AXES[1]]
}

function sweptOptions(runs: readonly BenchRun[]): string[] {
  const options = new Set(runs.flatMap((run) => Object.keys(run.config)))
  return [...options].filter((option) => axisOf(runs, option).values.length > 1)
}

function axisOf(runs: readonly BenchRun[], option: string): Axis {
  const values = [...new Set(runs.map((run) => configValue(run, option)))]
  const areNumbers = values.every((value) => typeof value === 'number')
  return { option, values: areNumbers ? values.sort((a, b) => Number(a) - Number(b)) : values }
}

/** Returns the value of an option; one that a run does not name stands at its default. */
function configValue(run: BenchRun, option: string): ConfigValue {
  return run.config[option] ?? 'default'
}

/** Lists options that are the same in every run: what the sweep held still. */
export function heldStill(
  runs: readonly BenchRun[],
): readonly { readonly option: string; readonly value: ConfigValue }[] {
  const first = runs[0]
  if (first === undefined) return []
  const swept = new Set(sweptOptions(runs))
  return Object.entries(first.config)
    .filter(([option]) => !swept.has(option))
    .map(([option, value]) => ({ option, value }))
}

/** Lists the options that were swept with the run's values; the axes where nothing was swept. */
export function sweptValues(
  run: BenchRun,
  grid: Grid,
): readonly { readonly option: string; readonly value: ConfigValue }[] {
  const named = grid.swept.length > 0 ? grid.swept : [grid.rows, grid.columns]
  return named.map(({ option }) => ({ option, value: configValue(run, option) }))
}

/** Names a cell: `batch.size 16,384, linger.ms 5`. */
export function cellName(run: BenchRun, grid: Grid): string {
  return sweptValues(run, grid)
    .map(({ option, value }) => `${option} ${optionValue(value)}`)
    .join(', ')
}
