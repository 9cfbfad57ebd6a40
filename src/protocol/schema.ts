import { assert } from '../base/assert.js'
import { type StructField, structType } from './wire/struct-type.js'
import {
  arrayType,
  bigInt64Type,
  boolType,
  bytesType,
  errorCodeType,
  float64Type,
  int8Type,
  int16Type,
  int32Type,
  int64Type,
  nearestInt64Type,
  recordsType,
  stringType,
  uint16Type,
  uuidType,
  type WireType,
} from './wire/wire-types.js'

/**
 * The language in which Kafka's messages are written down, with all their versions in one place:
 *
 *     { groupId: string(), groupInstanceId: string({ since: 3, nullableSince: 3, default: null }) }
 *
 * Names, versions and defaults are Kafka's (`clients/src/main/resources/common/message`). The TypeScript type of a
 * message, `Message`, is that of its newest version, which is therefore what the rest of the house speaks. Fields that
 * the newest version has lost (`until`) are optional in it: only a message of an older version has them.
 */

/** What a field may say beside its type. */
export interface FieldOptions<Value> {
  /** The first version that has the field; 0 if absent. */
  readonly since?: number
  /** The last version that has it, inclusive. */
  readonly until?: number
  /** The first version in which it may be null. */
  readonly nullableSince?: number
  /** Its value where a version does not have it; otherwise 0, false, nothing, or an empty list. */
  readonly default?: Value | null
  /** Whether a version without the field drops its value silently. Otherwise only the default can be written there. */
  readonly ignorable?: true
  /** The field's number among those that stand behind the others, and only where they are not the default (KIP-482). */
  readonly tag?: number
}

/** A field of a message. Both parameters exist for the compiler alone. */
export class Field<Value, Gone extends boolean = boolean> implements StructField {
  declare readonly of?: Value
  declare readonly isGone?: Gone
  readonly type: WireType<unknown>
  readonly since: number
  readonly until: number
  readonly nullableSince: number
  readonly tag: number | null
  readonly isIgnorable: boolean
  readonly default: unknown

  constructor(type: WireType<unknown>, options: FieldOptions<unknown>) {
    this.type = type
    this.since = options.since ?? 0
    this.until = options.until ?? Number.POSITIVE_INFINITY
    this.nullableSince = options.nullableSince ?? Number.POSITIVE_INFINITY
    this.tag = options.tag ?? null
    this.isIgnorable = options.ignorable ?? false
    this.default = options.default === undefined ? type.empty : options.default
    assert(this.since <= this.until, 'A field is there in at least one version')
  }
}

/** The fields of a message or of a record in it, in the order in which they are written. */
export type Fields = { readonly [name: string]: Field<unknown> }

/** A message of the newest version. */
export type Message<F extends Fields> = Joined<
  { readonly [Name in keyof F as F[Name] extends Field<unknown, false> ? Name : never]: ValueOf<F[Name]> } & {
    readonly [Name in keyof F as F[Name] extends Field<unknown, false> ? never : Name]?: ValueOf<F[Name]>
  }
>

/** One object type instead of two: editors show its fields. */
type Joined<Both> = { [Name in keyof Both]: Both[Name] }

type ValueOf<F> = F extends Field<infer Value> ? Value : never

type None = Record<never, never>
type OrNull<Value, Options> = Options extends { readonly nullableSince: number } ? Value | null : Value
type FieldWith<Value, Options> = Field<
  OrNull<Value, Options>,
  Options extends { readonly until: number } ? true : false
>

const typed =
  <Value>(type: WireType<Value>) =>
  <const Options extends FieldOptions<Value> = None>(options?: Options): FieldWith<Value, Options> =>
    new Field(type as WireType<unknown>, options ?? {})

export const bool = typed(boolType)
export const int8 = typed(int8Type)
export const int16 = typed(int16Type)
export const uint16 = typed(uint16Type)
export const int32 = typed(int32Type)
/** A number: only what is exact is read and written. For offsets, times and epochs. */
export const int64 = typed(int64Type)
/** A number: beyond what is exact the nearest one is read. For offsets that are only looked for in a log. */
export const nearestInt64 = typed(nearestInt64Type)
/** A bigint, for values that may use all bits. */
export const bigInt64 = typed(bigInt64Type)
export const float64 = typed(float64Type)
/** 22 characters of base64url, as Kafka prints them. */
export const uuid = typed(uuidType)
export const string = typed(stringType)
/** Copied out of the message. */
export const bytes = typed(bytesType)
/** Batches of records: a view of the message. */
export const records = typed(recordsType)
/** An int16 that stands for Kafka's name of an error. */
export const errorCode = typed(errorCodeType)

/** Bits that say what the asking one may do; -2^31: it has not asked. */
export const authorizedOperations = <const Options extends FieldOptions<number> = None>(
  options?: Options,
): FieldWith<number, Options> => new Field(int32Type as WireType<unknown>, { ...options, default: -(2 ** 31) })

/** A record within a message. */
export function struct<const F extends Fields, const Options extends FieldOptions<Message<F>> = None>(
  fields: F,
  options?: Options,
): FieldWith<Message<F>, Options> {
  return new Field(structType(fields), options ?? {})
}

type ItemOf<Of> = Of extends Field<infer Value> ? Value : Of extends Fields ? Message<Of> : never

/** A list of records, or of values of one type. If a field is given, only its type counts. */
export function array<
  const Of extends Field<unknown> | Fields,
  const Options extends FieldOptions<readonly ItemOf<Of>[]> = None,
>(of: Of, options?: Options): FieldWith<readonly ItemOf<Of>[], Options> {
  const item = of instanceof Field ? of.type : structType(of)
  return new Field(
    arrayType((layout) => item.plan({ ...layout, isNullable: false, isTagged: false })),
    options ?? {},
  )
}
