import type { Address } from '../../actor/address.js'
import type { NetworkClient } from '../../actor/network-client.js'
import { type Connection, type Context, LEASE_SLOTS } from '../../actor/types.js'
import type { BrokerOptions } from '../../base/config/broker-options.js'
import { isOn } from '../../base/guards.js'
import { earliest, NEVER, type Offset, offset, type Timestamp, timestamp } from '../../base/ids.js'
import { align8 } from '../../base/memory.js'
import type { FetchPartition, FetchResponse, PartitionFetchResult } from '../../protocol/apis/fetch.js'
import { batchBytes } from '../../record/record-batch.js'
import type { Partition } from '../partition.js'

/** How long a follower and a leader whose images differ leave it at that: the newer one is on its way to the other. */
export const IMAGE_UNDER_WAY_MS = 5

/** A partition, the leader that it has, and the epoch of that one: under another it is followed anew. */
interface Followed {
  readonly partition: Partition
  readonly leader: number
  readonly leaderEpoch: number
  retryAt: Timestamp
}

interface Asked {
  readonly followed: Followed
  readonly fetchOffset: Offset
}

/**
 * Follows: fetches what other brokers lead, and appends it unchanged. One fetch is under way for each of them, with all
 * partitions that it leads. (`ReplicaFetcherThread` and `AbstractFetcherThread` in Kafka, with `num.replica.fetchers`
 * 1.)
 *
 * A follower that has records which its leader has not is told so with the fetch (KIP-595), and gives them up before it
 * fetches on. The high watermark comes with the answer: so a follower learns of it one fetch later than the leader.
 */
export class ReplicaFetcher {
  readonly #brokerId: number
  readonly #options: BrokerOptions
  readonly #network: NetworkClient
  readonly #followed = new Map<Partition, Followed>()
  /** Partitions by their leader, in the order in which they are asked for. */
  readonly #byLeader = new Map<number, Set<Followed>>()
  #brokerEpoch = -1

  constructor(brokerId: number, options: BrokerOptions, network: NetworkClient) {
    this.#brokerId = brokerId
    this.#options = options
    this.#network = network
  }

  /** The epoch of this incarnation: a leader lets no other into the isr. */
  set brokerEpoch(epoch: number) {
    this.#brokerEpoch = epoch
  }

  /** Follows its leader from now on, if there is one and it is not this broker. */
  follow(partition: Partition): void {
    const { leader, leaderEpoch } = partition
    const before = this.#followed.get(partition)
    if (before?.leader === leader && before.leaderEpoch === leaderEpoch) {
      before.retryAt = timestamp(0)
      return
    }
    this.forget(partition)
    if (partition.isLeader || leader < 0) return
    const followed = { partition, leader, leaderEpoch, retryAt: timestamp(0) }
    this.#followed.set(partition, followed)
    const others = this.#byLeader.get(leader)
    if (others === undefined) this.#byLeader.set(leader, new Set([followed]))
    else others.add(followed)
  }

  /** The partition was deleted. */
  forget(partition: Partition): void {
    const followed = this.#followed.get(partition)
    if (followed === undefined) return
    this.#followed.delete(partition)
    const others = this.#byLeader.get(followed.leader)
    others?.delete(followed)
    if (others?.size === 0) this.#byLeader.delete(followed.leader)
  }

  tick(context: Context): Timestamp {
    let next = NEVER
    for (const [leader, followed] of this.#byLeader) {
      const address: Address = `broker-${leader}`
      if (this.#network.connectionTo(address, context) === null || this.#network.inFlight(address) > 0) continue
      const due: Followed[] = []
      for (const one of followed) {
        if (one.retryAt <= context.now) due.push(one)
        else next = earliest(next, one.retryAt)
      }
      if (due.length > 0) this.#fetch(leader, due.slice(0, LEASE_SLOTS), context)
    }
    return next
  }

  /**
   * A slice is copied and given back as soon as its answer is there: a lease slot belongs to a partition for one fetch.
   */
  #fetch(leader: number, due: readonly Followed[], context: Context): void {
    const address: Address = `broker-${leader}`
    const options = this.#options
    const asked = due.map((followed): Asked => {
      return { followed, fetchOffset: followed.partition.log.logEndOffset }
    })
    const partitions = asked.map(({ followed, fetchOffset }, leaseSlot): FetchPartition => {
      const { topicId, partition, log } = followed.partition
      return {
        topicId,
        partition,
        fetchOffset,
        bytesMax: options['replica.fetch.max.bytes'],
        leaseSlot,
        currentLeaderEpoch: followed.leaderEpoch,
        lastFetchedEpoch: log.latestEpoch ?? -1,
        logStartOffset: log.logStartOffset,
      }
    })
    const request = {
      api: 'Fetch' as const,
      waitMsMax: options['replica.fetch.wait.max.ms'],
      bytesMin: options['replica.fetch.min.bytes'],
      bytesMax: options['replica.fetch.response.max.bytes'],
      readCommitted: false,
      replicaId: this.#brokerId,
      replicaEpoch: this.#brokerEpoch,
      partitions,
    }
    const connection = this.#network.connectionTo(address, context) as Connection
    this.#network.send(address, request, context, (response, later) => {
      if (response?.api !== 'Fetch') for (const { followed } of asked) this.#backOff(followed, later)
      else {
        this.#take(response, asked, connection, later)
        this.#askOthersFirst(leader, response, asked)
      }
    })
  }

  /**
   * A partition that was served is asked for last, and one that was not asked for comes first: a leader goes on only
   * until the answer is large enough. (`PartitionStates.updateAndMoveToEnd`)
   */
  #askOthersFirst(leader: number, { partitions }: FetchResponse, asked: readonly Asked[]): void {
    const all = this.#byLeader.get(leader)
    if (all === undefined) return
    const hasOthers = asked.length < all.size
    const toTheEnd = (isServed: boolean): void =>
      asked.forEach(({ followed }, index) => {
        const isMoved = (partitions[index]?.slice !== null) === isServed && all.delete(followed)
        if (isMoved) all.add(followed)
      })
    if (hasOthers) toTheEnd(false)
    toTheEnd(true)
  }

  #take(response: FetchResponse, asked: readonly Asked[], connection: Connection, context: Context): void {
    context.point('follower-answered')
    response.partitions.forEach((result, index) => {
      const one = asked[index] as Asked
      const { followed, fetchOffset } = one
      const { partition } = followed
      // The image may have named another leader since, or another epoch of this one, and the partition may be gone.
      const isCurrent = this.#followed.get(partition) === followed && partition.log.logEndOffset === fetchOffset
      if (isCurrent || !isOn('follower-checks-epoch')) this.#apply(followed, result, connection, context)
      if (result.slice !== null) connection.giveBack(index, result.slice.lease)
    })
  }

  #apply(followed: Followed, result: PartitionFetchResult, connection: Connection, context: Context): void {
    const { partition } = followed
    if (result.error === 'OFFSET_OUT_OF_RANGE') {
      partition.startAt(offset(result.logStartOffset))
    } else if (result.error === 'UNKNOWN_LEADER_EPOCH' || result.error === 'UNKNOWN_TOPIC_OR_PARTITION') {
      followed.retryAt = timestamp(context.now + IMAGE_UNDER_WAY_MS)
    } else if (result.error !== 'NONE') this.#backOff(followed, context)
    else if (result.divergingEpoch !== null) partition.truncate(result.divergingEpoch)
    else {
      // Before the append too: what is known to be committed can make room.
      partition.learn(result)
      if (result.slice !== null && this.#append(followed, result.slice, connection, context)) partition.learn(result)
    }
  }

  /** False: a batch does not fit into this log. */
  #append(
    followed: Followed,
    slice: NonNullable<PartitionFetchResult['slice']>,
    connection: Connection,
    context: Context,
  ): boolean {
    const { partition } = followed
    const memory = connection.memory(slice.segment)
    const end = slice.position + slice.bytes
    for (let at = slice.position; at < end; at += align8(batchBytes(memory, at))) {
      const appended = partition.appendAsFollower(memory, at)
      if (typeof appended === 'number') continue
      this.#backOff(followed, context)
      return false
    }
    return true
  }

  #backOff(followed: Followed, context: Context): void {
    followed.retryAt = timestamp(context.now + this.#options['replica.fetch.backoff.ms'])
  }
}
