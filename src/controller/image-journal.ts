import type { TopicId } from '../base/ids.js'

/** What a record was about: a partition, a topic as such (`partition` is -1), or neither (null). */
type Subject = { readonly topicId: TopicId; readonly partition: number } | null

/** How many records are remembered at least, however small the image is. */
const RECORDS_MIN = 1_000

/**
 * What the last records of the metadata log were about, so that a broker with an older image is sent what is new in it and nothing else.
 * Nothing is said here of what became of it: that is in the image. (`MetadataDelta` in Kafka holds the changes themselves.)
 *
 * It remembers about as many records as the image has parts. Who is behind by more than that gets the whole image, which is no longer.
 */
export class ImageJournal {
  #subjects: Subject[] = []
  /** The version of the image before the oldest record that is remembered. */
  #start = 0

  /** Nothing is remembered of what made the image of this version. */
  restart(version: number): void {
    this.#subjects = []
    this.#start = version
  }

  /** The next record was replayed into an image that has so many topics and partitions by now. */
  note(subject: Subject, imageParts: number): void {
    this.#subjects.push(subject)
    // Half of them at once, so that forgetting costs a step for each record.
    const excess = this.#subjects.length - 2 * Math.max(RECORDS_MIN, imageParts)
    if (excess <= 0) return
    const forgotten = this.#subjects.length >> 1
    this.#subjects = this.#subjects.slice(forgotten)
    this.#start += forgotten
  }

  /** The topics of the records since a version, in their order, with the partitions that were named; null: that is not remembered. */
  since(version: number): ReadonlyMap<TopicId, ReadonlySet<number>> | null {
    if (version < this.#start) return null
    const touched = new Map<TopicId, Set<number>>()
    for (let index = version - this.#start; index < this.#subjects.length; index++) {
      const subject = this.#subjects[index] as Subject
      if (subject === null) continue
      const { topicId, partition } = subject
      let partitions = touched.get(topicId)
      if (partitions === undefined) {
        partitions = new Set()
        touched.set(topicId, partitions)
      }
      if (partition >= 0) partitions.add(partition)
    }
    return touched
  }
}
