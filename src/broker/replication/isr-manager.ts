import type { Address } from '../../actor/address.js'
import type { NetworkClient } from '../../actor/network-client.js'
import type { Context } from '../../actor/types.js'
import { isOn } from '../../base/guards.js'
import { NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { Response } from '../../protocol/api.js'
import type { AlterPartitionRequest, AlterPartitionResponse, IsrMember } from '../../protocol/apis/alter-partition.js'
import type { Partition } from '../partition.js'

interface Wanted {
  readonly partition: Partition
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  readonly newIsr: readonly IsrMember[]
}

/** How long a request to the controller that could not be sent or was lost is put off. */
const RETRY_MS = 50

/**
 * Asks the controller for changes of isrs: one request at a time, with all partitions that want one by then.
 * (`AlterPartitionManager` in Kafka, KIP-497.)
 */
export class IsrManager {
  readonly #brokerId: number
  readonly #controller: Address
  readonly #network: NetworkClient
  readonly #onSettled: (partition: Partition, context: Context) => void
  #brokerEpoch = -1
  #wanted: Wanted[] = []
  #isAsking = false
  #retryAt = timestamp(0)

  /** `onSettled`: an isr was committed or refused, so the high watermark may wait for others than before. */
  constructor(parts: {
    readonly brokerId: number
    readonly controller: Address
    readonly network: NetworkClient
    readonly onSettled: (partition: Partition, context: Context) => void
  }) {
    this.#brokerId = parts.brokerId
    this.#controller = parts.controller
    this.#network = parts.network
    this.#onSettled = parts.onSettled
  }

  set brokerEpoch(epoch: number) {
    this.#brokerEpoch = epoch
  }

  /** A partition that this broker leads is to have another isr; null: it is not. */
  ask(partition: Partition, newIsr: readonly IsrMember[] | null): void {
    if (newIsr === null) return
    partition.isr.ask(newIsr)
    const { leaderEpoch, partitionEpoch } = partition
    this.#wanted.push({ partition, leaderEpoch, partitionEpoch, newIsr })
    if (!isOn('isr-commits-last')) partition.isr.commit(newIsr.map(({ brokerId }) => brokerId))
  }

  tick(context: Context): Timestamp {
    if (this.#wanted.length === 0 || this.#isAsking) return NEVER
    if (context.now < this.#retryAt) return this.#retryAt
    const asked = this.#wanted.filter((wanted) => isStillWanted(wanted))
    this.#wanted = []
    return asked.length === 0 ? NEVER : this.#ask(asked, context)
  }

  #ask(asked: readonly Wanted[], context: Context): Timestamp {
    const sent = this.#network.send(this.#controller, this.#request(asked), context, (response, later) => {
      this.#isAsking = false
      this.#take(response, asked, later)
    })
    if (sent === 'sent') this.#isAsking = true
    else this.#later(asked, context)
    return this.#isAsking ? NEVER : this.#retryAt
  }

  #request(asked: readonly Wanted[]): AlterPartitionRequest {
    return {
      api: 'AlterPartition',
      brokerId: this.#brokerId,
      brokerEpoch: this.#brokerEpoch,
      partitions: asked.map(({ partition: { topicId, partition }, leaderEpoch, partitionEpoch, newIsr }) => {
        return { topicId, partition, leaderEpoch, partitionEpoch, newIsr }
      }),
    }
  }

  #take(response: Response | null, asked: readonly Wanted[], context: Context): void {
    if (response?.api !== 'AlterPartition' || response.error !== 'NONE') return this.#later(asked, context)
    for (const [index, result] of response.partitions.entries()) this.#settle(asked[index] as Wanted, result, context)
  }

  /** `Partition.handleAlterPartitionError`: what the image will tell is waited for, the rest is asked again. */
  #settle(wanted: Wanted, result: AlterPartitionResponse['partitions'][number], context: Context): void {
    if (!isStillWanted(wanted)) return
    const { partition } = wanted
    switch (result.error) {
      case 'NONE':
        partition.committed(result.isr, result.partitionEpoch)
        return this.#onSettled(partition, context)
      case 'INELIGIBLE_REPLICA':
      case 'OPERATION_NOT_ATTEMPTED':
        partition.isr.takeBack()
        return this.#onSettled(partition, context)
      case 'UNKNOWN_TOPIC_OR_PARTITION':
      case 'INVALID_REQUEST':
      case 'INVALID_UPDATE_VERSION':
      case 'NEW_LEADER_ELECTED':
      case 'FENCED_LEADER_EPOCH':
        return
      default:
        this.#later([wanted], context)
    }
  }

  #later(asked: readonly Wanted[], context: Context): void {
    this.#wanted.push(...asked)
    this.#retryAt = timestamp(context.now + RETRY_MS)
  }
}

/** False: the controller has said something else since. */
function isStillWanted({ partition, leaderEpoch, partitionEpoch, newIsr }: Wanted): boolean {
  if (!partition.isLeader || partition.leaderEpoch !== leaderEpoch) return false
  return partition.partitionEpoch === partitionEpoch && partition.isr.pending === newIsr
}
