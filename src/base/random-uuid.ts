import type { Random } from './random.js'

const HEX = 16
const DIGITS_PER_DRAW = 8

/** A UUID of version 4 that chance decides: 122 random bits in 36 letters. */
export function randomUuid(random: Random): string {
  const draw = (): string =>
    random
      .below(2 ** 32)
      .toString(HEX)
      .padStart(DIGITS_PER_DRAW, '0')
  const digits = draw() + draw() + draw() + draw()
  const variant = (8 + (Number.parseInt(digits.charAt(16), HEX) % 4)).toString(HEX)
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(13, 16)}`, variant + digits.slice(17, 20)]
  return [...parts, digits.slice(20)].join('-')
}
