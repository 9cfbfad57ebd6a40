import {
  type OffsetForLeaderEpochResponse,
  offsetForLeaderEpoch,
  offsetForLeaderEpochWire,
} from '../../protocol/apis/offset-for-leader-epoch.js'
import type { RequestOnWire } from '../../protocol/codec.js'
import type { Exchange } from '../exchange.js'
import { idOfTopic, withNamedTopics } from '../known-topics.js'
import { translated } from '../passage.js'

/** OffsetForLeaderEpoch: topics by name. */
type Asked = RequestOnWire<typeof offsetForLeaderEpochWire>
type Found = Pick<OffsetForLeaderEpochResponse['partitions'][number], 'error' | 'leaderEpoch' | 'endOffset'>

const UNKNOWN: Found = { error: 'UNKNOWN_TOPIC_OR_PARTITION', leaderEpoch: -1, endOffset: -1 }

export const offsetForLeaderEpochPassage = translated({
  name: offsetForLeaderEpoch.name,
  key: offsetForLeaderEpoch.key,
  wire: offsetForLeaderEpochWire,
  serve(message, exchange) {
    withNamedTopics(
      exchange,
      message.topics.map(({ topic }) => topic),
      () => serve(message, exchange),
    )
  },
})

function serve({ topics }: Asked, exchange: Exchange): void {
  const known = topics.map((topic) => ({
    ...topic,
    id: idOfTopic(exchange, { topic: topic.topic, topicId: '' }, false),
  }))
  const partitions = known.flatMap(({ id, partitions: wanted }) =>
    id === null ? [] : wanted.map((one) => ({ topicId: id, ...one })),
  )
  const done = (answers: readonly Found[]): void => {
    const found = answers.values()
    exchange.answer({
      throttleTimeMs: 0,
      topics: known.map(({ topic, id, partitions: wanted }) => ({
        topic,
        partitions: wanted.map(({ partition }) => {
          const { error, leaderEpoch, endOffset } = (id === null ? undefined : found.next().value) ?? UNKNOWN
          if (error === 'UNKNOWN_TOPIC_OR_PARTITION') exchange.cluster.topics.forget(topic)
          return { errorCode: error, partition, leaderEpoch, endOffset }
        }),
      })),
    })
  }
  if (partitions.length === 0) return done([])
  exchange.ask({ api: 'OffsetForLeaderEpoch', partitions }, (response) => done(response.partitions))
}
