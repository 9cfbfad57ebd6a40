/** A public method as the campaign calls it. */
import type { Spec } from './specs.js'
import { exactly, integer, object, type Verdict } from './specs.js'
import { BROKERS, TOPICS, type World } from './world.js'

export interface Method {
  readonly name: string
  /** How often it is called, beside others. */
  readonly weight: number
  readonly args: readonly Spec[]
  /** What must be so before the call. What it returns is handed to the others. */
  readonly before?: (world: World) => unknown
  readonly call: (world: World, args: readonly unknown[], prepared: never) => unknown
  /**
   * Asked of the cluster after a legal call: throws an error that says what is not so. `means` is what the arguments
   * mean.
   */
  readonly check?: (world: World, means: readonly never[], result: never, prepared: never) => unknown
  /** Puts right what was changed, before the call or by it. */
  readonly after?: (world: World, prepared: never) => unknown
  /** Gives up what a call has made. */
  readonly discard?: (result: never) => unknown
}

/** A row of the table, with the types that only it knows. */
export function method<Means extends readonly unknown[], Result, Prepared>(row: {
  readonly name: string
  readonly weight?: number
  readonly args?: readonly Spec[]
  readonly before?: (world: World) => Promise<Prepared> | Prepared
  readonly call: (world: World, args: never, prepared: Prepared) => Promise<Result> | Result
  readonly check?: (world: World, means: Means, result: Result, prepared: Prepared) => unknown
  readonly after?: (world: World, prepared: Prepared) => unknown
  readonly discard?: (result: Result) => unknown
}): Method {
  return { weight: 10, args: [], ...row } as unknown as Method
}

export function mustBe(isSo: boolean, says: string): void {
  if (!isSo) throw new Error(says)
}

const INT32_MAX = 2 ** 31 - 1

/** A partition of `orders`. `others`: what becomes of a partition that it does not have. */
export function partitionOf(others: Verdict): Spec {
  const numbers = Array.from({ length: TOPICS.orders as number }, (_, index) => index)
  return integer(numbers, (value) => (value >= 0 && (value <= INT32_MAX || others === 'denied') ? others : 'refused'))
}

/** One of these brokers. `others`: what becomes of any other number that a broker could have. */
export function brokerOf(ids: readonly number[], others: Verdict): Spec {
  return integer(ids, (value) => (value >= 0 && value <= INT32_MAX ? others : 'refused'))
}

export const brokerId: Spec = brokerOf(
  Array.from({ length: BROKERS }, (_, index) => index + 1),
  'denied',
)

/** A module that handles batches; whether anything else is there, and is one, is found out later. */
export const handlerModule: Spec = exactly(
  () => new URL('data:text/javascript,export default () => ({ eachBatch() {} })'),
  (given) => (typeof given === 'string' || given instanceof URL ? 'either' : 'refused'),
)

export function partitionName(topic: Spec, others: Verdict): Spec {
  return object({ topic, partition: partitionOf(others) })
}
