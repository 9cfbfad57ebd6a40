import { serialize } from 'node:v8'
import { describe, expect, test } from 'vitest'
import { Credentials, credentialsData } from '../../../../src/gateway/sasl/credentials.js'

const KEY = new Uint8Array(32).fill(7)
const data = credentialsData(
  KEY,
  new Map([
    ['alice', 'open sesame'],
    ['zoë', 'pässwörd'],
  ]),
)
const credentials = new Credentials(data)
const check = (token: string) => credentials.check(Buffer.from(token))

test('what a thread is started with holds no password', () => {
  const bytes = Buffer.from(serialize(data))
  expect(bytes.includes('alice')).toBe(true)
  expect(bytes.includes('sesame')).toBe(false)
})

describe('a token is right', () => {
  test.each([
    ['\0alice\0open sesame', 'alice'],
    ['alice\0alice\0open sesame', 'alice'],
    ['\0zoë\0pässwörd', 'zoë'],
    // What stands behind a third NUL is not looked at (`PlainSaslServer.split`).
    ['\0alice\0open sesame\0more', 'alice'],
  ])('%j', (token, user) => expect(check(token)).toEqual({ user }))
})

describe('a token is wrong', () => {
  test.each([
    ['\0alice\0open sesam', 'wrong'],
    ['\0alice\0open sesame ', 'wrong'],
    ['\0alice\0pässwörd', 'wrong'],
    ['\0Alice\0open sesame', 'wrong'],
    ['\0__proto__\0open sesame', 'wrong'],
    ['zoë\0alice\0open sesame', 'for another'],
    ['\0\0open sesame', 'malformed'],
    ['\0alice\0', 'malformed'],
    ['\0alice', 'malformed'],
    ['alice', 'malformed'],
    ['', 'malformed'],
  ])('%j: %s', (token, fault) => expect(check(token)).toMatchObject({ fault }))

  test('though its password is only almost text', () => {
    expect(credentials.check(Buffer.from([0, ...Buffer.from('alice'), 0, 0xff, 0xfe]))).toMatchObject({
      fault: 'wrong',
    })
  })
})

test('an unknown user is answered as a wrong password is', () => {
  expect(check('\0nobody\0open sesame')).toEqual(check('\0alice\0wrong'))
})
