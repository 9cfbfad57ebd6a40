import type { BenchRun } from '../measure/bench-result.js'
import { optionValue } from '../numbers.js'
import { colorAt, type Palette, type Scale } from './color-scale.js'
import type { Cell, Grid, Plane } from './grid.js'
import { type Content, html, type Markup } from './markup.js'

/** The metric that one heatmap shows of every cell. */
export interface HeatmapMetric {
  readonly title: string
  /** The meaning of high values, for the legend: `higher is better`. */
  readonly reading: string
  readonly unit: string
  readonly palette: Palette
  readonly scale: Scale
  value(run: BenchRun): number
  format(value: number): string
}

const MARGIN = { top: 58, left: 92, right: 6, bottom: 6 } as const
const CELL_HEIGHT = 48
const GAP = 3
const CELLS_WIDTH = 400
const CELL_WIDTH = { min: 66, max: 132 } as const

/**
 * Draws one heatmap as SVG: rows downwards, columns to the right. A cell carries `data-run` (the run's index in the
 * result), `data-row` and `data-column`, and names the sentence that explains it (`why-<index>`), which the page holds.
 */
export function heatmap(grid: Grid, plane: Plane, metric: HeatmapMetric): Markup {
  const columnCount = grid.columns.values.length
  const cellWidth = Math.round(Math.min(CELL_WIDTH.max, Math.max(CELL_WIDTH.min, CELLS_WIDTH / columnCount)))
  const width = MARGIN.left + columnCount * cellWidth + MARGIN.right
  const height = MARGIN.top + grid.rows.values.length * CELL_HEIGHT + MARGIN.bottom
  const x = (column: number): number => MARGIN.left + column * cellWidth
  const y = (row: number): number => MARGIN.top + row * CELL_HEIGHT

  const cells = plane.cells.flatMap((line, row) =>
    line.map((cell, column) =>
      drawnCell(cell, { grid, metric, row, column, x: x(column), y: y(row), width: cellWidth }),
    ),
  )
  return html`<figure class="heatmap">
<figcaption><h3>${metric.title}</h3><span class="unit">${metric.unit}</span></figcaption>
<div class="scroll"><svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="group" aria-label="${metric.title}, ${metric.unit}, by ${grid.rows.option} and ${grid.columns.option}">
<text class="axis" x="${MARGIN.left + GAP}" y="18">${grid.columns.option} →</text>
<text class="axis" x="${MARGIN.left - 12}" y="${MARGIN.top - 14}" text-anchor="end">${grid.rows.option} ↓</text>
${grid.columns.values.map(
  (value, column) =>
    html`<text class="tick" x="${x(column) + cellWidth / 2}" y="${MARGIN.top - 14}" text-anchor="middle">${optionValue(value)}</text>`,
)}
${grid.rows.values.map(
  (value, row) =>
    html`<text class="tick" x="${MARGIN.left - 12}" y="${y(row) + CELL_HEIGHT / 2}" text-anchor="end" dominant-baseline="central">${optionValue(value)}</text>`,
)}
${cells}
</svg></div>
${legend(metric)}
</figure>`
}

interface Place {
  readonly grid: Grid
  readonly metric: HeatmapMetric
  readonly row: number
  readonly column: number
  readonly x: number
  readonly y: number
  readonly width: number
}

function drawnCell(cell: Cell | undefined, place: Place): Content {
  if (cell === undefined) return null
  const { grid, metric, row, column } = place
  const { run, index } = cell
  const options = [
    `${grid.rows.option} ${optionValue(grid.rows.values[row] ?? '')}`,
    `${grid.columns.option} ${optionValue(grid.columns.values[column] ?? '')}`,
  ].join(', ')
  const isRefused = run.refused !== undefined
  const value = metric.value(run)
  const label = isRefused ? `${options}: not run` : `${options}: ${metric.format(value)} ${metric.unit}`
  const kind = isRefused ? 'cell refused' : 'cell'
  return html`<g class="${kind}" data-run="${index}" data-row="${row}" data-column="${column}" role="button" tabindex="-1" aria-pressed="false" aria-label="${label}" aria-describedby="why-${index}">
${isRefused ? refusedBox(place) : filledBox(place, metric.format(value), metric.scale.share(value))}</g>
`
}

function filledBox(place: Place, text: string, share: number): Markup {
  const { light, dark } = colorAt(place.metric.palette, share)
  // The attributes are for browsers that do not know light-dark().
  return html`${box(place, html`fill="${light.fill}" style="fill:light-dark(${light.fill},${dark.fill})"`)}
<text class="value" ${middle(place)} fill="${light.ink}" style="fill:light-dark(${light.ink},${dark.ink})">${text}</text>`
}

function refusedBox(place: Place): Markup {
  return html`${box(place, html`fill="url(#hatch)"`)}<text class="value" ${middle(place)}>not run</text>`
}

function box(place: Place, fill: Markup): Markup {
  const { x, y, width } = place
  return html`<rect x="${x + GAP / 2}" y="${y + GAP / 2}" width="${width - GAP}" height="${CELL_HEIGHT - GAP}" rx="3" ${fill}/>`
}

function middle({ x, y, width }: Place): Markup {
  return html`x="${x + width / 2}" y="${y + CELL_HEIGHT / 2}" text-anchor="middle" dominant-baseline="central"`
}

const LEGEND_STEPS = 12

function legend({ palette, scale, format, reading }: HeatmapMetric): Content {
  if (scale.max === 0) return null
  const steps = Array.from({ length: LEGEND_STEPS }, (_, step) => colorAt(palette, step / (LEGEND_STEPS - 1)))
  const labels = scale.min === scale.max ? [scale.min] : [0, 0.5, 1].map((share) => scale.valueAt(share))
  const note = scale.isLogarithmic ? `${reading}; logarithmic colours` : reading
  return html`<div class="legend"><div class="ramp" aria-hidden="true">${steps.map(
    ({ light, dark }) =>
      html`<i style="background:${light.fill};background:light-dark(${light.fill},${dark.fill})"></i>`,
  )}</div><div class="ends">${labels.map((value) => html`<span>${format(value)}</span>`)}</div><p>${note}</p></div>`
}

/** The pattern of cells that were not run, once for a page. */
export const HATCH = html`<svg width="0" height="0" aria-hidden="true" class="definitions"><defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="7" height="7"/><line class="hatch-line" x1="0" y1="0" x2="0" y2="7"/></pattern></defs></svg>`
