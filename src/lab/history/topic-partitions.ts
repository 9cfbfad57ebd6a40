/** Stands for a partition that nobody has named. */
export const UNSAID = -1

interface Place {
  readonly topic: string
  readonly partition: number
}

/**
 * Numbers the partitions of all topics, in the order in which they come. Each topic may have one that nobody has named.
 */
export class TopicPartitions {
  readonly #topics = new Map<string, Map<number, number>>()
  readonly #places: Place[] = []
  readonly #ended: Place[] = []
  #isAllOver = false

  get count(): number {
    return this.#places.length
  }

  /** The number of partitions that somebody has named. */
  get saidCount(): number {
    return this.#places.reduce((sum, { partition }) => sum + (partition === UNSAID ? 0 : 1), 0)
  }

  /** Returns a partition's number; UNSAID is a partition of its own. */
  of(topic: string, partition: number): number {
    let partitions = this.#topics.get(topic)
    if (partitions === undefined) {
      partitions = new Map()
      this.#topics.set(topic, partitions)
    }
    const known = partitions.get(partition)
    if (known !== undefined) return known
    const place = this.#places.push({ topic, partition }) - 1
    partitions.set(partition, place)
    return place
  }

  at(place: number): Place {
    return this.#places[place]!
  }

  /** Returns a partition's name: `orders-0`, `orders-?`. */
  name(place: number): string {
    const { topic, partition } = this.at(place)
    return `${topic}-${partition === UNSAID ? '?' : partition}`
  }

  isUnsaid(place: number): boolean {
    return this.#places[place]?.partition === UNSAID
  }

  areOfOneTopic(one: number, other: number): boolean {
    return this.at(one).topic === this.at(other).topic
  }

  inTopicOf(place: number, partition: number): number {
    return this.of(this.at(place).topic, partition)
  }

  endAll(): void {
    this.#isAllOver = true
  }

  /** Notes that a partition was read to its end; with UNSAID, the whole topic. */
  end(topic: string, partition: number): void {
    this.#ended.push({ topic, partition })
  }

  /** Returns for each partition, by number, whether all of it was read. */
  isOver(): boolean[] {
    if (this.#isAllOver) return this.#places.map(() => true)
    const ended = new Set(this.#ended.map(({ topic, partition }) => `${partition} ${topic}`))
    return this.#places.map(
      ({ topic, partition }) => ended.has(`${partition} ${topic}`) || ended.has(`${UNSAID} ${topic}`),
    )
  }
}
