import { expect, test } from 'vitest'
import { codecOf } from '../../../src/protocol/codec.js'
import { topicUuidOf } from '../../../src/protocol/topic-uuid.js'
import { GivenGateway, PRODUCE, produceFrameById } from './given-gateway.js'
import { sentBatch } from './sent-batch.js'

/** What a client is told of a batch for a topic that it names by its id, and that the broker does not know. */
function toldOf(topicId: number): string | undefined {
  const given = new GivenGateway()
  const client = given.client()
  given.say(client, produceFrameById(topicUuidOf(topicId), sentBatch('a')))
  const nowhere = { baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, currentLeader: null }
  const result = { topicId, partition: 0, error: 'UNKNOWN_TOPIC_OR_PARTITION', ...nowhere } as const
  given.answer({ api: 'Produce', partitions: [result] })
  const codec = codecOf(PRODUCE, 13)
  const [frame] = client.frames()
  if (codec === 'UNSUPPORTED_VERSION' || frame === undefined) throw new Error('Nothing was answered')
  const { message } = codec.decodeResponse(frame)
  return message.responses[0]?.partitionResponses[0]?.errorCode
}

test('whoever produces by a topic’s id is told whether the topic or the partition is not there', () => {
  const [orders, gone] = [0, 7]
  expect([orders, gone].map(toldOf)).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID'])
})
