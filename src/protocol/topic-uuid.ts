import type { TopicId } from '../base/ids.js'

/**
 * A topic's id as Kafka's schemas have it (KIP-516): 22 letters of base64url for 16 bytes. Ours are small numbers.
 *
 *     byte 0..7   'odradek' and a zero, so that no topic has one of Kafka's reserved ids
 *     byte 8..15  the number, as a big-endian int64
 */
const NAME = 'odradek\0'
const NUMBER_AT = 8
const UUID_BYTES = 16
/** On rings an id is an int32, so that a larger one would be another topic's. */
const ID_MAX = 2n ** 31n - 1n

export function topicUuidOf(topicId: TopicId): string {
  const bytes = Buffer.alloc(UUID_BYTES)
  bytes.write(NAME, 'latin1')
  bytes.writeBigInt64BE(BigInt(topicId), NUMBER_AT)
  return bytes.toString('base64url')
}

/** The last question and its answer: a request may name its topic for each of a thousand partitions. */
let last: { readonly uuid: string; readonly topicId: TopicId | null } = { uuid: '', topicId: null }

/** Null: it is not one of ours. */
export function topicIdOf(uuid: string): TopicId | null {
  if (uuid !== last.uuid) last = { uuid, topicId: readTopicId(uuid) }
  return last.topicId
}

function readTopicId(uuid: string): TopicId | null {
  const bytes = Buffer.from(uuid, 'base64url')
  const isOurs = bytes.length === UUID_BYTES && bytes.toString('latin1', 0, NUMBER_AT) === NAME
  const number = isOurs ? bytes.readBigInt64BE(NUMBER_AT) : -1n
  return number >= 0n && number <= ID_MAX ? Number(number) : null
}
