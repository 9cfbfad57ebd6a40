import { expect, test } from 'vitest'
import { PARTITIONS_MAX } from '../../../src/base/config/internal-limits.js'
import { TopicDirectory } from '../../../src/gateway/topic-directory.js'

const told = (name: string, topicId: number, error: 'NONE' | 'UNKNOWN_TOPIC_OR_PARTITION' = 'NONE') => ({
  ...{ name, topicId, error, isInternal: false },
  partitions: [],
})

test('a name that has another id by now has that one alone', () => {
  const topics = new TopicDirectory()
  topics.learn([told('orders', 1)])
  topics.learn([told('orders', 2)])
  expect([topics.idOf('orders'), topics.nameOf(1), topics.nameOf(2)]).toEqual([2, undefined, 'orders'])
})

test('a topic that is not there any more is forgotten', () => {
  const topics = new TopicDirectory()
  topics.learn([told('orders', 1), told('payments', 2)])
  topics.learn([told('orders', -1, 'UNKNOWN_TOPIC_OR_PARTITION')])
  expect([topics.idOf('orders'), topics.nameOf(1), topics.idOf('payments')]).toEqual([undefined, undefined, 2])
})

test('topics that come and go do not add up: no more are remembered than there may be', () => {
  const topics = new TopicDirectory()
  for (let id = 0; id <= PARTITIONS_MAX; id++) topics.learn([told(`topic ${id}`, id)])
  const ids = Array.from({ length: PARTITIONS_MAX + 1 }, (_, id) => id)
  expect(ids.filter((id) => topics.nameOf(id) !== undefined).length).toBeLessThanOrEqual(PARTITIONS_MAX)
  expect(topics.idOf(`topic ${PARTITIONS_MAX}`)).toBe(PARTITIONS_MAX)
})
