/** What the arguments of clients have in common. */
import { type Shape, WRONG } from '../base/arguments/shape.js'
import { exactly, objectWith, wholeNumber } from '../base/arguments/shapes.js'
import type { OptionDefinitions, Options } from '../base/config/definition.js'
import { readOptions } from '../base/config/definition.js'
import { WIRE_TEXT_BYTES_MAX } from '../base/config/internal-limits.js'
import { KafkaError } from '../base/errors.js'
import { grouped } from '../base/words.js'
import { illegalName, topicNameFault } from '../controller/topic-names.js'
import type { PartitionName } from '../protocol/partition.js'

/** The protocol's int32. */
export const INT32_MAX = 2 ** 31 - 1

/** A text that Kafka's protocol has room for. `noun` is what it is: `the id of a group`. */
export const wireText = (noun: string): Shape<string> =>
  exactly(
    `${noun}, of at most ${grouped(WIRE_TEXT_BYTES_MAX)} bytes`,
    (given): given is string => typeof given === 'string' && Buffer.byteLength(given) <= WIRE_TEXT_BYTES_MAX,
  )

/** A topic's name. Which names there can be, the controller says. */
export const topicName = exactly('the name of a topic', (given): given is string => typeof given === 'string')

/**
 * The name of a topic that can be created. It is checked here where the topic is asked for later, when nobody could be
 * told.
 */
export const legalTopicName: Shape<string> = nameWithout(topicNameFault)

/**
 * The name of a topic that there can be. It is checked at the call where nobody would be told later, since a topic that
 * is not there yet is waited for.
 */
export const possibleTopicName: Shape<string> = nameWithout(illegalName)

function nameWithout(faultOf: (name: string) => string | null): Shape<string> {
  return {
    right: topicName.right,
    read(given) {
      if (typeof given !== 'string') return WRONG
      const fault = faultOf(given)
      if (fault !== null) throw new KafkaError('INVALID_TOPIC_EXCEPTION', fault)
      return given
    },
  }
}

export const partitionNumber = wholeNumber(0, INT32_MAX)

export const partitionName: Shape<PartitionName> = objectWith({ topic: topicName, partition: partitionNumber })

/** Some options of a table. `what` is whose they are: `topic`. */
export function optionsOf<Ds extends OptionDefinitions>(definitions: Ds, what: string): Shape<Partial<Options<Ds>>> {
  return { right: `${what} options`, read: (given) => readOptions(definitions, given as object, { what }) }
}
