import { Memory } from '../../src/base/memory.js'
import { BATCH_OVERHEAD } from '../../src/record/layout.js'
import * as batch from '../../src/record/record-batch.js'

/**
 * An answer as it is compared and kept: JSON in which names stand for all that a broker chooses. The same value has the
 * same name all through a script, so that they are compared by identity. A list whose items have an identity of their
 * own becomes an object, since its order says nothing.
 */
export type Normal = null | boolean | number | string | readonly Normal[] | { readonly [field: string]: Normal }

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
const NO_TOPIC = 'AAAAAAAAAAAAAAAAAAAAAA'
/** Scripts write records of the year 2001, so that what is later was stamped by a broker. */
const STAMPED_AFTER = Date.parse('2020-01-01')
/** Fields by which the items of a list are told apart, the first that all of them have. */
const IDENTITIES = [
  ...['apiKey', 'groupId', 'name', 'topic', 'topicName', 'topicId', 'partitionIndex', 'partition', 'index'],
  ...['key', 'memberId', 'nodeId', 'resourceName', 'partitionId'],
]

/** The names that were given to chosen values in one script. */
export class ChosenValues {
  readonly #names = new Map<string, string>()
  readonly #counts = new Map<string, number>()

  nameOf(kind: string, value: unknown): string {
    const known = this.#names.get(`${kind} ${value}`)
    if (known !== undefined) return known
    const count = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, count)
    const name = `<${kind} ${count}>`
    this.#names.set(`${kind} ${value}`, name)
    return name
  }
}

export function normalForm(value: unknown, chosen: ChosenValues, field = ''): Normal {
  if (value === null || value === undefined || typeof value === 'boolean') return value ?? null
  if (typeof value === 'bigint' || typeof value === 'number') return numberOf(Number(value), chosen, field)
  if (typeof value === 'string') return textOf(value, chosen, field)
  if (value instanceof Uint8Array) return field === 'records' ? batchesOf(value, chosen) : bytesOf(value)
  if (Array.isArray(value)) return listOf(value.map((item) => normalForm(item, chosen, field)))
  return Object.fromEntries(
    Object.entries(value as object).map(([name, inner]) => [name, normalForm(inner, chosen, name)]),
  )
}

function numberOf(value: number, chosen: ChosenValues, field: string): Normal {
  if (field === 'producerId' && value >= 0) return chosen.nameOf('producer id', value)
  if (field === 'port' && value > 0) return chosen.nameOf('port', value)
  if (field === 'sessionId' && value > 0) return chosen.nameOf('session', value)
  if (/time/i.test(field) && value > STAMPED_AFTER) return '<now>'
  return value
}

function textOf(value: string, chosen: ChosenValues, field: string): Normal {
  if (field === 'topicId' && value !== NO_TOPIC) return chosen.nameOf('topic id', value)
  if (field === 'clusterId') return chosen.nameOf('cluster', value)
  // What is said to people is in each one's own words.
  if (/errorMessage$/i.test(field) && value !== '') return '<words>'
  return value.replace(UUID, (uuid) => chosen.nameOf('uuid', uuid))
}

function bytesOf(value: Uint8Array): Normal {
  const text = Buffer.from(value)
  return /^[\x20-\x7e]*$/.test(text.toString('latin1')) ? text.toString('latin1') : `0x${text.toString('hex')}`
}

function listOf(items: readonly Normal[]): Normal {
  const isObject = (item: Normal): item is { readonly [field: string]: Normal } =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
  if (items.length === 0 || !items.every(isObject)) return items
  for (const field of IDENTITIES) {
    const values = items.map((item) => item[field] ?? null)
    if (
      values.some((value) => value === null || value === '' || value === NO_TOPIC) ||
      new Set(values).size < values.length
    )
      continue
    const entries = items.map((item) => [`${field} ${item[field]}`, item] as const)
    return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)))
  }
  return items
}

/** What stands in the headers of batches, and the records behind them as bytes. */
function batchesOf(value: Uint8Array, chosen: ChosenValues): Normal {
  const memory = Memory.allocate(value.length)
  memory.bytes.set(value)
  const batches: Normal[] = []
  let at = 0
  while (at + BATCH_OVERHEAD <= value.length) {
    const bytes = batch.batchBytes(memory, at)
    if (at + bytes > value.length) break
    batches.push({
      baseOffset: batch.baseOffset(memory, at),
      bytes,
      partitionLeaderEpoch: batch.partitionLeaderEpoch(memory, at),
      isCrcValid: batch.isCrcValid(memory, at),
      attributes: batch.attributes(memory, at),
      lastOffset: batch.lastOffset(memory, at),
      baseTimestamp: numberOf(batch.baseTimestamp(memory, at), chosen, 'time'),
      maxTimestamp: numberOf(batch.maxTimestamp(memory, at), chosen, 'time'),
      producerId: numberOf(batch.producerId(memory, at), chosen, 'producerId'),
      producerEpoch: batch.producerEpoch(memory, at),
      baseSequence: batch.baseSequence(memory, at),
      recordCount: batch.recordCount(memory, at),
      records: Buffer.from(value.subarray(at + BATCH_OVERHEAD, at + bytes)).toString('base64'),
    })
    at += bytes
  }
  return at < value.length ? [...batches, `and ${value.length - at} bytes of a batch that is not whole`] : batches
}
