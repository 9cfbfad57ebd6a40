import { expect, expectTypeOf, test } from 'vitest'
import { CONSUMER_OPTIONS } from '../../../../src/base/config/consumer-options.js'
import { type OptionDefinitions, parseOptions, parseText } from '../../../../src/base/config/definition.js'
import { KAFKAJS_NAMES } from '../../../../src/base/config/kafkajs-names.js'
import { meantName } from '../../../../src/base/config/meant-name.js'
import { PRODUCER_OPTIONS } from '../../../../src/base/config/producer-options.js'
import { ConfigError } from '../../../../src/base/errors.js'

const DEFINITIONS = {
  acks: { type: 'acks', default: -1, doc: 'x' },
  'batch.size': { type: 'int', default: 16_384, min: 0, doc: 'x' },
  'memory.bytes': { type: 'long', default: 5_000_000_000, doc: 'x' },
  ratio: { type: 'double', default: 0.5, min: 0, max: 1, doc: 'x' },
  enabled: { type: 'boolean', default: false, doc: 'x' },
  'group.id': { type: 'string', default: null, doc: 'x' },
  'client.id': { type: 'string', default: '', doc: 'x' },
  mode: { type: 'enum', values: ['fast', 'safe'], default: 'safe', doc: 'x' },
  class: { type: 'enum', values: ['fast', 'slow'], default: null, doc: 'x' },
  names: { type: 'list', default: [], doc: 'x' },
  colours: { type: 'list', values: ['red', 'blue'], default: ['red'], doc: 'x' },
} as const satisfies OptionDefinitions

/** As JavaScript sees it: anything may come in. */
const parse = (given: Record<string, unknown>) => parseOptions(DEFINITIONS, given as object, { what: 'test' })

test('an option that is not given takes its default', () => {
  expect(parse({ 'batch.size': 1, ratio: undefined })).toEqual({
    acks: -1,
    'batch.size': 1,
    'memory.bytes': 5_000_000_000,
    ratio: 0.5,
    enabled: false,
    'group.id': null,
    'client.id': '',
    mode: 'safe',
    class: null,
    names: [],
    colours: ['red'],
  })
})

test('every option has the type that its definition says', () => {
  const options = parseOptions(DEFINITIONS, { mode: 'fast', acks: 'all' }, { what: 'test' })
  expectTypeOf(options.acks).toEqualTypeOf<0 | 1 | -1>()
  expectTypeOf(options['batch.size']).toEqualTypeOf<number>()
  expectTypeOf(options.enabled).toEqualTypeOf<boolean>()
  expectTypeOf(options['group.id']).toEqualTypeOf<string | null>()
  expectTypeOf(options['client.id']).toEqualTypeOf<string>()
  expectTypeOf(options.mode).toEqualTypeOf<'fast' | 'safe'>()
  expectTypeOf(options.class).toEqualTypeOf<'fast' | 'slow' | null>()
  expectTypeOf(options.colours).toEqualTypeOf<readonly string[]>()
})

test('parsed options cannot be changed', () => {
  const options = parse({ names: ['a'] })
  expect(Object.isFrozen(options) && Object.isFrozen(options.names)).toBe(true)
})

test.each([0, '0'])('acks %j is 0', (acks) => expect(parse({ acks }).acks).toBe(0))
test.each([1, '1'])('acks %j is 1', (acks) => expect(parse({ acks }).acks).toBe(1))
test.each([-1, '-1', 'all'])('acks %j is -1', (acks) => expect(parse({ acks }).acks).toBe(-1))

test.each([
  ['acks', 2, 'Cannot set acks to 2: it must be 0, 1 or all'],
  ['batch.size', -1, 'Cannot set batch.size to -1: it must be an integer from 0 to 2147483647'],
  ['batch.size', 1.5, 'Cannot set batch.size to 1.5: it must be an integer'],
  ['batch.size', '1.5', 'Cannot set batch.size to "1.5": it must be an integer'],
  ['batch.size', '1e3', 'Cannot set batch.size to "1e3": it must be an integer'],
  ['batch.size', '0x10', 'Cannot set batch.size to "0x10": it must be an integer'],
  ['batch.size', '-1', 'Cannot set batch.size to -1: it must be an integer from 0 to 2147483647'],
  ['batch.size', '2147483648', 'Cannot set batch.size to 2147483648'],
  ['batch.size', ' ', 'Cannot set batch.size to " ": it must be an integer'],
  ['batch.size', true, 'Cannot set batch.size to true'],
  ['memory.bytes', '9007199254740993', 'Cannot set memory.bytes to "9007199254740993"'],
  ['memory.bytes', '9223372036854775808', 'Cannot set memory.bytes to "9223372036854775808"'],
  ['ratio', '', 'Cannot set ratio to "": it must be a number'],
  ['ratio', 'NaN', 'Cannot set ratio to "NaN"'],
  ['ratio', '1,5', 'Cannot set ratio to "1,5"'],
  ['batch.size', 2 ** 31, 'Cannot set batch.size to 2147483648'],
  ['batch.size', null, 'Cannot set batch.size to null'],
  ['memory.bytes', 2 ** 53, 'an integer from -9007199254740991 to 9007199254740991'],
  ['ratio', 1.1, 'Cannot set ratio to 1.1: it must be a number from 0 to 1'],
  ['ratio', Number.NaN, 'Cannot set ratio to NaN'],
  ['enabled', 'yes', 'Cannot set enabled to "yes": it must be true or false'],
  ['enabled', '1', 'Cannot set enabled to "1": it must be true or false'],
  ['enabled', 1, 'Cannot set enabled to 1: it must be true or false'],
  ['acks', '2', 'Cannot set acks to "2": it must be 0, 1 or all'],
  ['group.id', 7, 'Cannot set group.id to 7: it must be a string or null'],
  ['client.id', null, 'Cannot set client.id to null: it must be a string'],
  ['mode', 'slow', 'Cannot set mode to "slow": it must be fast or safe'],
  ['mode', null, 'Cannot set mode to null: it must be fast or safe'],
  ['class', 'other', 'Cannot set class to "other": it must be fast, slow or null'],
  ['names', 5, 'Cannot set names to 5: it must be a list of strings'],
  ['colours', 'red,green', 'Cannot set colours to ["red","green"]: it must be a list of red, blue'],
  ['colours', ['green'], 'Cannot set colours to ["green"]: it must be a list of red, blue'],
])('%s = %j is refused, saying what would be right', (name, value, sentence) => {
  expect(() => parse({ [name]: value })).toThrow(ConfigError)
  expect(() => parse({ [name]: value })).toThrow(sentence)
})

// ConfigDef.parseType: what stands in a properties file, and in process.env.
test.each([
  ['acks', ' all ', -1],
  ['batch.size', '1024', 1_024],
  ['batch.size', ' +5\n', 5],
  ['batch.size', '007', 7],
  ['memory.bytes', '9223372036854775807', Number.MAX_SAFE_INTEGER],
  ['memory.bytes', '-1', -1],
  ['ratio', '0.25', 0.25],
  ['ratio', ' .5 ', 0.5],
  ['ratio', '25e-2', 0.25],
  ['enabled', 'true', true],
  ['enabled', ' FALSE', false],
  ['client.id', ' 007 ', '007'],
  ['mode', 'fast ', 'fast'],
  ['names', 'a , b,c', ['a', 'b', 'c']],
  ['names', ' ', []],
  ['colours', 'blue', ['blue']],
  ['colours', 'blue, red,blue', ['blue', 'red']],
])('%s = %j, a text, means %j', (name, text, value) => {
  expect(parse({ [name]: text })).toMatchObject({ [name]: value })
})

test('the types know no texts but those of acks and of lists of known values', () => {
  // @ts-expect-error a text
  parseOptions(DEFINITIONS, { 'batch.size': '5' }, { what: 'test' })
  // @ts-expect-error a text
  parseOptions(DEFINITIONS, { enabled: 'true' }, { what: 'test' })
  // @ts-expect-error a text
  parseOptions(DEFINITIONS, { names: 'a' }, { what: 'test' })
  parseOptions(DEFINITIONS, { acks: '1' }, { what: 'test' })
  parseOptions(DEFINITIONS, { colours: 'blue,red' }, { what: 'test' })
  expect(() => {
    // @ts-expect-error none of the values
    parseOptions(DEFINITIONS, { colours: 'grey' }, { what: 'test' })
  }).toThrow('a list of')
})

test.each([2 ** 63, 2n ** 63n - 1n, Number.POSITIVE_INFINITY])(
  'for ever, written as %s, is the largest integer that there is',
  (given) => {
    expect(parse({ 'memory.bytes': given })).toMatchObject({ 'memory.bytes': Number.MAX_SAFE_INTEGER })
    expect(() => parse({ 'batch.size': given })).toThrow('an integer from 0 to 2147483647')
  },
)

test.each([
  ['batchSize', 'batch.size'],
  ['bacth.size', 'batch.size'],
  ['clientid', 'client.id'],
  ['color', 'colours'],
])('the unknown option %s is refused, naming %s', (unknown, nearest) => {
  const error = new ConfigError(unknown, `There is no test option ${unknown}: the nearest one is ${nearest}`)
  expect(() => parse({ [unknown]: 1 })).toThrow(error)
})

test('a name of KafkaJS is answered with a name of Kafka that is an option here', () => {
  const known = [CONSUMER_OPTIONS, PRODUCER_OPTIONS].flatMap((definitions) => Object.keys(definitions))
  for (const [given, name] of Object.entries(KAFKAJS_NAMES)) {
    expect(known).toContain(name)
    expect(meantName(given, known)).toBe(`: it is called ${name}`)
  }
})

test.each(['toString', 'unknown', '-'])(
  'the unknown option %s is refused, and none that is not like it is named',
  (name) => {
    expect(() => parse({ [name]: 1 })).toThrow(new ConfigError(name, `There is no test option ${name}`))
  },
)

test.each([
  ['batch.size', '1024', 1_024],
  ['class', 'null', null],
  ['class', 'fast', 'fast'],
  ['group.id', 'null', null],
  ['client.id', 'null', 'null'],
] as const)('the text of %s, %j, is read as %j on a command line', (name, text, value) => {
  expect(parseText(DEFINITIONS[name], name, text)).toEqual(value)
})

test.each([
  ['batch.size', '', 'Cannot set batch.size to "": it must be an integer'],
  ['batch.size', '16k', 'Cannot set batch.size to "16k"'],
  ['mode', 'null', 'Cannot set mode to "null": it must be fast or safe'],
] as const)('a text that is no value of %s, %j, is refused on a command line', (name, text, sentence) => {
  expect(() => parseText(DEFINITIONS[name], name, text)).toThrow(sentence)
})
