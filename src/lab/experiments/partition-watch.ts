import { TimeoutError } from '../../base/errors.js'
import type { LabCluster } from './lab-host.js'
import type { PartitionView, Recording } from './recording.js'

export const TOPIC = 'lab'
/** The partition that is looked at, and written to unless a record names another one. */
export const PARTITION = 0

/** Shows an experiment its partition while it runs, and waits for a state of it. */
export class PartitionWatch {
  readonly #cluster: LabCluster
  readonly #recording: Recording
  /** Milliseconds after which what has not come never will. */
  readonly patienceMs: number

  constructor(cluster: LabCluster, recording: Recording, patienceMs: number) {
    this.#cluster = cluster
    this.#recording = recording
    this.patienceMs = patienceMs
  }

  async view(): Promise<PartitionView> {
    const { brokers, topics } = await this.#cluster.run(this.#cluster.doors.describe())
    const partition = topics.find(({ name }) => name === TOPIC)?.partitions[PARTITION]
    const { leader, leaderEpoch, isr } = partition ?? { leader: -1, leaderEpoch: -1, isr: [] }
    const view = { leader, leaderEpoch, isr, alive: brokers }
    this.#recording.see(view)
    return view
  }

  /** Returns the leader of each partition; -1 where nobody leads. */
  async leaders(): Promise<number[]> {
    const { topics } = await this.#cluster.run(this.#cluster.doors.describe())
    return topics.find(({ name }) => name === TOPIC)?.partitions.map(({ leader }) => leader) ?? []
  }

  /** Looks at the partition until `isReached` is true. Throws a TimeoutError when it never is. */
  async untilView(isReached: (view: PartitionView) => boolean): Promise<PartitionView> {
    let view = await this.view()
    for (const end = this.#cluster.now() + this.patienceMs; !isReached(view); view = await this.view()) {
      if (this.#cluster.now() > end) throw new TimeoutError(`The partition has not come to it: ${JSON.stringify(view)}`)
      await this.#cluster.pass()
    }
    return view
  }

  /** Waits until `isReached` is true. Throws a TimeoutError when it never is. */
  async until(isReached: () => boolean, what: string): Promise<void> {
    for (const end = this.#cluster.now() + this.patienceMs; !isReached(); await this.#cluster.pass())
      if (this.#cluster.now() > end) throw new TimeoutError(`It never came to it that ${what}`)
  }
}
