/** What the arguments of clients have in common. */
import type { Shape } from '../base/arguments/shape.js'
import { objectWith, wholeNumber } from '../base/arguments/shapes.js'
import type { OptionDefinitions, Options } from '../base/config/definition.js'
import { readOptions } from '../base/config/definition.js'
import { KafkaError } from '../base/errors.js'
import { withArticle } from '../base/words.js'
import { topicNameFault } from '../controller/topic-names.js'
import type { PartitionName } from '../protocol/partition.js'

/** The protocol's int32. */
export const INT32_MAX = 2 ** 31 - 1

/** Throws for what is not a name: callers without types may pass anything, and no thread is to end over it. */
export function checkTopicName(name: unknown): void {
  if (typeof name === 'string') return
  const what = name === null || name === undefined ? String(name) : withArticle(typeof name)
  throw new KafkaError('INVALID_TOPIC_EXCEPTION', `A topic is named by a string, not by ${what}`)
}

/** A topic's name, checked as far as that is possible without the controller. */
export const topicName: Shape<string> = {
  right: 'the name of a topic',
  read(given) {
    checkTopicName(given)
    return given as string
  },
}

/**
 * The name of a topic that can be created. It is checked here where the topic is asked for later, when nobody could be
 * told.
 */
export const legalTopicName: Shape<string> = {
  right: topicName.right,
  read(given) {
    const fault = topicNameFault(given)
    if (fault !== null) throw new KafkaError('INVALID_TOPIC_EXCEPTION', fault)
    return given as string
  },
}

export const partitionNumber = wholeNumber(0, INT32_MAX)

export const partitionName: Shape<PartitionName> = objectWith({ topic: topicName, partition: partitionNumber })

/** Some options of a table. `what` is whose they are: `topic`. */
export function optionsOf<Ds extends OptionDefinitions>(definitions: Ds, what: string): Shape<Partial<Options<Ds>>> {
  return { right: `${what} options`, read: (given) => readOptions(definitions, given as object, { what }) }
}
