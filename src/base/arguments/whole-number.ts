const DECIMAL = /^-?\d{1,16}$/

/**
 * The integer that a number, a BigInt or a decimal text means (KafkaJS's offsets are texts), if a double holds it
 * exactly; else NaN.
 */
export function wholeNumberOf(given: unknown): number {
  const isInteger =
    typeof given === 'number' || typeof given === 'bigint' || (typeof given === 'string' && DECIMAL.test(given))
  const number = isInteger ? Number(given) : Number.NaN
  return Number.isSafeInteger(number) ? number : Number.NaN
}
