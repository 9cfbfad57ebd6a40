import { isMap, isPromise } from 'node:util/types'
import { fieldNames, fieldOf, isFields } from '../../../../base/arguments/fields.js'
import { Place } from '../../../../base/arguments/shape.js'
import { listOf } from '../../../../base/arguments/shapes.js'
import { shown } from '../../../../base/arguments/shown.js'
import { ConfigError } from '../../../../base/errors.js'
import { messageOf } from '../../../../base/thrown.js'
import type { PartitionName } from '../../../../protocol/partition.js'
import { partitionName } from '../../../argument-shapes.js'
import { type Assignor, byMemberId, type Group, type RebalanceProtocol } from './assignor.js'
import { Claims } from './claims.js'
import { GroupTable, NONE } from './group-table.js'
import { claimOfHeld } from './sticky-assignor.js'

/** An assignor of the application's. */
export interface CustomAssignor {
  /** The name by which the members of a group agree on it. */
  readonly name: string
  /**
   * Called at the leader of the group in each rebalance. Its result must depend on what it is given alone: whichever
   * member leads comes to the same one. A member that is not named gets nothing.
   */
  readonly assign: (group: Group) => GivenAssignment
  /**
   * The kinds of rebalance it can be used in; EAGER alone by default. In a COOPERATIVE one it says what each member is
   * to have in the end: what another member still holds is given out one round later, as with `cooperative-sticky`.
   */
  readonly supportedProtocols?: readonly RebalanceProtocol[]
}

/** The partitions of each member, by its id. */
export type GivenAssignment =
  | Readonly<Record<string, Iterable<PartitionName>>>
  | ReadonlyMap<string, Iterable<PartitionName>>

/**
 * An assignor that calls the application's function, and holds what it returns against the group: one partition to one
 * member, and to each member only what it wants. Throws a `ConfigError` otherwise.
 */
export function customAssignor({ name, assign, supportedProtocols = ['EAGER'] }: CustomAssignor): Assignor {
  return {
    name,
    supportedProtocols,
    userData: () => null,

    assign(group) {
      const table = new GroupTable(group, byMemberId)
      const shares = new ReadAssignment(name, table).shares(called(name, () => assign(group)))
      if (!supportedProtocols.includes('COOPERATIVE')) return table.assignmentOf(shares)
      return table.assignmentOf(new Claims(table, claimOfHeld).withoutHeld(shares))
    },
  }
}

function called<Value>(name: string, call: () => Value): Value {
  try {
    return call()
  } catch (thrown) {
    throw refusal(`The assignor "${name}" threw: ${messageOf(thrown)}`, thrown)
  }
}

function refusal(says: string, cause?: unknown): ConfigError {
  return new ConfigError('partition.assignment.strategy', says, cause === undefined ? undefined : { cause })
}

const PLACE = new Place('assign')
const partitions = listOf('partitions', partitionName, Number.MAX_SAFE_INTEGER)

/** Reads what the function has returned, each field once. A function without types may return anything. */
class ReadAssignment {
  readonly #name: string
  readonly #table: GroupTable
  readonly #memberOf: ReadonlyMap<string, number>
  readonly #owners: Int32Array

  constructor(name: string, table: GroupTable) {
    this.#name = name
    this.#table = table
    this.#memberOf = new Map(table.members.map(({ memberId }, member) => [memberId, member]))
    this.#owners = new Int32Array(table.partitionCount).fill(NONE)
  }

  /** The partitions of each member, in the order of the table. */
  shares(given: unknown): readonly (readonly number[])[] {
    const shares = this.#table.members.map((): number[] => [])
    for (const [memberId, names] of this.#entries(given)) {
      const member = this.#memberOf.get(memberId as string)
      if (member === undefined)
        throw this.#refusal(`gave partitions to ${shown(memberId)}, which is not a member of the group`)
      for (const name of this.#partitions(memberId as string, names)) shares[member]!.push(this.#take(member, name))
    }
    return shares
  }

  #entries(given: unknown): readonly (readonly [memberId: unknown, names: unknown])[] {
    if (isMap(given)) return [...Map.prototype.entries.call(given)]
    // A promise is refused like any other value; if it is rejected as well, that is no second error.
    if (isPromise(given)) given.catch(() => {})
    if (!isFields(given))
      throw this.#refusal(`returned ${shown(given)}: it must be an object or a Map of partitions by member id`)
    return this.#reading(given, 'an object that can be read', () =>
      fieldNames(given, PLACE).map((memberId) => [memberId, fieldOf(given, memberId, PLACE)]),
    )
  }

  #partitions(memberId: string, names: unknown): readonly PartitionName[] {
    const right = `for ${memberId} a list of { topic, partition }`
    return this.#reading(names, right, () => PLACE.read(partitions, names))
  }

  #reading<Value>(given: unknown, right: string, read: () => Value): Value {
    try {
      return read()
    } catch (cause) {
      throw refusal(`The assignor "${this.#name}" returned ${shown(given)}: it must be ${right}`, cause)
    }
  }

  /** The number of a partition that this member may have. */
  #take(member: number, name: PartitionName): number {
    const { members } = this.#table
    const { memberId, topics } = members[member]!
    const gave = `gave ${name.topic}-${name.partition} to ${memberId}`
    const partition = this.#table.numberOf(name)
    if (partition === NONE) throw this.#refusal(`${gave}: there is no such partition, or nobody wants its topic`)
    if (!topics.includes(name.topic)) throw this.#refusal(`${gave}, which has not subscribed to ${name.topic}`)
    const owner = this.#owners[partition]!
    if (owner !== NONE)
      throw this.#refusal(`${gave} and to ${members[owner]!.memberId}: one partition, one consumer of a group`)
    this.#owners[partition] = member
    return partition
  }

  #refusal(says: string): ConfigError {
    return refusal(`The assignor "${this.#name}" ${says}`)
  }
}
