/**
 * Colours for magnitudes. A palette moves through OKLCH with a lightness that only falls (light mode) or only rises
 * (dark mode), so that order survives colour blindness and a grey print; hue adds what lightness alone cannot.
 * OKLab: Björn Ottosson, "A perceptual color space for image processing", 2020.
 */
export interface Palette {
  /** Degrees at the lowest and at the highest value. */
  readonly hues: readonly [low: number, high: number]
  readonly chroma: readonly [low: number, high: number]
}

export const THROUGHPUT_PALETTE: Palette = { hues: [185, 262], chroma: [0.03, 0.13] }
export const LATENCY_PALETTE: Palette = { hues: [82, 12], chroma: [0.04, 0.15] }

const LIGHTNESS = { light: [0.95, 0.4], dark: [0.29, 0.86] } as const

/** A fill and the readable text on it, for both modes. Colours are `#rrggbb`. */
export interface ScaleColor {
  readonly light: { readonly fill: string; readonly ink: string }
  readonly dark: { readonly fill: string; readonly ink: string }
}

/** Returns the colours of a share, which runs from 0, the lowest value, to 1. */
export function colorAt(palette: Palette, share: number): ScaleColor {
  return { light: shade(palette, LIGHTNESS.light, share), dark: shade(palette, LIGHTNESS.dark, share) }
}

function shade(palette: Palette, lightness: readonly [number, number], share: number): ScaleColor['light'] {
  const channels = inGamut({
    lightness: between(lightness, share),
    chroma: between(palette.chroma, share),
    hue: (between(palette.hues, share) * Math.PI) / 180,
  })
  // The ink is white or black, whichever contrasts more (WCAG 2.2, relative luminance).
  const ink = luminance(channels) > 0.19 ? '#14130f' : '#ffffff'
  return { fill: hex(channels), ink }
}

interface Oklch {
  readonly lightness: number
  readonly chroma: number
  readonly hue: number
}
/** Linear light, each between 0 and 1 when the screen can show it. */
type Channels = readonly [red: number, green: number, blue: number]

function between([from, to]: readonly [number, number], share: number): number {
  return from + (to - from) * Math.min(1, Math.max(0, share))
}

/** Gives up chroma, never lightness, until the screen can show the colour. */
function inGamut(color: Oklch): Channels {
  for (let chroma = color.chroma; chroma > 0; chroma -= 0.005) {
    const channels = linear({ ...color, chroma })
    if (channels.every((channel) => channel >= 0 && channel <= 1)) return channels
  }
  const grey = color.lightness ** 3
  return [grey, grey, grey]
}

function linear({ lightness, chroma, hue }: Oklch): Channels {
  const a = chroma * Math.cos(hue)
  const b = chroma * Math.sin(hue)
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ]
}

function luminance([red, green, blue]: Channels): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function hex(channels: Channels): string {
  const byte = (channel: number): string => {
    const encoded = channel <= 0.0031308 ? 12.92 * channel : 1.055 * channel ** (1 / 2.4) - 0.055
    return Math.round(encoded * 255)
      .toString(16)
      .padStart(2, '0')
  }
  return `#${channels.map(byte).join('')}`
}

/** A scale that says where values lie between the smallest and the largest of them. */
export interface Scale {
  readonly min: number
  readonly max: number
  /** Whether equal steps are equal factors: they are when the values span a factor of ten or more. */
  readonly isLogarithmic: boolean
  /** Returns the share of a value, between 0 and 1. */
  share(value: number): number
  /** Is the inverse of `share`. */
  valueAt(share: number): number
}

/** Makes the scale of values. Values that are not positive do not stretch it; they sit at its low end. */
export function scaleOf(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0)
  const min = positive.length > 0 ? Math.min(...positive) : 0
  const max = positive.length > 0 ? Math.max(...positive) : 0
  const isLogarithmic = min > 0 && max / min >= 10
  const [measure, restore] = isLogarithmic ? [Math.log, Math.exp] : [identity, identity]
  const low = measure(min)
  const span = measure(max) - low
  return {
    min,
    max,
    isLogarithmic,
    share: (value) => {
      if (span === 0) return 0.5
      return value <= min ? 0 : Math.min(1, (measure(value) - low) / span)
    },
    valueAt: (share) => restore(low + span * share),
  }
}

const identity = (value: number): number => value
