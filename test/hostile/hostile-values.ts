/**
 * Values that no caller with a compiler would give, and that callers without one do: wrong types, other realms, things
 * that throw when they are looked at, huge, negative, circular. Each is made anew, so that a call may do with it what
 * it likes.
 */
import vm from 'node:vm'
import type { Random } from '../../src/base/random.js'

const boom = (): never => {
  throw new Error('boom')
}

function circular(): object {
  const one: Record<string, unknown> = { name: 'circular' }
  one.self = one
  return one
}

function revoked(of: object): object {
  const { proxy, revoke } = Proxy.revocable(of, {})
  revoke()
  return proxy
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(8)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}

const allTraps = (): ProxyHandler<object> =>
  Object.fromEntries(
    ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf', 'set', 'apply', 'construct'].map((trap) => [
      trap,
      boom,
    ]),
  )

type Maker = () => unknown

export const HOSTILE_VALUES: readonly (readonly [name: string, make: Maker])[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['false', () => false],
  ['zero', () => 0],
  ['minus zero', () => -0],
  ['one', () => 1],
  ['minus one', () => -1],
  ['a fraction', () => 0.5],
  ['NaN', () => Number.NaN],
  ['Infinity', () => Number.POSITIVE_INFINITY],
  ['minus Infinity', () => Number.NEGATIVE_INFINITY],
  ['2 ** 31', () => 2 ** 31],
  ['2 ** 53', () => 2 ** 53],
  ['-(2 ** 53)', () => -(2 ** 53)],
  ['Number.MAX_VALUE', () => Number.MAX_VALUE],
  ['a BigInt', () => 3n],
  ['a negative BigInt', () => -3n],
  ['Long.MAX_VALUE', () => 2n ** 63n - 1n],
  ['a BigInt beyond all', () => 10n ** 400n],
  ['an empty text', () => ''],
  ['a text', () => 'nonsense'],
  ['a digit', () => '3'],
  ['a number with a space', () => ' 3'],
  ['a hexadecimal text', () => '0x3'],
  ['a text of NUL', () => '\0'],
  ['half a surrogate', () => '\ud800'],
  ['a text of 300 letters', () => 'x'.repeat(300)],
  ['a text of 1 MiB', () => 'x'.repeat(2 ** 20)],
  ['__proto__', () => '__proto__'],
  ['constructor', () => 'constructor'],
  ['a symbol', () => Symbol('hostile')],
  ['a function', () => () => 7],
  ['a function that throws', () => boom],
  ['an async function', () => async () => 7],
  ['a class', () => class Hostile {}],
  ['an object', () => ({})],
  ['an object without a prototype', () => Object.create(null)],
  ['an object with fields', () => ({ a: 1, b: { c: 2 } })],
  ['a circular object', circular],
  ['a frozen object', () => Object.freeze({ a: 1 })],
  ['an object whose getter throws', () => Object.defineProperty({}, 'topic', { enumerable: true, get: boom })],
  ['an object that cannot be a text', () => ({ toString: boom, valueOf: boom, [Symbol.toPrimitive]: boom })],
  ['an object whose tag throws', () => Object.defineProperty({}, Symbol.toStringTag, { get: boom })],
  ['a number in an object', () => Object(3)],
  ['a text in an object', () => Object('text')],
  ['an empty array', () => []],
  ['an array of numbers', () => [1, 2, 3]],
  ['an array with holes', () => new Array(3)],
  ['an array of itself', () => [circular()]],
  ['an array of 20,000', () => Array.from({ length: 20_000 }, (_, index) => index)],
  ['an array of another realm', () => vm.runInNewContext('[1, { topic: "x" }]')],
  ['an object of another realm', () => vm.runInNewContext('({ topic: "x", partition: 0 })')],
  ['an array-like object', () => ({ 0: 'x', length: 1 })],
  ['an arguments object', (...args: unknown[]) => (() => args)()],
  ['a Map', () => new Map([['topic', 'x']])],
  ['a Set', () => new Set(['x'])],
  ['a WeakMap', () => new WeakMap()],
  ['a Date', () => new Date()],
  ['no Date', () => new Date(Number.NaN)],
  ['a RegExp', () => /orders.*/],
  ['an Error', () => new Error('given')],
  ['a promise', () => Promise.resolve(3)],
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is
  ['a thenable', () => ({ then: (resolve: (value: number) => void) => resolve(3) })],
  [
    'a generator',
    () =>
      (function* () {
        yield 'x'
      })(),
  ],
  [
    'a generator that throws',
    () =>
      (function* () {
        yield 'x'
        boom()
      })(),
  ],
  [
    'an async generator',
    () =>
      (async function* () {
        yield 'x'
      })(),
  ],
  ['an iterable whose iterator is none', () => ({ [Symbol.iterator]: () => 3 })],
  ['an iterable that throws', () => ({ [Symbol.iterator]: boom })],
  ['a proxy of an object', () => new Proxy({}, {})],
  ['a proxy of an array', () => new Proxy([], {})],
  ['a proxy that throws', () => new Proxy({}, allTraps())],
  ['a proxy that was revoked', () => revoked({})],
  ['a proxy of an array that was revoked', () => revoked([])],
  ['a proxy of bytes', () => new Proxy(new Uint8Array(4), {})],
  ['a Buffer', () => Buffer.from('x')],
  ['a Uint8Array of another realm', () => vm.runInNewContext('new Uint8Array([1, 2, 3])')],
  ['an ArrayBuffer', () => new ArrayBuffer(8)],
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(8)],
  ['bytes in shared memory', () => new Uint8Array(new SharedArrayBuffer(8))],
  ['bytes whose memory is gone', detached],
  ['what only inherits from bytes', () => Object.create(Uint8Array.prototype)],
  ['a DataView', () => new DataView(new ArrayBuffer(8))],
  ['floats', () => new Float64Array(2)],
  ['a URL', () => new URL('data:text/javascript,export default 3')],
  ['globalThis', () => globalThis],
]

export function hostileValue(random: Random): { readonly name: string; readonly value: unknown } {
  const [name, make] = random.pick(HOSTILE_VALUES)
  return { name, value: make() }
}
