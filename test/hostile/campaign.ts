/**
 * Calls every public method of a cluster and its clients with hostile values, and now and then with legal ones, which
 * must succeed.
 *
 *     draw a method ─▶ legal arguments, or legal ones of which one part is something else ─▶ call ─▶ ask the cluster ─▶ put right
 *
 * What is wrong: a call that does not settle in time, a thread that has ended, an error that nobody could catch, a
 * legal call that was refused, a hostile one that was taken, a wrong argument that was refused without a ConfigError,
 * and a post-condition of a legal call that does not hold.
 */

import { seededRandom } from '../../src/base/random.js'
import { counted } from '../../src/base/words.js'
import { ConfigError, KafkaError } from '../../src/index.js'
import { ADMIN_METHODS } from './admin-methods.js'
import { ATTACHED_METHODS } from './attached-methods.js'
import { CLUSTER_METHODS } from './cluster-methods.js'
import { CONSUMER_METHODS } from './consumer-methods.js'
import { DEAD_LETTER_METHODS } from './dead-letter-methods.js'
import type { Method } from './methods.js'
import { PRODUCER_METHODS } from './producer-methods.js'
import { RESOURCE_METHODS } from './resource-methods.js'
import { SIMULATED_METHODS } from './simulated-methods.js'
import type { Mutant, Verdict } from './specs.js'
import { closeWorld, LIMIT_MS, openWorld, plainRoundTrip, type World } from './world.js'

export const METHODS: readonly Method[] = [
  ...ADMIN_METHODS,
  ...RESOURCE_METHODS,
  ...PRODUCER_METHODS,
  ...CONSUMER_METHODS,
  ...CLUSTER_METHODS,
  ...ATTACHED_METHODS,
  ...DEAD_LETTER_METHODS,
  ...SIMULATED_METHODS,
]
const CALLS_BETWEEN_CHECKS = 1_000
const LEGAL_SHARE = 0.4
const BROKEN_MAX = 20
/** Of misuse: of its timers and of its emitters. */
const NODES_WARNINGS = [
  'TimeoutOverflowWarning',
  'TimeoutNaNWarning',
  'TimeoutNegativeWarning',
  'MaxListenersExceededWarning',
]

export interface HostileOptions {
  readonly calls: number
  readonly seed: string
  /** Only methods whose names begin so. */
  readonly only?: string
  /** Called now and then with the number of calls so far. */
  readonly onProgress?: (calls: number) => void
}

export interface HostileResult {
  readonly calls: number
  readonly legal: number
  readonly refused: number
  /** By method: how often it was called, and how often with legal arguments. */
  readonly methods: ReadonlyMap<string, { readonly calls: number; readonly legal: number }>
  /** What was wrong, one sentence each; the first twenty. */
  readonly broken: readonly string[]
}

interface Call {
  readonly method: Method
  readonly args: readonly unknown[]
  /** Null: not all of them are legal. */
  readonly means: readonly unknown[] | null
  readonly verdict: Verdict
  readonly says: string
}

export async function runHostile({ calls, seed, only = '', onProgress }: HostileOptions): Promise<HostileResult> {
  const random = seededRandom(seed)
  const broken: string[] = []
  const uncaught = (error: unknown): void => void broken.push(`nobody could catch ${describe(error)}`)
  const warned = (warning: Error): void => {
    if (NODES_WARNINGS.includes(warning.name)) broken.push(`Node warns: ${warning.message}`)
  }
  process.on('uncaughtException', uncaught).on('unhandledRejection', uncaught).on('warning', warned)
  const methods = METHODS.filter(({ name }) => name.startsWith(only))
  const lots = methods.flatMap((method) => Array(method.weight).fill(method) as Method[])
  const counts = new Map(methods.map(({ name }) => [name, { calls: 0, legal: 0 }]))
  let [legal, refused, made] = [0, 0, 0]
  let world = await openWorld()
  try {
    for (; made < calls && broken.length < BROKEN_MAX; made++) {
      if (made > 0 && made % CALLS_BETWEEN_CHECKS === 0) {
        onProgress?.(made)
        broken.push(...(await whatIsLeft(world)))
        world = await openWorld()
      }
      const call = draw(random.pick(lots), random)
      const count = counts.get(call.method.name) as { calls: number; legal: number }
      count.calls += 1
      if (call.means !== null) {
        legal += 1
        count.legal += 1
      }
      const outcome = await inTime(perform(world, call)).catch((error) => ({
        wrong: describe(error),
        isRefused: false,
      }))
      if (outcome.isRefused) refused += 1
      if (outcome.wrong !== null) broken.push(`call ${made}: ${call.method.name}, ${call.says}: ${outcome.wrong}`)
    }
    broken.push(...(await whatIsLeft(world)))
  } finally {
    process.off('uncaughtException', uncaught).off('unhandledRejection', uncaught).off('warning', warned)
  }
  return { calls: made, legal, refused, methods: counts, broken: broken.slice(0, BROKEN_MAX) }
}

function draw(method: Method, random: ReturnType<typeof seededRandom>): Call {
  const legal = method.args.map((spec) => spec.legal(random))
  const given = legal.map(({ given }) => given)
  if (method.args.length === 0 || random.boolean(LEGAL_SHARE)) {
    return { method, args: given, means: legal.map(({ means }) => means), verdict: 'taken', says: 'all of it legal' }
  }
  const at = random.below(method.args.length)
  const mutant = (method.args[at] as Method['args'][number]).mutant(random) as Mutant
  const args = given.map((one, index) => (index === at ? mutant.given : one))
  return { method, args, means: null, verdict: mutant.verdict, says: `argument ${at} ${mutant.says}` }
}

/** Null: nothing was wrong. */
async function perform(
  world: World,
  call: Call,
): Promise<{ readonly wrong: string | null; readonly isRefused: boolean }> {
  const { method, args, means, verdict } = call
  const prepared = (await method.before?.(world)) as never
  try {
    const result = (await method.call(world, args, prepared)) as never
    try {
      if (verdict === 'refused' || verdict === 'denied') return { wrong: 'it was taken', isRefused: false }
      if (means !== null) await method.check?.(world, means as never, result, prepared)
    } catch (error) {
      return { wrong: `its post-condition does not hold: ${describe(error)}`, isRefused: false }
    } finally {
      await method.discard?.(result)
    }
  } catch (error) {
    if (verdict === 'taken') return { wrong: `it was refused: ${describe(error)}`, isRefused: true }
    const [right, name] = verdict === 'refused' ? [ConfigError, 'ConfigError'] : [KafkaError, 'KafkaError']
    const isRight = error instanceof right
    return { wrong: isRight ? null : `it threw what is no ${name}: ${describe(error)}`, isRefused: true }
  } finally {
    await method.after?.(world, prepared)
  }
  return { wrong: null, isRefused: false }
}

async function inTime<Value>(promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing has settled within ${LIMIT_MS} ms`)), LIMIT_MS)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** After a thousand calls: a plain send and read works, and every thread lives. */
async function whatIsLeft(world: World): Promise<string[]> {
  const wrong: string[] = []
  await inTime(plainRoundTrip(world)).catch((error) => wrong.push(`then, ${describe(error)}`))
  const exits = world.cluster.unexpectedExits
  if (exits.length !== world.killed)
    wrong.push(
      ...exits.map(({ address, error }) => `${address} has ended: ${error}`),
      `${counted(world.killed, 'thread')} killed`,
    )
  for (const { address, says } of world.cluster.failures) wrong.push(`${address} stays down: ${says}`)
  for (const { address, error } of world.simulated.unexpectedExits)
    wrong.push(`${address} has ended in the simulation: ${error}`)
  await inTime(closeWorld(world)).catch((error) => wrong.push(`the cluster could not be closed: ${describe(error)}`))
  return wrong
}

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))
