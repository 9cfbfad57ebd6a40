/** Errors on their way to another process, where a test finds of them what it finds here. */
import {
  BufferExhaustedError,
  ClosedError,
  ConfigError,
  KafkaError,
  RecordTooLargeError,
  SerializationError,
  TimeoutError,
  WorkerDiedError,
} from '../base/errors.js'
import { asError } from '../base/thrown.js'

/** The classes of what a question may fail with, by their names; all else is a KafkaError. */
const CLASSES: { readonly [name: string]: { readonly prototype: KafkaError } } = {
  BufferExhaustedError,
  ClosedError,
  ConfigError,
  RecordTooLargeError,
  SerializationError,
  TimeoutError,
  WorkerDiedError,
}

export interface ToldError {
  readonly message: string
  /** Its name, its code, and what else it holds of its own that is a plain value. */
  readonly fields: { readonly [name: string]: unknown }
}

export function toldError(thrown: unknown): ToldError {
  const error = asError(thrown)
  const fields = Object.entries(error).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
  return { message: error.message, fields: Object.fromEntries(fields) }
}

export function errorOf({ message, fields }: ToldError): KafkaError {
  const error = Object.assign(new KafkaError('UNKNOWN_SERVER_ERROR', message), fields)
  const name = String(fields.name)
  return Object.hasOwn(CLASSES, name) ? Object.setPrototypeOf(error, CLASSES[name]!.prototype) : error
}
