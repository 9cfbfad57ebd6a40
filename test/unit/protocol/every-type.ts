import { wire } from '../../../src/protocol/codec.js'
import {
  array,
  authorizedOperations,
  bigInt64,
  bool,
  bytes,
  errorCode,
  float64,
  int8,
  int16,
  int32,
  int64,
  nearestInt64,
  records,
  string,
  struct,
  uint16,
  uuid,
} from '../../../src/protocol/schema.js'

const plain = {
  bool: bool(),
  int8: int8(),
  int16: int16(),
  uint16: uint16(),
  int32: int32(),
  int64: int64(),
  nearestInt64: nearestInt64(),
  bigInt64: bigInt64(),
  float64: float64(),
  uuid: uuid(),
  string: string(),
  bytes: bytes(),
  records: records(),
  errorCode: errorCode(),
  authorizedOperations: authorizedOperations(),
  numbers: array(int16()),
  inner: struct({ name: string(), since1: int32({ since: 1, default: 5 }) }),
}

/**
 * An API that Kafka does not have: the language with all its words, in versions that are flexible and in those that are
 * not.
 */
export const everyType = {
  name: 'EveryType',
  key: 999,
  wire: wire({ oldest: 0, newest: 3, flexibleFrom: 2 }, () => ({
    request: { ...plain, lists: array(plain), gone: int32({ until: 1, default: 7 }) },
    response: {
      string: string({ nullableSince: 1 }),
      bytes: bytes({ since: 1, nullableSince: 1, default: null, ignorable: true }),
      records: records({ nullableSince: 0 }),
      list: array(plain, { nullableSince: 2 }),
      inner: struct(plain, { nullableSince: 0 }),
      number: int32({ since: 2, default: -1, tag: 0 }),
      tagged: struct(plain, { since: 2, nullableSince: 2, tag: 1 }),
      optional: array(string(), { since: 3, nullableSince: 3, default: null, tag: 3 }),
    },
  })),
} as const
