/**
 * The frames and records that Kafka's own code wrote, see `test/fixtures/wire/README.md`, and the schemas that read
 * them.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { type ErrorCode, errorNumber } from '../../../src/base/error-code.js'
import { APIS } from '../../../src/protocol/api.js'
import type { NamedApi, Wire } from '../../../src/protocol/codec.js'
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
} from '../../../src/protocol/records/consumer-protocol.js'
import { UNSERVED } from '../../../src/protocol/unserved.js'
import type { VersionedRecord } from '../../../src/protocol/versioned-record.js'

/** `value` is what Kafka's own converter to JSON says of it. */
export interface GoldenFrame {
  readonly of: 'request' | 'response'
  readonly version: number
  readonly made: 'full' | 'null' | 'empty' | 'edges' | 'tags'
  readonly correlationId: number
  readonly clientId?: string | null
  readonly value: object
  readonly bytes: string
}
export type GoldenRecord = Omit<GoldenFrame, 'of' | 'correlationId' | 'clientId'> & { readonly of: string }

// From dist/test/unit/protocol, where the compiled tests run.
const FOLDER = new URL('../../../../test/fixtures/wire/', import.meta.url)
/** What a file of fixtures holds. */
export const goldenFile = (name: string): unknown => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))

export type ApiOnWire = NamedApi & { readonly wire: Wire<object, object> }
export const apisOnWire: readonly ApiOnWire[] = [
  ...APIS.flatMap(({ name, key, wire }) => (wire === undefined ? [] : [{ name, key, wire }])),
  ...UNSERVED.apis,
]
export const recordsOnWire: readonly VersionedRecord<object>[] = [
  ...UNSERVED.records,
  consumerProtocolSubscription,
  consumerProtocolAssignment,
]

/** Of which APIs frames are kept. */
export const fixtureNames: readonly string[] = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))

const fileOf = (api: NamedApi): string => `${api.name.replaceAll(/(?<!^)([A-Z])/g, '-$1').toLowerCase()}.json`
export const framesOf = (api: NamedApi): readonly GoldenFrame[] => goldenFile(fileOf(api)) as readonly GoldenFrame[]
export const goldenRecords = goldenFile('records.json') as readonly GoldenRecord[]

export const bytesOf = ({ bytes }: { readonly bytes: string }): Buffer => Buffer.from(bytes, 'base64')

/** A value of ours as Kafka's converter would show it: errors as numbers, bytes in base64, wide integers as text. */
export function asKafkaShows(value: unknown, name = ''): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`
  if (name.endsWith('rrorCode')) return errorNumber(value as ErrorCode)
  if (Array.isArray(value)) return value.map((one) => asKafkaShows(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asKafkaShows(one, key)]))
}

/** All versions of a schema. */
export function versionsOf({ oldest, newest }: { readonly oldest: number; readonly newest: number }): number[] {
  return Array.from({ length: newest - oldest + 1 }, (_, index) => oldest + index)
}
