import vm from 'node:vm'
import { describe, expect, test } from 'vitest'
import { type Shape, signature } from '../../../../src/base/arguments/shape.js'
import {
  callback,
  either,
  flag,
  listOf,
  milliseconds,
  nullable,
  number,
  objectOfMethods,
  objectWith,
  oneOf,
  optional,
  secret,
  text,
  wholeNumber,
} from '../../../../src/base/arguments/shapes.js'
import { ConfigError } from '../../../../src/base/errors.js'

const read = <Value>(shape: Shape<Value>, given: unknown): Value => signature('call', ['it', shape])(given)[0]

function refusal(run: () => unknown): ConfigError {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const topic = objectWith({ topic: text, numPartitions: optional(wholeNumber(1, 10_000)) })
const CREATE = signature('createTopics', [
  '',
  objectWith({ topics: listOf('topics', topic, 3), isDry: optional(flag) }),
])

describe('a refusal', () => {
  test.each<[unknown, string, string]>([
    [undefined, 'createTopics', 'Cannot call createTopics with undefined: it must be an object with topics, isDry'],
    ['topics', 'createTopics', 'Cannot call createTopics with "topics": it must be an object with topics, isDry'],
    [{}, 'topics', 'Cannot call createTopics without topics: it must be a list of at most 3 topics'],
    [{ topics: 'ab' }, 'topics', 'Cannot call createTopics with topics "ab": it must be a list of at most 3 topics'],
    [{ topics: [], dry: true }, 'dry', 'Cannot call createTopics with dry: there is no such field, only topics, isDry'],
    [{ topics: [{ topic: 'a' }, {}] }, 'topics[1].topic', 'without topics[1].topic: it must be a string'],
    [
      { topics: [{ topic: 'a', numPartitions: 3.5 }] },
      'topics[0].numPartitions',
      'with topics[0].numPartitions 3.5: it must be a whole number from 1 to 10000',
    ],
    [{ topics: [{ topic: 'a', 'a.b': 1 }] }, "topics[0]['a.b']", "with topics[0]['a.b']: there is no such field"],
    [{ topics: [1, 2, 3, 4] }, 'topics', 'it must be a list of at most 3 topics'],
  ])('of %j names the argument, what was given and what would be right', (given, option, says) => {
    const error = refusal(() => CREATE(given))
    expect(error).toMatchObject({ name: 'ConfigError', code: 'INVALID_CONFIG', option })
    expect(error.message).toContain(says)
  })

  test('of something that throws while it is read has what was thrown as its cause', () => {
    const cause = new Error('not now')
    const boom = (): never => {
      throw cause
    }
    const hostile: [unknown, string][] = [
      [Object.defineProperty({}, 'topics', { enumerable: true, get: boom }), 'topics'],
      [{ topics: { [Symbol.iterator]: boom } }, 'topics'],
      [new Proxy({}, { ownKeys: boom }), 'createTopics'],
    ]
    for (const [given, option] of hostile) {
      const error = refusal(() => CREATE(given))
      expect(error).toMatchObject({ option, cause })
      expect(error.message).toContain('cannot be read: not now')
    }
  })

  test('of what cannot even be shown is a refusal', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const circular: { self?: unknown } = {}
    circular.self = circular
    const untaggable = {
      get [Symbol.toStringTag](): string {
        throw new Error('no tag')
      },
    }
    for (const given of [proxy, circular, untaggable, Symbol('s'), 10n ** 40n, Object.create(null), () => {}]) {
      expect(refusal(() => CREATE(given)).message).toMatch(/^Cannot call createTopics /)
    }
  })
})

describe('what has one meaning is taken', () => {
  test.each([5, 5n, '5'])('%o is the whole number 5', (given) => expect(read(wholeNumber(0), given)).toBe(5))

  test.each([5.5, '5.5', ' 5', '', '0x5', '5e1', 2n ** 60n, 2 ** 53, Number.NaN, true, [5], null])(
    '%o is no whole number',
    (given) => {
      expect(refusal(() => read(wholeNumber(0), given)).message).toContain('it must be a whole number from 0')
    },
  )

  test.each([0, 1.5, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER, 2n ** 63n - 1n, '10'])(
    '%o is a time in milliseconds',
    (given) => expect(read(milliseconds, given)).toBe(Number(given)),
  )

  test('any iterable but a text is a list', () => {
    const list = listOf('texts', text, 10)
    const three = function* (): Generator<string> {
      yield* ['a', 'b', 'c']
    }
    for (const given of [['a', 'b', 'c'], new Set(['a', 'b', 'c']), three(), vm.runInNewContext('["a", "b", "c"]')]) {
      expect(read(list, given)).toEqual(['a', 'b', 'c'])
    }
    for (const given of ['abc', { 0: 'a', length: 1 }, null, 3, Promise.resolve([])]) {
      expect(refusal(() => read(list, given)).message).toContain('it must be a list of at most 10 texts')
    }
  })

  test('an object of any class and realm has fields, and a Map, a Date or a promise has none', () => {
    const fields = objectWith({ oneWay: optional(flag) })
    class Options {
      get oneWay(): boolean {
        return true
      }
    }
    for (const given of [
      new Options(),
      vm.runInNewContext('({ oneWay: true })'),
      Object.assign(Object.create(null), { oneWay: true }),
    ]) {
      expect(read(fields, given)).toEqual({ oneWay: true })
    }
    expect(read(fields, Object.create({ oneWay: true }))).toEqual({ oneWay: true })
    for (const given of [
      new Map([['oneWay', true]]),
      new Date(),
      Promise.resolve(),
      [],
      'x',
      () => {},
      new String('x'),
    ]) {
      expect(refusal(() => read(fields, given)).message).toContain('it must be an object with oneWay')
    }
  })

  test('undefined is absence, and null is not', () => {
    expect(read(objectWith({ a: optional(text) }), { a: undefined })).toEqual({})
    expect(refusal(() => read(objectWith({ a: optional(text) }), { a: null })).option).toBe('it.a')
    expect(read(nullable(text), null)).toBeNull()
  })
})

test('a secret is not shown where it is wrong, however deep it lies', () => {
  const login = signature('login', ['', objectWith({ password: secret(text), more: optional(secret(flag)) })])
  for (const given of [{ password: 4711 }, { password: '', more: { password: 4711 } }])
    expect(refusal(() => login(given)).message).not.toContain('4711')
  expect(refusal(() => login({ password: 4711 })).message).toBe(
    'Cannot call login with this password: it must be a string',
  )
  expect(refusal(() => login({})).message).toBe('Cannot call login without password: it must be a string')
  expect(login({ password: 'open sesame' })[0]).toEqual({ password: 'open sesame' })
})

test('each field of an object is read once', () => {
  let reads = 0
  const given = {
    get a(): unknown {
      reads += 1
      return reads === 1 ? 'text' : 7
    },
  }
  expect(read(objectWith({ a: text }), given)).toEqual({ a: 'text' })
  expect(reads).toBe(1)
})

test('one of two shapes says both where neither is right', () => {
  const place = either(oneOf('earliest', 'latest'), number(0, 1))
  expect(read(place, 'latest')).toBe('latest')
  expect(read(place, 0.5)).toBe(0.5)
  expect(refusal(() => read(place, 2)).message).toContain("it must be 'earliest', 'latest' or a number from 0 to 1")
})

test('an object of methods stays what it is', () => {
  const sink = { write: () => 1, extra: 2 }
  const shape = objectOfMethods<{ write(): void; close(): void }>({ write: 'needed', close: 'optional' })
  expect(read(shape, sink)).toBe(sink)
  expect(refusal(() => read(shape, {})).message).toContain('without it.write: it must be a function')
  expect(refusal(() => read(shape, { ...sink, close: 1 })).option).toBe('it.close')
  expect(refusal(() => read(callback(), 'write')).message).toContain('it must be a function')
})
