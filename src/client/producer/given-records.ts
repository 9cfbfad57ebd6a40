/**
 * The records of `send` and `produce` as callers give them, with or without a compiler. They are checked by hand and
 * not by shapes, since a record has no more than some nanoseconds for it.
 */
import { isFields } from '../../base/arguments/fields.js'
import { Place, type Shape, WRONG } from '../../base/arguments/shape.js'
import { itemsOf } from '../../base/arguments/shapes.js'
import { RECORDS_PER_SEND_MAX } from '../../base/config/internal-limits.js'
import { ConfigError, KafkaError } from '../../base/errors.js'
import { messageOf } from '../../base/thrown.js'
import { isBytes } from '../../record/record.js'
import type { DeliveryCallback, ProducerMessage } from './producer-record.js'

const SEND = new Place('send')
const MESSAGES = SEND.field('messages')
const PRODUCE = new Place('produce')
const REQUEST_FIELDS = ['topic', 'messages', 'acks']
const MESSAGE_FIELDS = ['key', 'value', 'headers', 'partition', 'timestamp']
const RECORD_FIELDS = ['topic', ...MESSAGE_FIELDS]
const RIGHT_MESSAGE = `an object with ${MESSAGE_FIELDS.join(', ')}`
const RIGHT_RECORD = `an object with ${RECORD_FIELDS.join(', ')}`

export interface GivenSend<Key, Value> {
  readonly topic: string
  readonly messages: readonly ProducerMessage<Key, Value>[]
  readonly acks: unknown
}

const sendRequest: Shape<object> = {
  right: `an object with ${REQUEST_FIELDS.join(', ')}`,
  read: (given) => (isFields(given) ? given : WRONG),
}
const messageList: Shape<readonly unknown[]> = {
  right: 'a list of records',
  read: (given, place) => (Array.isArray(given) ? given : itemsOf(given, place, RECORDS_PER_SEND_MAX)),
}

/** The values of `produceMany`, each read once: what a caller's getters do is over before the first one is written. */
export const valueList: Shape<readonly unknown[]> = {
  right: 'a list of values',
  read: (given, place) => {
    if (!Array.isArray(given)) return isBytes(given) ? WRONG : itemsOf(given, place, RECORDS_PER_SEND_MAX)
    try {
      return [...given]
    } catch (thrown) {
      throw place.unreadable(thrown)
    }
  },
}

/** Reads each part of a call of `send` once, and does not check it. Throws a ConfigError if there are no records. */
export function readSend<Key, Value>(request: unknown): GivenSend<Key, Value> {
  const { topic, messages, acks } = SEND.read(sendRequest, request) as GivenSend<Key, Value>
  return {
    topic,
    messages: MESSAGES.read(messageList, messages) as GivenSend<Key, Value>['messages'],
    acks,
  }
}

/** Throws a ConfigError for a field that nobody knows, of the request or of one of its messages. */
export function checkSend(request: object, messages: readonly unknown[]): void {
  for (const name in request) {
    if (name !== 'topic' && name !== 'messages' && name !== 'acks') refuseField(SEND, request, name, REQUEST_FIELDS)
  }
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index]
    if (typeof message !== 'object' || message === null) throw MESSAGES.item(index).refusal(message, RIGHT_MESSAGE)
    for (const name in message) {
      switch (name) {
        case 'key':
        case 'value':
        case 'headers':
        case 'partition':
        case 'timestamp':
          continue
        default:
          refuseField(MESSAGES.item(index), message, name, MESSAGE_FIELDS)
      }
    }
  }
}

/**
 * As `checkSend` for a message, for the one record of `produce`. Written out a second time: a call or a set for each
 * name would be most of its cost.
 */
export function checkRecord(record: unknown): void {
  if (typeof record !== 'object' || record === null) throw PRODUCE.refusal(record, RIGHT_RECORD)
  for (const name in record) {
    switch (name) {
      case 'topic':
      case 'key':
      case 'value':
      case 'headers':
      case 'partition':
      case 'timestamp':
        continue
      default:
        refuseField(PRODUCE, record, name, RECORD_FIELDS)
    }
  }
}

/** The callback that was given; null: nobody wants to be told. Throws a ConfigError. */
export function deliveryCallback(given: unknown): DeliveryCallback | null {
  if (given === undefined || given === null) return null
  if (typeof given === 'function') return given as DeliveryCallback
  throw PRODUCE.field('onDelivery').refusal(given, 'a function')
}

/** What a call fails with: what the caller's own getters and iterators throw says nothing of records. */
export function asRefusal(thrown: unknown): KafkaError {
  try {
    if (thrown instanceof KafkaError) return thrown
  } catch {
    // A proxy was thrown.
  }
  return new ConfigError('record', `What was given to be sent cannot be read: ${messageOf(thrown)}`, { cause: thrown })
}

/** A field of something that was refused, for a letter about it; another value where it cannot be read. */
export function fieldOr<Value>(given: unknown, name: string, otherwise: Value): Value {
  try {
    return (given as Readonly<Record<string, Value | undefined>>)[name] ?? otherwise
  } catch {
    return otherwise
  }
}

/** Refuses a field that nobody knows. What all objects inherit, because somebody has put it there, is not a field. */
function refuseField(place: Place, given: object, name: string, known: readonly string[]): void {
  if (Object.hasOwn(given, name) || !(name in Object.prototype)) throw place.unknownField(name, known)
}
