import { counted } from '../../base/words.js'
import type { Source, Trial } from './trial.js'

/** Sends a record to every partition every few milliseconds, beside whatever else happens, until it is stopped. */
export class SteadyLoad {
  readonly source: Source
  readonly #trial: Trial
  readonly #everyMs: number
  #isStopped = false
  readonly #ended: Promise<void>

  constructor(trial: Trial, source: Source, everyMs: number) {
    this.#trial = trial
    this.source = source
    this.#everyMs = everyMs
    trial.recording.tell(
      'producer',
      'send',
      `sends a record to each partition every ${counted(everyMs, 'millisecond')}`,
    )
    this.#ended = this.#run()
  }

  /** Resolves when all that it has sent is acknowledged or given up. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#trial.cluster.run(this.#ended)
    await this.#trial.settled()
    this.#trial.recording.tell('producer', 'acknowledged', `has ${counted(this.source.sent, 'record')} acknowledged`)
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      for (const partition of this.#trial.partitions) this.#trial.send(this.source, { partition })
      await this.#trial.cluster.sleep(this.#everyMs)
    }
  }
}
