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

// Uuid.RESERVED: the first two numbers are nothing, and the metadata's own log.
test.each(['AAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAQ', '', 'b2RyYWRlawA', 'not a uuid at all'])(
  '%j is no topic of ours',
  (uuid) => expect(topicIdOf(uuid)).toBeNull(),
)
