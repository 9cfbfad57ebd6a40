import { describe, expect, test } from 'vitest'
import { colorAt, LATENCY_PALETTE, scaleOf, THROUGHPUT_PALETTE } from '../../../../src/lab/report/color-scale.js'

/** Relative luminance of `#rrggbb` as WCAG 2.2 defines it. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

const shares = Array.from({ length: 41 }, (_, step) => step / 40)

describe.each([
  ['throughput', THROUGHPUT_PALETTE],
  ['latency', LATENCY_PALETTE],
])('the palette of %s', (_, palette) => {
  const colors = shares.map((share) => colorAt(palette, share))

  test('can be told apart by lightness alone: it only darkens in light mode and only brightens in dark mode', () => {
    const light = colors.map((color) => luminance(color.light.fill))
    const dark = colors.map((color) => luminance(color.dark.fill))
    expect(light).toEqual([...light].sort((a, b) => b - a))
    expect(dark).toEqual([...dark].sort((a, b) => a - b))
    expect(contrast(colors[0]?.light.fill ?? '', colors[40]?.light.fill ?? '')).toBeGreaterThan(4.5)
  })

  test('keeps the numbers in its cells readable', () => {
    for (const { light, dark } of colors) {
      expect(contrast(light.fill, light.ink)).toBeGreaterThan(4.2)
      expect(contrast(dark.fill, dark.ink)).toBeGreaterThan(4.2)
    }
  })
})

describe('a scale', () => {
  test('takes equal factors for equal steps once values span a factor of ten', () => {
    const scale = scaleOf([1, 50, 100])
    expect(scale.isLogarithmic).toBe(true)
    expect(scale.share(10)).toBeCloseTo(0.5)
    expect(scale.valueAt(0.5)).toBeCloseTo(10)
  })

  test('is linear below that', () => {
    const scale = scaleOf([2, 4, 10])
    expect(scale.isLogarithmic).toBe(false)
    expect(scale.share(6)).toBeCloseTo(0.5)
  })

  test('puts what is not positive at its low end, and a single value in its middle', () => {
    expect(scaleOf([0, 1, 100]).share(0)).toBe(0)
    expect(scaleOf([7]).share(7)).toBe(0.5)
    expect(scaleOf([]).max).toBe(0)
  })
})
