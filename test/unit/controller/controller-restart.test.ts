import { expect, test, vi } from 'vitest'
import { offset } from '../../../src/base/ids.js'
import { ClusterImage } from '../../../src/controller/cluster-image.js'
import { SharedLog } from '../../../src/log/shared-log.js'
import { CONTROLLER, GivenController } from './given-controller.js'
import { contentsOf } from './given-image.js'

test('a controller that ends loses nothing', () => {
  const given = new GivenController([1, 2, 3])
  for (const name of ['a', 'b']) given.create(name, { replicationFactor: 3, configs: { 'min.insync.replicas': 2 } })
  given.kill('broker-2')
  given.register(2)
  given.controller.expectEnd(3)
  const before = contentsOf(given.controller.image)
  given.kill(CONTROLLER)
  expect(contentsOf(given.startController().image)).toEqual(before)
})

const OFTEN = { 'metadata.log.max.record.bytes.between.snapshots': 2_000, 'metadata.log.segment.bytes': 16_384 }

/** Makes topics and deletes them, with a few that stay. */
function live(given: GivenController, turns: number): void {
  for (let turn = 0; turn < turns; turn++) {
    if (turn % 50 === 0) given.create(`stays-${turn}`, { replicationFactor: 2 })
    given.create('passes')
    given.remove('passes')
  }
}

test('a controller that is started again reads what there is, and not all that ever was', () => {
  const given = new GivenController([1, 2], OFTEN)
  live(given, 300)
  given.controller.expectEnd(2)
  const before = contentsOf(given.controller.image)
  given.kill(CONTROLLER)
  const replay = vi.spyOn(ClusterImage.prototype, 'replay')
  expect(contentsOf(given.startController().image)).toEqual(before)
  expect(replay.mock.calls.length).toBeLessThan(100)
  replay.mockRestore()
  expect(given.segmentsKept).toBeLessThanOrEqual(2)
  expect(given.create('next').answer).toMatchObject({ topics: [{ error: 'NONE', topicId: 307 }] })
})

test('a controller that ends between a snapshot and the deletion of what came before loses nothing', () => {
  const given = new GivenController([1, 2], OFTEN)
  // As if the thread had ended there.
  const kept = vi.spyOn(SharedLog.prototype, 'deleteRecordsBefore').mockImplementation(() => offset(0))
  live(given, 60)
  expect(kept).toHaveBeenCalled()
  kept.mockRestore()
  const before = contentsOf(given.controller.image)
  given.kill(CONTROLLER)
  expect(contentsOf(given.startController().image)).toEqual(before)
})

test('a controller keeps history where all that there is does not fit into a segment', () => {
  const given = new GivenController([1, 2], { ...OFTEN, 'metadata.log.segment.bytes': 4_096 })
  for (let topic = 0; topic < 40; topic++) given.create(`topic-${topic}`)
  const before = contentsOf(given.controller.image)
  given.kill(CONTROLLER)
  expect(contentsOf(given.startController().image)).toEqual(before)
})

test('a controller goes on where it ended, time and again', () => {
  const given = new GivenController([1])
  for (const [index, name] of ['a', 'b', 'c'].entries()) {
    expect(given.create(name).answer).toMatchObject({ topics: [{ error: 'NONE', topicId: index + 1 }] })
    given.kill(CONTROLLER)
    given.startController()
  }
  expect(given.controller.image.topics.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
})

test("brokers that stay get the next controller's image, and need not register again", () => {
  const given = new GivenController([1, 2])
  given.kill(CONTROLLER)
  const before = given.images(1).length
  given.startController()
  expect(given.images(1).length).toBe(before + 1)
  expect(given.controller.image.activeBrokers).toEqual([1, 2])
})

test('a broker that ended meanwhile is found out and started again', () => {
  const given = new GivenController([1, 2])
  given.create('orders', { replicationFactor: 2 })
  given.kill(CONTROLLER)
  given.kill('broker-1')
  given.startController()
  expect([given.controller.image.activeBrokers, given.partition().leader]).toEqual([[2], 2])
  expect(given.asked).toEqual(['restart 1'])
})

test('a broker that was ended on purpose stays down', () => {
  const given = new GivenController([1, 2])
  given.controller.expectEnd(1)
  given.kill('broker-1')
  given.kill(CONTROLLER)
  given.startController()
  expect(given.asked).toEqual([])
})

test('a broker that was fenced for its silence comes back to the next controller', () => {
  const given = new GivenController([1, 2])
  given.silent.add(1)
  given.passLooks(5)
  given.kill(CONTROLLER)
  given.startController()
  expect(given.controller.image.activeBrokers).toEqual([2])
  given.silent.delete(1)
  given.passLooks(2)
  expect(given.controller.image.activeBrokers).toEqual([1, 2])
})

test('a request that the controller took with it may be made again', () => {
  const given = new GivenController([1, 2])
  given.slow.add(2)
  expect(given.create('orders').answer).toBeUndefined()
  given.kill(CONTROLLER)
  given.slow.delete(2)
  given.startController()
  expect(given.create('orders').answer).toMatchObject({ topics: [{ error: 'TOPIC_ALREADY_EXISTS' }] })
})
