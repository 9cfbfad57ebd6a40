import { type Offset, offset } from '../../base/ids.js'
import { align8, Memory } from '../../base/memory.js'
import type { Partition } from '../../broker/partition.js'
import { BatchOpener, type BatchPlace } from '../../record/batch-opener.js'
import { BatchReader } from '../../record/batch-reader.js'
import { batchBytes, lastOffset } from '../../record/record-batch.js'
import { BrokenInvariant } from './broken-invariant.js'
import type { SeenBroker } from './invariants.js'

/** A record as it is told apart: its key, and its value or null. */
export interface SeenRecord {
  readonly key: string
  readonly value: string | null
}

/** What is known of one partition, from all replicas together. */
interface Known {
  /** Every record that was committed and seen before it was compacted, by its offset. */
  readonly records: Map<number, SeenRecord>
  /** The highest offset that was committed; exclusive. */
  highWatermark: number
}

/** One incarnation of a replica, as it was seen last. */
interface Replica {
  readonly known: Known
  /** The records from the high watermark on. */
  readonly tail: Map<number, SeenRecord>
  highWatermark: number
  logEndOffset: number
}

/**
 * Looks at logs that are compacted, from outside: whoever reads one of them to the end of what is committed must know
 * of each key what somebody knows who has read every record that was ever committed.
 *
 * A record that is compacted in the turn in which it was committed may never be seen. It was not the latest of its key,
 * so nobody misses it.
 */
export class CompactedLogs {
  readonly #known = new Map<string, Known>()
  readonly #replicas = new Map<Partition, Replica>()
  readonly #opener = new BatchOpener()
  readonly #reader = new BatchReader(Memory.allocate(8))
  readonly #onCommitted: (topicId: number, record: SeenRecord) => void

  /** Tells `onCommitted` of each record once, when it is committed. */
  constructor(onCommitted: (topicId: number, record: SeenRecord) => void = () => {}) {
    this.#onCommitted = onCommitted
  }

  /** Takes in what was appended, given up and committed in the turn. Cheap where nothing was. */
  afterTurn({ partitions }: SeenBroker): void {
    for (const partition of partitions) if (partition.isCompacted) this.#look(partition)
  }

  /** Reads every replica that holds all that is committed. */
  whole({ brokerId, partitions }: SeenBroker): void {
    for (const partition of partitions) {
      const replica = this.#replicas.get(partition)
      if (replica === undefined || replica.highWatermark < replica.known.highWatermark) continue
      const held = this.#recordsOf(partition, partition.log.logStartOffset)
      const says = difference(
        latestOf(held, replica.highWatermark),
        latestOf(replica.known.records, replica.highWatermark),
      )
      if (says !== null) throw new BrokenInvariant('I27', `broker ${brokerId}, ${partition.topicId}-0: ${says}`)
    }
  }

  #look(partition: Partition): void {
    const { log } = partition
    const replica = this.#replicas.get(partition) ?? this.#hold(partition)
    if (log.logEndOffset === replica.logEndOffset && log.highWatermark === replica.highWatermark) return
    for (const at of replica.tail.keys()) if (at >= log.logEndOffset) replica.tail.delete(at)
    const from = offset(Math.min(replica.logEndOffset, log.logEndOffset))
    for (const [at, record] of this.#recordsOf(partition, from)) replica.tail.set(at, record)
    replica.logEndOffset = log.logEndOffset
    replica.highWatermark = log.highWatermark
    const { known } = replica
    known.highWatermark = Math.max(known.highWatermark, log.highWatermark)
    for (const [at, record] of replica.tail) {
      if (at >= log.highWatermark) continue
      replica.tail.delete(at)
      const before = known.records.get(at)
      if (before === undefined) {
        known.records.set(at, record)
        this.#onCommitted(partition.topicId, record)
      } else if (before.key !== record.key || before.value !== record.value)
        throw new BrokenInvariant('I3', `${partition.topicId}-0: other records at offset ${at}`)
    }
  }

  #hold(partition: Partition): Replica {
    const name = `${partition.topicId}-${partition.partition}`
    const known = this.#known.get(name) ?? { records: new Map(), highWatermark: 0 }
    this.#known.set(name, known)
    const replica = { known, tail: new Map(), highWatermark: 0, logEndOffset: 0 }
    this.#replicas.set(partition, replica)
    return replica
  }

  #recordsOf({ log }: Partition, from: Offset): Map<number, SeenRecord> {
    const records = new Map<number, SeenRecord>()
    for (let next = from; ; ) {
      const slice = log.read(next, { bytesMax: 2 ** 20, isolation: 'LOG_END' })
      if (slice === null || slice === 'OFFSET_OUT_OF_RANGE') return records
      const memory = log.memoryOf(slice.segment)
      const end = slice.position + slice.bytes
      for (let at: number = slice.position; at < end; at += align8(batchBytes(memory, at))) {
        const readable = this.#opener.open(memory, at) as BatchPlace
        const reader = this.#reader.reset(readable.memory, readable.at)
        while (reader.next()) if (reader.offset >= from) records.set(reader.offset, recordIn(reader))
        next = offset(lastOffset(memory, at) + 1)
      }
    }
  }
}

function recordIn({ memory, keyPosition, keyBytes, valuePosition, valueBytes }: BatchReader): SeenRecord {
  const text = (at: number, bytes: number): string => memory.bytes.toString('latin1', at, at + bytes)
  return { key: text(keyPosition, keyBytes), value: valueBytes < 0 ? null : text(valuePosition, valueBytes) }
}

/** The value of each key that has one, as whoever has read the records before this offset knows it. */
function latestOf(records: ReadonlyMap<number, SeenRecord>, end: number): Map<string, string> {
  const latest = new Map<string, string>()
  for (const at of [...records.keys()].sort((a, b) => a - b)) {
    if (at >= end) break
    const { key, value } = records.get(at) as SeenRecord
    if (value === null) latest.delete(key)
    else latest.set(key, value)
  }
  return latest
}

function difference(held: ReadonlyMap<string, string>, known: ReadonlyMap<string, string>): string | null {
  for (const [key, value] of known) if (held.get(key) !== value) return `${key} is ${held.get(key)} and was ${value}`
  for (const [key, value] of held) if (!known.has(key)) return `${key} is ${value} and was deleted`
  return null
}
