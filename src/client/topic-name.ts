import { KafkaError } from '../base/errors.js'

/** Throws for what is not a name: callers without types may pass anything, and no thread is to end over it. */
export function checkTopicName(name: unknown): void {
  if (typeof name === 'string') return
  const what = name === null || name === undefined ? String(name) : `a ${typeof name}`
  throw new KafkaError('INVALID_TOPIC_EXCEPTION', `A topic is named by a string, not by ${what}`)
}
