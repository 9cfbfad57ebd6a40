import type { Address } from '../../actor/address.js'
import type { Doorbell } from '../../actor/control-block.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import { Memory } from '../../base/memory.js'
import { AccumulatorMemory } from '../batches/accumulator-memory.js'
import type { ProducerMemory } from '../batches/producer-memory.js'
import { Sender } from './sender.js'
import { SenderCounters } from './sender-counters.js'
import type { SenderObserver } from './sender-observer.js'

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

/** What the sender of a new producer is given. */
export function senderData(
  options: ProducerOptions,
  bootstrap: readonly Address[],
  memory: ProducerMemory,
  applicationControl: SharedArrayBuffer,
): SenderData {
  return {
    options,
    bootstrap,
    slots: memory.slots,
    shared: memory.shared.memory.shared,
    pool: memory.pool.shared,
    counters: new SenderCounters(options).shared,
    applicationControl,
  }
}

/** `applicationBell` wakes the half of the producer that is `applicationControl`'s. */
export function openSender(data: SenderData, applicationBell: Doorbell, observer?: SenderObserver): Sender {
  return new Sender({
    shared: new AccumulatorMemory(data.shared, data.slots),
    pool: new Memory(data.pool),
    options: data.options,
    bootstrap: data.bootstrap,
    applicationBell,
    counters: new SenderCounters(data.options, data.counters),
    ...(observer && { observer }),
  })
}
