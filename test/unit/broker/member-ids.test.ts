import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/base/random.js'
import { peerOf, uuidFor } from '../../../src/broker/member-ids.js'

test('the id of a member says which consumer it was made for', () => {
  for (const peer of ['consumer-0', 'consumer-7', 'consumer-123456789'] as const)
    expect(peerOf(`tea-${uuidFor(peer, seededRandom(1))}`)).toBe(peer)
})

test('the id of a member is a UUID that chance decides, whoever it was made for', () => {
  const random = seededRandom(1)
  const ids = [uuidFor('consumer-7', random), uuidFor('consumer-7', random), uuidFor(null, random)]
  expect(new Set(ids).size).toBe(3)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('an id that was made for nobody, or elsewhere, says nothing of a consumer', () => {
  expect(peerOf(`tea-${uuidFor(null, seededRandom(1))}`)).toBe(null)
  expect(peerOf(`tea-${uuidFor('client-1', seededRandom(1))}`)).toBe(null)
  expect(peerOf('consumer-7')).toBe(null)
})
