import type { Api, Request, RequestOf } from './messages.js'

/**
 * What a request must be made of before an actor looks at it. Whoever sends one may be anybody: user code that no compiler has
 * checked, and one day a socket. What the fields *say* (a topic that does not exist, a partition of -3) is for the actor that serves
 * it, and is answered there.
 */

/** Says what the value should be instead, and where; null: it is that. */
interface Check<Value> {
  (value: unknown, where: string): string | null
  /** Only a type: what a checked value is. */
  readonly of?: Value
}

const kind =
  <Value>(what: string, isRight: (value: unknown) => boolean): Check<Value> =>
  (value, where) =>
    isRight(value) ? null : `${where} must be ${what}, not ${named(value)}`

const text = kind<string>('a text', (value) => typeof value === 'string')
const number = kind<number>('a number', Number.isFinite)
const flag = kind<boolean>('true or false', (value) => typeof value === 'boolean')
const oneOf = <Value extends string>(...values: readonly Value[]): Check<Value> =>
  kind(`one of ${values.join(', ')}`, (value) => values.includes(value as Value))

const orNull =
  <Value>(check: Check<Value>): Check<Value | null> =>
  (value, where) =>
    value === null ? null : check(value, where)

/** The field may be absent. */
const optional =
  <Value>(check: Check<Value>): Check<Value> =>
  (value, where) =>
    value === undefined ? null : check(value, where)

const either =
  <First, Second>(first: Check<First>, second: Check<Second>): Check<First | Second> =>
  (value, where) =>
    first(value, where) === null ? null : second(value, where)

const listOf =
  <Value>(check: Check<Value>): Check<readonly Value[]> =>
  (value, where) => {
    if (!Array.isArray(value)) return `${where} must be a list, not ${named(value)}`
    for (const [index, one] of value.entries()) {
      const fault = check(one, `${where}[${index}]`)
      if (fault !== null) return fault
    }
    return null
  }

type Fields<Value> = { readonly [Field in keyof Value]-?: Check<Value[Field]> }

const objectOf =
  <Value extends object>(fields: Fields<Value>): Check<Value> =>
  (value, where) => {
    if (typeof value !== 'object' || value === null) return `${where} must be an object, not ${named(value)}`
    for (const field of Object.keys(fields) as (keyof Value & string)[]) {
      const fault = fields[field]((value as Value)[field], where === '' ? field : `${where}.${field}`)
      if (fault !== null) return fault
    }
    return null
  }

/** Of options that are parsed by whoever uses them. */
const anyOptions: Check<Readonly<Record<string, unknown>>> = kind(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
)

const partitionName = objectOf({ topic: text, partition: number })

/**
 * One row for each API. `binary`: the frame has room for nothing but numbers. `internal`: asked between brokers and the controller alone,
 * whose peers are known by their addresses.
 */
const SHAPES: { readonly [A in Api]: Fields<Omit<RequestOf<A>, 'api'>> | 'binary' | 'internal' } = {
  Produce: 'binary',
  Fetch: 'binary',
  Metadata: { topics: orNull(listOf(text)), allowAutoTopicCreation: flag },
  ListOffsets: { partitions: listOf(objectOf({ topicId: number, partition: number, timestamp: number })) },
  OffsetForLeaderEpoch: {
    partitions: listOf(
      objectOf({ topicId: number, partition: number, currentLeaderEpoch: number, leaderEpoch: number }),
    ),
  },
  CreateTopics: {
    topics: listOf(objectOf({ name: text, numPartitions: number, replicationFactor: number, configs: anyOptions })),
    validateOnly: flag,
  },
  DeleteTopics: { names: listOf(text) },
  ElectLeaders: { electionType: oneOf('preferred', 'unclean'), partitions: orNull(listOf(partitionName)) },
  InitProducerId: {},
  ControlledShutdown: { brokerId: number, brokerEpoch: number },
  BrokerRegistration: 'internal',
  UpdateMetadata: 'internal',
  AlterPartition: 'internal',
  Assign: {
    call: number,
    topics: listOf(text),
    partitions: listOf(objectOf({ topic: text, partition: number, offset: optional(number) })),
    reset: orNull(oneOf('earliest', 'latest')),
  },
  News: {},
  Hurry: {},
  Seek: { call: number, index: number, epoch: number, to: either(number, oneOf('earliest', 'latest')) },
  Pause: { indexes: listOf(number) },
  Take: { slices: flag },
  Run: { call: number, attachment: number },
  Stop: { held: number },
}

/** The same, found by whatever was sent as its name. */
const shapes: ReadonlyMap<unknown, (typeof SHAPES)[Api]> = new Map(Object.entries(SHAPES))

/** Whether only brokers and the controller ask it, of one another. */
export function isInternal(api: Api): boolean {
  return shapes.get(api) === 'internal'
}

/** What is wrong with a request, and what would be right; null: nothing. */
export function requestFault(request: unknown): string | null {
  if (typeof request !== 'object' || request === null) return `A request must be an object, not ${named(request)}`
  const { api } = request as Request
  const shape = shapes.get(api)
  if (typeof shape === 'string') return null
  if (shape === undefined) return `There is no API ${named(api)}`
  const fault = objectOf<object>(shape)(request, '')
  return fault === null ? null : `Cannot serve ${api}: ${fault}`
}

/** Short, whatever it is. */
function named(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
