import type { Address } from '../../actor/address.js'
import type { Actor, Connection, Context, Message } from '../../actor/types.js'
import type { ConsumerOptions } from '../../base/config/consumer-options.js'
import type { Timestamp } from '../../base/ids.js'
import type { ApiName } from '../../protocol/api.js'
import { Metadata } from '../metadata.js'
import { Assigning } from './assigning.js'
import { FetchedPartitions } from './fetching/fetched-partitions.js'
import { Fetcher } from './fetching/fetcher.js'
import type { GroupOptions } from './group/group-options.js'
import { groupParts } from './group/group-parts.js'
import { HandlerRuns, type HandlerRunsParts } from './handler-runs.js'
import { ConsumerCounters } from './metrics/consumer-counters.js'
import { News } from './parts/news.js'
import { PartList } from './parts/part-list.js'
import { Steering } from './steering.js'
import { TakeAnswers } from './take-answers.js'

/** What a consumer's thread is started with. */
export interface ConsumerData {
  readonly options: ConsumerOptions
  readonly bootstrap: readonly Address[]
  /** Memory of ConsumerCounters; absent: what it counts is of interest to nobody. */
  readonly counters?: SharedArrayBuffer
  /** What it is in a group with; absent: it has none. */
  readonly group?: GroupOptions
}

export type ConsumerBackParts = ConsumerData & Pick<HandlerRunsParts, 'loadHandler' | 'wake'>

/**
 * The half of a consumer that has a thread of its own: fetches ahead, and either passes what it has fetched on to the
 * application (`Take`) or runs the user's handler module right here (`Run`).
 *
 * It is a list of parts around one table, the assigned partitions, and takes its turns through them in this order:
 *
 *     fetcher        fetches what is assigned, into the table
 *     assigning      Assign         what is assigned, and the metadata that the fetcher found stale in the same turn
 *     the group's    Subscribe, …   membership, commits, and the partitions that are this member's: see groupParts
 *     steering       Seek, Pause    where partitions are read from
 *     runs           Run, EndRun, … hands records out of the table to a handler module
 *     takes          Take, Hurry    passes slices of the table on to the application
 *     news           News           how calls have ended
 *
 * A new concern is a new entry. When the application stops, they end in the opposite order: see PartList.
 *
 * Calls that take their time are answered at once, and how they have ended is told as news, so that none holds up
 * another one: a pause or a close comes through while a seek waits for a leader.
 */
export class ConsumerBack implements Actor {
  readonly serves: ReadonlySet<ApiName>
  readonly #list: PartList
  readonly #runs: HandlerRuns
  readonly #takes: TakeAnswers
  readonly #counters: ConsumerCounters
  /** The `Stop` that is not answered yet. */
  #stopping: {
    readonly connection: Connection
    readonly correlationId: number
    readonly held: readonly number[]
  } | null = null

  constructor({ options, bootstrap, group, counters: shared, loadHandler, wake }: ConsumerBackParts) {
    const metadata = new Metadata()
    const counters = new ConsumerCounters(options, shared)
    const partitions = new FetchedPartitions(metadata, options, { hasGroup: group !== undefined, counters })
    const news = new News(partitions)
    const takes = new TakeAnswers({ partitions, news })
    const onAssigned = (): void => takes.recallUnassigned()
    const assigning = new Assigning({ options, bootstrap, metadata, partitions, news, onAssigned })
    const onStaleMetadata = (): void => {
      assigning.noteStale()
      member?.group.subscription.noteStale()
    }
    const fetcher = new Fetcher({ options, metadata, partitions, counters, onStaleMetadata })
    const steering = new Steering({ options, partitions, news })
    const onPoll = (isWaiting: boolean, now: Timestamp): void => {
      const progress = member?.group.steps.progress
      if (isWaiting) {
        progress?.noteWaiting()
        counters.polls.begin(now)
      } else {
        progress?.notePoll(now)
        counters.polls.end(now)
      }
    }
    const runs = new HandlerRuns({ options, partitions, news, loadHandler, wake, onPoll })
    const isAtWorkOn = (index: number): boolean => runs.isAtWorkOn(index)
    const member =
      group === undefined
        ? null
        : groupParts({
            options,
            group,
            bootstrap,
            metadata,
            partitions,
            counters,
            news,
            onAssigned,
            onStaleMetadata,
            isAtWorkOn,
          })
    this.#runs = runs
    this.#takes = takes
    this.#counters = counters
    this.#list = new PartList([fetcher, assigning, ...(member?.list ?? []), steering, runs, takes, news])
    this.serves = new Set<ApiName>(['Stop', ...this.#list.serves])
  }

  receive(message: Message, context: Context): void {
    this.#counters.turn(context.now)
    if (this.#list.receive(message, context)) return
    if (message.type !== 'request' || message.body.api !== 'Stop') return
    const { connection, correlationId, body } = message
    this.#stopping = { connection, correlationId, held: body.held }
    this.#list.stop()
  }

  tick(context: Context): Timestamp {
    this.#counters.turn(context.now)
    const due = this.#list.tick(context)
    this.#answerStop()
    return due
  }

  /**
   * Answers the `Stop` once all parts have ended, the handler module has done with what it had, and what was lent on
   * has come back, but for the partitions held.
   */
  #answerStop(): void {
    const stopping = this.#stopping
    if (stopping === null || !this.#list.hasStopped || !this.#runs.areOver || this.#takes.areOutBut(stopping.held))
      return
    this.#stopping = null
    stopping.connection.reply(stopping.correlationId, { api: 'Stop' })
  }
}
