import { momentPlaces } from './batch-lanes.js'

/** Places of a drawing along time, in pixels from its left edge. */
export interface TimeScale {
  /** Whether a length in the drawing is a time; otherwise close moments stand apart, and long rests are cut short. */
  readonly isToScale: boolean
  readonly width: number
  x(ms: number): number
  readonly ticks: readonly { readonly ms: number; readonly x: number }[]
}

const WIDTH = 948
/** A drawing that is not to scale is as wide as its moments need, up to here. */
const WIDTH_MAX = 2_400
const LEFT = 10
const RIGHT = 26
const TICKS = 8
const LABEL = 84
/** Moments that are closer than this look like one. */
const APART = 2
/** The share of moments that are to stand apart where time is to scale. */
const APART_MIN = 0.75
/** So many moments that stand apart tell enough, unless they leave a rest of this share of all the time. */
const APART_ENOUGH = 24
const REST_MAX = 0.4

/**
 * Makes the scale for these moments. It is true to time where they can be told apart in that; where they come in a few
 * bursts with long rests between, each moment gets a place of its own.
 */
export function timeScale(given: readonly number[]): TimeScale {
  const moments = [...new Set(given)].sort((a, b) => a - b)
  const [from, until] = [moments[0] ?? 0, moments.at(-1) ?? 0]
  const perMs = (WIDTH - LEFT - RIGHT) / (until - from || 1)
  if (isEven(moments, perMs)) {
    const x = (ms: number): number => LEFT + (clamped(ms, from, until) - from) * perMs
    return { isToScale: true, width: WIDTH, x, ticks: roundTimes(from, until).map((ms) => ({ ms, x: x(ms) })) }
  }
  const places = momentPlaces(moments)
  const [first, last] = [places[0] ?? 0, places.at(-1) ?? 0]
  const width = Math.min(WIDTH_MAX, Math.max(WIDTH, last - first + LEFT + RIGHT))
  const stretch = (width - LEFT - RIGHT) / (last - first || 1)
  const xs = places.map((place) => LEFT + (place - first) * stretch)
  return { isToScale: false, width, x: (ms) => between(moments, xs, ms), ticks: spaced(moments, xs) }
}

/** Whether moments can be told from one another where time is to scale. */
function isEven(moments: readonly number[], perMs: number): boolean {
  const gaps = moments.slice(1).map((ms, index) => ms - (moments[index] ?? ms))
  const apart = gaps.filter((gap) => gap * perMs >= APART).length
  const all = (moments.at(-1) ?? 0) - (moments[0] ?? 0)
  return apart >= gaps.length * APART_MIN || (apart >= APART_ENOUGH && Math.max(...gaps) <= all * REST_MAX)
}

/** Returns the place of a time among those of moments. */
function between(moments: readonly number[], xs: readonly number[], ms: number): number {
  const next = moments.findIndex((moment) => moment >= ms)
  if (next <= 0) return (next < 0 ? xs.at(-1) : xs[0]) ?? LEFT
  const [before, after] = [moments[next - 1] ?? 0, moments[next] ?? 0]
  const [x, end] = [xs[next - 1] ?? LEFT, xs[next] ?? LEFT]
  return x + ((ms - before) / (after - before)) * (end - x)
}

/** Returns as many moments as have room for their labels. */
function spaced(moments: readonly number[], xs: readonly number[]): TimeScale['ticks'] {
  let free = Number.NEGATIVE_INFINITY
  return moments.flatMap((ms, index) => {
    const x = xs[index] ?? LEFT
    if (x < free) return []
    free = x + LABEL
    return [{ ms, x }]
  })
}

/** Returns multiples of 1, 2 or 5 times a power of ten. */
function roundTimes(from: number, until: number): number[] {
  const least = Math.max(1e-3, (until - from) / TICKS)
  const power = 10 ** Math.floor(Math.log10(least))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10)
  const first = Math.ceil(from / step)
  return Array.from({ length: Math.floor(until / step) - first + 1 }, (_, index) => (first + index) * step)
}

const clamped = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value))
