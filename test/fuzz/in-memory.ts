import { type Random, seededRandom } from '../../src/base/random.js'
import type { Request, Response } from '../../src/protocol/api.js'
import { refusalTo } from '../../src/protocol/api.js'
import { GivenGateway, knowsTopics } from '../unit/gateway/given-gateway.js'
import type { ScriptedStream } from '../unit/gateway/scripted-stream.js'
import { fuzzedFrame, torn } from './frame-source.js'

export const FRAMES_PER_BATCH = 1_000
/** Clients, each of which says a frame at a time. */
const CLIENTS = 20

/** What one batch has come to. */
export interface BatchResult {
  /** Frames that ended the connection of their client. */
  readonly closed: number
  readonly answered: number
}

/** Answers everything at once, so that each request of a client passes the whole gateway. */
function answers(body: Request): Response {
  const known = knowsTopics(body)
  return known ?? refusalTo(body, 'UNKNOWN_SERVER_ERROR') ?? ({ api: body.api } as Response)
}

/**
 * Frames against a gateway on this thread, over streams in memory, before a broker that refuses everything. Whatever is
 * thrown is thrown out of here: the batch's seed repeats it.
 */
export class InMemoryFuzz {
  readonly #given = new GivenGateway()
  readonly #seed: string
  #clients: ScriptedStream[] = []

  constructor(seed: string) {
    this.#seed = seed
    this.#given.broker.script = answers
  }

  batch(number: number): BatchResult {
    const random = seededRandom(`${this.#seed}/${number}`)
    let closed = 0
    let answered = 0
    for (let count = 0; count < FRAMES_PER_BATCH; count += CLIENTS) {
      const clients = Array.from({ length: CLIENTS }, (_, index) => this.#open(index))
      const frames = clients.map(() => fuzzedFrame(random))
      try {
        this.#sayAll(clients, frames, random)
      } catch (cause) {
        const hex = frames.map((frame) => frame.toString('hex').slice(0, 4_000)).join('\n')
        throw new Error(`One of these frames, from ${count} on in batch ${number}:\n${hex}`, { cause })
      }
      for (const client of clients) {
        answered += client.frames().length
        if (client.state !== 'open') closed += 1
      }
    }
    this.#forget()
    return { closed, answered }
  }

  /** Ends all clients, as at the end of a campaign. Returns how many connections are left. */
  end(): number {
    for (const client of this.#clients) client.vanish()
    this.#clients = []
    this.#given.stage.settle()
    const { broker } = this.#given
    const ended = broker.messages.filter(({ type }) => type === 'disconnected').length
    this.#forget()
    return ended
  }

  #open(index: number): ScriptedStream {
    const known = this.#clients[index]
    if (known?.state === 'open' && !known.isPaused) return known
    known?.vanish()
    const client = this.#given.client()
    this.#clients[index] = client
    return client
  }

  /** Each client says its frame, and now and then in pieces. */
  #sayAll(clients: readonly ScriptedStream[], frames: readonly Buffer[], random: Random): void {
    const { stage } = this.#given
    for (const [index, client] of clients.entries()) {
      const frame = frames[index] as Buffer
      if (!random.boolean(0.05)) client.say(frame)
      else
        for (const piece of torn(frame, random)) {
          if (client.state === 'open' && !client.isPaused) this.#given.say(client, piece)
        }
    }
    stage.settle()
    for (const client of clients) client.take()
    stage.settle()
  }

  /** What the stage keeps for tests. */
  #forget(): void {
    const { broker, stage, log } = this.#given
    broker.messages.length = 0
    stage.connectionsLetGo.length = 0
    log.length = 0
    stage.pass(1)
  }
}
