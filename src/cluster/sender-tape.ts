import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { Address } from '../actor/address.js'
import { type Timestamp, timestamp } from '../base/ids.js'
import type { ObservedBatch, SenderObserver } from '../client/sender/sender-observer.js'
import type { PartitionProduceResult } from '../protocol/apis/produce.js'

/**
 * What a sender on a thread of its own does with its batches, for an observer on another thread. The sender's thread
 * posts each step when it happens, and nobody is woken; whoever wants to know takes them all at once. A step is posted
 * before the application is told of what it led to: when the application has been told of everything, nothing is
 * missing on the tape.
 *
 * Written by the sender's thread (`tapingObserver`), read by the application's (`SenderTapes`).
 */

/** Steps that one sender posts at most, or a tape that nobody takes would grow. */
const STEPS_MAX = 4_000

/** A batch, which the other thread cannot know by its identity. */
interface TapedBatch extends ObservedBatch {
  /** Counts the batches of its sender. */
  readonly id: number
}

type TapedBatches = readonly TapedBatch[]

type TapedStep = { readonly now: Timestamp } & (
  | { readonly type: 'closed'; readonly batch: TapedBatch }
  | { readonly type: 'sent'; readonly batches: TapedBatches; readonly to: Address }
  | {
      readonly type: 'answered'
      readonly batches: TapedBatches
      readonly results: readonly PartitionProduceResult[] | null
    }
)

/** The sender's end. */
export function tapingObserver(tape: MessagePort): SenderObserver {
  const known = new WeakMap<ObservedBatch, TapedBatch>()
  let batches = 0
  let steps = 0
  const taped = (batch: ObservedBatch): TapedBatch => {
    const { partition, recordCount } = batch
    const one = known.get(batch) ?? { id: ++batches, partition, recordCount }
    known.set(batch, one)
    return one
  }
  const post = (step: TapedStep): void => {
    if (steps++ < STEPS_MAX) tape.postMessage(step)
  }
  return {
    closed: (batch, now) => post({ type: 'closed', batch: taped(batch), now }),
    sent: (sent, to, now) => post({ type: 'sent', batches: sent.map(taped), to, now }),
    answered: (sent, results, now) => post({ type: 'answered', batches: sent.map(taped), results, now }),
  }
}

interface Tape {
  readonly port: MessagePort
  readonly observer: SenderObserver
  readonly known: Map<number, ObservedBatch>
}

/** The application's ends of the tapes of all senders of a cluster. */
export class SenderTapes {
  readonly #observe: () => SenderObserver
  readonly #began: Timestamp
  readonly #tapes: Tape[] = []

  /** `observe` is asked for each new sender. Observers are told times since `began`. */
  constructor(observe: () => SenderObserver, began: Timestamp) {
    this.#observe = observe
    this.#began = began
  }

  /** Returns the other end, to be handed to the sender's thread. */
  begin(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    this.#tapes.push({ port: port1, observer: this.#observe(), known: new Map() })
    return port2
  }

  /** Tells the observers everything that they were not told yet, across all senders in the order of its time. */
  play(): void {
    const told = this.#tapes.flatMap((tape) => stepsOn(tape).map((step) => ({ tape, step })))
    told.sort((a, b) => a.step.now - b.step.now)
    for (const { tape, step } of told) tell(tape, step, timestamp(step.now - this.#began))
  }
}

function stepsOn({ port }: Tape): TapedStep[] {
  const steps: TapedStep[] = []
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
    steps.push(next.message)
  return steps
}

function tell({ observer, known }: Tape, step: TapedStep, now: Timestamp): void {
  // An observer knows a batch by its identity.
  const same = (batch: TapedBatch): ObservedBatch => {
    const one = known.get(batch.id) ?? batch
    known.set(batch.id, one)
    return one
  }
  if (step.type === 'closed') observer.closed(same(step.batch), now)
  else if (step.type === 'sent') observer.sent(step.batches.map(same), step.to, now)
  else observer.answered(step.batches.map(same), step.results, now)
}
