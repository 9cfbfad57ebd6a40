import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ClusterView } from '../../../src/broker/cluster-view.js'
import { ClusterImage } from '../../../src/controller/cluster-image.js'
import type { MetadataRecord } from '../../../src/controller/metadata-records.js'
import { ProducerIdControl } from '../../../src/controller/producer-ids.js'
import type { UpdateMetadataRequest } from '../../../src/protocol/inner/update-metadata.js'
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
  fc.tuple(brokerId, fc.constantFrom('kept' as const, 'lost' as const)).map(
    ([id, memory]) =>
      (controls: GivenControls) =>
        void controls.register(id, memory),
  ),
  brokerId.map((id) => (controls: GivenControls) => controls.fence(id)),
  brokerId.map((id) => (controls: GivenControls) => controls.unfence(id)),
  brokerId.map((id) => (controls: GivenControls) => void controls.shutDown(id)),
  brokerId.map((id) => (controls: GivenControls) => {
    controls.commit({ records: [{ type: 'keepDown', brokerId: id }], reply: null })
  }),
  fc
    .tuple(name, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }))
    .map(([topic, numPartitions, replicationFactor]) => (controls: GivenControls) => {
      controls.create({ name: topic, numPartitions, replicationFactor, configs: { 'retention.ms': 5 } })
    }),
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

test('a snapshot is all that the records before it say, and may come behind any others', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), fc.array(action, { maxLength: 5 }), (actions, others) => {
      const [controls, other] = [new GivenControls([1, 2]), new GivenControls([3])]
      for (const act of actions) act(controls)
      controls.commit(new ProducerIdControl(controls.image).initProducerId())
      for (const act of others) act(other)
      const again = replayed([...other.records, ...controls.image.snapshot()])
      expect(contentsOf(again)).toEqual(contentsOf(controls.image))
      expect(again.nextProducerId).toBe(controls.image.nextProducerId)
      expect(again.lastForgottenTopicId).toBe(controls.image.lastForgottenTopicId)
      again.checkInvariants()
    }),
  )
})

test('the changes since any version make of that image the newest one', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 20 }), (actions) => {
      const controls = new GivenControls([1, 2])
      const whole = new Map<number, UpdateMetadataRequest>()
      for (const act of actions) {
        act(controls)
        whole.set(controls.image.version, structuredClone(controls.image.since(-1)))
      }
      const newest = viewOf(controls.image.since(-1))
      for (const [version, image] of whole) {
        const update = controls.image.since(version)
        expect(update.since).toBe(version)
        expect(viewOf(image, update)).toEqual(newest)
      }
    }),
  )
})

/** What a broker knows after these updates. */
function viewOf(...updates: readonly UpdateMetadataRequest[]) {
  const view = new ClusterView()
  for (const update of updates) view.take(JSON.parse(JSON.stringify(update)))
  const topics = view.topicNames.map((name) => view.topicNamed(name))
  return { brokers: view.brokers, topics: topics.sort((a, b) => a!.topicId - b!.topicId) }
}

test('a record that contradicts the image is a bug', () => {
  const controls = new GivenControls()
  controls.create({ name: 'orders' })
  const { image } = controls
  expect(() => image.replay({ type: 'topic', name: 'orders', topicId: 9, configs: {} })).toThrow('A topic is made once')
  expect(() => image.replay({ type: 'removeTopic', topicId: 9 })).toThrow('A record names a topic that exists')
  expect(() => image.replay({ type: 'registerBroker', brokerId: 1, brokerEpoch: 0 })).toThrow('Broker epochs only grow')
  const fenced = { type: 'brokerChange', brokerId: 1, brokerEpoch: 7, isFenced: true, isShuttingDown: false } as const
  expect(() => image.replay(fenced)).toThrow('A change concerns one incarnation of a broker')
  const { replicas: _, ...state } = controls.partition()
  const change = { ...state, type: 'partitionChange', topicId: 1 } as const
  expect(() => image.replay({ ...change, leaderEpoch: -1 })).toThrow('Leader epochs only grow')
  expect(() => image.replay(change)).toThrow('Partition epochs grow by one')
  expect(() => image.replay({ ...change, partition: 5 })).toThrow('A record names a partition that exists')
})

test('an image whose isr nobody can trust is found out', () => {
  const controls = new GivenControls()
  controls.create({ name: 'orders' })
  const { replicas: _, ...state } = controls.partition()
  const change = { ...state, type: 'partitionChange', topicId: 1, partitionEpoch: 1, isr: [] } as const
  controls.image.replay(change)
  expect(() => controls.image.checkInvariants()).toThrow('The leader is in the isr')
})

test('the version of an image counts records', () => {
  const controls = new GivenControls()
  controls.create({ name: 'orders', numPartitions: 2 })
  expect(controls.image.version).toBe(controls.records.length)
})

test('a broker is kept down until it registers', () => {
  const controls = new GivenControls([1])
  controls.fence(1)
  controls.commit({ records: [{ type: 'keepDown', brokerId: 1 }], reply: null })
  expect(controls.image.isKeptDown(1)).toBe(true)
  controls.register(1)
  expect(controls.image.isKeptDown(1)).toBe(false)
})
