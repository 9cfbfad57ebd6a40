import type { CommittedOffset } from './group-records.js'

/** What one group has committed, by topics and partitions in the order in which they first came. */
export class CommittedOffsets {
  readonly #topics = new Map<string, Map<number, CommittedOffset>>()

  get isEmpty(): boolean {
    return this.#topics.size === 0
  }

  get(topic: string, partition: number): CommittedOffset | undefined {
    return this.#topics.get(topic)?.get(partition)
  }

  set(topic: string, partition: number, committed: CommittedOffset): void {
    const partitions = this.#topics.get(topic) ?? new Map<number, CommittedOffset>()
    this.#topics.set(topic, partitions.set(partition, committed))
  }

  delete(topic: string, partition: number): void {
    const partitions = this.#topics.get(topic)
    partitions?.delete(partition)
    if (partitions?.size === 0) this.#topics.delete(topic)
  }

  topics(): IterableIterator<string> {
    return this.#topics.keys()
  }

  partitionsOf(topic: string): Iterable<readonly [partition: number, committed: CommittedOffset]> {
    return this.#topics.get(topic) ?? []
  }
}
