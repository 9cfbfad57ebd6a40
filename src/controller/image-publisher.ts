import { NetworkClient } from '../actor/network-client.js'
import type { Context, Message } from '../actor/types.js'
import { earliest, NEVER, type Timestamp } from '../base/ids.js'
import type { Response } from '../protocol/api.js'
import type { UpdateMetadataRequest } from '../protocol/inner/update-metadata.js'
import type { ClusterImage } from './cluster-image.js'

/** To one incarnation of a broker: the next one gets a line of its own, which owes nothing to the last one's. */
interface Line {
  readonly network: NetworkClient
  /** Something is under way to the broker, or its answer is. */
  isAwaited: boolean
  answers: number
  /** The version of the last image that it has got; -1: none. */
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
 * Brings the image to the brokers: to all that can be reached, so that one that was fenced in its sleep learns of it when it
 * wakes. Each has at most one image under way and gets the newest one next: what is new since the last one that it has acknowledged, or all
 * of it where nothing is known of what it has. A publication is over when every broker that counts as alive has got it, or does not
 * count as alive any more.
 */
export class ImagePublisher {
  readonly #image: ClusterImage
  readonly #lines = new Map<number, Line>()
  #publications: Publication[] = []
  /** Of the newest image, by what they are new since: brokers that have the same are sent the same. */
  readonly #updates = new Map<number, UpdateMetadataRequest>()

  constructor(image: ClusterImage) {
    this.#image = image
  }

  /** Whether everybody who is waited for has the newest image. */
  get isIdle(): boolean {
    return this.#publications.length === 0
  }

  /** A new incarnation knows nothing. */
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

  /** How many answers came from a broker that owes one; null: it owes none. */
  answersOfDebtor(brokerId: number): number | null {
    const line = this.#lines.get(brokerId)
    if (line === undefined) return null
    return line.isAwaited || line.acknowledged < this.#image.version ? line.answers : null
  }

  /** Asks those that have the newest image for a sign of life: for one that says nothing new, which they ignore. */
  probe(context: Context): void {
    const { version } = this.#image
    const nothing = { brokers: [], topics: [], removedTopics: [] }
    const probe = { api: 'UpdateMetadata' as const, version, since: version, ...nothing }
    for (const [brokerId, line] of this.#lines) {
      if (line.acknowledged === version) this.#send(brokerId, line, probe, context)
    }
  }

  /** Takes a message that concerns a connection opened here; false: it does not. */
  receive(message: Message, context: Context): boolean {
    for (const { network } of this.#lines.values()) if (network.receive(message, context)) return true
    return false
  }

  /** Calls back once when the image, as it is now, is everywhere. */
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
