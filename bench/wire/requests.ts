/** Requests that are sent without a client of Kafka's, with their schemas. */
import { setTimeout as pass } from 'node:timers/promises'
import { assert } from '../../src/base/assert.js'
import { createTopics, createTopicsWire } from '../../src/protocol/apis/create-topics.js'
import { deleteTopics, deleteTopicsWire } from '../../src/protocol/apis/delete-topics.js'
import { RawClient } from '../../test/support/raw-client.js'
import { allOf, METADATA } from '../../test/support/raw-requests.js'
import type { Server } from './servers.js'

const CREATE_TOPICS = { name: createTopics.name, key: createTopics.key, wire: createTopicsWire }
const DELETE_TOPICS = { name: deleteTopics.name, key: deleteTopics.key, wire: deleteTopicsWire }
const TIMEOUT_MS = 60_000
const LOOK_EVERY_MS = 10
export const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Runs the work with a topic of its own whose partitions have leaders, and deletes it afterwards. */
export async function withTopic<Value>(
  { address }: Server,
  { name, partitions = 1 }: { readonly name: string; readonly partitions?: number },
  work: (topicId: string) => Promise<Value>,
): Promise<Value> {
  const client = await RawClient.to(address)
  try {
    const { topics } = await client.ask(CREATE_TOPICS, 7, {
      topics: [{ name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: TIMEOUT_MS,
      validateOnly: false,
    })
    assert(topics[0]?.errorCode === 'NONE', `The topic is not made: ${topics[0]?.errorCode}`)
    while (!(await hasLeaders(client, name, partitions))) await pass(LOOK_EVERY_MS)
    const value = await work(topics[0].topicId)
    await client.ask(DELETE_TOPICS, 6, { topics: [{ name, topicId: NO_TOPIC_ID }], timeoutMs: TIMEOUT_MS })
    return value
  } finally {
    client.close()
  }
}

/** Kafka answers CreateTopics before its broker has heard of the topic. */
async function hasLeaders(client: RawClient, name: string, partitions: number): Promise<boolean> {
  const { topics } = await client.ask(METADATA, 12, allOf(name))
  const known = topics[0]?.partitions ?? []
  return known.length === partitions && known.every(({ errorCode, leaderId }) => errorCode === 'NONE' && leaderId >= 0)
}
