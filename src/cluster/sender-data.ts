import type { Doorbell } from '../actor/control-block.js'
import type { Address } from '../actor/types.js'
import type { ProducerOptions } from '../base/config/producer-options.js'
import { allocateForCopyingIn } from '../base/kernel-memory.js'
import { Memory } from '../base/memory.js'
import { AccumulatorMemory } from '../client/accumulator-memory.js'
import { sampleWindow } from '../client/producer-counters.js'
import { slotsOf } from '../client/record-accumulator.js'
import { Sender } from '../client/sender.js'
import { SenderCounters } from '../client/sender-counters.js'
import type { SenderObserver } from '../client/sender-observer.js'
import { senderOptions } from '../client/sender-options.js'

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

/** Makes the memory of a new producer: what the sender is given, and the pool as the application writes to it. */
export function senderData(
  options: ProducerOptions,
  bootstrap: readonly Address[],
  applicationControl: SharedArrayBuffer,
): { readonly data: SenderData; readonly pool: Memory } {
  const { slots, slotBytes } = slotsOf({ batchBytes: options['batch.size'], bufferBytes: options['buffer.memory'] })
  const pool = allocateForCopyingIn(slots * slotBytes)
  const data = {
    options,
    bootstrap,
    slots,
    shared: AccumulatorMemory.allocate(slots).memory.shared,
    pool: pool.shared,
    counters: new SenderCounters(sampleWindow(options)).shared,
    applicationControl,
  }
  return { data, pool }
}

/** `applicationBell` wakes the half of the producer that is `applicationControl`'s. */
export function openSender(data: SenderData, applicationBell: Doorbell, observer?: SenderObserver): Sender {
  return new Sender({
    shared: new AccumulatorMemory(data.shared, data.slots),
    pool: new Memory(data.pool),
    options: senderOptions(data.options),
    bootstrap: data.bootstrap,
    applicationBell,
    counters: new SenderCounters(sampleWindow(data.options), data.counters),
    ...(observer && { observer }),
  })
}
