import { because, type ErrorCode } from '../../base/error-code.js'
import { electLeaders, electLeadersWire } from '../../protocol/apis/elect-leaders.js'
import type { RequestOnWire } from '../../protocol/codec.js'
import { translated } from '../passage.js'

/**
 * ElectLeaders: partitions by topic. Those that were named are answered as they stand in the request; of all others
 * only those are told that were not as they should be. (`ReplicationControlManager.electLeaders`)
 */
type Topics = NonNullable<RequestOnWire<typeof electLeadersWire>['topicPartitions']>

const ELECTION_TYPES = ['preferred', 'unclean'] as const

export const electLeadersPassage = translated({
  name: electLeaders.name,
  key: electLeaders.key,
  wire: electLeadersWire,
  serve({ electionType: number, topicPartitions }, exchange) {
    // Of no partition nothing is looked at. (`ControllerApis.handleElectLeaders`)
    const electionType = topicPartitions?.length === 0 ? 'preferred' : ELECTION_TYPES[number]
    const answer = (errorCode: ErrorCode, topics: Topics, nextError: () => ErrorCode): void =>
      exchange.answer({ throttleTimeMs: 0, errorCode, replicaElectionResults: resultsOf(topics, nextError) })
    if (electionType === undefined) return answer('INVALID_REQUEST', topicPartitions ?? [], () => 'INVALID_REQUEST')
    const asked = topicPartitions?.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    )
    exchange.ask({ api: 'ElectLeaders', electionType, partitions: asked ?? null }, ({ partitions }) => {
      const told = partitions.values()
      const topics = topicPartitions ?? byTopic(partitions)
      answer('NONE', topics, () => told.next().value?.error ?? 'UNKNOWN_SERVER_ERROR')
    })
  },
})

function resultsOf(topics: Topics, nextError: () => ErrorCode): readonly object[] {
  return topics.map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => {
      const errorCode = nextError()
      return { partitionId, errorCode, errorMessage: errorCode === 'NONE' ? null : because(errorCode) }
    }),
  }))
}

/** The partitions of a topic stand one behind the other. */
function byTopic(partitions: readonly { readonly topic: string; readonly partition: number }[]): Topics {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const known = topics.get(topic)
    if (known === undefined) topics.set(topic, [partition])
    else known.push(partition)
  }
  return [...topics].map(([topic, of]) => ({ topic, partitions: of }))
}
