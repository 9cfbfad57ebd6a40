import { BROKER_OPTIONS } from '../base/config/broker-options.js'
import { parseText } from '../base/config/definition.js'
import { BROKERS_MAX, PARTITIONS_PER_TOPIC_MAX } from '../base/config/internal-limits.js'
import { ConfigError } from '../base/errors.js'
import type { TopicToCreate } from '../client/admin/topic-admin.js'
import type { Cluster, ClusterOptions } from '../cluster/cluster.js'
import { replicated } from '../testing/replicated.js'

/** What the command line of `odradek serve` says, as texts. Broker options stand there by Kafka's names. */
export interface ServeTexts {
  readonly brokers: string
  readonly port: string
  readonly host?: string | undefined
  readonly advertisedHost?: string | undefined
  readonly topic?: readonly string[] | undefined
}

/** What `odradek serve` prints as JSON when it is ready. */
export interface Serving {
  readonly bootstrapServers: string
  readonly brokers: readonly { readonly brokerId: number; readonly host: string; readonly port: number }[]
  readonly topics: readonly { readonly name: string; readonly partitions: number; readonly replicas: number }[]
  readonly pid: number
}

const BROKERS = { type: 'int', default: 1, min: 1, max: BROKERS_MAX, doc: '' } as const
const PORT = { type: 'int', default: 9092, min: 0, max: 65_535, doc: '' } as const
const PARTITIONS = { type: 'int', default: 1, min: 1, max: PARTITIONS_PER_TOPIC_MAX, doc: '' } as const
const REPLICAS = { type: 'int', default: 1, min: 1, max: BROKERS_MAX, doc: '' } as const
const TOPIC = /^(?<name>[^:]*)(?::(?<partitions>[^:]*))?(?::(?<replicas>[^:]*))?$/

/** Throws a ConfigError for a text that is not a value of its option. */
export function clusterOptionsOf(texts: ServeTexts, broker: Readonly<Record<string, string>>): ClusterOptions {
  const brokers = parseText(BROKERS, 'brokers', texts.brokers)
  const { host, advertisedHost } = texts
  const listen = {
    port: parseText(PORT, 'port', texts.port),
    ...(host !== undefined && { host }),
    ...(advertisedHost !== undefined && { advertisedHost }),
  }
  for (const [name, text] of Object.entries(broker))
    parseText(BROKER_OPTIONS[name as keyof typeof BROKER_OPTIONS], name, text)
  return replicated({ ...broker, brokers, listen })
}

/** Reads `orders`, `orders:3` or `orders:3:2`: partitions, and replicas of each. Throws a ConfigError. */
export function topicOf(text: string): TopicToCreate {
  const { name = '', partitions, replicas } = TOPIC.exec(text)?.groups ?? {}
  if (name === '') {
    const right = 'it must be NAME, NAME:PARTITIONS or NAME:PARTITIONS:REPLICAS, such as orders:3'
    throw new ConfigError('topic', `Cannot create the topic ${JSON.stringify(text)}: ${right}`)
  }
  return {
    topic: name,
    ...(partitions !== undefined && {
      numPartitions: parseText(PARTITIONS, `the partitions of --topic ${text}`, partitions),
    }),
    ...(replicas !== undefined && {
      replicationFactor: parseText(REPLICAS, `the replicas of --topic ${text}`, replicas),
    }),
  }
}

export async function servingOf(cluster: Cluster): Promise<Serving> {
  const { bootstrapServers } = cluster
  const { topics } = await cluster.describe()
  return {
    bootstrapServers,
    brokers: bootstrapServers.split(',').map((server, index) => {
      const at = server.lastIndexOf(':')
      return { brokerId: index + 1, host: server.slice(0, at), port: Number(server.slice(at + 1)) }
    }),
    topics: topics.map(({ name, partitions }) => {
      return { name, partitions: partitions.length, replicas: partitions[0]?.replicas.length ?? 0 }
    }),
    pid: process.pid,
  }
}
