/**
 * What a request must be made of before an actor looks at it. Its sender may be anybody: user code that no
 * compiler has checked, and one day a socket. What the fields *say* (a topic that does not exist, a partition of -3) is
 * for the actor that serves it, and is answered there.
 */

/** Says what the value should be instead, and where; null: it is that. */
export interface Check<Value> {
  (value: unknown, where: string): string | null
  /** Only a type: what a checked value is. */
  readonly of?: Value
}

const kind =
  <Value>(what: string, isRight: (value: unknown) => boolean): Check<Value> =>
  (value, where) =>
    isRight(value) ? null : `${where} must be ${what}, not ${named(value)}`

export const text = kind<string>('a text', (value) => typeof value === 'string')
export const number = kind<number>('a number', Number.isFinite)
export const flag = kind<boolean>('true or false', (value) => typeof value === 'boolean')
export const oneOf = <Value extends string>(...values: readonly Value[]): Check<Value> =>
  kind(`one of ${values.join(', ')}`, (value) => values.includes(value as Value))

export const orNull =
  <Value>(check: Check<Value>): Check<Value | null> =>
  (value, where) =>
    value === null ? null : check(value, where)

/** The field may be absent. */
export const optional =
  <Value>(check: Check<Value>): Check<Value> =>
  (value, where) =>
    value === undefined ? null : check(value, where)

export const either =
  <First, Second>(first: Check<First>, second: Check<Second>): Check<First | Second> =>
  (value, where) =>
    first(value, where) === null ? null : second(value, where)

export const listOf =
  <Value>(check: Check<Value>): Check<readonly Value[]> =>
  (value, where) => {
    if (!Array.isArray(value)) return `${where} must be a list, not ${named(value)}`
    for (const [index, one] of value.entries()) {
      const fault = check(one, `${where}[${index}]`)
      if (fault !== null) return fault
    }
    return null
  }

type Fields<Value> = { readonly [Field in keyof Value]-?: Check<Value[Field]> }

/** The fields of a request besides its `api`. */
export type RequestShape<Asked> = Fields<Omit<Asked, 'api'>>

export const objectOf =
  <Value extends object>(fields: Fields<Value>): Check<Value> =>
  (value, where) => {
    if (typeof value !== 'object' || value === null) return `${where} must be an object, not ${named(value)}`
    for (const field of Object.keys(fields) as (keyof Value & string)[]) {
      const fault = fields[field]((value as Value)[field], where === '' ? field : `${where}.${field}`)
      if (fault !== null) return fault
    }
    return null
  }

/** Options that are parsed by whoever uses them. */
export const anyOptions: Check<Readonly<Record<string, unknown>>> = kind(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
)

/** What is wrong with a request of this shape, and what would be right; null: nothing. */
export function shapeFault(shape: RequestShape<object>, request: object): string | null {
  return objectOf<object>(shape)(request, '')
}

/** Short, whatever it is. */
export function named(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
