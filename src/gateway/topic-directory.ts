import { PARTITIONS_MAX } from '../base/config/internal-limits.js'
import type { TopicId } from '../base/ids.js'
import type { TopicMetadata } from '../protocol/apis/metadata.js'

/**
 * The topics' names and small ids, as brokers have told them to this gateway. A name may have another id by now: a
 * broker that does not know an id says so, and the name is forgotten. Of more topics than there may be some are gone,
 * though nobody has asked for them since: what was learned first is forgotten.
 */
export class TopicDirectory {
  readonly #ids = new Map<string, TopicId>()
  readonly #names = new Map<TopicId, string>()

  idOf(name: string): TopicId | undefined {
    return this.#ids.get(name)
  }

  nameOf(topicId: TopicId): string | undefined {
    return this.#names.get(topicId)
  }

  learn(topics: readonly TopicMetadata[]): void {
    for (const { name, topicId, error } of topics) {
      if (error === 'NONE') this.#set(name, topicId)
      else this.forget(name)
    }
  }

  forget(name: string): void {
    const topicId = this.#ids.get(name)
    if (topicId === undefined) return
    this.#ids.delete(name)
    this.#names.delete(topicId)
  }

  #set(name: string, topicId: TopicId): void {
    if (this.#ids.get(name) === topicId) return
    this.forget(name)
    this.#ids.set(name, topicId)
    this.#names.set(topicId, name)
    if (this.#ids.size <= PARTITIONS_MAX) return
    const [oldest] = this.#ids.keys()
    if (oldest !== undefined) this.forget(oldest)
  }
}
