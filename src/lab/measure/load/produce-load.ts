import { BufferExhaustedError, type KafkaError } from '../../../base/errors.js'
import type { ProducerRecord } from '../../../client/producer/producer-record.js'
import type { RecordData } from '../../../record/record.js'
import type { RecordSlot } from '../record-source.js'
import { type Load, type LoadLimit, type LoadParts, RECORDS_TRIED_OUT } from './load.js'

/**
 * Slots are used in turns, as by a program with buffers of its own: their memory is not always in the nearest cache.
 */
const SLOTS_MAX = 1_024
const SLOT_BYTES_MAX = 16 * 2 ** 20
/**
 * The shortest interval at which every acknowledgement is timed. Below it, callbacks would be most of the work: one in
 * 64 is timed.
 */
const TIMED_INTERVAL_MS_MIN = 0.01
const TIMED_MASK_FAST = 63
/** The clock is looked at after this many records. */
const BURST = 256

/**
 * Sends by `producer.produce`: one record a call, with a callback for the timed ones. Or what is between them by
 * `producer.produceMany`, so many records a call.
 */
export class ProduceLoad implements Load {
  readonly #parts: LoadParts
  readonly #recordsPerCall: number
  /** The values of one call. */
  readonly #values: RecordData[] = []
  readonly #slots: readonly RecordSlot[]
  readonly #slotMask: number
  /** Resolves when the producer has room for another batch; null while it has room. */
  #drained: Promise<void> | null = null
  sent = RECORDS_TRIED_OUT

  constructor(parts: LoadParts, recordsPerCall = 1) {
    this.#parts = parts
    this.#recordsPerCall = recordsPerCall
    const { source } = parts
    // The number of slots is a power of two, so that a mask finds the slot of a record.
    let slots = SLOTS_MAX
    while (slots > 1 && slots * source.valueBytesMean > SLOT_BYTES_MAX) slots /= 2
    this.#slotMask = slots - 1
    this.#slots = Array.from({ length: slots }, () => source.slot(parts.topic, parts.index))
  }

  async flatOut(limit: LoadLimit): Promise<void> {
    for (;;) {
      try {
        if (this.#sendUntil(limit)) return
      } catch (error) {
        onlyForWantOfRoom(error)
      }
      this.#noteFull()
      await this.unblocked()
    }
  }

  sendDue(now: number, end: number): 'sent' | 'blocked' {
    if (this.#drained !== null) return 'blocked'
    // No closure is made here: it would be garbage for each record.
    try {
      if (this.#sendDue(now, end)) return 'sent'
    } catch (error) {
      onlyForWantOfRoom(error)
    }
    this.#noteFull()
    return 'blocked'
  }

  unblocked(): Promise<void> {
    return this.#drained ?? Promise.resolve()
  }

  #sendDue(now: number, end: number): boolean {
    const { sendTimes, producer } = this.#parts
    const timedMask = sendTimes.intervalMs < TIMED_INTERVAL_MS_MIN ? TIMED_MASK_FAST : 0
    while (this.sent < end) {
      const count = this.sent
      const dueAt = sendTimes.dueAt(count)
      if (dueAt > now) break
      const hasRoom =
        (count & timedMask) === 0 ? this.#produceTimed(count, dueAt) : producer.produce(this.#filled(count))
      this.sent += 1
      if (!hasRoom) return false
    }
    return true
  }

  /** Waits for the producer to be drained; what is left is sent then. */
  #noteFull(): void {
    this.#drained = this.#parts.producer.drained().then(() => {
      this.#drained = null
    })
  }

  #sendUntil({ end, deadline }: LoadLimit): boolean {
    const { clock, producer, sendTimes } = this.#parts
    const { sampleMask } = sendTimes
    const slots = this.#slots
    const slotMask = this.#slotMask
    let count = this.sent
    try {
      while (count < end) {
        const burstEnd = Math.min(end, count + BURST)
        while (count < burstEnd) {
          let hasRoom: boolean
          if ((count & sampleMask) === 0) hasRoom = this.#sampled(count)
          else if (this.#recordsPerCall > 1) {
            const taken = this.#produceMany(count, Math.min(burstEnd, (count | sampleMask) + 1))
            count += taken
            if (taken < this.#values.length) return false
            continue
          } else {
            const slot = slots[count & slotMask]!
            slot.fill(count)
            hasRoom = producer.produce(slot.record)
          }
          count += 1
          if (!hasRoom) return false
        }
        if (clock.now() >= deadline) break
      }
      return true
    } finally {
      this.sent = count
    }
  }

  /** Sends records up to `end`, as many as a call has. Returns how many were taken. */
  #produceMany(count: number, end: number): number {
    const { producer, topic } = this.#parts
    const values = this.#values
    const callEnd = Math.min(end, count + this.#recordsPerCall)
    values.length = 0
    for (let next = count; next < callEnd; next++) values.push(this.#filled(next).value)
    return producer.produceMany(topic, values)
  }

  #sampled(count: number): boolean {
    const sentAt = this.#parts.clock.now()
    this.#parts.sendTimes.note(count, sentAt)
    return this.#produceTimed(count, sentAt)
  }

  #produceTimed(count: number, sentAt: number): boolean {
    const { producer, clock, acknowledgements } = this.#parts
    const onDelivery = (error: KafkaError | null): void => {
      if (error === null) acknowledgements.latencies.record((clock.now() - sentAt) * 1e3)
    }
    return producer.produce(this.#filled(count), onDelivery)
  }

  #filled(count: number): ProducerRecord {
    const slot = this.#slots[count & this.#slotMask]!
    slot.fill(count)
    return slot.record
  }
}

/** Rethrows all errors but want of room: a record larger than a batch was not taken then, and comes again. */
function onlyForWantOfRoom(error: unknown): void {
  if (!(error instanceof BufferExhaustedError)) throw error
}
