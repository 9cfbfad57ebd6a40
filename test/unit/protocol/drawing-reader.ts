import fc from 'fast-check'
import { type LengthLayout, WireReader } from '../../../src/protocol/wire/wire-reader.js'

const text = () => fc.string({ unit: 'binary', maxLength: 8 })
const bytes = () => fc.uint8Array({ maxLength: 8 })
const uuid = () => fc.uint8Array({ minLength: 16, maxLength: 16 })

/**
 * Reads from chance instead of bytes, so that every schema makes its own values: what a version can say, it says. Lists
 * are short, and texts and bytes are as long as they like.
 */
export class DrawingReader extends WireReader {
  readonly #draw: fc.GeneratorValue

  constructor(draw: fc.GeneratorValue) {
    super(new Uint8Array(0), 'what chance says')
    this.#draw = draw
  }

  override int8 = () => this.#draw(fc.integer, { min: -128, max: 127 })
  override int16 = () => this.#draw(fc.integer, { min: -(2 ** 15), max: 2 ** 15 - 1 })
  override uint16 = () => this.#draw(fc.integer, { min: 0, max: 2 ** 16 - 1 })
  override int32 = () => this.#draw(fc.integer, { min: -(2 ** 31), max: 2 ** 31 - 1 })
  override int64 = () => this.#draw(fc.maxSafeInteger)
  override nearestInt64 = () => this.#draw(fc.maxSafeInteger)
  override bigInt64 = () => this.#draw(fc.bigInt, { min: -(2n ** 63n), max: 2n ** 63n - 1n })
  override float64 = () => this.#draw(fc.double)
  override length = ({ isNullable }: LengthLayout) => this.#draw(fc.integer, { min: isNullable ? -1 : 0, max: 3 })
  /** How many tags there are, which ones, and whether a tagged record is there. */
  override varint = () => this.#draw(fc.integer, { min: 0, max: 4 })
  override text = () => this.#draw(text)
  override copy = () => this.#draw(bytes)
  override view = () => this.#draw(bytes)
  override uuid = () => Buffer.from(this.#draw(uuid)).toString('base64url')
  override skip = () => {}
  override expect = (count: number) => count
  override within = <Value>(_: number, read: () => Value) => read()
}
