import type { Context, Message } from '../../actor/types.js'
import type { ConsumerOptions } from '../../base/config/consumer-options.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { SeekRequest } from '../../protocol/inner/consumer-words.js'
import type { FetchedPartitions } from './fetching/fetched-partitions.js'
import type { News } from './parts/news.js'
import type { ConsumerPart } from './parts/part-list.js'

export interface SteeringParts {
  readonly options: Pick<ConsumerOptions, 'default.api.timeout.ms'>
  readonly partitions: FetchedPartitions
  readonly news: News
}

/**
 * Where the application wants partitions to be read from, and which of them not for now. `Seek` is answered at once,
 * and has ended when the position is known, when a later one has replaced it, or when default.api.timeout.ms is over.
 */
export class Steering implements ConsumerPart {
  readonly serves = ['Seek', 'Pause'] as const
  readonly #parts: SteeringParts
  /** The seeks that have not ended, by the partition's index: of two the later one counts. */
  readonly #seeking = new Map<number, { readonly request: SeekRequest; readonly deadline: Timestamp }>()

  constructor(parts: SteeringParts) {
    this.#parts = parts
  }

  receive(message: Message, context: Context): boolean {
    if (message.type !== 'request') return false
    const { connection, correlationId, body } = message
    if (body.api === 'Seek') this.#seek(body, context)
    else if (body.api === 'Pause') this.#parts.partitions.pause(body.indexes)
    else return false
    connection.reply(correlationId, { api: body.api })
    return true
  }

  tick(context: Context): Timestamp {
    // Most turns find none, and make nothing.
    if (this.#seeking.size === 0) return NEVER
    const { partitions, news } = this.#parts
    let due = NEVER
    for (const [index, { request, deadline }] of this.#seeking) {
      const isFound = partitions.positionOf(index) !== null
      if (!isFound && context.now < deadline) {
        due = earliest(due, deadline)
        continue
      }
      this.#seeking.delete(index)
      if (isFound) news.end(request.call)
      else news.end(request.call, 'REQUEST_TIMED_OUT', this.#noPosition(index))
    }
    return due
  }

  /** Ends all seeks: nobody waits for a position any more. */
  stop(): void {
    this.#seeking.clear()
  }

  #seek(request: SeekRequest, context: Context): void {
    const { call, index, to, epoch } = request
    const { options, partitions, news } = this.#parts
    const replaced = this.#seeking.get(index)
    if (replaced !== undefined) news.end(replaced.request.call)
    const deadline = timestamp(context.now + options['default.api.timeout.ms'])
    if (partitions.seek(index, to, epoch)) this.#seeking.set(index, { request, deadline })
    else news.end(call, 'UNKNOWN_TOPIC_OR_PARTITION', 'The partition is not assigned to this consumer any more')
  }

  #noPosition(index: number): string {
    const { options, partitions } = this.#parts
    const name = partitions.at(index)
    const limit = `default.api.timeout.ms (${options['default.api.timeout.ms']} ms)`
    return `No leader of partition ${name?.partition} of '${name?.topic}' has said where it is to be read from within ${limit}: it is still asked`
  }
}
