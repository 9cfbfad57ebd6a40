import { offset } from '../../base/ids.js'
import { align8 } from '../../base/memory.js'
import { counted } from '../../base/words.js'
import type { Partition } from '../../broker/partition.js'
import type { PartitionMetadata } from '../../protocol/apis/metadata.js'
import { CRC_AT } from '../../record/layout.js'
import { baseOffset, batchBytes, isCrcValid, lastOffset, partitionLeaderEpoch } from '../../record/record-batch.js'
import { BrokenInvariant, type InvariantId } from './broken-invariant.js'
import { Laggards } from './laggards.js'

/** One incarnation of a broker, as the simulation sees it from outside. */
export interface SeenBroker {
  readonly brokerId: number
  readonly partitions: Iterable<Partition>
  /** Whether the controller counts on this broker: it is in the isr or in the elr. */
  isCountedOn(topicId: number, partition: number): boolean
}

/** The controller's image, as far as it is checked. */
export interface SeenImage {
  readonly fenced: ReadonlySet<number>
  readonly topics: readonly {
    readonly topicId: number
    readonly minIsr: number
    readonly partitions: readonly PartitionMetadata[]
  }[]
}

/** One batch of a log. */
interface SeenBatch {
  readonly baseOffset: number
  readonly nextOffset: number
  readonly epoch: number
  readonly crc: number
}

/** Everything that was ever committed of a partition, and who led it. */
interface Committed {
  highWatermark: number
  readonly batches: Map<number, SeenBatch>
  readonly leaders: Map<number, { readonly self: string; highWatermark: number }>
  /** The offset that each broker has reached, without what it gave up again; what it lost with its memory counts. */
  readonly reached: Map<number, number>
  /** Whether a replica's log was once cut from below: nobody can tell any more what it has held. */
  isCut: boolean
}

/** One incarnation of a replica, as it was seen last. */
interface Holder {
  readonly broker: SeenBroker
  readonly partition: Partition
  readonly committed: Committed
  /** The holder's name, for people. */
  readonly at: string
  isLeader: boolean
  leaderEpoch: number
  partitionEpoch: number
  highWatermark: number
  logEndOffset: number
  /** The batches from the high watermark on. */
  tail: SeenBatch[]
}

/**
 * Looks at every broker from outside, and throws a BrokenInvariant. `afterTurn` is cheap: it looks at what the turn has
 * moved. `whole` looks at everything.
 */
export class Invariants {
  readonly #committed = new Map<string, Committed>()
  readonly #holders = new Map<Partition, Holder>()
  readonly #laggards: Laggards
  /** How often a broker heard of a leader epoch and had missed the one before. */
  skippedEpochs = 0

  constructor(lagMsMax: number) {
    this.#laggards = new Laggards(lagMsMax)
  }

  /** Returns the highest committed offset of a partition, exclusive. */
  committedOf(topicId: number, partition: number): number {
    return this.#committed.get(`${topicId}-${partition}`)?.highWatermark ?? 0
  }

  afterTurn(broker: SeenBroker, now: number): void {
    for (const partition of broker.partitions) {
      const holder = this.#holders.get(partition) ?? this.#hold(broker, partition)
      const { committed } = holder
      if (partition.log.logStartOffset > 0) committed.isCut = true
      if (committed.isCut) continue
      if (hasMoved(holder)) this.#look(holder)
      this.#laggards.look(partition, (id) => committed.reached.get(id) ?? 0, now)
    }
  }

  /** Checks every running broker, and the image. */
  whole(brokers: readonly SeenBroker[], image: SeenImage): void {
    for (const { topicId, minIsr, partitions } of image.topics) {
      for (const metadata of partitions) {
        this.#checkImage(`${topicId}-${metadata.partition}`, metadata, minIsr, image.fenced)
        if (this.#of(`${topicId}-${metadata.partition}`).isCut) continue
        const held = new Map<number, Partition>()
        for (const broker of brokers) {
          for (const partition of broker.partitions) {
            if (partition.topicId === topicId && partition.partition === metadata.partition)
              held.set(broker.brokerId, partition)
          }
        }
        // The controller does not count on a new incarnation that it does not know yet.
        for (const id of image.fenced) held.delete(id)
        this.#checkReplicas(`${topicId}-${metadata.partition}`, metadata, held)
      }
    }
  }

  #hold(broker: SeenBroker, partition: Partition): Holder {
    const name = `${partition.topicId}-${partition.partition}`
    const holder = {
      broker,
      partition,
      committed: this.#of(name),
      at: `broker ${broker.brokerId}, ${name}`,
      isLeader: false,
      leaderEpoch: NOT_SEEN,
      partitionEpoch: NOT_SEEN,
      highWatermark: partition.log.logStartOffset,
      logEndOffset: partition.log.logStartOffset,
      tail: [],
    }
    this.#holders.set(partition, holder)
    return holder
  }

  #look(holder: Holder): void {
    const { broker, partition, committed, at } = holder
    const { log } = partition
    if (partition.leaderEpoch < holder.leaderEpoch || partition.partitionEpoch < holder.partitionEpoch)
      violated('I2', `${at}: leader epoch ${holder.leaderEpoch} to ${partition.leaderEpoch}`)
    if (holder.leaderEpoch >= 0 && partition.leaderEpoch > holder.leaderEpoch + 1) this.skippedEpochs += 1
    holder.isLeader = partition.isLeader
    holder.partitionEpoch = partition.partitionEpoch
    holder.leaderEpoch = partition.leaderEpoch
    const reached = committed.reached.get(broker.brokerId) ?? 0
    if (log.logEndOffset > reached || holder.logEndOffset >= reached)
      committed.reached.set(broker.brokerId, log.logEndOffset)
    if (partition.isLeader) this.#checkLeader(holder)
    if (log.highWatermark > log.logEndOffset) violated('I9', `${at}: ${log.highWatermark} of ${log.logEndOffset}`)
    if (log.highWatermark < holder.highWatermark)
      violated('I9', `${at}: from ${holder.highWatermark} to ${log.highWatermark}`)
    this.#lookAtTail(holder)
  }

  /** Looks at what was appended, given up and committed since the last look. */
  #lookAtTail(holder: Holder): void {
    const { broker, committed, at } = holder
    const { log, topicId, partition } = holder.partition
    if (log.logEndOffset < holder.logEndOffset) {
      const given = holder.tail.filter(({ nextOffset }) => nextOffset > log.logEndOffset)
      holder.tail = holder.tail.filter(({ nextOffset }) => nextOffset <= log.logEndOffset)
      for (const batch of given) {
        const known = committed.batches.get(batch.baseOffset)
        // A replica that nobody counts on may follow a leader of the past for a while, and fetches the batch again.
        if (known !== undefined && isSame(known, batch, holder) && broker.isCountedOn(topicId, partition))
          violated('I10', `${at}: the batch at ${batch.baseOffset}`)
      }
    } else if (log.logEndOffset > holder.logEndOffset) holder.tail.push(...batchesOf(log, holder.logEndOffset, at))
    holder.logEndOffset = log.logEndOffset
    if (log.highWatermark === holder.highWatermark) return
    for (const batch of holder.tail) {
      if (batch.baseOffset >= log.highWatermark) break
      const known = committed.batches.get(batch.baseOffset)
      if (known === undefined) committed.batches.set(batch.baseOffset, batch)
      else if (!isSame(known, batch, holder))
        violated(
          'I3',
          `${at}: the batch at ${batch.baseOffset} is of epoch ${batch.epoch}, the committed one of ${known.epoch}`,
        )
    }
    holder.tail = holder.tail.filter(({ nextOffset }) => nextOffset > log.highWatermark)
    holder.highWatermark = log.highWatermark
    committed.highWatermark = Math.max(committed.highWatermark, log.highWatermark)
  }

  #checkLeader({ broker, partition, committed, at }: Holder): void {
    const { leaderEpoch, log } = partition
    const self = `${broker.brokerId}`
    const known = committed.leaders.get(leaderEpoch)
    if (known === undefined) {
      // A leader that hears late of its election may have a successor that has committed more.
      const before = [...committed.leaders].filter(([epoch]) => epoch < leaderEpoch)
      const end = Math.max(0, ...before.map(([, { highWatermark }]) => highWatermark))
      if (log.logEndOffset < end)
        violated('I5', `${at}: leads epoch ${leaderEpoch} up to ${log.logEndOffset} of ${end}`)
      committed.leaders.set(leaderEpoch, { self, highWatermark: log.highWatermark })
    } else if (known.self !== self) violated('I1', `${at}: epoch ${leaderEpoch} is led by broker ${known.self} as well`)
    else known.highWatermark = log.highWatermark
    if (log.highWatermark <= committed.highWatermark) return
    const holds = (id: number): boolean => (committed.reached.get(id) ?? 0) >= log.highWatermark
    const missing = partition.isr.committed.filter((id) => !holds(id))
    if (missing.length > 0) violated('I8', `${at}: ${log.highWatermark} without broker ${missing.join(', ')}`)
    const holders = partition.replicas.filter(holds)
    if (holders.length < partition.minIsr)
      violated(
        'I11',
        `${at}: ${log.highWatermark} on ${counted(holders.length, 'replica')}, the minimum is ${partition.minIsr}`,
      )
  }

  #checkImage(name: string, metadata: PartitionMetadata, minIsrWanted: number, fenced: ReadonlySet<number>): void {
    const { isr, elr, replicas, leader } = metadata
    const minIsr = Math.min(minIsrWanted, replicas.length)
    const says = `${name}: isr ${isr.join(',')}, elr ${elr.join(',')}, leader ${leader}`
    if (isr.some((id) => fenced.has(id) || !replicas.includes(id))) violated('I12', says)
    if (elr.some((id) => isr.includes(id) || !replicas.includes(id))) violated('I12', says)
    if (isr.length >= minIsr && elr.length > 0) violated('I12', says)
    if (leader >= 0 && !isr.includes(leader)) violated('I12', says)
  }

  #checkReplicas(name: string, metadata: PartitionMetadata, held: ReadonlyMap<number, Partition>): void {
    const { highWatermark } = this.#of(name)
    for (const id of [...metadata.isr, ...metadata.elr]) {
      const partition = held.get(id)
      if (partition !== undefined && partition.log.logEndOffset < highWatermark)
        violated('I6', `broker ${id}, ${name}: ends at ${partition.log.logEndOffset} of ${highWatermark}`)
    }
    const leader = held.get(metadata.leader)
    if (leader === undefined || !leader.isLeader || leader.leaderEpoch !== metadata.leaderEpoch) return
    for (const id of metadata.isr) {
      if (!leader.isr.includesMaximal(id)) violated('I7', `broker ${metadata.leader}, ${name}: does not count on ${id}`)
    }
  }

  #of(name: string): Committed {
    let committed = this.#committed.get(name)
    if (committed === undefined) {
      committed = { highWatermark: 0, batches: new Map(), leaders: new Map(), reached: new Map(), isCut: false }
      this.#committed.set(name, committed)
    }
    return committed
  }
}

/** Less than any epoch. */
const NOT_SEEN = -2

/** Whether there is anything new to look at since the last time. */
function hasMoved({ partition, isLeader, leaderEpoch, partitionEpoch, highWatermark, logEndOffset }: Holder): boolean {
  const { log } = partition
  return (
    log.logEndOffset !== logEndOffset ||
    log.highWatermark !== highWatermark ||
    partition.leaderEpoch !== leaderEpoch ||
    partition.partitionEpoch !== partitionEpoch ||
    partition.isLeader !== isLeader
  )
}

/** Each replica compacts by itself, so there what is left of a batch differs. */
const isSame = (a: SeenBatch, b: SeenBatch, { partition }: Holder): boolean =>
  a.nextOffset === b.nextOffset && a.epoch === b.epoch && (a.crc === b.crc || partition.isCompacted)

/** Lists the batches of a log from an offset on, at which a batch begins. */
function batchesOf(log: Partition['log'], from: number, at: string): SeenBatch[] {
  const batches: SeenBatch[] = []
  for (let next = from; next < log.logEndOffset; ) {
    const slice = log.read(offset(next), { bytesMax: 2 ** 30, isolation: 'LOG_END' })
    if (slice === null || slice === 'OFFSET_OUT_OF_RANGE')
      return violated('I20', `${at}: nothing is to be read at ${next}`)
    const memory = log.memoryOf(slice.segment)
    const end = slice.position + slice.bytes
    for (let place: number = slice.position; place < end; place += align8(batchBytes(memory, place))) {
      if (!isCrcValid(memory, place)) violated('I20', `${at}: the batch at ${next} does not match its CRC`)
      batches.push({
        baseOffset: baseOffset(memory, place),
        nextOffset: lastOffset(memory, place) + 1,
        epoch: partitionLeaderEpoch(memory, place),
        crc: memory.view.getUint32(place + CRC_AT),
      })
      next = lastOffset(memory, place) + 1
    }
  }
  return batches
}

function violated(invariant: InvariantId, says: string): never {
  throw new BrokenInvariant(invariant, says)
}
