import { join } from 'node:path'
import {
  type DeadLetter,
  type DeadLetterSink,
  deadLetterFile,
  deadLetterTable,
  deadLetterTopic,
} from '../../src/index.js'
import { type Method, method, mustBe } from './methods.js'
import { exactly, list, object, option, optional, type Spec, textOf } from './specs.js'
import type { World } from './world.js'

const LETTER: DeadLetter = {
  topic: 'orders',
  partition: null,
  isPartitionNamed: false,
  key: null,
  value: Buffer.from('lost'),
  headers: [{ key: 'h', value: Buffer.from('x') }],
  timestamp: 5,
  isSerialized: true,
  error: { name: 'TimeoutError', code: 'REQUEST_TIMED_OUT', message: 'late', retriable: true },
  attempts: 1,
  createdAt: 5,
  failedAt: 6,
}
const letters: Spec = list(
  exactly(
    () => ({ ...LETTER }),
    () => 'refused',
  ),
)

async function count(sink: DeadLetterSink): Promise<number> {
  let read = 0
  for await (const _ of sink.read()) read += 1
  return read
}

const fresh = (world: World): string => join(world.folder, `letters-${++world.made}`)
/** Whether a text is the path of a file that can be made, the file system knows. */
const path = textOf(() => 'letters', 'either')

const KINDS: readonly (readonly [name: string, make: (world: World) => DeadLetterSink])[] = [
  ['deadLetterFile', (world) => deadLetterFile(fresh(world))],
  ['deadLetterTopic', (world) => deadLetterTopic(world.cluster, `letters-${++world.made}`)],
]

const ofSinks = KINDS.flatMap(([name, make]): Method[] => [
  method({
    name: `${name}.write`,
    weight: name === 'deadLetterFile' ? 10 : 1,
    args: [letters],
    before: make,
    call: (_, args: readonly [never], sink) => sink.write(...args),
    async check(_, [written]: readonly [unknown[]], __: unknown, sink) {
      const read = await count(sink)
      mustBe(read === written.length, `${read} of ${written.length} letters are read again`)
    },
    after: (_, sink) => sink.close(),
  }),
  method({
    name: `${name}.remove`,
    weight: name === 'deadLetterFile' ? 10 : 1,
    args: [
      exactly(
        () => [],
        (given) => (Array.isArray(given) && given.length === 0 ? 'taken' : 'either'),
      ),
    ],
    before: make,
    call: (_, args: readonly [never], sink) => sink.remove?.(...args),
    after: (_, sink) => sink.close(),
  }),
])

export const DEAD_LETTER_METHODS: readonly Method[] = [
  ...ofSinks,
  method({ name: 'deadLetterFile', args: [path], call: (_, args: readonly [never]) => deadLetterFile(...args) }),
  method({
    name: 'deadLetterTable',
    args: [path, optional(object({ table: optional(textOf(() => 'letters')) }))],
    call: (_, args: readonly [never, never]) => deadLetterTable(...args),
  }),
  method({
    name: 'deadLetterTopic',
    args: [
      exactly(
        (): unknown => ({ producer() {}, consumer() {}, admin() {} }),
        () => 'refused',
      ),
      textOf(() => 'letters'),
      optional(object({ 'linger.ms': optional(option([0], 0, 2 ** 53 - 1)) })),
    ],
    call: (_, args: readonly [never, never, never]) => deadLetterTopic(...args),
  }),
]
