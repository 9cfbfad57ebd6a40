import { grouped } from '../base/words.js'

/** Writes three digits and a decimal prefix: `12.3 M`, `845 k`, `950`, `1.85`. */
export function compact(value: number): string {
  if (value >= 999_500_000) return `${threeDigits(value / 1e9)} G`
  if (value >= 999_500) return `${threeDigits(value / 1e6)} M`
  if (value >= 999.5) return `${threeDigits(value / 1e3)} k`
  return Number.isInteger(value) ? String(value) : threeDigits(value)
}

/** Writes three digits, and never a finer step than a thousandth: `1,234`, `123`, `12.3`, `1.23`, `0.012`. */
export function threeDigits(value: number): string {
  if (value === 0) return '0'
  if (value >= 99.95) return grouped(value)
  if (value >= 9.995) return value.toFixed(1)
  return value.toFixed(value >= 0.1 ? 2 : 3)
}

/** Writes a share of 1: `12 %`. Not quite nothing is `<1 %`, not quite everything `>99 %`. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return '<1 %'
  if (share > 0.99 && share < 1) return '>99 %'
  return `${Math.round(share * 100)} %`
}

/** Writes an option's value as it would be typed, with its thousands apart. */
export function optionValue(value: string | number | boolean): string {
  return typeof value === 'number' && Number.isInteger(value) ? grouped(value) : String(value)
}
