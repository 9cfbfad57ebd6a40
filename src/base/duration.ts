/** Durations as Java writes them: `P2DT3H4M5.5S`. */

const DAY_MS = 86_400_000
const NUMBER = String.raw`([-+]?\d+)`
const SECONDS = String.raw`([-+]?)(\d*)(?:[.,](\d{0,9}))?`
const FORM = new RegExp(`^([-+]?)P(?:${NUMBER}D)?(T(?:${NUMBER}H)?(?:${NUMBER}M)?(?:${SECONDS}S)?)?$`, 'i')

/**
 * The milliseconds of a duration, as a whole number; NaN: the text is not one. (Java: `Duration.parse`, which knows
 * days and what is shorter: a month has no length.)
 */
export function durationMs(text: string): number {
  const parts = FORM.exec(text)
  if (parts === null) return Number.NaN
  const [, sign, days, time, hours, minutes, secondsSign, seconds, fraction] = parts
  const hasSeconds = seconds !== undefined
  if (hasSeconds && seconds === '') return Number.NaN
  // A T stands before something, and so does a P.
  if (time?.length === 1 || (days === undefined && time === undefined)) return Number.NaN
  const wholeSeconds = hasSeconds ? Number(`${seconds}.${fraction || '0'}`) * (secondsSign === '-' ? -1 : 1) : 0
  const ms =
    Number(days ?? 0) * DAY_MS + Number(hours ?? 0) * 3_600_000 + Number(minutes ?? 0) * 60_000 + wholeSeconds * 1_000
  return Math.trunc(sign === '-' ? -ms : ms)
}
