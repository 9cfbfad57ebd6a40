import { withArticle } from '../base/words.js'
import type { Fields, Message } from './schema.js'
import { structType } from './wire/struct-type.js'
import { forEachVersion, NEVER_FLEXIBLE, type Versions } from './wire/versions.js'
import { WireReader } from './wire/wire-reader.js'
import { WireWriter } from './wire/wire-writer.js'

/**
 * A schema whose bytes begin with their version as an int16: the values in Kafka's own topics, and what the members of
 * a group say to one another through JoinGroup and SyncGroup.
 */
export interface VersionedRecord<Value> {
  readonly name: string
  readonly versions: Versions
  /** Refuses with a `KafkaError` what this version cannot carry. */
  encode(version: number, value: Value): Uint8Array
  /** Refuses with a `MalformedMessageError` what is not such a record. */
  decode(bytes: Uint8Array): VersionedValue<Value> | 'UNSUPPORTED_VERSION'
}

export interface VersionedValue<Value> {
  readonly version: number
  readonly value: Value
}

/** The values of a record at its newest version. */
export type ValueOfRecord<R> = R extends VersionedRecord<infer Value> ? Value : never

/** The memory in which all records of the thread are written, one after the other. */
const writer = new WireWriter('')

interface RecordOptions extends Versions {
  /**
   * Newer versions only append fields, and are read as the newest one that is known. (`ConsumerProtocol` of Kafka:
   * members of one group may be of different ages.)
   */
  readonly readsNewer?: true
}

export function versionedRecord<const F extends Fields>(
  name: string,
  options: RecordOptions,
  fields: F,
): VersionedRecord<Message<F>> {
  const type = structType<Message<F>>(fields)
  const planOf = forEachVersion(options, (version) =>
    type.plan({ version, isFlexible: version >= options.flexibleFrom, isNullable: false, isTagged: false }),
  )
  const names: string[] = []
  const named = (version: number): string => {
    names[version] ??= `${withArticle(name)} of version ${version}`
    return names[version]
  }
  return {
    name,
    versions: options,

    encode(version, value) {
      writer.begin(named(version)).field = 'version'
      const plan = planOf(version) ?? writer.refuse('is unknown', 'UNSUPPORTED_VERSION')
      writer.int16(version)
      writer.field = 'value'
      plan.write(writer, value)
      return Buffer.from(writer.written)
    },

    decode(bytes) {
      const reader = new WireReader(bytes, withArticle(name))
      reader.field = 'version'
      const version = reader.int16()
      const plan = planOf(options.readsNewer === true ? Math.min(version, options.newest) : version)
      return plan === undefined ? 'UNSUPPORTED_VERSION' : { version, value: plan.read(reader) }
    },
  }
}

/** A key in one of Kafka's own topics. The type of its record stands where a value has its version. */
export function recordKey<const F extends Fields>(name: string, type: number, fields: F): VersionedRecord<Message<F>> {
  return versionedRecord(name, { oldest: type, newest: type, flexibleFrom: NEVER_FLEXIBLE }, fields)
}
