import { NetworkClient } from '../actor/network-client.js'
import type { Context, Message } from '../actor/types.js'
import { earliest, NEVER, type Timestamp } from '../base/ids.js'
import type { Response } from '../protocol/api.js'
import type { UpdateMetadataRequest } from '../protocol/inner/update-metadata.js'
import type { ClusterImage } from './cluster-image.js'

/** The line to one incarnation of a broker: the next one gets its own, which owes nothing to the last one's. */
interface Line {
  readonly network: NetworkClient
  /** Whether a message to the broker, or its answer, is under way. */
  isAwaited: boolean
  answers: number
  /** The version of the last image that the broker has got; -1: none. */
  acknowledged: number
  /** Whether the broker took that image for its own. */
  isAccepted: boolean
}

interface Publication {
  readonly version: number
  readonly awaited: Set<number>
  readonly done: (context: Context) => void
}

/**
 * Brings the image to the brokers: to all that can be reached, so that one that was fenced in its sleep learns of it
 * when it wakes. Each has at most one image under way and gets the newest one next: the changes since the last one that
 * it acknowledged, or the whole image if nothing is known of what it has. A publication is over when every broker has
 * got it or does not count as alive any more.
 */
export class ImagePublisher {
  readonly #image: ClusterImage
  readonly #lines = new Map<number, Line>()
  #publications: Publication[] = []
  /** Updates to the newest image, by the version before them: brokers with the same image are sent the same update. */
  readonly #updates = new Map<number, UpdateMetadataRequest>()

  constructor(image: ClusterImage) {
    this.#image = image
  }

  /** Whether all awaited brokers have the newest image. */
  get isIdle(): boolean {
    return this.#publications.length === 0
  }

  /** Begins a line to a new incarnation, which knows nothing. */
  open(brokerId: number): void {
    const network = new NetworkClient()
    this.#lines.set(brokerId, { network, isAwaited: false, answers: 0, acknowledged: -1, isAccepted: false })
  }

  /** The incarnation has ended: nothing more is sent to it. */
  close(brokerId: number): void {
    this.#lines.delete(brokerId)
  }

  /** Whether this incarnation has acknowledged the image of this version, or a newer one. */
  hasReached(brokerId: number, version: number): boolean {
    const line = this.#lines.get(brokerId)
    return line?.isAccepted === true && line.acknowledged >= version
  }

  /** The number of answers from a broker that owes one; null if it owes none. */
  answersOfDebtor(brokerId: number): number | null {
    const line = this.#lines.get(brokerId)
    if (line === undefined) return null
    return line.isAwaited || line.acknowledged < this.#image.version ? line.answers : null
  }

  /** Asks brokers with the newest image for a sign of life, by an update without news, which they ignore. */
  probe(context: Context): void {
    const { version } = this.#image
    const nothing = { brokers: [], topics: [], removedTopics: [] }
    const probe = { api: 'UpdateMetadata' as const, version, since: version, ...nothing }
    for (const [brokerId, line] of this.#lines) {
      if (line.acknowledged === version) this.#send(brokerId, line, probe, context)
    }
  }

  /** Takes a message of a connection opened here; false if it is not one. */
  receive(message: Message, context: Context): boolean {
    for (const { network } of this.#lines.values()) if (network.receive(message, context)) return true
    return false
  }

  /** Calls back once when the present image is everywhere. */
  publish(context: Context, done: (context: Context) => void): void {
    this.#publications.push({ version: this.#image.version, awaited: new Set(this.#image.unfencedBrokers), done })
    this.tick(context)
  }

  tick(context: Context): Timestamp {
    this.#sendImages(context)
    this.#finish(context)
    let due = NEVER
    for (const { network } of this.#lines.values()) due = earliest(due, network.tick(context))
    return due
  }

  #sendImages(context: Context): void {
    for (const [brokerId, line] of this.#lines) {
      if (line.acknowledged < this.#image.version)
        this.#send(brokerId, line, this.#newestSince(line.acknowledged), context)
    }
  }

  #send(brokerId: number, line: Line, update: UpdateMetadataRequest, context: Context): void {
    if (line.isAwaited) return
    const sent = line.network.send(`broker-${brokerId}`, update, context, (response, later) =>
      this.#acknowledge(line, update.version, response, later),
    )
    line.isAwaited = sent === 'sent'
  }

  #newestSince(known: number): UpdateMetadataRequest {
    let update = this.#updates.get(known)
    if (update?.version === this.#image.version) return update
    // None of the others is sent again.
    if (this.#updates.values().next().value?.version !== this.#image.version) this.#updates.clear()
    update = this.#image.since(known)
    this.#updates.set(known, update)
    return update
  }

  #acknowledge(line: Line, version: number, response: Response | null, context: Context): void {
    // Without an answer the connection is lost, and with it the line.
    if (response?.api !== 'UpdateMetadata') return
    line.isAwaited = false
    line.answers += 1
    line.acknowledged = response.error === 'OFFSET_OUT_OF_RANGE' ? -1 : version
    line.isAccepted = response.error === 'NONE'
    this.tick(context)
  }

  #finish(context: Context): void {
    const isOver = ({ version, awaited }: Publication): boolean => {
      for (const brokerId of awaited) {
        const hasIt = (this.#lines.get(brokerId)?.acknowledged ?? -1) >= version
        if (hasIt || !this.#image.isUnfenced(brokerId)) awaited.delete(brokerId)
      }
      return awaited.size === 0
    }
    const over = this.#publications.filter(isOver)
    if (over.length === 0) return
    this.#publications = this.#publications.filter((publication) => !over.includes(publication))
    for (const { done } of over) done(context)
  }
}
