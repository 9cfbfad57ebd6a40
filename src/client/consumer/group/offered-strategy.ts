import { assert } from '../../../base/assert.js'
import { type AssignmentStrategy, parseAssignmentStrategy } from './assignors/assignment-strategy.js'
import type { Assignor } from './assignors/assignor.js'
import type { GroupOptions } from './group-options.js'

/** The assignors that a member offers, on its own thread. */
export interface OfferedStrategy extends AssignmentStrategy {
  /** Whether it is a function of the application's, which cannot be called here. */
  isCustom(name: string): boolean
}

/** Kafka's assignors are found by their names; one of the application's is here by its name alone. */
export function offeredStrategy({
  assignors: offered,
  protocol,
}: Pick<GroupOptions, 'assignors' | 'protocol'>): OfferedStrategy {
  const assignors = offered.map(({ name, isCustom, supportedProtocols }): Assignor => {
    if (!isCustom) return parseAssignmentStrategy(name).assignors[0] as Assignor
    const assign = (): never => {
      assert(false, 'An assignor of the application is called there')
      throw new Error()
    }
    return { name, supportedProtocols, userData: () => null, assign }
  })
  const custom = new Set(offered.filter(({ isCustom }) => isCustom).map(({ name }) => name))
  return { assignors, protocol, isCustom: (name) => custom.has(name) }
}
