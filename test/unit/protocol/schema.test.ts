import { assert, describe, expect, expectTypeOf, test } from 'vitest'
import type { ErrorCode } from '../../../src/base/error-code.js'
import { KafkaError } from '../../../src/base/errors.js'
import type {
  GroupApiName,
  RequestOf,
  ResponseOf,
  UnservedRequestOf,
  UnservedResponseOf,
} from '../../../src/protocol/api.js'
import { codecOf, type RequestOnWire, type Wire, wire } from '../../../src/protocol/codec.js'
import type { groupMetadataValue } from '../../../src/protocol/records/group-metadata.js'
import type { offsetCommitValue } from '../../../src/protocol/records/offset-commit.js'
import {
  array,
  authorizedOperations,
  bigInt64,
  bool,
  bytes,
  errorCode,
  type Fields,
  float64,
  int8,
  int16,
  int32,
  int64,
  type Message,
  nearestInt64,
  records,
  string,
  struct,
  uint16,
  uuid,
} from '../../../src/protocol/schema.js'
import { type ValueOfRecord, versionedRecord } from '../../../src/protocol/versioned-record.js'
import { MalformedMessageError, WireReader } from '../../../src/protocol/wire/wire-reader.js'
import { WireWriter } from '../../../src/protocol/wire/wire-writer.js'

/** Versions 0 to 3, of which 2 and 3 are flexible. */
const of = <const F extends Fields>(request: F): Wire<Message<F>, object> =>
  wire({ oldest: 0, newest: 3, flexibleFrom: 2 }, () => ({ request, response: {} }))

function hexOf<Request>({ plansOf }: Wire<Request, object>, version: number, message: Request): string {
  const writer = new WireWriter('a message')
  plansOf(version)!.request.write(writer, message)
  return Buffer.from(writer.written).toString('hex')
}

const read = <Request>({ plansOf }: Wire<Request, object>, version: number, hex: string): Request =>
  plansOf(version)!.request.read(new WireReader(Buffer.from(hex, 'hex'), 'a message'))

describe('the type of a message', () => {
  test('is that of its newest version, where fields that are gone are optional', () => {
    const schema = of({
      name: string(),
      rack: string({ since: 1, nullableSince: 2 }),
      old: int32({ until: 1 }),
      items: array({ id: uuid(), at: int64(), wide: bigInt64(), error: errorCode() }, { nullableSince: 0 }),
      data: bytes(),
      numbers: array(int16()),
      inner: struct({ flag: bool() }, { since: 3, nullableSince: 3, default: null }),
    })
    expectTypeOf<RequestOnWire<typeof schema>['name']>().toEqualTypeOf<string>()
    expectTypeOf<RequestOnWire<typeof schema>['rack']>().toEqualTypeOf<string | null>()
    expectTypeOf<RequestOnWire<typeof schema>['old']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<RequestOnWire<typeof schema>['data']>().toEqualTypeOf<Uint8Array>()
    expectTypeOf<RequestOnWire<typeof schema>['numbers']>().toEqualTypeOf<readonly number[]>()
    expectTypeOf<RequestOnWire<typeof schema>['inner']>().toEqualTypeOf<{ readonly flag: boolean } | null>()
    type Item = NonNullable<RequestOnWire<typeof schema>['items']>[number]
    expectTypeOf<Item['wide']>().toEqualTypeOf<bigint>()
    expectTypeOf<Item['error']>().toExtend<string>()
  })
})

test('an API that nobody serves yet has the types of its newest version', () => {
  type Heartbeat = UnservedRequestOf<'ConsumerGroupHeartbeat'>
  expectTypeOf<Heartbeat['api']>().toEqualTypeOf<'ConsumerGroupHeartbeat'>()
  expectTypeOf<Heartbeat['rackId']>().toEqualTypeOf<string | null>()
  expectTypeOf<UnservedResponseOf<'ApiVersions'>['errorCode']>().toEqualTypeOf<ErrorCode>()
})

test('an API whose messages are those of its schema has the types of its newest version, and says who asks', () => {
  type JoinGroup = RequestOf<'JoinGroup'>
  expectTypeOf<JoinGroup['api']>().toEqualTypeOf<'JoinGroup'>()
  expectTypeOf<JoinGroup['protocols'][number]['metadata']>().toEqualTypeOf<Uint8Array>()
  expectTypeOf<JoinGroup['reason']>().toEqualTypeOf<string | null>()
  expectTypeOf<JoinGroup['clientId']>().toEqualTypeOf<string | undefined>()
  expectTypeOf<ResponseOf<'JoinGroup'>['errorCode']>().toEqualTypeOf<ErrorCode>()
  expectTypeOf<RequestOf<'FindCoordinator'>['key']>().toEqualTypeOf<string | undefined>()
  type OfGroups =
    | 'JoinGroup'
    | 'SyncGroup'
    | 'Heartbeat'
    | 'LeaveGroup'
    | 'ListGroups'
    | 'DescribeGroups'
    | 'DeleteGroups'
  expectTypeOf<GroupApiName>().toEqualTypeOf<OfGroups | 'OffsetCommit' | 'OffsetFetch' | 'OffsetDelete'>()
})

test('a record has the type of its newest version', () => {
  type Commit = ValueOfRecord<typeof offsetCommitValue>
  expectTypeOf<Commit['leaderEpoch']>().toEqualTypeOf<number>()
  expectTypeOf<Commit['expireTimestamp']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<
    ValueOfRecord<typeof groupMetadataValue>['members'][number]['subscription']
  >().toEqualTypeOf<Uint8Array>()
})

describe('a field', () => {
  test('stands in the versions that have it, in the order of the schema', () => {
    const schema = of({ a: int8(), b: int8({ since: 1 }), c: int8({ until: 1 }) })
    expect(hexOf(schema, 0, { a: 1, b: 0, c: 3 })).toBe('0103')
    expect(hexOf(schema, 1, { a: 1, b: 2, c: 3 })).toBe('010203')
    expect(hexOf(schema, 2, { a: 1, b: 2 })).toBe('010200')
  })

  test('has its default where a version does not have it yet, and is absent where a version has lost it', () => {
    const schema = of({ a: int8(), later: int32({ since: 1, default: -1 }), gone: int8({ until: 0 }) })
    expect(read(schema, 0, '0109')).toEqual({ a: 1, later: -1, gone: 9 })
    expect(read(schema, 1, '0100000005')).toEqual({ a: 1, later: 5 })
  })

  test('is written as its default where the message leaves it out', () => {
    const schema = of({ gone: string({ until: 1 }), number: int8({ until: 1, default: 7 }) })
    expect(hexOf(schema, 0, {})).toBe('000007')
  })

  test('is dropped by a version that does not have it if it may be ignored, and refused otherwise', () => {
    const ignorable = of({ a: int8({ since: 1, ignorable: true }) })
    expect(hexOf(ignorable, 0, { a: 5 })).toBe('')
    const needed = of({ a: int8({ since: 1, default: 5 }) })
    expect(hexOf(needed, 0, { a: 5 })).toBe('')
    expect(() => hexOf(needed, 0, { a: 6 })).toThrow(
      new KafkaError('UNSUPPORTED_VERSION', "Cannot write a message: 'a' is not in version 0, and cannot be left out"),
    )
  })

  test.each([
    ['an empty list', array(int8(), { since: 1 }), [], [1]],
    ['no bytes', bytes({ since: 1 }), new Uint8Array(0), new Uint8Array(1)],
    ['a record of defaults', struct({ a: int8(), b: string() }, { since: 1 }), { a: 0, b: '' }, { a: 0, b: 'x' }],
    ['null', string({ since: 1, nullableSince: 1, default: null }), null, ''],
  ])('is left out as a default: %s', (_, field, empty, other) => {
    const schema = of({ field })
    expect(hexOf(schema, 0, { field: empty as never })).toBe('')
    expect(() => hexOf(schema, 0, { field: other as never })).toThrow('is not in version 0')
  })

  test('may be null only since the version that says so', () => {
    const schema = of({ text: string({ nullableSince: 1 }) })
    expect(() => hexOf(schema, 0, { text: null })).toThrow("Cannot write a message: 'text' must not be null")
    expect(hexOf(schema, 1, { text: null })).toBe('ffff')
    expect(hexOf(schema, 2, { text: null })).toBe('0000')
    expect(() => read(schema, 0, 'ffff')).toThrow("Cannot read a message: 'text' must not be null")
    expect(read(schema, 3, '0000')).toEqual({ text: null })
  })
})

test('a record that may be null stands behind a byte, of which only a negative one says null', () => {
  const schema = of({ inner: struct({ a: int8() }, { nullableSince: 1 }) })
  expect(hexOf(schema, 0, { inner: { a: 5 } })).toBe('05')
  expect(hexOf(schema, 1, { inner: { a: 5 } })).toBe('0105')
  expect(hexOf(schema, 1, { inner: null })).toBe('ff')
  expect(read(schema, 1, '0005')).toEqual({ inner: { a: 5 } })
  expect(read(schema, 1, '80')).toEqual({ inner: null })
  expect(() => hexOf(schema, 0, { inner: null })).toThrow("'inner' must be an object, not null")
})

describe('a tagged field', () => {
  const schema = of({
    b: int32({ since: 2, tag: 1 }),
    a: string({ since: 2, default: 'x', tag: 0 }),
    c: struct({ d: int8() }, { since: 2, nullableSince: 2, default: null, tag: 5 }),
  })

  test('is written where it is not the default, in the order of the tags', () => {
    expect(hexOf(schema, 2, { a: 'x', b: 0, c: null })).toBe('00')
    expect(hexOf(schema, 2, { a: 'y', b: 7, c: null })).toBe('02' + '00020279' + '010400000007')
    expect(hexOf(schema, 2, { a: 'x', b: 0, c: { d: 9 } })).toBe('01' + '0503010900')
  })

  test('is its default where it is not there, and tags that nobody knows are passed over', () => {
    expect(read(schema, 2, '00')).toEqual({ a: 'x', b: 0, c: null })
    expect(read(schema, 3, `03${'0202ffff'}${'010400000007'}${'ff0100'}`)).toEqual({ a: 'x', b: 7, c: null })
  })

  test('must use up the bytes that it has', () => {
    expect(() => read(schema, 2, '01' + '01050000000700')).toThrow("'b' leaves 1 of its 5 bytes unread")
    expect(() => read(schema, 2, '01' + '010300000007')).toThrow("'b' takes 4 bytes with 3 left")
  })
})

describe('a value that its type cannot hold is refused when it is written', () => {
  test.each([
    ['an int8 that is too large', int8(), 128, 'must be a whole number from -128 to 127, not 128'],
    ['an int16 that is not whole', int16(), 0.5, 'must be a whole number from -32768 to 32767, not 0.5'],
    ['a uint16 below 0', uint16(), -1, 'must be a whole number from 0 to 65535, not -1'],
    [
      'an int32 that is too large',
      int32(),
      2 ** 31,
      'must be a whole number from -2147483648 to 2147483647, not 2147483648',
    ],
    ['an int64 that is not exact', int64(), 2 ** 53, 'must be a whole number from'],
    ['a bigint that is too large', bigInt64(), 2n ** 63n, 'must be a bigint of 64 bits, not 9223372036854775808n'],
    ['a number for a bigint', bigInt64(), 5, 'must be a bigint of 64 bits, not 5'],
    ['a text for a float64', float64(), '1', 'must be a number, not "1"'],
    ['a number for a bool', bool(), 1, 'must be true or false, not 1'],
    ['a uuid that is too short', uuid(), 'short', 'must be 16 bytes in base64url'],
    ['a number for a text', string(), 5, 'must be a text, not 5'],
    ['a text that is too long', string(), 'x'.repeat(0x8000), 'is a text of 32768 bytes: 32767 are the most'],
    ['a text for bytes', bytes(), 'text', 'must be bytes, not "text"'],
    ['a list for batches', records(), [1], 'must be bytes, not'],
    ['an error that nobody knows', errorCode(), 'NO_SUCH_ERROR', 'must be the name of an error, not "NO_SUCH_ERROR"'],
    ['an error named like a method', errorCode(), 'toString', 'must be the name of an error'],
    ['a list for an error', errorCode(), ['NONE'], 'must be the name of an error'],
    ['null for authorized operations', authorizedOperations(), null, 'must be a whole number'],
    ['a map for a list', array(int8()), { length: 1 }, 'must be a list, not'],
    ['null for a record', struct({ a: int8() }), null, 'must be an object, not null'],
    ['a list for a record', struct({ a: int8() }), [], 'must be an object, not []'],
  ])('%s', (_, field, value, says) => {
    const schema = of({ field })
    for (const version of [0, 2]) {
      expect(() => hexOf(schema, version, { field: value as never })).toThrow(`Cannot write a message: 'field' ${says}`)
      expect(() => hexOf(schema, version, { field: value as never })).toThrow(KafkaError)
    }
  })
})

test.each([
  ['a number for a record', struct({ a: int8() }, { since: 2, tag: 0 }), 5],
  ['a list for a record', struct({ a: int8() }, { since: 2, tag: 0 }), []],
  ['a text for a list', array(int8(), { since: 2, tag: 0 }), ''],
  ['a map for a list', array(int8(), { since: 2, tag: 0 }), { length: 0 }],
  ['a text for bytes', bytes({ since: 2, tag: 0 }), ''],
  ['a list for bytes', bytes({ since: 2, tag: 0 }), []],
])('a value of another type is not taken for the default, where that may be left out: %s', (_, field, value) => {
  const schema = of({ field })
  expect(() => hexOf(schema, 2, { field: value as never })).toThrow("'field' must be")
  expect(() => hexOf(schema, 0, { field: value as never })).toThrow("'field' is not in version 0")
})

describe('a refusal blames what is wrong, and not what was read or written last', () => {
  const codec = codecOf({ name: 'Made', key: 1, wire: of({ list: array({ inner: string() }) }) }, 2)
  assert(codec !== 'UNSUPPORTED_VERSION')
  const request = (message: unknown): Uint8Array =>
    codec.encodeRequest({ correlationId: 1, clientId: 'a client', message: message as never })

  test('the message itself', () => {
    expect(() => request(5)).toThrow("Cannot write a Made request of version 2: 'message' must be an object, not 5")
    const response = { correlationId: 1, message: null as never }
    expect(() => codec.encodeResponse(response)).toThrow("'message' must be an object, not null")
    const record = versionedRecord('Record', { oldest: 0, newest: 0, flexibleFrom: 0 }, { a: int8() })
    expect(() => record.encode(0, 5 as never)).toThrow("Cannot write a Record of version 0: 'value' must be an object")
  })

  test('a list, for an item behind a whole one', () => {
    expect(() => request({ list: [{ inner: 'whole' }, null] })).toThrow("'list' must be an object, not null")
  })

  test('a tagged field, for the bytes behind the record in it', () => {
    const schema = of({ outer: struct({ inner: int8() }, { since: 2, tag: 0 }) })
    expect(() => read(schema, 2, '01' + '0003' + '050000')).toThrow("'outer' leaves 1 of its 3 bytes unread")
  })
})

describe('a length that the bytes do not bear out is refused, however large it is', () => {
  test.each([
    ['a text', string(), '7fff61', 'takes 32,767 bytes with 1 left', 'ffffffff0f61', 'is a text of 4294967294 bytes'],
    [
      'bytes',
      bytes(),
      '7fffffff61',
      'takes 2,147,483,647 bytes with 1 left',
      'ffffffff0f61',
      'takes 4,294,967,294 bytes with 1 left',
    ],
    [
      'a list',
      array(int32()),
      '7fffffff6161616161',
      'promises 2,147,483,647 items with 5 bytes left',
      '036161616161',
      'promises 2 items with 5 bytes left',
    ],
    [
      'a list of records',
      array({ a: uuid(), b: string() }),
      '0000000161',
      'promises 1 item with 1 byte left',
      '0261',
      'promises 1 item with',
    ],
  ])('%s', (_, field, plain, saysPlain, flexible, saysFlexible) => {
    const schema = of({ field })
    expect(() => read(schema, 0, plain)).toThrow(saysPlain)
    expect(() => read(schema, 0, plain)).toThrow(MalformedMessageError)
    expect(() => read(schema, 2, flexible)).toThrow(saysFlexible)
    expect(() => read(schema, 2, flexible)).toThrow(MalformedMessageError)
  })

  test('a varint ends after five bytes', () => {
    expect(() => read(of({ text: string() }), 2, 'ffffffffffff')).toThrow('has a length of more than five bytes')
  })

  test('an int64 beyond 2^53 - 1 is refused where it is a number', () => {
    expect(() => read(of({ offset: int64() }), 0, '7fffffffffffffff')).toThrow(
      "'offset' is 9223372036854775807, beyond 2^53 - 1",
    )
    expect(read(of({ offset: bigInt64() }), 0, '7fffffffffffffff')).toEqual({ offset: 2n ** 63n - 1n })
  })

  test('an int64 beyond 2^53 - 1 is the nearest number where it is only looked for', () => {
    const offsets = ['7fffffffffffffff', '0020000000000000', '8000000000000000', '001fffffffffffff', 'ffffffffffffffff']
    const { MAX_SAFE_INTEGER: most, MIN_SAFE_INTEGER: least } = Number
    expect(offsets.map((hex) => read(of({ offset: nearestInt64() }), 0, hex))).toEqual(
      [most, most, least, most, -1].map((offset) => ({ offset })),
    )
  })

  test('a number of tags is held against the bytes that are left', () => {
    expect(() => read(of({}), 2, 'ffff0300')).toThrow('promises 65,535 items with 1 byte left')
  })
})

test('bytes are copied out of the message, and records stay in it', () => {
  const message = Buffer.from('000000010500000001063333', 'hex').subarray(0, 10)
  const schema = of({ copied: bytes(), left: records() })
  const { copied, left } = schema.plansOf(0)!.request.read(new WireReader(message, 'a message'))
  message.fill(9)
  expect({ copied: [...copied], left: [...(left as Uint8Array)] }).toEqual({ copied: [5], left: [9] })
  expect(copied.buffer.byteLength).toBe(1)
})

test.each([
  ['another API', { name: 'Other', key: 2, wire: of({}) }, 1],
  ['another version', { name: 'Made', key: 1, wire: of({}) }, 2],
])('a codec refuses the request of %s', (_, api, version) => {
  const codecs = [codecOf({ name: 'Made', key: 1, wire: of({}) }, 1), codecOf(api, version)] as const
  const [codec, other] = codecs.map((one) => (one === 'UNSUPPORTED_VERSION' ? assert.fail() : one))
  const bytes = other!.encodeRequest({ correlationId: 1, clientId: null, message: {} })
  const says = `'header' is of API ${api.key} in version ${version}`
  expect(() => codec!.decodeRequest(bytes)).toThrow(`Cannot read a Made request of version 1: ${says}`)
})

test('a codec is made once for each version', () => {
  const schema = of({ a: int8() })
  expect(schema.plansOf(1)).toBe(schema.plansOf(1))
  expect(schema.plansOf(1)).not.toBe(schema.plansOf(2))
})

test.each([-1, 4, 0.5, Number.NaN])('version %d of an API that has 0 to 3 is not supported', (version) => {
  expect(codecOf({ name: 'Made', key: 1, wire: of({}) }, version)).toBe('UNSUPPORTED_VERSION')
})

describe('a record of a version that nobody knows', () => {
  const fields = { a: int8(), b: int8({ since: 1, default: 3 }) }
  const versions = { oldest: 0, newest: 1, flexibleFrom: Number.POSITIVE_INFINITY }

  test('is a value that says so, and is not written', () => {
    const record = versionedRecord('Record', versions, fields)
    expect(record.decode(Buffer.from('00020102', 'hex'))).toBe('UNSUPPORTED_VERSION')
    expect(record.decode(Buffer.from('ffff0102', 'hex'))).toBe('UNSUPPORTED_VERSION')
    expect(() => record.encode(2, { a: 1, b: 2 })).toThrow("Cannot write a Record of version 2: 'version' is unknown")
  })

  test('is read as the newest one where newer versions only append', () => {
    const record = versionedRecord('Record', { ...versions, readsNewer: true }, fields)
    expect(record.decode(Buffer.from('0007010203', 'hex'))).toEqual({ version: 7, value: { a: 1, b: 2 } })
    expect(record.decode(Buffer.from('ffff01', 'hex'))).toBe('UNSUPPORTED_VERSION')
  })
})
