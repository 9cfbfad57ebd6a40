import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/base/random.js'
import { randomUuid } from '../../../src/base/random-uuid.js'

test('UUIDs are of version 4 and the variant of RFC 9562, and all different', () => {
  const random = seededRandom(1)
  const uuids = Array.from({ length: 1_000 }, () => randomUuid(random))
  for (const uuid of uuids)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(uuids).size).toBe(uuids.length)
})

test('one seed gives the same UUIDs again', () => {
  expect(randomUuid(seededRandom('a'))).toBe(randomUuid(seededRandom('a')))
  expect(randomUuid(seededRandom('a'))).not.toBe(randomUuid(seededRandom('b')))
})
