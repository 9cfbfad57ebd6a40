import { because, type ErrorCode } from '../../base/error-code.js'
import { electLeaders, electLeadersWire } from '../../protocol/apis/elect-leaders.js'
import { translated } from '../passage.js'

/** ElectLeaders: partitions by topic. */
interface Elected {
  readonly partitionId: number
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

export const electLeadersPassage = translated({
  name: electLeaders.name,
  key: electLeaders.key,
  wire: electLeadersWire,
  serve(message, exchange) {
    const electionType = message.electionType === 1 ? 'unclean' : 'preferred'
    const asked = message.topicPartitions?.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    )
    exchange.ask({ api: 'ElectLeaders', electionType, partitions: asked ?? null }, ({ partitions }) => {
      const byTopic = new Map<string, Elected[]>()
      for (const { topic, partition: partitionId, error: errorCode } of partitions) {
        const one = { partitionId, errorCode, errorMessage: errorCode === 'NONE' ? null : because(errorCode) }
        const others = byTopic.get(topic)
        if (others === undefined) byTopic.set(topic, [one])
        else others.push(one)
      }
      const results = [...byTopic].map(([topic, partitionResult]) => ({ topic, partitionResult }))
      exchange.answer({ throttleTimeMs: 0, errorCode: 'NONE', replicaElectionResults: results })
    })
  },
})
