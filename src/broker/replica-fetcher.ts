import type { NetworkClient } from '../actor/network-client.js'
import type { Address, Connection, Context } from '../actor/types.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { isOn } from '../base/guards.js'
import { earliest, leaderEpoch, NEVER, type Offset, offset, type Timestamp, timestamp } from '../base/ids.js'
import { align8 } from '../base/memory.js'
import type { SharedLog } from '../log/shared-log.js'
import type { DivergingEpoch, FetchPartition, FetchResponse, PartitionFetchResult } from '../protocol/fetch.js'
import { batchBytes } from '../record/record-batch.js'
import type { Partition } from './partition.js'

/** How long a follower waits whose image is newer than its leader's: that one is on its way. */
const IMAGE_UNDER_WAY_MS = 5

interface Followed {
  readonly partition: Partition
  /** Which of the connection's lease words is its own. */
  readonly leaseSlot: number
  /** Of the leader's epoch in which it is followed. */
  leaderEpoch: number
  retryAt: Timestamp
}

interface Asked {
  readonly followed: Followed
  readonly leaderEpoch: number
  readonly fetchOffset: Offset
}

/**
 * Follows: fetches what other brokers lead, and appends it unchanged. One fetch is under way for each of them, with all
 * partitions that it leads. (`ReplicaFetcherThread` and `AbstractFetcherThread` in Kafka, with `num.replica.fetchers` 1.)
 *
 * A follower that has records which its leader has not is told so with the fetch (KIP-595), and gives them up before it fetches
 * on. The high watermark comes with the answer: so a follower learns of it one fetch later than the leader.
 */
export class ReplicaFetcher {
  readonly #brokerId: number
  readonly #options: BrokerOptions
  readonly #network: NetworkClient
  readonly #byLeader = new Map<number, Followed[]>()
  readonly #slots: (Followed | undefined)[] = []
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
    const before = this.#slots.find((followed) => followed?.partition === partition)
    if (before !== undefined) this.#unlist(before)
    if (partition.isLeader || partition.leader < 0) {
      if (before !== undefined) this.#slots[before.leaseSlot] = undefined
      return
    }
    const followed = before ?? this.#newFollowed(partition)
    followed.leaderEpoch = partition.leaderEpoch
    followed.retryAt = timestamp(0)
    const others = this.#byLeader.get(partition.leader)
    if (others === undefined) this.#byLeader.set(partition.leader, [followed])
    else others.push(followed)
  }

  /** It was deleted. */
  forget(partition: Partition): void {
    const followed = this.#slots.find((candidate) => candidate?.partition === partition)
    if (followed === undefined) return
    this.#unlist(followed)
    this.#slots[followed.leaseSlot] = undefined
  }

  tick(context: Context): Timestamp {
    let next = NEVER
    for (const [leader, followed] of this.#byLeader) {
      const address: Address = `broker-${leader}`
      if (this.#network.connectionTo(address, context) === null || this.#network.inFlight(address) > 0) continue
      const due = followed.filter(({ retryAt }) => retryAt <= context.now)
      for (const { retryAt } of followed) if (retryAt > context.now) next = earliest(next, retryAt)
      if (due.length > 0) this.#fetch(address, due, context)
    }
    return next
  }

  #newFollowed(partition: Partition): Followed {
    const free = this.#slots.indexOf(undefined)
    const leaseSlot = free < 0 ? this.#slots.length : free
    const followed = { partition, leaseSlot, leaderEpoch: -1, retryAt: timestamp(0) }
    this.#slots[leaseSlot] = followed
    return followed
  }

  #unlist(followed: Followed): void {
    for (const [leader, list] of this.#byLeader) {
      if (!list.includes(followed)) continue
      const rest = list.filter((other) => other !== followed)
      if (rest.length === 0) this.#byLeader.delete(leader)
      else this.#byLeader.set(leader, rest)
    }
  }

  #fetch(leader: Address, due: readonly Followed[], context: Context): void {
    const options = this.#options
    const asked = due.map((followed): Asked => {
      const { logEndOffset } = followed.partition.log
      return { followed, leaderEpoch: followed.leaderEpoch, fetchOffset: logEndOffset }
    })
    const partitions = asked.map(({ followed, leaderEpoch, fetchOffset }): FetchPartition => {
      const { topicId, partition, log } = followed.partition
      return {
        topicId,
        partition,
        fetchOffset,
        bytesMax: options['replica.fetch.max.bytes'],
        leaseSlot: followed.leaseSlot,
        currentLeaderEpoch: leaderEpoch,
        lastFetchedEpoch: log.epochs.latest ?? -1,
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
    const connection = this.#network.connectionTo(leader, context) as Connection
    this.#network.send(leader, request, context, (response, later) => {
      if (response?.api === 'Fetch') this.#take(response, asked, connection, later)
      else for (const one of asked) if (isFollowedStill(one)) this.#backOff(one.followed, later)
    })
  }

  #take(response: FetchResponse, asked: readonly Asked[], connection: Connection, context: Context): void {
    context.point('follower-answered')
    response.partitions.forEach((result, index) => {
      const one = asked[index] as Asked
      const { followed, fetchOffset } = one
      const isCurrent =
        isFollowedStill(one) &&
        this.#slots[followed.leaseSlot] === followed &&
        followed.partition.log.logEndOffset === fetchOffset
      if (isCurrent || !isOn('follower-checks-epoch')) this.#apply(followed, result, connection, context)
      if (result.slice !== null) connection.giveBack(followed.leaseSlot, result.slice.lease)
    })
  }

  #apply(followed: Followed, result: PartitionFetchResult, connection: Connection, context: Context): void {
    const { log } = followed.partition
    if (result.error === 'OFFSET_OUT_OF_RANGE') {
      // What the leader still has begins behind this log, or ends before it.
      log.truncateFullyAndStartAt(offset(result.logStartOffset))
    } else if (result.error === 'UNKNOWN_LEADER_EPOCH') {
      followed.retryAt = timestamp(context.now + IMAGE_UNDER_WAY_MS)
    } else if (result.error !== 'NONE') this.#backOff(followed, context)
    else if (result.divergingEpoch !== null) truncate(followed.partition, result.divergingEpoch)
    else {
      // Before the append too: a log may be full just because it does not know yet that its oldest segment is committed.
      learn(log, result)
      if (result.slice !== null && this.#append(followed, result.slice, connection, context)) learn(log, result)
    }
  }

  /** False: this log has no room for now. */
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
      const appended = partition.log.appendAsFollower(memory, at, batchBytes(memory, at))
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

/** False: the image has named another leader since, or another epoch of this one. */
const isFollowedStill = ({ followed, leaderEpoch }: Asked): boolean => followed.leaderEpoch === leaderEpoch

/** What the leader says of the records that this log holds: how many are committed, and which are deleted. */
function learn(log: SharedLog, { highWatermark, logStartOffset }: PartitionFetchResult): void {
  const known = isOn('watermark-within-log') ? Math.min(highWatermark, log.logEndOffset) : highWatermark
  if (known > log.highWatermark) log.advanceHighWatermark(offset(known))
  if (logStartOffset > log.logStartOffset) log.deleteRecordsBefore(offset(logStartOffset))
}

/** `AbstractFetcherThread.getOffsetTruncationState`: down to where both logs agree, or to where they may. */
function truncate({ log }: Partition, { epoch, endOffset }: DivergingEpoch): void {
  const own = log.epochs.endOf(leaderEpoch(epoch), log.logEndOffset)
  if (own === null) return
  log.truncate(offset(own.leaderEpoch === epoch ? Math.min(endOffset, own.endOffset) : own.endOffset))
}
