import type { IsrMember } from '../../protocol/apis/alter-partition.js'

/**
 * A leader's in-sync replicas: those that the controller has committed, and those that were asked for and not answered
 * yet. (`PartitionState`, `CommittedPartitionState`, `PendingExpandIsr` and `PendingShrinkIsr` in Kafka.)
 *
 * The high watermark waits for the *maximal* isr: whoever may be in it as far as the controller is concerned. One that
 * is about to join counts already, one that is about to leave still does (KIP-497).
 */
export class Isr {
  #committed: readonly number[]
  #pending: readonly IsrMember[] | null = null

  constructor(committed: readonly number[]) {
    this.#committed = committed
  }

  get committed(): readonly number[] {
    return this.#committed
  }

  /** What was asked for; null: nothing is under way. */
  get pending(): readonly IsrMember[] | null {
    return this.#pending
  }

  /** Whether the high watermark waits for it. */
  includesMaximal(brokerId: number): boolean {
    return this.#committed.includes(brokerId) || this.#pending?.some((member) => member.brokerId === brokerId) === true
  }

  ask(wanted: readonly IsrMember[]): void {
    this.#pending = wanted
  }

  /** The controller has refused for good: it is as if nobody had asked. */
  takeBack(): void {
    this.#pending = null
  }

  commit(isr: readonly number[]): void {
    this.#committed = isr
    this.#pending = null
  }
}
