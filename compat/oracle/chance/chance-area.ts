import { seededRandom } from '../../../src/base/random.js'
import { PASSAGES } from '../../../src/gateway/passages.js'
import { sentBatch } from '../../../test/unit/gateway/sent-batch.js'
import { type Area, ask, given, type Message, type Step, script } from '../script.js'
import { settings, topic } from '../scripts/given.js'
import { records } from '../sent-records.js'
import { ChanceReader } from './chance-reader.js'

/** What is asked: APIs that answer at once, and leave others' answers as they are or change them in both alike. */
const ASKED = new Set([
  ...['Produce', 'Fetch', 'ListOffsets', 'Metadata', 'OffsetForLeaderEpoch', 'DeleteRecords', 'FindCoordinator'],
  ...['OffsetCommit', 'OffsetFetch', 'OffsetDelete', 'Heartbeat', 'LeaveGroup', 'SyncGroup', 'DescribeGroups'],
  ...['ListGroups', 'DescribeConfigs', 'DescribeCluster', 'DescribeTopicPartitions', 'DescribeProducers'],
  'ElectLeaders',
])

/** Requests that chance has made, the same for a seed, as one script of the oracle. */
export function chanceArea(seed: string, count: number): Area {
  const random = seededRandom(seed)
  const sound = sentBatch('a value', 'another one')
  const batches = [sound, sound, new Uint8Array(0), sound.subarray(0, 30), Buffer.concat([sound, sound])]
  const reader = new ChanceReader(random, [...batches, Buffer.from(sound).fill(1, 16, 17)])
  const passages = PASSAGES.filter(({ name }) => ASKED.has(name))
  const asks = Array.from({ length: count }, (): Step => {
    const { name, wire } = random.pick(passages)
    const { oldest, newest } = wire.versions
    const version = oldest + random.below(newest - oldest + 1)
    const message = wire.plansOf(version)?.request.read(reader) as Message
    return ask(name, version, { ...message, ...amended(name, version, message) })
  })
  return { name: 'Chance', scripts: [script(`what chance asks by the seed ${seed}`, [...GROUND, ...asks])] }
}

/** Records of scripts are old, so that retention must not delete them. */
const kept = settings({ 'retention.ms': '-1' })
const GROUND: readonly (Step | readonly Step[])[] = [
  topic('chance-a', { partitions: 2, ...kept }),
  topic('chance-b', kept),
  given('Produce', 9, {
    topicData: [{ name: 'chance-a', partitionData: [{ index: 0, records: records('one', 'two', 'three') }] }],
  }),
  given('OffsetCommit', 8, {
    groupId: 'chance-group',
    topics: [{ name: 'chance-a', partitions: [{ partitionIndex: 0, committedOffset: 2 }] }],
  }),
]

/** The first version of Metadata that says whether topics are made. */
const MAY_CREATE_TOPICS = 4

function amended(name: string, version: number, message: Message): Message {
  switch (name) {
    case 'Produce': {
      // Where a partition is named twice, Kafka finds faults in what it does not append as well.
      const [first] = message.topicData as readonly Message[]
      const [partition] = (first?.partitionData ?? []) as readonly Message[]
      return {
        topicData: first === undefined || partition === undefined ? [] : [{ ...first, partitionData: [partition] }],
      }
    }
    case 'Metadata':
      return version >= MAY_CREATE_TOPICS ? { allowAutoTopicCreation: false } : {}
    case 'ElectLeaders':
      // Kafka answers a request for all of them with the names of topics of which it has nothing to say.
      return { topicPartitions: message.topicPartitions ?? [] }
    default:
      return {}
  }
}
