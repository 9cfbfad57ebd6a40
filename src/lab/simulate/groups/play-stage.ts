import { brokerAddress } from '../../../actor/address.js'
import { TimeoutError } from '../../../base/errors.js'
import type { Random } from '../../../base/random.js'
import type { Producer } from '../../../client/producer/producer.js'
import type { SimulatedCluster } from '../../../cluster/simulated.js'
import type { PartitionName } from '../../../protocol/partition.js'
import { BUFFER_BYTES } from '../buffer-bytes.js'
import { GroupFinding, type GroupFindingId } from './group-findings.js'
import { nameOf, PlayMember, type PlayMemberOptions, type PlayNotes } from './play-member.js'

export const PLAY_TOPIC = 'play'
export const PLAY_PARTITIONS = 4
export const SESSION_MS = 1_000
export const POLL_INTERVAL_MS = 1_500
export const REQUEST_TIMEOUT_MS = 2_000

/** Simulated milliseconds within which a group that nothing happens to comes to rest. */
const REST_MS = 60_000

export interface PlayStageParts {
  readonly random: Random
  readonly brokers: number
  readonly replicationFactor: number
}

/** Where a play is played: a cluster at rest, with a topic and a group that nobody else uses. */
export class PlayStage {
  readonly cluster: SimulatedCluster
  readonly random: Random
  readonly notes: PlayNotes = { handedOut: new Map(), again: [] }
  readonly members: PlayMember[] = []
  readonly #parts: PlayStageParts
  readonly #producer: Producer
  #sent = 0

  constructor(cluster: SimulatedCluster, parts: PlayStageParts) {
    this.cluster = cluster
    this.random = parts.random
    this.#parts = parts
    this.#producer = cluster.producer({ acks: 'all', 'linger.ms': 0, 'buffer.memory': BUFFER_BYTES })
  }

  async makeTopic(topic: string): Promise<void> {
    const { replicationFactor } = this.#parts
    const made = { topic, numPartitions: PLAY_PARTITIONS, replicationFactor }
    await this.cluster.run(this.cluster.admin().createTopics({ topics: [made] }))
  }

  /** Starts a member. It commits by hand, unless its options say otherwise. */
  join(options: Partial<PlayMemberOptions> = {}, topics: readonly string[] = [PLAY_TOPIC]): PlayMember {
    const given: PlayMemberOptions = {
      'group.id': PLAY_TOPIC,
      'session.timeout.ms': SESSION_MS,
      'heartbeat.interval.ms': SESSION_MS / 10,
      'max.poll.interval.ms': POLL_INTERVAL_MS,
      'enable.auto.commit': false,
      'auto.commit.interval.ms': 600_000,
      'auto.offset.reset': 'earliest',
      'fetch.max.wait.ms': 100,
      'request.timeout.ms': REQUEST_TIMEOUT_MS,
      'retry.backoff.ms': 50,
      'metadata.max.age.ms': 200,
      'allow.auto.create.topics': false,
      ...options,
    }
    const member = new PlayMember(this.cluster, this.notes, given, topics)
    this.members.push(member)
    return member
  }

  /** Sends records to each partition. */
  async send(count = 2, topic = PLAY_TOPIC): Promise<void> {
    const messages = Array.from({ length: count * PLAY_PARTITIONS }, (_, index) => ({
      value: String(index),
      partition: index % PLAY_PARTITIONS,
    }))
    this.#sent += messages.length
    await this.cluster.run(this.#producer.send({ topic, messages }))
  }

  /** Waits until these members have all partitions of the topic, each of them some. */
  async shared(by: readonly PlayMember[], says: string, msMax = REST_MS, topic = PLAY_TOPIC): Promise<void> {
    const names = partitionsOf(topic).map(nameOf)
    const isShared = (): boolean =>
      names.every((name) => by.filter(({ owned }) => owned.has(name)).length === 1) &&
      by.every(({ owned }) => names.some((name) => owned.has(name)))
    await this.until(isShared, 'A28', `${says}: not every partition of ${topic} has a member`, msMax)
  }

  /** Waits until all that was sent was handed out. */
  async read(says: string, msMax = REST_MS): Promise<void> {
    const { handedOut } = this.notes
    await this.until(() => handedOut.size >= this.#sent, 'A28', `${says}: not everything is read`, msMax)
  }

  async until(isSo: () => boolean, id: GroupFindingId, says: string, msMax = REST_MS): Promise<void> {
    try {
      await this.cluster.runUntil(isSo, { msMax })
    } catch (error) {
      if (error instanceof TimeoutError) throw new GroupFinding(id, says)
      throw error
    }
  }

  /** What the group has committed of this partition of the topic; -1: nothing. */
  async committed(partition: number): Promise<number> {
    const asked = { groupId: PLAY_TOPIC, topics: [PLAY_TOPIC] }
    const [fetched] = await this.cluster.run(this.cluster.admin().fetchOffsets(asked))
    return Number(fetched?.partitions.find((one) => one.partition === partition)?.offset ?? -1)
  }

  /** Nothing gets from the member to the brokers until it is healed. */
  async cut({ address }: PlayMember, isCut = true): Promise<void> {
    for (let broker = 1; broker <= this.#parts.brokers; broker++) {
      const [from, to] = [address, brokerAddress(broker)]
      await this.cluster.run(isCut ? this.cluster.cutLink(from, to) : this.cluster.healLink(from, to))
    }
  }

  /** Throws unless a partition has one member at most. */
  checkOwners(says: string): void {
    for (const name of partitionsOf(PLAY_TOPIC).map(nameOf)) {
      if (this.members.filter(({ owned }) => owned.has(name)).length > 1)
        throw new GroupFinding('A27', `${says}: ${name} has several`)
    }
  }

  /** Throws if a member has failed. */
  checkMembers(says: string): void {
    const failed = this.members.find((member) => member.failed !== null)
    if (failed !== undefined) throw new GroupFinding('member', `${says}: ${failed.address} ${failed.failed}`)
  }

  async close(): Promise<void> {
    for (const member of this.members) member.close().catch(() => {})
    await this.cluster.run(this.#producer.close())
  }
}

export function partitionsOf(topic: string): PartitionName[] {
  return Array.from({ length: PLAY_PARTITIONS }, (_, partition) => ({ topic, partition }))
}
