import type { Address } from '../../actor/address.js'
import type { Timestamp } from '../../base/ids.js'
import { counted } from '../../base/words.js'
import type { ObservedBatch, SenderObserver } from '../../client/sender/sender-observer.js'
import type { PartitionProduceResult } from '../../protocol/apis/produce.js'
import type { Read } from '../history/history.js'
import type { Recording } from './recording.js'
import type { BatchStep } from './timeline.js'

/**
 * The most steps that one run tells, more than anybody can look at. The log is told whole, or its records would seem to
 * be lost.
 */
const STEPS_MAX = 2_000

interface KnownBatch {
  readonly batch: number
  readonly numbers: readonly number[]
  attempt: number
  request: number
  broker: Address
}

interface Step {
  readonly actor: string
  readonly event: string
  readonly batch: BatchStep
}

/** Writes down what senders do with their batches. */
export class BatchTimeline {
  readonly #recording: Recording
  #batches = 0
  #requests = 0
  #steps = 0

  constructor(recording: Recording) {
    this.#recording = recording
  }

  /**
   * Makes the observer of one producer's sender. `numbersOf` gives the numbers of the records in a partition's batches,
   * in the order of sending, which is also the order in which batches are closed.
   */
  observer(producer: number, numbersOf: (partition: number) => readonly number[]): SenderObserver {
    const known = new Map<ObservedBatch, KnownBatch>()
    const taken = new Map<number, number>()
    return {
      closed: (batch, now) => {
        const from = taken.get(batch.partition) ?? 0
        taken.set(batch.partition, from + batch.recordCount)
        const numbers = numbersOf(batch.partition).slice(from, from + batch.recordCount)
        const one: KnownBatch = { batch: ++this.#batches, numbers, attempt: 0, request: 0, broker: 'broker-0' }
        known.set(batch, one)
        this.#tell({ actor: 'sender', event: 'closed', batch: stepOf(producer, batch, one) }, now)
      },
      sent: (batches, to, now) => {
        const request = ++this.#requests
        for (const batch of batches) {
          const one = known.get(batch)
          if (one === undefined) continue
          one.attempt += 1
          one.request = request
          one.broker = to
          const again = one.attempt > 1 ? `, attempt ${one.attempt}` : ''
          const step = { ...stepOf(producer, batch, one), request, broker: to }
          this.#tell({ actor: 'sender', event: 'sent', batch: step }, now, ` to ${to}${again}`)
        }
      },
      answered: (batches, results, now) => {
        for (const [index, batch] of batches.entries()) {
          const one = known.get(batch)
          if (one === undefined) continue
          const answer = answerOf(results?.[index])
          const { request, broker } = one
          const says = answer.error === 'NONE' ? `: at offset ${answer.baseOffset}` : `: ${answer.error}`
          const step = { ...stepOf(producer, batch, one), request, broker, ...answer }
          this.#tell({ actor: broker, event: 'answered', batch: step }, now, says)
          if (answer.error === 'NONE') known.delete(batch)
        }
      },
    }
  }

  /** Tells what the log holds at the end. */
  log(reads: readonly Read[]): void {
    const inOrder = [...reads].sort((a, b) => a.partition - b.partition || a.offset - b.offset)
    for (const { partition, offset, producer, number } of inOrder) {
      const says = `offset ${offset} of partition ${partition} is record ${producer}:${number}`
      this.#recording.add({ actor: 'log', event: 'log', says, record: { partition, offset, producer, number } })
    }
  }

  #tell({ actor, event, batch }: Step, now: Timestamp, end = ''): void {
    const { batch: name, partition, producer, numbers } = batch
    const what = `batch ${name} of partition ${partition}, ${wordsOf(producer, numbers)}`
    if (this.#steps++ < STEPS_MAX) this.#recording.add({ actor, event, says: `${what}, is ${event}${end}`, batch }, now)
  }
}

function stepOf(producer: number, { partition }: ObservedBatch, { batch, numbers, attempt }: KnownBatch): BatchStep {
  return { batch, producer, partition, numbers, attempt }
}

function answerOf(result: PartitionProduceResult | undefined): { error: string; baseOffset: number } {
  return { error: result?.error ?? 'NETWORK_EXCEPTION', baseOffset: result?.baseOffset ?? -1 }
}

const TOLD_MAX = 8

function wordsOf(producer: number, numbers: readonly number[]): string {
  if (numbers.length > TOLD_MAX) return `${counted(numbers.length, 'record')} from ${producer}:${numbers[0]}`
  return `${numbers.length === 1 ? 'record' : 'records'} ${numbers.map((number) => `${producer}:${number}`).join(', ')}`
}
