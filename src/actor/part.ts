import { earliest, NEVER, type Timestamp } from '../base/ids.js'
import type { Context, Message } from './types.js'

/**
 * One concern of an actor, with state of its own. An actor that is made of a list of parts offers each message to one
 * after the other, and ticks all of them with each turn: a new concern is a new entry. (Kafka: the `RequestManager`s of
 * a consumer, which `ConsumerNetworkThread.runOnce` polls.)
 */
export interface Part {
  /** Takes a message that concerns this part; false: it concerns another one. */
  receive(message: Message, context: Context): boolean
  /** Does what is due. Returns the next moment it wants to be called if nothing arrives first. */
  tick(context: Context): Timestamp
}

/** Offers the message to the parts in their order, until one takes it; false: none has. */
export function receiveByOne(parts: readonly Part[], message: Message, context: Context): boolean {
  for (let index = 0; index < parts.length; index++) {
    if ((parts[index] as Part).receive(message, context)) return true
  }
  return false
}

/**
 * Ticks the parts in their order. Returns the earliest moment that one of them names. Runs in every turn, and makes
 * nothing.
 */
export function tickAll(parts: readonly Part[], context: Context): Timestamp {
  let due = NEVER
  for (let index = 0; index < parts.length; index++) due = earliest(due, (parts[index] as Part).tick(context))
  return due
}
