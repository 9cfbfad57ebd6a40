import { expect, test } from 'vitest'
import { ClusterImage } from '../../../src/controller/cluster-image.js'
import { ProducerIdControl } from '../../../src/controller/producer-ids.js'

function takeIds(count: number, image: ClusterImage): { readonly ids: number[]; readonly records: number } {
  const control = new ProducerIdControl(image)
  const ids: number[] = []
  let written = 0
  for (let index = 0; index < count; index++) {
    const { records, reply } = control.initProducerId()
    for (const record of records) image.replay(record)
    written += records.length
    ids.push(reply)
  }
  return { ids, records: written }
}

test('no two producers have the same id, and a record sets a thousand of them aside', () => {
  const { ids, records } = takeIds(2_500, new ClusterImage())
  expect([new Set(ids).size, records]).toEqual([2_500, 3])
})

test('a controller that follows another one gives none of its ids', () => {
  const image = new ClusterImage()
  const first = takeIds(3, image).ids
  const second = takeIds(3, image).ids
  expect(new Set([...first, ...second]).size).toBe(6)
})
