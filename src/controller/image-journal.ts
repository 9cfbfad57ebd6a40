import type { TopicId } from '../base/ids.js'

/** The subject of a record: a partition, a topic as such (`partition` is -1), or neither (null). */
type Subject = { readonly topicId: TopicId; readonly partition: number } | null

/** The least number of remembered records, however small the image is. */
const RECORDS_MIN = 1_000

/**
 * The subjects of the last records of the metadata log, so that a broker with an older image is sent only the changes
 * since. What became of the subjects is in the image. (`MetadataDelta` in Kafka holds the changes themselves.)
 *
 * It remembers about as many records as the image has parts. A broker that is behind by more gets the whole image,
 * which is no longer than that.
 */
export class ImageJournal {
  #subjects: Subject[] = []
  /** The version of the image before the oldest remembered record. */
  #start = 0

  /** Forgets everything that made the image of this version. */
  restart(version: number): void {
    this.#subjects = []
    this.#start = version
  }

  /** The next record was replayed into an image that has so many topics and partitions by now. */
  note(subject: Subject, imageParts: number): void {
    this.#subjects.push(subject)
    // Half of them go at once, so that forgetting costs a step for each record.
    const excess = this.#subjects.length - 2 * Math.max(RECORDS_MIN, imageParts)
    if (excess <= 0) return
    const forgotten = this.#subjects.length >> 1
    this.#subjects = this.#subjects.slice(forgotten)
    this.#start += forgotten
  }

  /**
   * The topics of the records since a version, in their order, with the partitions that were named; null if that is not
   * remembered.
   */
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
