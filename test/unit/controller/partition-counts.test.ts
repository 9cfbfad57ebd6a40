import { describe, expect, test } from 'vitest'
import { PartitionCounts } from '../../../src/controller/partition-counts.js'
import { contentsOf, GivenControls } from './given-image.js'

interface Wish {
  readonly name?: string
  readonly count?: number
  readonly assignments?: readonly (readonly number[])[]
}

const given = (): GivenControls => {
  const controls = new GivenControls()
  controls.create({ name: 'orders', numPartitions: 2, replicationFactor: 2 })
  return controls
}

function grow(controls: GivenControls, wishes: readonly Wish[], validateOnly = false) {
  const topics = wishes.map(({ name = 'orders', count = 3, assignments }) => {
    return { name, count, assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null }
  })
  const request = { api: 'CreatePartitions' as const, topics, timeoutMs: 0, validateOnly }
  return controls.commit(new PartitionCounts(controls.image).createPartitions(request))
}
const partitionsOf = ({ image }: GivenControls) => image.topicNamed('orders')?.partitions ?? []

describe('more partitions', () => {
  test('go on where the others have ended, with as many replicas', () => {
    const [grown, whole] = [given(), new GivenControls()]
    expect(grow(grown, [{ count: 6 }])).toEqual([{ name: 'orders', errorCode: 'NONE', errorMessage: null }])
    whole.create({ name: 'orders', numPartitions: 6, replicationFactor: 2 })
    expect(partitionsOf(grown)).toEqual(partitionsOf(whole))
  })

  test('lie where they were put by hand', () => {
    const controls = given()
    controls.fence(3)
    grow(controls, [
      {
        count: 4,
        assignments: [
          [3, 2],
          [1, 2],
        ],
      },
    ])
    const added = partitionsOf(controls).slice(2)
    expect(added.map(({ partition, replicas, isr, leader }) => [partition, replicas, isr, leader])).toEqual([
      [2, [3, 2], [2], 2],
      [3, [1, 2], [1, 2], 1],
    ])
  })

  test('that are only to be validated are not made', () => {
    const controls = given()
    const before = contentsOf(controls.image)
    expect(grow(controls, [{ count: 9 }, { name: 'tea' }], true)).toMatchObject([
      { errorCode: 'NONE' },
      { errorCode: 'UNKNOWN_TOPIC_OR_PARTITION' },
    ])
    expect(contentsOf(controls.image)).toEqual(before)
  })

  // The sentences are those of Kafka's ReplicationControlManager.
  test.each([
    [{ count: 2 }, 'INVALID_PARTITIONS', 'Topic already has 2 partition(s).'],
    [{ count: 1 }, 'INVALID_PARTITIONS', 'The topic orders currently has 2 partition(s); 1 would not be an increase.'],
    [{ count: -1 }, 'INVALID_PARTITIONS', '-1 would not be an increase.'],
    [{ count: 10_001 }, 'INVALID_PARTITIONS', 'A topic has 1 to 10000 partitions'],
    [{ assignments: [] }, 'INVALID_REPLICA_ASSIGNMENT', 'Attempted to add 1 additional partition(s), but only 0'],
    [{ assignments: [[1]] }, 'INVALID_REPLICA_ASSIGNMENT', 'with 1 replica(s), but this is not consistent'],
    [{ assignments: [[1, 9]] }, 'INVALID_REPLICA_ASSIGNMENT', 'no such broker is registered'],
    [{ name: '__consumer_offsets', count: 99 }, 'INVALID_TOPIC_EXCEPTION', 'is internal'],
  ] as const)('%o are refused', (wish, errorCode, says) => {
    const controls = given()
    controls.createInternal('__consumer_offsets')
    const before = contentsOf(controls.image)
    expect(grow(controls, [wish])).toMatchObject([{ errorCode, errorMessage: expect.stringContaining(says) }])
    expect(contentsOf(controls.image)).toEqual(before)
  })

  test('of a topic that is named twice are refused, and it is told of once', () => {
    const controls = given()
    controls.create({ name: 'tea', numPartitions: 1 })
    const told = grow(controls, [{ count: 4 }, { name: 'tea' }, { count: 5 }])
    expect(told.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['orders', 'INVALID_REQUEST'],
      ['tea', 'NONE'],
    ])
    expect([partitionsOf(controls).length, controls.image.topicNamed('tea')?.partitions.length]).toEqual([2, 3])
  })

  test('are refused while no broker lives, and have replicas on those that do not as long as one does', () => {
    const controls = given()
    controls.fence(2, 3)
    expect(grow(controls, [{}])).toMatchObject([{ errorCode: 'NONE' }])
    controls.fence(1)
    expect(grow(controls, [{ count: 5 }])).toMatchObject([{ errorCode: 'INVALID_REPLICATION_FACTOR' }])
  })
})
