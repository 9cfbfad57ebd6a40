import type { ProducerOptions } from '../base/config/producer-options.js'
import { Memory } from '../base/memory.js'
import { ControlBlock } from '../actor/control-block.js'
import type { Address } from '../actor/types.js'
import { AccumulatorMemory } from '../client/accumulator-memory.js'
import { slotsOf } from '../client/record-accumulator.js'
import { Sender } from '../client/sender.js'
import { SenderCounters } from '../client/sender-counters.js'

/** What a sender's thread is started with: the memory that it shares with the application, and the options. */
export interface SenderData {
  readonly options: ProducerOptions
  readonly bootstrap: readonly Address[]
  readonly slots: number
  readonly shared: SharedArrayBuffer
  readonly pool: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
  readonly applicationControl: SharedArrayBuffer
}

/** Makes the memory of a new producer. */
export function senderData(options: ProducerOptions, bootstrap: readonly Address[], applicationControl: SharedArrayBuffer): SenderData {
  const { slots, slotBytes } = slotsOf({ batchBytes: options['batch.size'], bufferBytes: options['buffer.memory'] })
  return {
    options,
    bootstrap,
    slots,
    shared: AccumulatorMemory.allocate(slots).memory.shared,
    pool: new SharedArrayBuffer(slots * slotBytes),
    counters: new SenderCounters().shared,
    applicationControl,
  }
}

export function openSender(data: SenderData): Sender {
  const { options } = data
  return new Sender({
    shared: new AccumulatorMemory(data.shared, data.slots),
    pool: new Memory(data.pool),
    options: {
      acks: options.acks,
      lingerMs: options['linger.ms'],
      requestBytesMax: options['max.request.size'],
      inFlightMax: options['max.in.flight.requests.per.connection'],
      requestTimeoutMs: options['request.timeout.ms'],
      deliveryTimeoutMs: options['delivery.timeout.ms'],
    },
    bootstrap: data.bootstrap,
    applicationBell: new ControlBlock(data.applicationControl),
    counters: new SenderCounters(data.counters),
  })
}
