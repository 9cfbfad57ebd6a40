import fc from 'fast-check'
import { expect, test } from 'vitest'
import { topicIdOf, topicUuidOf } from '../../../src/protocol/topic-uuid.js'

test("a topic's id survives as a UUID, and no two topics share one", () => {
  const ids = fc.uniqueArray(fc.nat({ max: 2 ** 31 - 1 }), { minLength: 2 })
  fc.assert(
    fc.property(ids, (all) => {
      const uuids = all.map(topicUuidOf)
      expect(uuids.map(topicIdOf)).toEqual(all)
      expect(new Set(uuids).size).toBe(all.length)
      for (const uuid of uuids) expect(uuid).toMatch(/^[A-Za-z0-9_-]{22}$/)
    }),
  )
})

test.each([-1n, 2n ** 31n, 2n ** 32n + 1n, 2n ** 63n - 1n])('no topic of ours has the number %s', (number) => {
  const bytes = Buffer.from(topicUuidOf(1), 'base64url')
  bytes.writeBigInt64BE(number, 8)
  expect(topicIdOf(bytes.toString('base64url'))).toBeNull()
})

// Uuid.RESERVED: the first two numbers are nothing, and the metadata's own log.
test.each(['AAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAQ', '', 'b2RyYWRlawA', 'not a uuid at all'])(
  '%j is no topic of ours',
  (uuid) => expect(topicIdOf(uuid)).toBeNull(),
)
