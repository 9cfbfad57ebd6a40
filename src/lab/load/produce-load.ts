import type { KafkaError } from '../../base/errors.js'
import type { RecordSlot } from '../record-source.js'
import { isSampled } from '../send-times.js'
import { type Load, type LoadLimit, type LoadParts, RECORDS_TRIED_OUT } from './load.js'

/** Slots used in turns, as a program would that has its own buffers: their memory is not always in the nearest cache. */
const SLOTS = 1_024
/** The clock is looked at after this many records. */
const BURST = 256

/** `producer.produce`: one record a call, with a callback for those that are timed. */
export class ProduceLoad implements Load {
  readonly #parts: LoadParts
  readonly #slots: readonly RecordSlot[]
  sent = RECORDS_TRIED_OUT

  constructor(parts: LoadParts) {
    this.#parts = parts
    this.#slots = Array.from({ length: SLOTS }, () => parts.source.slot(parts.topic, parts.index))
  }

  async flatOut(limit: LoadLimit): Promise<void> {
    while (!this.#sendUntil(limit)) await this.unblocked()
  }

  sendDue(now: number, end: number): 'sent' | 'blocked' {
    const { sendTimes } = this.#parts
    for (; this.sent < end; this.sent += 1) {
      const dueAt = sendTimes.dueAt(this.sent)
      if (dueAt > now) break
      if (!this.#produceTimed(this.sent, dueAt)) return 'blocked'
    }
    return 'sent'
  }

  unblocked(): Promise<void> {
    return this.#parts.producer.drained()
  }

  /** False: the producer takes no more for now. */
  #sendUntil({ end, deadline }: LoadLimit): boolean {
    const { clock, producer } = this.#parts
    const slots = this.#slots
    let count = this.sent
    while (count < end) {
      const burstEnd = Math.min(end, count + BURST)
      for (; count < burstEnd; count++) {
        let isTaken: boolean
        if (isSampled(count)) isTaken = this.#sampled(count)
        else {
          const slot = slots[count & (SLOTS - 1)]!
          slot.fill(count)
          isTaken = producer.produce(slot.record)
        }
        if (isTaken) continue
        this.sent = count
        return false
      }
      if (clock.now() >= deadline) break
    }
    this.sent = count
    return true
  }

  #sampled(count: number): boolean {
    const sentAt = this.#parts.clock.now()
    this.#parts.sendTimes.note(count, sentAt)
    return this.#produceTimed(count, sentAt)
  }

  #produceTimed(count: number, sentAt: number): boolean {
    const { producer, clock, acknowledgements } = this.#parts
    const slot = this.#slots[count & (SLOTS - 1)]!
    slot.fill(count)
    const onDelivery = (error: KafkaError | null): void => {
      if (error === null) acknowledgements.latencies.record((clock.now() - sentAt) * 1e3)
    }
    return producer.produce(slot.record, onDelivery)
  }
}
