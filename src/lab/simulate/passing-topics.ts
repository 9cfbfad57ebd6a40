import type { Admin } from '../../client/admin/admin.js'

/** The most topics that are there at once. */
const TOPICS_MAX = 3

/**
 * Topics that nobody writes to, made and deleted while the cluster has other worries: each change is a new image, and
 * brokers open or close logs. At most one change is under way.
 */
export class PassingTopics {
  readonly #admin: Admin
  readonly #replicationFactor: number
  readonly #there: string[] = []
  #made = 0
  #isBusy = false

  constructor(admin: Admin, replicationFactor: number) {
    this.#admin = admin
    this.#replicationFactor = replicationFactor
  }

  /**
   * Makes or deletes a topic. Returns false when there is none to delete, enough are there, or a change is under way.
   */
  change(what: 'topic-made' | 'topic-deleted'): boolean {
    const isMade = what === 'topic-made'
    if (this.#isBusy || (isMade ? this.#there.length === TOPICS_MAX : this.#there.length === 0)) return false
    this.#isBusy = true
    const done = (): void => {
      this.#isBusy = false
    }
    this.#carryOut(isMade).then(done, done)
    return true
  }

  async #carryOut(isMade: boolean): Promise<void> {
    if (!isMade) {
      await this.#admin.deleteTopics({ topics: [this.#there.shift() as string] })
      return
    }
    this.#made += 1
    const topic = `passing-${this.#made}`
    const topics = [{ topic, numPartitions: 1, replicationFactor: this.#replicationFactor }]
    await this.#admin.createTopics({ topics })
    this.#there.push(topic)
  }
}
