import type { Consumer, LentBatch } from '../../src/index.js'
import { handlerModule, type Method, method, mustBe, partitionName, partitionOf } from './methods.js'
import {
  aFunction,
  allowing,
  exactly,
  flag,
  integer,
  list,
  nullable,
  object,
  optional,
  quantity,
  type Spec,
  textOf,
  without,
} from './specs.js'
import { LIMIT_MS, startOf, TOPICS, type World } from './world.js'

const orders = textOf(() => 'orders', 'denied')
/** A topic that is not there yet may be made by asking for it. */
const known = textOf((random) => random.pick(Object.keys(TOPICS)))
const assigned = partitionName(orders, 'denied')
/** A topic alone stands for all of its partitions. */
const toPause = list(object({ topic: orders, partition: optional(partitionOf('denied')) }))
const offset = integer([0, 1, 2], (value) => (value >= 0 ? 'taken' : 'refused'))
const place: Spec = exactly(
  (random) => random.pick([0, 1, '2', 1n, 'earliest', 'latest']),
  (given) => offset.verdict(given),
)

const FIRST = { topic: 'orders', partition: 0 }
const BOTH = [FIRST, { topic: 'orders', partition: 1 }]

const freshConsumer = ({ cluster }: World): Consumer => cluster.consumer({ 'default.api.timeout.ms': 6_000 })
/** A consumer of a group of its own, which has both partitions. */
async function committer(world: World): Promise<Consumer> {
  world.made += 1
  const consumer = world.cluster.consumer({ 'group.id': `hostile-${world.made}`, 'default.api.timeout.ms': 6_000 })
  await consumer.assign(BOTH)
  return consumer
}
const toCommit: Spec = list(
  object({
    topic: orders,
    partition: partitionOf('denied'),
    offset,
    metadata: optional(nullable(textOf(() => 'a note'))),
  }),
  { max: 1 },
)
/** Less than a second may be over before a broker has answered. */
const isShort = (given: unknown): boolean => Number(given) >= 0 && Number(given) < 1_000
const patience = allowing(quantity([6_000, LIMIT_MS], Number.POSITIVE_INFINITY), isShort)
const timing: Spec = optional(object({ timeoutMs: optional(patience) }))
/** A topic of which nothing is committed. */
const anyTopic = textOf(() => 'orders')

const close = (_: World, consumer: Consumer): Promise<void> => consumer.close()

interface Name {
  readonly topic: string
  readonly partition: number
}

async function restore({ consumer }: World): Promise<void> {
  await consumer.resume(BOTH)
  await consumer.seek({ ...FIRST, offset: 0 })
}

export const CONSUMER_METHODS: readonly Method[] = [
  method({
    name: 'consumer.subscribe',
    weight: 6,
    args: [
      object({
        topics: list(known),
        fromBeginning: optional(flag),
      }),
    ],
    before: freshConsumer,
    call: (_, args: readonly [never], consumer) => consumer.subscribe(...args),
    check(_, [{ topics }]: readonly [{ topics: string[] }], __: unknown, consumer) {
      const names = new Set(topics)
      const count = [...names].reduce((sum, name) => sum + (TOPICS[name] as number), 0)
      mustBe(consumer.assignment.length === count, `${consumer.assignment.length} of ${count} partitions are assigned`)
    },
    after: close,
  }),
  method({
    name: 'consumer.subscribe to one topic',
    weight: 3,
    // More topics may be named beside it.
    args: [
      allowing(
        object({ topic: known, fromBeginning: optional(flag) }),
        (given) => typeof given === 'object' && given !== null && 'topics' in given,
      ),
    ],
    before: freshConsumer,
    call: (_, args: readonly [never], consumer) => consumer.subscribe(...args),
    check: (_, [{ topic }]: readonly [{ topic: string }], __: unknown, consumer) =>
      mustBe(consumer.assignment.length === TOPICS[topic], `${consumer.assignment.length} partitions are assigned`),
    after: close,
  }),
  method({
    name: 'consumer.assign',
    weight: 6,
    args: [
      list(object({ topic: textOf(() => 'orders'), partition: partitionOf('either'), offset: optional(offset) }), {
        max: 1,
      }),
    ],
    before: freshConsumer,
    call: (_, args: readonly [never], consumer) => consumer.assign(...args),
    check(_, [[wanted]]: readonly [[Name & { offset?: number }]], __: unknown, consumer) {
      const { topic, partition, offset } = wanted
      mustBe(consumer.assignment.length === 1, `${consumer.assignment.length} partitions are assigned`)
      const position = consumer.position({ topic, partition })
      if (offset !== undefined) mustBe(position === offset, `it stands at ${position}, not at ${offset}`)
    },
    after: close,
  }),
  method({
    name: 'consumer.position',
    args: [assigned],
    call: ({ consumer }, args: readonly [never]) => consumer.position(...args),
    check: (_, __, position: number) => mustBe(Number.isSafeInteger(position), `it said ${position}`),
  }),
  method({
    name: 'consumer.seek',
    weight: 60,
    args: [object({ topic: orders, partition: partitionOf('denied'), offset: place })],
    call: ({ consumer }, args: readonly [never]) => consumer.seek(...args),
    async check(world, [{ offset, ...name }]: readonly [Name & { offset: string | number | bigint }]) {
      const position = world.consumer.position(name)
      if (offset === 'latest') return
      const wanted = offset === 'earliest' ? await startOf(world, 'orders', Number(name.partition)) : Number(offset)
      mustBe(position === wanted, `it stands at ${position}, not at ${offset}`)
    },
    after: restore,
  }),
  method({
    name: 'consumer.pause',
    weight: 30,
    args: [toPause],
    call: ({ consumer }, args: readonly [never]) => consumer.pause(...args),
    check({ consumer }, [names]: readonly [readonly Name[]]) {
      const paused = consumer.paused().map(({ partition }) => partition)
      mustBe(
        [...names].every(({ partition = 0 }) => paused.includes(Number(partition))),
        `${paused.join()} are paused`,
      )
    },
    after: restore,
  }),
  method({
    name: 'consumer.resume',
    args: [toPause],
    call: ({ consumer }, args: readonly [never]) => consumer.resume(...args),
    after: restore,
  }),
  method({
    name: 'consumer.poll',
    weight: 60,
    args: [quantity([1_000, LIMIT_MS], Number.POSITIVE_INFINITY)],
    // So that there is something to read, however long it waits.
    before: restore,
    call: ({ consumer }, args: readonly [never]) => consumer.poll(...args),
    check(_, __, batch: LentBatch | null) {
      mustBe(batch?.hasRecords === true, 'nothing was read')
    },
  }),
  method({
    name: 'consumer.run',
    weight: 6,
    args: [object({ eachBatch: aFunction(() => () => {}) })],
    before: freshConsumer,
    call: (_, args: readonly [never], consumer) => consumer.run(...args),
    after: close,
  }),
  method({
    name: 'consumer.run of a module',
    weight: 3,
    args: [
      object({
        module: handlerModule,
        options: optional(
          without(
            exactly(
              () => ({ a: 1 }),
              () => 'either',
            ),
            () => false,
          ),
        ),
      }),
    ],
    before: freshConsumer,
    call: async (_, args: readonly [never], consumer) => {
      consumer.stopped.catch(() => {})
      await consumer.run(...args)
    },
    after: close,
  }),
  method({
    name: 'consumer.unsubscribe',
    weight: 3,
    before: committer,
    call: (_, __, consumer) => consumer.unsubscribe(),
    check: (_, __, ___: unknown, consumer) =>
      mustBe(consumer.assignment.length === 0, `${consumer.assignment.length} partitions are assigned`),
    after: close,
  }),
  method({
    name: 'consumer.commitSync',
    weight: 6,
    args: [optional(nullable(toCommit)), timing],
    before: committer,
    call: (_, args: readonly [never], consumer) => consumer.commitSync(...args),
    after: close,
  }),
  method({
    name: 'consumer.commitOffsets',
    weight: 3,
    // Without offsets it commits all that was handed out.
    args: [allowing(toCommit, (given) => given === undefined)],
    before: committer,
    call: (_, args: readonly [never], consumer) => consumer.commitOffsets(...args),
    async check(_, [[wanted]]: readonly [[Name & { offset: number }]], __: unknown, consumer) {
      const [committed] = await consumer.committed([{ topic: wanted.topic, partition: wanted.partition }])
      mustBe(committed?.offset === Number(wanted.offset), `${committed?.offset} is committed, not ${wanted.offset}`)
    },
    after: close,
  }),
  method({
    name: 'consumer.commitAsync',
    weight: 3,
    // The callback may come first; what others throw is theirs.
    args: [
      without(optional(nullable(toCommit)), (given) => typeof given === 'function'),
      optional(aFunction(() => () => {})),
    ],
    before: committer,
    call: (_, args: readonly [never], consumer) => consumer.commitAsync(...args),
    after: close,
  }),
  method({
    name: 'consumer.committed',
    weight: 3,
    args: [list(partitionName(anyTopic, 'either')), timing],
    before: committer,
    call: (_, args: readonly [never], consumer) => consumer.committed(...args),
    after: close,
  }),
  method({
    name: 'consumer.describe',
    weight: 3,
    before: committer,
    call: (_, __, consumer) => consumer.describe(),
    check: (_, __, { groupId }: { groupId: string }) => mustBe(groupId.startsWith('hostile-'), `it is in ${groupId}`),
    after: close,
  }),
  method({
    name: 'consumer.paused',
    call: ({ consumer }) => consumer.paused(),
    check: (_, __, paused: readonly unknown[]) => mustBe(paused.length === 0, `${paused.length} are paused`),
  }),
  method({
    name: 'consumer.metrics',
    call: ({ consumer }) => consumer.metrics(),
    check: (_, __, metrics: object) => mustBe('records-lag-max' in metrics, 'there are no metrics'),
  }),
  method({
    name: 'consumer.wakeup',
    weight: 3,
    before: freshConsumer,
    call: (_, __, consumer) => consumer.wakeup(),
    async check(_, __, ___: unknown, consumer) {
      const told = await consumer.poll(0).then(
        () => 'null',
        (error: Error) => error.name,
      )
      mustBe(told === 'WakeupError', `the next poll gave ${told}`)
    },
    after: close,
  }),
  method({
    name: 'consumer.close',
    weight: 3,
    args: [optional(object({ timeoutMs: optional(quantity([0, 1, 1_000], Number.POSITIVE_INFINITY)) }))],
    before: freshConsumer,
    call: (_, args: readonly [never], consumer) => consumer.close(...args),
    async check(_, __, ___: unknown, consumer) {
      const said = await consumer.poll(0).then(
        () => 'reads',
        () => 'refuses',
      )
      mustBe(said === 'refuses', 'a closed consumer reads')
    },
    after: close,
  }),
]
