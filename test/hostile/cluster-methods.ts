import { types } from 'node:util'
import {
  type Admin,
  Cluster,
  type ClusterDescription,
  type ClusterHandle,
  type FaultHandle,
  partitionForKey,
} from '../../src/index.js'
import { lookUntil } from '../support/look-until.js'
import { brokerId, brokerOf, type Method, method, mustBe } from './methods.js'
import {
  aFunction,
  exactly,
  flag,
  integer,
  list,
  object,
  oneOf,
  option,
  optional,
  quantity,
  type Spec,
  without,
} from './specs.js'
import { BROKERS, type World } from './world.js'

interface Closable {
  close(): Promise<void>
}
const closeIt = (made: Closable): Promise<void> => made.close()

/**
 * Resolves when all brokers are there again, and looks for that until the call's time is over.
 */
async function allBack({ cluster }: World): Promise<void> {
  await lookUntil(async () => (await cluster.describe()).brokers.length >= BROKERS)
}

const seed: Spec = exactly(
  (random) => random.pick([1, 'seed', -5.5]),
  (given) => (typeof given === 'string' || (typeof given === 'number' && !Number.isNaN(given)) ? 'taken' : 'refused'),
)

const users: Spec = exactly(
  () => ({ alice: 'open sesame' }),
  (given) => (typeof given === 'object' && given !== null ? 'either' : 'refused'),
)

const methods = (names: readonly string[]): object => Object.fromEntries(names.map((name) => [name, () => {}]))
const extras = object({
  serializers: optional(object({ key: optional(aFunction(() => String)), value: optional(aFunction(() => String)) })),
  partitioner: optional(aFunction(() => () => 0)),
  interceptors: optional(
    list(
      exactly(
        () => methods(['onSend', 'close']),
        (given) =>
          (typeof given === 'object' || typeof given === 'function') && given !== null ? 'either' : 'refused',
      ),
    ),
  ),
  deadLetters: optional(
    exactly(
      () => methods(['write', 'read', 'close']),
      () => 'refused',
    ),
  ),
})

const one: Spec = exactly(
  (random) => random.pick([1, '1', 1n, 'broker-1']),
  (given) => (given === 1 ? 'taken' : 'denied'),
)
const two: Spec = exactly(
  (random) => random.pick([2, '2', 2n, 'broker-2']),
  (given) => (given === 2 ? 'taken' : 'denied'),
)
const link = [
  without(one, (given) => given === 1),
  without(two, (given) => given === 2),
  optional(object({ oneWay: optional(flag) })),
]
const heal = ({ cluster }: World): Promise<void> => cluster.healLink(1, 2)

const fault = object({
  api: oneOf(['Fetch', 'Metadata', 'ListOffsets']),
  broker: optional(brokerId),
  from: optional(
    exactly(
      () => 'sender-99',
      (given) => brokerId.verdict(given),
    ),
  ),
  action: oneOf(['delay']),
  delayMs: quantity([0, 1, 2.5], 2 ** 53 - 1),
  times: integer([1, 2], (value) => (value > 0 ? 'taken' : 'refused')),
  // With another trigger or another action they make no sense.
  error: optional(oneOf([undefined])),
  once: optional(oneOf([undefined])),
})

export const CLUSTER_METHODS: readonly Method[] = [
  method({
    name: 'cluster.producer',
    weight: 6,
    args: [
      optional(
        object({
          'linger.ms': optional(option([0, 5], 0, 2 ** 53 - 1)),
          'batch.size': optional(option([0, 16_384], 0, 33_554_432)),
          'client.id': optional(
            exactly(
              () => 'me',
              // The protocol has room for 32,767 bytes.
              (given) => (typeof given === 'string' && Buffer.byteLength(given) < 2 ** 15 ? 'taken' : 'refused'),
            ),
          ),
        }),
      ),
      optional(extras),
    ],
    call: ({ cluster }, args: readonly [object, never]) => cluster.producer(...args),
    discard: closeIt,
  }),
  method({
    name: 'cluster.consumer',
    weight: 6,
    args: [
      optional(
        object({ 'max.poll.records': optional(option([1, 500], 1, 2 ** 31 - 1)), 'check.crcs': optional(flag) }),
      ),
    ],
    call: ({ cluster }, args: readonly [never]) => cluster.consumer(...args),
    discard: closeIt,
  }),
  method({
    name: 'cluster.admin',
    args: [optional(object({ 'retry.backoff.ms': optional(option([0, 100], 0, 2 ** 53 - 1)) }))],
    call: ({ cluster }, args: readonly [never]) => cluster.admin(...args),
    check: async (_, __, admin: Admin) =>
      mustBe((await admin.listTopics()).includes('orders'), 'it does not know the topics'),
    discard: closeIt,
  }),
  method({
    name: 'cluster.describe',
    call: ({ cluster }) => cluster.describe(),
    async check(world, _, { brokers }: ClusterDescription) {
      mustBe(
        brokers.every((id) => id >= 1 && id <= BROKERS),
        `it has the brokers ${brokers}`,
      )
      // The supervisor may have heard only now that a broker was killed.
      await allBack(world)
    },
  }),
  method({
    name: 'Cluster.start',
    weight: 1,
    args: [
      optional(
        object({
          brokers: optional(integer([1], (value) => (value >= 1 && value <= 64 ? 'taken' : 'refused'))),
          seed: optional(seed),
          listen: optional(
            object({
              threads: optional(integer([1], (value) => (value >= 1 && value <= 64 ? 'taken' : 'refused'))),
              tls: optional(
                exactly(
                  (random) => random.boolean(0.5),
                  (given) => (typeof given === 'boolean' ? 'taken' : 'refused'),
                ),
              ),
              sasl: optional(object({ users })),
            }),
          ),
        }),
      ),
    ],
    call: (_, args: readonly [never]) => Cluster.start(...args),
    discard: closeIt,
  }),
  method({
    name: 'cluster.pauseBroker',
    weight: 5,
    args: [brokerId],
    call: ({ cluster }, args: readonly [never]) => cluster.pauseBroker(...args),
    after: resumeAll,
  }),
  method({
    name: 'cluster.resumeBroker',
    weight: 5,
    before: ({ cluster }) => Promise.all([cluster.pauseBroker(1), cluster.pauseBroker(2)]),
    args: [brokerId],
    call: ({ cluster }, args: readonly [never]) => cluster.resumeBroker(...args),
    after: resumeAll,
  }),
  method({
    name: 'cluster.killBroker',
    weight: 1,
    args: [brokerId, optional(object({ loses: optional(oneOf(['nothing'])) }))],
    call: ({ cluster }, args: readonly [never, never]) => cluster.killBroker(...args),
    check: async ({ cluster }) => {
      const { threads } = await cluster.describe()
      const brokers = threads.filter(({ address }) => address.startsWith('broker-'))
      mustBe(brokers.length === BROKERS - 1, `${brokers.length} brokers run`)
    },
    after: restartAll,
  }),
  method({
    name: 'cluster.stopBroker',
    weight: 1,
    args: [brokerId],
    call: ({ cluster }, args: readonly [never]) => cluster.stopBroker(...args),
    after: restartAll,
  }),
  method({
    name: 'cluster.restartBroker',
    weight: 1,
    before: ({ cluster }) => cluster.killBroker(1),
    args: [brokerOf([1], 'either')],
    call: ({ cluster }, args: readonly [never]) => cluster.restartBroker(...args),
    check: allBack,
    after: restartAll,
  }),
  method({
    name: 'cluster.kill',
    weight: 1,
    args: [
      exactly(
        () => 'broker-1',
        () => 'refused',
      ),
      optional(object({ loses: optional(oneOf(['nothing'])) })),
    ],
    call: async (world, args: readonly [never, never]) => {
      await world.cluster.kill(...args)
      world.killed += 1
    },
    check: allBack,
    after: allBack,
  }),
  method({
    name: 'cluster.killSupervisor',
    weight: 1,
    call: ({ cluster }) => cluster.killSupervisor(),
    check: allBack,
  }),
  method({
    name: 'cluster.reset',
    weight: 1,
    before: () => Cluster.start(),
    call: async (_, args: readonly [], cluster) => {
      await cluster.admin().createTopics({ topics: [{ topic: 'orders' }] })
      await cluster.reset(...args)
    },
    async check(_, __, ___: unknown, cluster) {
      const { topics } = await cluster.describe()
      mustBe(topics.length === 0, `${topics.length} topics are left`)
    },
    after: (_, cluster) => cluster.close(),
  }),
  method({
    name: 'cluster.close',
    weight: 1,
    args: [optional(object({ timeoutMs: optional(quantity([0, 1_000], Number.POSITIVE_INFINITY)) }))],
    before: () => Cluster.start(),
    call: (_, args: readonly [never], cluster) => cluster.close(...args),
    async check(_, __, ___: unknown, cluster) {
      const told = await cluster.describe().then(
        () => 'a description',
        (error: Error) => error.name,
      )
      mustBe(told === 'ClosedError', `a closed cluster gave ${told}`)
    },
    after: (_, cluster) => cluster.close(),
  }),
  method({
    name: 'cluster.handle',
    weight: 2,
    call: ({ cluster }) => cluster.handle(),
    check: async (_, __, handle: ClusterHandle) => {
      const attached = await Cluster.attach(handle)
      mustBe((await attached.admin().listTopics()).includes('orders'), 'what is attached does not know the topics')
      await attached.close()
    },
    discard: ({ port }: ClusterHandle) => port.close(),
  }),
  method({
    name: 'Cluster.attach',
    weight: 2,
    before: ({ cluster }) => cluster.handle(),
    args: [
      exactly(
        () => 'a handle',
        (given) => (given === 'a handle' ? 'taken' : 'refused'),
      ),
    ],
    call: (_, [given]: readonly [ClusterHandle | 'a handle'], handle) =>
      Cluster.attach(given === 'a handle' ? handle : given),
    after: (_, { port }) => port.close(),
    discard: closeIt,
  }),
  method({
    name: 'cluster.unref',
    call: ({ cluster }) => cluster.unref(),
    after: ({ cluster }) => void cluster.ref(),
  }),
  method({ name: 'cluster.ref', call: ({ cluster }) => cluster.ref() }),
  method({
    name: 'cluster.cutLink',
    weight: 5,
    args: link,
    call: ({ cluster }, args: readonly [never, never, never]) => cluster.cutLink(...args),
    after: heal,
  }),
  method({
    name: 'cluster.healLink',
    weight: 5,
    args: link,
    call: ({ cluster }, args: readonly [never, never, never]) => cluster.healLink(...args),
  }),
  method({
    name: 'faults.add',
    weight: 40,
    args: [fault],
    call: ({ cluster }, args: readonly [never]) => cluster.faults.add(...args),
    check: (_, __, handle: FaultHandle) => mustBe(handle.count === 0 || handle.count > 0, 'it counts nothing'),
    discard: (handle: FaultHandle) => handle.remove(),
  }),
  method({
    name: 'fault.hit',
    before: ({ cluster }) => cluster.faults.add({ api: 'Metadata', action: 'delay', delayMs: 0, times: 1_000_000 }),
    args: [
      optional(
        without(
          integer([1, 2], () => 'denied'),
          (given) => Number(given) > 2,
        ),
      ),
    ],
    call: async ({ admin }, args: readonly [never], handle) => {
      const hit = handle.hit(...args)
      hit.catch(() => {})
      for (let asked = 0; asked < 2; asked++) await admin.fetchTopicMetadata({ topics: ['orders'] })
      await hit
    },
    after: (_, handle) => handle.remove(),
  }),
  method({
    name: 'partitionForKey',
    args: [
      exactly(
        () => 'key',
        (given) => (typeof given === 'string' || types.isUint8Array(given) ? 'either' : 'refused'),
      ),
      integer([1, 3, 10_000], (value) => (value >= 1 && value < 2 ** 31 ? 'taken' : 'refused')),
    ],
    call: (_, args: readonly [never, never]) => partitionForKey(...args),
    check: (_, [, count]: readonly [unknown, number], partition: number) =>
      mustBe(partition >= 0 && partition < count, `it said ${partition}`),
  }),
]

function resumeAll({ cluster }: World): void {
  for (const id of [1, 2]) {
    try {
      cluster.resumeBroker(id)
    } catch {
      // It runs already.
    }
  }
}

async function restartAll(world: World): Promise<void> {
  for (const id of [1, 2]) await world.cluster.restartBroker(id).catch(() => {})
  await allBack(world)
}
