import type { Listed } from './differences.js'

/** APIs that Kafka advertises and that are not served here, by their numbers. */
const NOT_SERVED = [
  ...[24, 25, 26, 27, 28, 65, 66], // transactions
  ...[29, 30, 31, 48, 49, 50, 51], // ACLs, quotas, SCRAM
  ...[38, 39, 40, 41], // delegation tokens
  ...[34, 45, 46], // moving of replicas
  ...[55, 57, 64, 80, 81], // KRaft
  ...[68, 69, 76, 77, 78, 79, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92], // newer kinds of groups
  74,
]

/**
 * Where Odradek answers otherwise than Kafka, and why. No error code may stand here, nor a field that a client acts on.
 * What no longer differs must be taken out.
 */
export const LISTED: readonly Listed[] = [
  ...NOT_SERVED.map((key) => ({
    api: 'ApiVersions',
    path: `apiKeys[apiKey ${key}]`,
    odradek: 'nothing' as const,
    why: 'An API that is not there is not advertised, and clients do without it',
  })),
  ...['supportedFeatures', 'finalizedFeatures', 'finalizedFeaturesEpoch'].map((path) => ({
    api: 'ApiVersions',
    path,
    why: 'Features stand for transactions, newer kinds of groups and formats of the metadata log, which are not there',
  })),
  ...['follower', 'leader'].map((who) => ({
    api: 'CreateTopics',
    path: `topics[name *].configs[name ${who}.replication.throttled.replicas]`,
    odradek: 'nothing' as const,
    why: 'Replication is not throttled, and a topic has no such option',
  })),
  {
    api: 'CreateTopics',
    path: 'topics[name *].configs[name odradek.log.full]',
    kafka: 'nothing',
    why: 'Our own option: docs/differences.md',
  },
  ...['retention.bytes', 'segment.bytes'].map((name) => ({
    api: 'CreateTopics',
    path: `topics[name *].configs[name ${name}].value`,
    why: 'The default is another one, since a log is memory: docs/differences.md',
  })),
  {
    api: 'CreateTopics',
    path: 'topics[name *].configs[name min.insync.replicas].configSource',
    kafka: 3,
    odradek: 5,
    why: 'Kafka sets the option for the whole cluster when it begins to elect from the ELR; here it is a default',
  },
  {
    api: 'CreateTopics',
    path: 'topics[name tried-7].topicId',
    odradek: 'AAAAAAAAAAAAAAAAAAAAAA',
    why: 'A topic that was only tried has no id; Kafka gives one that names nothing',
  },
  {
    api: 'Fetch',
    path: 'responses[topic *].partitions[partitionIndex *].records',
    why: 'An answer has whole batches; Kafka fills up the bytes with the beginning of one, which clients pass over',
  },
  {
    api: 'DescribeConfigs',
    path: 'results*.errorMessage',
    kafka: '',
    odradek: '<words>',
    why: 'Odradek says in words which topic is not there',
  },
  {
    api: 'DescribeConfigs',
    path: 'results*.synonyms[name log.retention.ms]',
    kafka: 'nothing',
    why: 'The default is that of log.retention.ms, where Kafka has it in log.retention.hours',
  },
  ...(
    [
      ['CreatePartitions', 'results*'],
      ['DescribeProducers', 'topics*'],
    ] as const
  ).map(([api, path]) => ({
    api,
    path: `${path}.errorMessage`,
    kafka: null,
    odradek: '<words>',
    why: 'Odradek says in words what is not there',
  })),
  {
    api: 'ElectLeaders',
    path: 'replicaElectionResults',
    odradek: [],
    why: 'Kafka names topics as well of whose partitions it tells nothing',
  },
  {
    api: 'Produce',
    path: 'responses*.errorMessage',
    kafka: null,
    odradek: '<words>',
    why: 'Odradek says in words what is wrong with a batch, where Kafka has its code alone',
  },
]
