import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ClusterImage } from '../../../src/controller/cluster-image.js'
import type { MetadataRecord } from '../../../src/controller/metadata-records.js'
import { contentsOf, GivenControls } from './given-image.js'

/** The same records as they come back from the log. */
function replayed(records: readonly MetadataRecord[]): ClusterImage {
  const image = new ClusterImage()
  for (const record of JSON.parse(JSON.stringify(records)) as MetadataRecord[]) image.replay(record)
  return image
}

const brokerId = fc.integer({ min: 1, max: 3 })
const name = fc.constantFrom('a', 'b', 'c')
const action = fc.oneof(
  brokerId.map((id) => (controls: GivenControls) => void controls.commit(controls.brokers.registerBroker(id))),
  brokerId.map((id) => (controls: GivenControls) => void controls.commit(controls.brokers.fenceBroker(id))),
  fc.tuple(name, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })).map(
    ([topic, numPartitions, replicationFactor]) =>
      (controls: GivenControls) =>
        void controls.create({ name: topic, numPartitions, replicationFactor, configs: { 'retention.ms': 5 } }),
  ),
  name.map((topic) => (controls: GivenControls) => {
    controls.commit(controls.topics.deleteTopics({ api: 'DeleteTopics', names: [topic] }))
  }),
)

test('replaying the records gives the same image, after every decision', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      const controls = new GivenControls([1, 2])
      for (const act of actions) {
        act(controls)
        expect(contentsOf(replayed(controls.records))).toEqual(contentsOf(controls.image))
      }
    }),
  )
})

test('leader epochs only grow, and a leader is an active replica or nobody', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      const controls = new GivenControls([1, 2])
      for (const act of actions) {
        act(controls)
        for (const { leader, replicas } of controls.image.topics.flatMap(({ partitions }) => partitions)) {
          expect(leader === -1 || (replicas.includes(leader) && controls.image.activeBrokers.includes(leader))).toBe(
            true,
          )
        }
      }
    }),
  )
})

test('a record that contradicts the image is a bug', () => {
  const controls = new GivenControls()
  controls.create({ name: 'orders' })
  const { image } = controls
  expect(() => image.replay({ type: 'topic', name: 'orders', topicId: 9, configs: {} })).toThrow('A topic is made once')
  expect(() => image.replay({ type: 'removeTopic', topicId: 9 })).toThrow('A record names a topic that exists')
  const change = { type: 'partitionChange', topicId: 1, partition: 0, leader: 1, leaderEpoch: -1, isr: [1] } as const
  expect(() => image.replay(change)).toThrow('Leader epochs only grow')
})

test('the version counts records', () => {
  const controls = new GivenControls()
  controls.create({ name: 'orders', numPartitions: 2 })
  expect(controls.image.version).toBe(controls.records.length)
})
