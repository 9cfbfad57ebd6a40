/** The doors of other threads: what has attached to a cluster, and handler modules with what they are given. */
import { types } from 'node:util'
import { type AttachedCluster, Cluster, type ClusterHandle, type Consumer } from '../../src/index.js'
import type { Tried } from './doors-module.js'
import { HOSTILE_VALUES } from './hostile-values.js'
import { handlerModule, type Method, method, mustBe } from './methods.js'
import {
  aFunction,
  allowing,
  exactly,
  flag,
  list,
  object,
  oneOf,
  option,
  optional,
  quantity,
  type Spec,
} from './specs.js'
import type { World } from './world.js'

interface Closable {
  close(): Promise<void>
}
const closeIt = (made: Closable): Promise<void> => made.close()
const attach = ({ cluster }: World): Promise<AttachedCluster> => Cluster.attach(cluster.handle())
const leave = (_: World, attached: AttachedCluster): Promise<void> => attached.close()

/** A part of a handle as it came, or something else in its place. */
const AS_IT_CAME = 'as it came'
const part = (verdict: Spec['verdict']): Spec =>
  exactly(
    () => AS_IT_CAME,
    (given) => (given === AS_IT_CAME ? 'taken' : verdict(given)),
  )
/** The parts of a handle, in the order of arguments. Whatever a handle says that may be so is believed. */
const HANDLE_PARTS = [
  part(() => 'refused'),
  part(() => 'refused'),
  part((given) => (Array.isArray(given) ? 'either' : 'refused')),
  part((given) => (typeof given === 'string' ? 'taken' : 'refused')),
  part((given) => (typeof given === 'number' ? 'either' : 'refused')),
  part((given) => (types.isSharedArrayBuffer(given) ? 'taken' : 'refused')),
]

/** The handle with these parts. */
function withParts(handle: ClusterHandle, given: readonly unknown[]): ClusterHandle {
  const { port, cluster } = handle
  const names = ['version', 'brokers', 'seed', 'clockOriginMs', 'board'] as const
  const own = [port, ...names.map((name) => cluster[name])]
  const [ofPort, ...facts] = own.map((value, index) => (given[index] === AS_IT_CAME ? value : given[index]))
  const changed = Object.fromEntries(names.map((name, index) => [name, facts[index]]))
  return { ...handle, port: ofPort, cluster: changed } as unknown as ClusterHandle
}

const freshConsumer = ({ cluster }: World): Consumer =>
  cluster.consumer({ 'default.api.timeout.ms': 6_000, 'auto.offset.reset': 'earliest' })
/** Buffers can be moved; of other objects, some can. */
const movable: Spec = exactly(
  () => new ArrayBuffer(8),
  (given) => (types.isArrayBuffer(given) ? 'taken' : 'refused'),
)

interface Trying {
  readonly consumer: Consumer
  /** Which hostile value the module is to try: it makes the value in its thread, because some cannot travel. */
  readonly index: number
}

function trying(world: World): Trying {
  world.made += 1
  return { consumer: freshConsumer(world), index: world.made % HOSTILE_VALUES.length }
}

export const ATTACHED_METHODS: readonly Method[] = [
  method({
    name: 'Cluster.attach with a changed handle',
    weight: 3,
    before: ({ cluster }) => cluster.handle(),
    args: HANDLE_PARTS,
    call: (_, args: readonly unknown[], handle) => Cluster.attach(withParts(handle, args)),
    after: (_, { port }) => port.close(),
    discard: closeIt,
  }),
  method({
    name: 'attached.producer',
    weight: 3,
    before: attach,
    args: [
      optional(object({ 'linger.ms': optional(option([0, 5], 0, 2 ** 53 - 1)), 'enable.idempotence': optional(flag) })),
      optional(object({ partitioner: optional(aFunction(() => () => 0)) })),
    ],
    call: (_, args: readonly [never, never], attached) => attached.producer(...args),
    discard: closeIt,
    after: leave,
  }),
  method({
    name: 'attached.consumer',
    weight: 3,
    before: attach,
    args: [
      optional(
        object({ 'max.poll.records': optional(option([1, 500], 1, 2 ** 31 - 1)), 'check.crcs': optional(flag) }),
      ),
    ],
    call: (_, args: readonly [never], attached) => attached.consumer(...args),
    discard: closeIt,
    after: leave,
  }),
  method({
    name: 'attached.admin',
    weight: 3,
    before: attach,
    args: [optional(object({ 'retry.backoff.ms': optional(option([0, 100], 0, 2 ** 53 - 1)) }))],
    call: (_, args: readonly [never], attached) => attached.admin(...args),
    discard: closeIt,
    after: leave,
  }),
  method({
    name: 'attached.handle',
    weight: 2,
    before: attach,
    args: [oneOf([undefined])],
    call: (_, args: readonly [never], attached) => attached.handle(...args),
    check: async (_, __, handle: ClusterHandle) => {
      const further = await Cluster.attach(handle)
      mustBe((await further.admin().listTopics()).includes('orders'), 'what is attached further knows no topic')
      await further.close()
    },
    discard: ({ port }: ClusterHandle) => port.close(),
    after: leave,
  }),
  method({
    name: 'attached.unref',
    weight: 2,
    before: attach,
    call: (_, __, attached) => attached.unref(),
    after: leave,
  }),
  method({ name: 'attached.ref', weight: 2, before: attach, call: (_, __, attached) => attached.ref(), after: leave }),
  method({
    name: 'attached.close',
    weight: 2,
    before: attach,
    args: [optional(object({ timeoutMs: optional(quantity([0, 1_000], Number.POSITIVE_INFINITY)) }))],
    call: (_, args: readonly [never], attached) => attached.close(...args),
    check(_, __, ___: unknown, attached) {
      let told = 'a handle'
      try {
        attached.handle()
      } catch (error) {
        told = (error as Error).name
      }
      mustBe(told === 'ClosedError', `what is closed gave ${told}`)
    },
    after: leave,
  }),
  method({
    name: 'consumer.run of a module with transfer and onEmit',
    weight: 3,
    before: freshConsumer,
    args: [
      object({
        module: handlerModule,
        // Each of them can be cloned, or is refused.
        options: optional(allowing(oneOf([undefined, 'tea']), () => true)),
        transfer: optional(list(movable)),
        onEmit: optional(aFunction(() => () => {})),
      }),
    ],
    call: (_, args: readonly [never], consumer) => consumer.run(...args),
    after: closeConsumer,
  }),
  method({
    name: 'context.emit in a module',
    weight: 2,
    before: trying,
    call: (_, __, { consumer, index }) => tryDoor(consumer, 'emit', index),
    check: (_, __, { thrown }: Tried, { index }) => mustBeConfig(thrown, index),
    after: (world, { consumer }) => closeConsumer(world, consumer),
  }),
  method({
    name: 'context.producer in a module',
    weight: 2,
    before: trying,
    call: (_, __, { consumer, index }) => tryDoor(consumer, 'producer', index),
    check: (_, __, { thrown }: Tried, { index }) => mustBeConfig(thrown, index),
    after: (world, { consumer }) => closeConsumer(world, consumer),
  }),
]

/** Resolves with what has become of the door when the module has tried it. */
async function tryDoor(consumer: Consumer, door: 'emit' | 'producer', index: number): Promise<Tried> {
  await consumer.assign([{ topic: 'orders', partition: 0, offset: 0 }])
  return new Promise((resolve, reject) => {
    const onEmit = (value: unknown): void => {
      if (isTried(value)) resolve(value)
    }
    const module = new URL('./doors-module.js', import.meta.url)
    consumer.run({ module, options: { door, index }, onEmit }).then(() => {
      consumer.stopped.catch(reject)
    }, reject)
  })
}

function mustBeConfig(thrown: string | null, index: number): void {
  mustBe(thrown === null || thrown === 'ConfigError', `${HOSTILE_VALUES[index]?.[0]} made it throw a ${thrown}`)
}

const isTried = (value: unknown): value is Tried => typeof value === 'object' && value !== null && 'thrown' in value

function closeConsumer(_: World, consumer: Consumer): Promise<void> {
  consumer.stopped.catch(() => {})
  return consumer.close()
}
