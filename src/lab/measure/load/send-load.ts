import { KafkaError } from '../../../base/errors.js'
import type { ProducerMessage } from '../../../client/producer/producer-record.js'
import type { RecordSlot } from '../record-source.js'
import { type Load, type LoadLimit, type LoadParts, RECORDS_TRIED_OUT } from './load.js'

export interface SendShape {
  readonly recordsPerCall: number
  /** Calls under way at once. */
  readonly outstanding: number
}

/**
 * The records of one call. Nobody touches them until the call is settled: a call that waits for memory reads them
 * later.
 */
interface Call {
  readonly slots: readonly RecordSlot<ProducerMessage>[]
  readonly messages: readonly ProducerMessage[]
}

/** Sends by `await producer.send`: some records a call, some calls at once. The call is timed. */
export class SendLoad implements Load {
  readonly #parts: LoadParts
  readonly #shape: SendShape
  readonly #free: Call[]
  #wake: (() => void) | null = null
  /** The error of a call that failed although no batch did; nothing more is sent then. */
  #failure: unknown = null
  #hasFailed = false
  sent = RECORDS_TRIED_OUT

  constructor(parts: LoadParts, shape: SendShape) {
    this.#parts = parts
    this.#shape = shape
    this.#free = Array.from({ length: shape.outstanding }, () => {
      const slots = Array.from({ length: shape.recordsPerCall }, () => parts.source.messageSlot(parts.index))
      return { slots, messages: slots.map(({ record }) => record) }
    })
  }

  async flatOut({ end, deadline }: LoadLimit): Promise<void> {
    const { clock, sendTimes } = this.#parts
    for (let now = clock.now(); this.sent < end && now < deadline; now = clock.now()) {
      const call = this.#free.pop()
      if (call === undefined) await this.unblocked()
      else this.#send(call, end, now, (count) => (count & sendTimes.sampleMask) === 0 && sendTimes.note(count, now))
    }
    while (this.#free.length < this.#shape.outstanding) await this.unblocked()
  }

  sendDue(now: number, end: number): 'sent' | 'blocked' {
    while (this.sent < end) {
      const dueAt = this.#parts.sendTimes.dueAt(this.sent)
      if (dueAt > now) break
      const call = this.#free.pop()
      if (call === undefined) return 'blocked'
      this.#send(call, end, dueAt, () => {})
    }
    return 'sent'
  }

  /** Rejects when a call has failed for another reason than a batch that was given up. */
  async unblocked(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    if (this.#hasFailed) throw this.#failure
  }

  #send(call: Call, end: number, sentAt: number, note: (count: number) => unknown): void {
    const { producer, topic, clock, acknowledgements } = this.#parts
    const records = Math.min(this.#shape.recordsPerCall, end - this.sent)
    for (let index = 0; index < records; index++) {
      call.slots[index]!.fill(this.sent + index)
      note(this.sent + index)
    }
    this.sent += records
    const messages = records === call.messages.length ? call.messages : call.messages.slice(0, records)
    producer.send({ topic, messages }).then(
      () => {
        acknowledgements.latencies.record((clock.now() - sentAt) * 1e3)
        this.#settled(call)
      },
      (error: unknown) => {
        // A batch that was given up is counted where the producer tells of it. Its error is a plain KafkaError.
        if (!(error instanceof KafkaError && error.name === 'KafkaError')) {
          this.#hasFailed = true
          this.#failure = error
        }
        this.#settled(call)
      },
    )
  }

  #settled(call: Call): void {
    this.#free.push(call)
    this.#wake?.()
    this.#wake = null
  }
}
