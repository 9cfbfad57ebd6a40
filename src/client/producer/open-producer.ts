import type { Address } from '../../actor/address.js'
import type { Doorbell } from '../../actor/control-block.js'
import type { Timers } from '../../actor/event-loop.js'
import type { Clock } from '../../base/clock.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import type { Random } from '../../base/random.js'
import { counted } from '../../base/words.js'
import { chosenCodec } from '../../record/codecs/chosen-codec.js'
import { type KeepFailed, lettersOfBatch } from '../batches/failed-batch.js'
import { MemoryLoans } from '../batches/memory-loans.js'
import type { ProducerMemory } from '../batches/producer-memory.js'
import { RecordAccumulator } from '../batches/record-accumulator.js'
import { DeadLetterOffice, type KeepsFailures, NO_OFFICE, type Outside } from '../dead-letters/dead-letter-office.js'
import type { DeadLetterFailure } from '../dead-letters/dead-letters.js'
import type { Lifetime } from '../lifetime.js'
import type { SenderCounters } from '../sender/sender-counters.js'
import { Producer } from './producer.js'
import { ProducerErrors } from './producer-errors.js'
import { ProducerEvents } from './producer-events.js'
import type { ProducerExtras } from './producer-extras.js'
import { ProducerFront } from './producer-front.js'
import { ProducerInterceptors } from './producer-interceptors.js'

/** What a producer's half in the application is made of; its sender has been started. */
export interface OpenProducerParts<Key, Value> {
  readonly options: ProducerOptions
  readonly extras: ProducerExtras<Key, Value>
  readonly memory: ProducerMemory
  readonly sender: Address
  readonly senderBell: Doorbell
  /** The counters that the sender writes. */
  readonly counters: SenderCounters
  readonly ownBell: Doorbell
  readonly clock: Clock
  readonly random: Random
  /** See `OutstandingBatchesParts`. */
  readonly isPoisoning: boolean
  /** See `ProducerFrontParts`. */
  readonly howEnded: () => string
  /** See `DeadLetterOfficeParts`. */
  readonly outside: Outside
  readonly after: Timers['after']
  /** Tells the program what it should know and cannot catch. */
  readonly warn: (says: string, detail?: string) => void
  /** Seats the half. */
  readonly live: (half: ProducerHalf) => Lifetime
}

/** What a producer's host must know of its half in the application. */
export interface ProducerHalf {
  readonly front: ProducerFront
  readonly office: KeepsFailures
}

/** Puts the application's half of a producer together, from the bottom up, and seats it. */
export function openProducer<Key, Value>(parts: OpenProducerParts<Key, Value>): Producer<Key, Value> {
  const { options, extras, outside, warn, counters } = parts
  const { serializers = {}, interceptors: intercepting = [] } = extras
  const errors = new ProducerErrors(options)
  const events = new ProducerEvents(warn)
  const loans = new MemoryLoans()
  const office = openOffice(parts, events)
  const keepFailed = office === NO_OFFICE ? null : keepIn(office, errors, parts)
  const accumulator = openAccumulator(parts, loans, keepFailed)
  const partitioner = extras.partitioner ?? null
  const front = new ProducerFront({ ...parts, accumulator, loans, errors, events, partitioner })
  const life = parts.live({ front, office })
  const interceptors =
    intercepting.length === 0 ? null : new ProducerInterceptors({ interceptors: intercepting, errors, warn })
  return new Producer({ front, options, serializers, interceptors, counters, errors, events, office, outside, life })
}

function openAccumulator<Key, Value>(
  { options, memory, clock, senderBell, isPoisoning }: OpenProducerParts<Key, Value>,
  loans: MemoryLoans,
  keepFailed: KeepFailed | null,
): RecordAccumulator {
  return new RecordAccumulator({
    shared: memory.shared,
    pool: memory.pool,
    allocate: (bytes) => memory.take(bytes),
    lend: (memoryId, lent) => loans.lend(memoryId, lent),
    options,
    clock,
    senderBell,
    isPoisoning,
    keepFailed,
  })
}

/** The first letters that are not kept are told to the program, all of them to the listeners. */
function openOffice<Key, Value>(
  { extras, clock, outside, after, warn }: OpenProducerParts<Key, Value>,
  events: ProducerEvents,
): KeepsFailures {
  const { deadLetters: sink } = extras
  if (sink === undefined) return NO_OFFICE
  sink.attach?.()
  let isWarned = false
  const onFailure = (failure: DeadLetterFailure): void => {
    const { error, letters } = failure
    if (!isWarned) {
      isWarned = true
      const says = `Could not keep ${counted(letters.length, 'dead letter')} of a producer: ${error.message}`
      warn(says, laterFailures(events.listenerCount('deadLetterFailed')))
    }
    events.tell('deadLetterFailed', failure)
  }
  return new DeadLetterOffice({ sink, clock, outside, after, onFailure })
}

const laterFailures = (listeners: number): string =>
  listeners > 0
    ? 'Later failures are told to the listeners of deadLetterFailed alone'
    : "Later failures are told to nobody: listen with producer.on('deadLetterFailed', listener)"

/** Keeps the records of failed batches, each with the error that it has now. */
function keepIn<Key, Value>(
  office: KeepsFailures,
  errors: ProducerErrors,
  { options, ownBell }: OpenProducerParts<Key, Value>,
): KeepFailed {
  const codec = chosenCodec(options)
  return (batch, settle) => {
    const kept = (): void => {
      settle()
      // Whoever waits for its memory takes it in a turn.
      ownBell.ring()
    }
    office.keep(errors.fix(batch.report), (cause, failedAt) => lettersOfBatch(batch, cause, failedAt, codec), kept)
  }
}
