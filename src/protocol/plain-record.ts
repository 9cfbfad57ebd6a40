import { withArticle } from '../base/words.js'
import type { Fields, Message } from './schema.js'
import { structType } from './wire/struct-type.js'
import { forEachVersion, NEVER_FLEXIBLE } from './wire/versions.js'
import { WireReader } from './wire/wire-reader.js'
import { WireWriter } from './wire/wire-writer.js'

/** A schema whose bytes do not say their version: a reader that does not know it tries one after the other. */
export interface PlainRecord<Value> {
  /** Refuses with a `KafkaError` what is not such a value. */
  encode(version: number, value: Value): Uint8Array
  /** Refuses with a `MalformedMessageError` what is no record of this version. Bytes behind it are not looked at. */
  decode(version: number, bytes: Uint8Array): Value
}

/** A record of the versions from 0 up to `newest`, which must be asked for. */
export function plainRecord<const F extends Fields>(name: string, newest: number, fields: F): PlainRecord<Message<F>> {
  const type = structType<Message<F>>(fields)
  const plans = forEachVersion({ oldest: 0, newest, flexibleFrom: NEVER_FLEXIBLE }, (version) =>
    type.plan({ version, isFlexible: false, isNullable: false, isTagged: false }),
  )
  return {
    encode(version, value) {
      const writer = new WireWriter(`${withArticle(name)} of version ${version}`)
      writer.field = 'version'
      const plan = plans(version) ?? writer.refuse('is unknown', 'UNSUPPORTED_VERSION')
      plan.write(writer, value)
      return writer.written
    },

    decode(version, bytes) {
      const reader = new WireReader(bytes, `${withArticle(name)} of version ${version}`)
      reader.field = 'version'
      const plan = plans(version) ?? reader.refuse('is unknown')
      return plan.read(reader)
    },
  }
}
