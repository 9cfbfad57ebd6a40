import { POINTS } from '../../src/actor/points.js'
import { LOSSES } from '../../src/cluster/kept-memory.js'
import { SimulatedCluster } from '../../src/index.js'
import { type Method, method, mustBe } from './methods.js'
import {
  aFunction,
  allowing,
  exactly,
  flag,
  integer,
  object,
  oneOf,
  optional,
  quantity,
  type Spec,
  textOf,
  without,
} from './specs.js'
import type { World } from './world.js'

const BROKER = 'broker-1'
/** Of an actor; all of them are known. */
const address = textOf(() => BROKER, 'denied')
/** As far as a clock can go: a hundred years. What takes many steps to get there is left out. */
const CENTURY_MS = 3_155_760_000_000
const span = (): Spec =>
  without(
    quantity([0, 0.5, 10, 100], CENTURY_MS),
    (given) => Number(numberOf(given)) > 10_000 && Number(numberOf(given)) <= CENTURY_MS,
  )
const numberOf = (given: unknown): unknown =>
  typeof given === 'number' || typeof given === 'bigint' ? given : Number.NaN

const limits = optional(
  object({ stepsMax: optional(integer([100_000], (value) => (value >= 0 ? 'either' : 'refused'))) }),
)
const nth = optional(integer([1_000_000], (value) => (value > 0 ? 'taken' : 'refused')))
const point = optional(oneOf(POINTS.broker))
const spare = ({ simulated }: World): void => simulated.spare(BROKER)

const anyNumber = integer([1], () => 'denied')
/** The other end of a link, by its name; any other name or number, the first end's too, is the cluster's to deny. */
const otherEnd: Spec = exactly(
  () => 'broker-2',
  (given) => (typeof given === 'string' || anyNumber.verdict(given) !== 'refused' ? 'denied' : 'refused'),
)

export const SIMULATED_METHODS: readonly Method[] = [
  method({
    name: 'simulated.advance',
    args: [span()],
    before: ({ simulated }) => simulated.now,
    call: ({ simulated }, args: readonly [never]) => simulated.advance(...args),
    check: ({ simulated }, [ms]: readonly [number], _: unknown, began) =>
      mustBe(simulated.now >= began + ms, `the clock went on by ${simulated.now - began}, not by ${ms}`),
  }),
  method({
    name: 'simulated.jumpClock',
    args: [span()],
    before: ({ simulated }) => simulated.now,
    call: ({ simulated }, args: readonly [never]) => simulated.jumpClock(...args),
    check: ({ simulated }, [ms]: readonly [number], _: unknown, began) =>
      mustBe(simulated.now === began + ms, `the clock went on by ${simulated.now - began}, not by ${ms}`),
  }),
  method({
    name: 'simulated.run',
    args: [
      exactly(
        () => Promise.resolve('done'),
        (given) => (typeof given === 'object' && given !== null ? 'either' : 'refused'),
      ),
      limits,
    ],
    call: ({ simulated }, args: readonly [Promise<string>, never]) => simulated.run(...args),
    check: (_, __, value: string) => mustBe(value === 'done', `it resolved with ${value}`),
  }),
  method({
    name: 'simulated.runUntil',
    args: [aFunction(() => () => true), limits],
    call: ({ simulated }, args: readonly [never, never]) => simulated.runUntil(...args),
  }),
  method({
    name: 'simulated.killAt',
    args: [address, optional(object({ point, nth, loses: optional(oneOf(LOSSES)), staysDown: optional(flag) }))],
    // It resolves with a death that never comes.
    call: async ({ simulated }, args: readonly [never, { nth?: number }]) => {
      const plan = args[1] === undefined ? { nth: 1_000_000 } : args[1]
      const died = simulated.killAt(args[0], plan)
      await Promise.race([died, new Promise((resolve) => setImmediate(resolve))])
    },
    after: spare,
  }),
  method({
    name: 'simulated.pauseAt',
    args: [address, object({ point, nth, restMs: quantity([0, 1], 2 ** 53 - 1) })],
    call: ({ simulated }, args: readonly [never, never]) => simulated.pauseAt(...args),
    after: spare,
  }),
  method({
    name: 'simulated.spare',
    args: [address],
    call: ({ simulated }, args: readonly [never]) => simulated.spare(...args),
  }),
  method({
    name: 'simulated.pause',
    args: [address],
    call: ({ simulated }, args: readonly [never]) => simulated.pause(...args),
    after: ({ simulated }) => simulated.resume(BROKER),
  }),
  method({
    name: 'simulated.resume',
    args: [address],
    call: ({ simulated }, args: readonly [never]) => simulated.resume(...args),
  }),
  method({
    name: 'simulated.delay',
    args: [address, quantity([0, 5], 2 ** 53 - 1)],
    call: ({ simulated }, args: readonly [never, never]) => simulated.delay(...args),
    after: ({ simulated }) => simulated.delay(BROKER, 0),
  }),
  method({
    name: 'simulated.cutLink',
    args: [anyNumber, otherEnd, optional(object({ oneWay: optional(oneOf([true, false])) }))],
    call: ({ simulated }, args: readonly [never, never, never]) => simulated.cutLink(...args),
    after: ({ simulated }) => simulated.healLink(1, 2),
  }),
  method({
    name: 'SimulatedCluster.start',
    weight: 2,
    args: [
      optional(
        object({
          keepsTrace: optional(flag),
          isSelfContained: optional(allowing(oneOf([false]), (given) => given === true)),
          onPoint: optional(aFunction(() => () => {})),
        }),
      ),
    ],
    call: (_, args: readonly [never]) => SimulatedCluster.start(...args),
    discard: (cluster: SimulatedCluster) => cluster.close(),
  }),
]
