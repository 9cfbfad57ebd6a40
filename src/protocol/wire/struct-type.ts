import { shown } from '../../base/arguments/shown.js'
import { assert } from '../../base/assert.js'
import type { WireReader } from './wire-reader.js'
import type { InnerLayout, Layout, Plan, WireType } from './wire-types.js'
import type { WireWriter } from './wire-writer.js'

/**
 * A record of named fields. Its plan for a version holds the fields of that version, so that neither reading nor
 * writing asks which version it is. Behind the fields, flexible versions have tagged ones: their number, and for each
 * its tag, its length and its value. Behind its last field the record has its own name again, which is the one to blame
 * for whatever is wrong there.
 */

/** What the record must know of a field; versions are inclusive. */
export interface StructField {
  readonly type: WireType<unknown>
  readonly since: number
  readonly until: number
  readonly nullableSince: number
  readonly tag: number | null
  readonly isIgnorable: boolean
  readonly default: unknown
}

type Fields = { readonly [name: string]: StructField }
type Values = { [name: string]: unknown }
type PlannedField = StructField & { readonly name: string; readonly plan: Plan<unknown> }

/** A tagged field takes a byte for its tag and one for its length. */
const TAGGED_BYTES_MIN = 2

export function structType<Value extends object>(fields: Fields): WireType<Value> {
  const entries = Object.entries(fields)
  return {
    // Fields that the newest version has lost are only in messages of older ones.
    empty: defaultsOf(entries.filter(([, { until }]) => until === Number.POSITIVE_INFINITY)) as Value,
    isEmpty: (value) => isRecord(value) && entries.every(([name, field]) => holdsDefault(field, value[name])),
    plan: (layout) => {
      const plan = planStruct(fields, layout)
      return (layout.isNullable ? orNull(plan, layout) : plan) as unknown as Plan<Value>
    },
  }
}

function planStruct(fields: Fields, { version, isFlexible }: InnerLayout): Plan<Values> {
  const isThere = ({ since, until }: StructField): boolean => since <= version && version <= until
  const planned = Object.entries(fields)
    .filter(([, field]) => isThere(field))
    .map(([name, field]): PlannedField => {
      const isNullable = version >= field.nullableSince
      return {
        ...field,
        name,
        plan: field.type.plan({ version, isFlexible, isNullable, isTagged: field.tag !== null }),
      }
    })
  const untagged = planned.filter(({ tag }) => tag === null)
  const tagged = planned.filter(({ tag }) => tag !== null).sort((a, b) => a.tag! - b.tag!)
  assert(isFlexible || tagged.length === 0, 'Tagged fields are in flexible versions alone')
  const absent = Object.entries(fields).filter(([, field]) => !isThere(field))
  // Whoever reads an older message sees the fields of the newest version, with their defaults.
  const defaults = defaultsOf([
    ...absent.filter(([, { until }]) => until === Number.POSITIVE_INFINITY),
    ...tagged.map((field) => [field.name, field] as const),
  ])
  const byTag = new Map(tagged.map((field) => [field.tag, field]))
  // With all fields from the start, records have one shape, and V8 need not look for it field by field.
  const blank: Values = { ...defaults, ...Object.fromEntries(untagged.map(({ name }) => [name, undefined])) }

  return {
    bytesMin: untagged.reduce((bytes, { plan }) => bytes + plan.bytesMin, isFlexible ? 1 : 0),
    read(reader) {
      const whole = reader.field
      const values: Values = { ...blank }
      for (const { name, plan } of untagged) {
        reader.field = name
        values[name] = plan.read(reader)
      }
      if (isFlexible) readTagged(reader, byTag, values)
      reader.field = whole
      return values
    },
    write(writer, values) {
      if (!isRecord(values)) writer.refuse(`must be an object, not ${shown(values)}`)
      const whole = writer.field
      for (const [name, field] of absent) {
        if (field.isIgnorable || holdsDefault(field, values[name])) continue
        writer.field = name
        writer.refuse(`is not in version ${version}, and cannot be left out`, 'UNSUPPORTED_VERSION')
      }
      for (const field of untagged) {
        writer.field = field.name
        const value = values[field.name]
        field.plan.write(writer, value === undefined ? field.default : value)
      }
      if (isFlexible) writeTagged(writer, tagged, values)
      writer.field = whole
    },
  }
}

const NO_TAGS: ReadonlyMap<number | null, PlannedField> = new Map()

/** A header ends in tags, of which Kafka has given out none so far. */
export function skipTags(reader: WireReader): void {
  readTagged(reader, NO_TAGS, {})
}

export function writeNoTags(writer: WireWriter): void {
  writer.varint(0)
}

/** Tags that nobody here knows are passed over. */
function readTagged(reader: WireReader, byTag: ReadonlyMap<number | null, PlannedField>, values: Values): void {
  reader.field = 'tagged fields'
  const count = reader.expectItems(reader.varint(), TAGGED_BYTES_MIN)
  for (let index = 0; index < count; index++) {
    reader.field = 'tagged fields'
    const field = byTag.get(reader.varint())
    const bytes = reader.varint()
    if (field === undefined) {
      reader.skip(bytes)
      continue
    }
    reader.field = field.name
    values[field.name] = reader.within(bytes, () => field.plan.read(reader))
  }
}

function writeTagged(writer: WireWriter, tagged: readonly PlannedField[], values: Values): void {
  const isDefault = (field: PlannedField): boolean => holdsDefault(field, values[field.name])
  if (tagged.every(isDefault)) return writeNoTags(writer)
  const given = tagged.filter((field) => !isDefault(field))
  writer.varint(given.length)
  for (const { name, tag, plan } of given) {
    writer.field = name
    const value = writer.aside((aside) => plan.write(aside, values[name]))
    writer.varint(tag!)
    writer.varint(value.length)
    writer.bytes(value)
  }
}

/** A record behind a mark that says whether it is there. */
function orNull(plan: Plan<Values>, { isTagged }: Layout): Plan<Values | null> {
  return {
    bytesMin: 1,
    read(reader) {
      const isThere = isTagged ? reader.varint() > 0 : reader.int8() >= 0
      return isThere ? plan.read(reader) : null
    },
    write(writer, values) {
      if (isTagged) writer.varint(values === null ? 0 : 1)
      else writer.int8(values === null ? -1 : 1)
      if (values !== null) plan.write(writer, values)
    },
  }
}

function isRecord(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function holdsDefault(field: StructField, value: unknown): boolean {
  if (value === undefined || value === field.default) return true
  return field.default === field.type.empty && field.type.isEmpty(value)
}

function defaultsOf(fields: readonly (readonly [string, StructField])[]): Values {
  return Object.fromEntries(fields.map(([name, field]) => [name, field.default]))
}
