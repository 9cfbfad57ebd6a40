/** What the arguments of a cluster's methods have in common. */

import type { Address, Role } from '../actor/address.js'
import type { Point } from '../actor/points.js'
import { fieldNames, fieldOf, isFields } from '../base/arguments/fields.js'
import { type Shape, WRONG } from '../base/arguments/shape.js'
import {
  either,
  exactly,
  flag,
  type ObjectOf,
  type OptionalShape,
  objectWith,
  oneOf,
  optional,
  wholeNumber,
} from '../base/arguments/shapes.js'
import { type BrokerOptions, parseBrokerOptions } from '../base/config/broker-options.js'
import { OFFSETS_REPLICATION_FACTOR } from '../base/config/group-options.js'
import { BROKERS_MAX, WIRE_TEXT_BYTES_MAX } from '../base/config/internal-limits.js'
import { INT32_MAX } from '../client/argument-shapes.js'
import { chosenCodec } from '../record/codecs/chosen-codec.js'
import { LOSSES } from './kept-memory.js'

const REPLICATION_FACTOR = 'offsets.topic.replication.factor'
const ROLES: Readonly<Record<Role, true>> = {
  controller: true,
  broker: true,
  sender: true,
  consumer: true,
  gateway: true,
  client: true,
}
const ADDRESS = new RegExp(`^(${Object.keys(ROLES).join('|')})-\\d{1,9}$`)

export const isAddress = (given: unknown): given is Address => typeof given === 'string' && ADDRESS.test(given)

/** The address of an actor that is there or may come. */
export const actorAddress = exactly('the address of an actor, such as sender-1', isAddress)

/** Which ids there are, the cluster knows. */
export const brokerNumber = wholeNumber(0, INT32_MAX)

const CLIENT_ID_LENGTH_MAX = WIRE_TEXT_BYTES_MAX
const clientId = exactly(
  'the client.id of clients',
  (given): given is string => typeof given === 'string' && given.length <= CLIENT_ID_LENGTH_MAX,
)

/** A broker, an actor, or clients that have come in over TCP. */
export const linkEnd = either(
  either(
    brokerNumber,
    exactly(
      "the address of an actor, such as sender-1, or 'clients'",
      (given): given is Address | 'clients' => given === 'clients' || isAddress(given),
    ),
  ),
  objectWith({ clientId }),
)

/** A place in one of the next turns of an actor: see `Place`. */
export const placeInTurns = {
  /** Which points an actor passes, the cluster knows. */
  point: optional(exactly('the name of a point', (given): given is Point => typeof given === 'string')),
  nth: optional(wholeNumber(1)),
}

const loss = oneOf(...LOSSES)

const ending = { loses: optional(loss), staysDown: optional(flag) }
/** Fields of a death that there were. */
const former = { losesMemory: "losesMemory: true is loses: 'unwritten' now, the death of a process" }
export const killOptions = objectWith({ loses: optional(loss) }, former)
export const endingOptions = objectWith(ending, former)

/** An ending, and where in its turns an actor is to come to it. */
export const deathPlan = objectWith({ ...placeInTurns, ...ending }, former)

const seed = exactly(
  'a number or a string',
  (given): given is number | string => typeof given === 'string' || (typeof given === 'number' && !Number.isNaN(given)),
)

/** What every kind of cluster is started with: broker options, those of the cluster itself, and `more`. */
export function startOptions<const Ss extends { readonly [name: string]: OptionalShape<unknown> }>(
  more: Ss,
): Shape<StartOptions<Ss>> {
  const own = { brokers: optional(wholeNumber(1, BROKERS_MAX)), seed: optional(seed), ...more }
  return {
    right: 'an object of options',
    read(given, place) {
      if (!isFields(given)) return WRONG
      const broker: Record<string, unknown> = {}
      const cluster: Record<string, unknown> = {}
      for (const name of fieldNames(given, place)) {
        const into = Object.hasOwn(own, name) ? cluster : broker
        into[name] = fieldOf(given, name, place)
      }
      const options = place.read(objectWith(own), cluster) as StartOptions<Ss>
      const read = parseBrokerOptions(asManyReplicas(broker, options.brokers), Object.keys(own))
      // What leaders are to compress with must be there.
      chosenCodec(read)
      return { ...options, broker: read }
    },
  }
}

/** What groups remember lies on three brokers, or on all where there are fewer. */
function asManyReplicas(given: Record<string, unknown>, brokers = 1): Record<string, unknown> {
  const factor = Math.min(OFFSETS_REPLICATION_FACTOR, brokers)
  return given[REPLICATION_FACTOR] === undefined ? { ...given, [REPLICATION_FACTOR]: factor } : given
}

type StartOptions<Ss extends { readonly [name: string]: OptionalShape<unknown> }> = ObjectOf<Ss> & {
  readonly brokers?: number
  readonly seed?: number | string
  readonly broker: BrokerOptions
}
