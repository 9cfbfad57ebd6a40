import { connect, type Socket } from 'node:net'
import { setTimeout as pass } from 'node:timers/promises'
import { type Random, seededRandom } from '../../src/base/random.js'
import { passageFor } from '../../src/gateway/passages.js'
import { Cluster } from '../../src/index.js'
import { RawClient } from '../support/raw-client.js'
import { allOf, METADATA } from '../support/raw-requests.js'
import { fuzzedFrame, torn } from './frame-source.js'

/** Sockets that send frames at once, each as many in a row as can be read, and one that cannot. */
const SOCKETS = 32
const FRAMES_EACH_MAX = 64
/** A socket whose last request waits, such as a JoinGroup, is given up. */
const PATIENCE_MS = 2_000
const LISTENED = { brokers: 3, listen: { port: 0, threads: 2 }, 'auto.create.topics.enable': false } as const

/**
 * Frames against a cluster on threads, over real sockets: in one write, or torn; beside them sockets that send a byte
 * now and then, and some that promise 100 MB. A neighbour asks all the while, and must be answered.
 */
export class SocketFuzz {
  readonly #seed: string
  readonly #cluster: Cluster
  readonly #slow: Socket[] = []
  #round = 0

  private constructor(seed: string, cluster: Cluster) {
    this.#seed = seed
    this.#cluster = cluster
  }

  static async start(seed: string): Promise<SocketFuzz> {
    return new SocketFuzz(seed, await Cluster.start(LISTENED))
  }

  /** One round. Resolves with how many frames were sent, and rejects with what is wrong. */
  async round(): Promise<number> {
    const random = seededRandom(`${this.#seed}/sockets/${this.#round++}`)
    this.#crawl(random)
    const sent = Array.from({ length: SOCKETS }, (_, index) => this.#send(random.fork(`${index}`)))
    const [counts] = await Promise.all([Promise.all(sent), this.#neighbour()])
    // Topics and groups that the frames have made are not what is looked for.
    if (this.#round % 20 === 0) await this.#cluster.reset()
    return counts.reduce((sum, count) => sum + count, 0)
  }

  async end(): Promise<{ readonly exits: number; readonly threads: number }> {
    for (const socket of this.#slow) socket.destroy()
    const { threads } = await this.#cluster.describe()
    const exits = this.#cluster.unexpectedExits.length
    await this.#cluster.close()
    return { exits, threads: threads.length }
  }

  async #send(random: Random): Promise<number> {
    const frames: Buffer[] = []
    // What follows a frame that is none is not read.
    do frames.push(fuzzedFrame(random))
    while (frames.length < FRAMES_EACH_MAX && isReadable(frames.at(-1) as Buffer))
    const bytes = Buffer.concat(frames)
    const pieces = random.boolean(0.2) ? torn(bytes, random) : [bytes]
    const socket = this.#connect(random)
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    for (const piece of pieces) socket.write(piece)
    socket.end()
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS)
    await closed
    clearTimeout(timer)
    return frames.length
  }

  /** A few more sockets that hardly say anything, or promise more than they have. */
  #crawl(random: Random): void {
    if (this.#slow.length >= 50) this.#slow.shift()?.destroy()
    const socket = this.#connect(random)
    socket.write(Buffer.from(random.pick(['00', '0000', '0600000000000007', '00000040001200']), 'hex'))
    this.#slow.push(socket)
    for (const slow of this.#slow) if (slow.writable && random.boolean(0.3)) slow.write(Buffer.of(random.below(256)))
  }

  async #neighbour(): Promise<void> {
    const client = await RawClient.to(this.#cluster.bootstrapServers, this.#round % 3)
    const answered = client.ask(METADATA, 12, allOf('nothing'))
    const late = pass(30_000, null, { ref: false }).then(() => Promise.reject(new Error('A neighbour is not answered')))
    await Promise.race([answered, late])
    client.close()
  }

  #connect(random: Random): Socket {
    const [host = '', port] = random.pick(this.#cluster.bootstrapServers.split(',')).split(':')
    const socket = connect({ host, port: Number(port), noDelay: true })
    socket.on('error', () => {})
    return socket.resume()
  }
}

/** Whether the frame is a request that a gateway can read. */
function isReadable(frame: Buffer): boolean {
  if (frame.length < 12 || frame.readInt32BE() !== frame.length - 4) return false
  const found = passageFor(frame.readInt16BE(4), frame.readInt16BE(6))
  try {
    return typeof found !== 'string' && found.codec.decodeRequest(frame.subarray(4)) !== null
  } catch {
    return false
  }
}
