import { expect, test } from 'vitest'
import { type Random, seededRandom } from '../../src/base/random.js'
import type { Consumer, KeptRecord } from '../../src/index.js'
import { type GivenCluster, given, type HostName } from '../support/given.js'

/**
 * Calls of a consumer in orders that chance has made up, some of them awaited and some not, beside a model that knows
 * of each partition which offset comes next. Every record must be the next one of a partition that is assigned and not
 * paused, and every call must settle.
 */
const PARTITIONS = [0, 1, 2]
const STEPS = 60

class Walk {
  readonly #cluster: GivenCluster
  readonly #random: Random
  readonly #consumer: Consumer
  /** The next offset of each partition that is assigned. */
  readonly #next = new Map<number, number>()
  readonly #paused = new Set<number>()
  readonly #ends = PARTITIONS.map(() => 0)
  readonly #pending: Promise<unknown>[] = []
  readonly #told: string[] = []

  constructor(cluster: GivenCluster, random: Random) {
    this.#cluster = cluster
    this.#random = random
    const sizes = { 'max.partition.fetch.bytes': random.below(600), 'max.poll.records': 1 + random.below(7) }
    const ways = { 'odradek.lend': 'poisoned-copy', 'fetch.max.bytes': 0 } as const
    this.#consumer = cluster.consumer({
      ...(random.below(2) === 0 ? sizes : {}),
      ...(random.below(3) === 0 ? ways : {}),
    })
  }

  async take(): Promise<void> {
    const steps = [
      this.#send,
      this.#poll,
      this.#poll,
      this.#poll,
      this.#loop,
      this.#seek,
      this.#seek,
      this.#pause,
      this.#resume,
      this.#assign,
      this.#wake,
      this.#pollTwice,
      this.#leaveWaiting,
    ]
    await this.#send()
    await this.#assign()
    for (let step = 0; step < STEPS; step++)
      await (steps[this.#random.below(steps.length)] as () => Promise<void>).call(this)
    for (const partition of [...this.#paused]) await this.#setPaused(partition, false)
    while (this.#left() > 0) await this.#poll()
    await this.#cluster.run(Promise.all(this.#pending))
    for (const [partition, next] of this.#next)
      expect(this.#consumer.position(nameOf(partition)), this.#says()).toBe(next)
    await this.#cluster.run(this.#consumer.close())
  }

  #left(): number {
    let left = 0
    for (const [partition, next] of this.#next) left += (this.#ends[partition] as number) - next
    return left
  }

  #says(): string {
    return this.#told.join('; ')
  }

  /** A call is awaited, or not before the end. */
  async #call(what: string, promise: Promise<unknown>): Promise<void> {
    this.#told.push(what)
    if (this.#random.below(2) === 0) await this.#cluster.run(promise)
    else this.#pending.push(promise)
  }

  #read(partition: number, offset: number): void {
    this.#told.push(`${partition}@${offset}`)
    expect(this.#paused.has(partition), `paused: ${this.#says()}`).toBe(false)
    expect(offset, `next of ${partition}: ${this.#says()}`).toBe(this.#next.get(partition))
    this.#next.set(partition, offset + 1)
  }

  #anyAssigned(): number | undefined {
    const assigned = [...this.#next.keys()]
    return assigned[this.#random.below(Math.max(1, assigned.length))]
  }

  async #send(): Promise<void> {
    const partition = this.#random.below(PARTITIONS.length)
    const count = 1 + this.#random.below(30)
    const codec = this.#random.below(3) === 0 ? 'gzip' : 'none'
    const producer = this.#cluster.producer({ 'batch.size': 200, 'compression.type': codec })
    await this.#cluster.send(producer, nameOf(partition), Array(count).fill('some value'))
    await this.#cluster.run(producer.close())
    this.#ends[partition] = (this.#ends[partition] as number) + count
    this.#told.push(`${count} sent to ${partition}`)
  }

  async #poll(): Promise<void> {
    if (this.#next.size === 0) return
    this.#told.push('poll')
    const batch = await this.#cluster.run(this.#consumer.poll(this.#random.below(3) === 0 ? 0 : 30))
    if (batch === null) return
    for (const { offset } of batch) this.#read(batch.partition, offset)
  }

  async #loop(): Promise<void> {
    const readable = [...this.#next].reduce(
      (sum, [partition, next]) => sum + (this.#paused.has(partition) ? 0 : (this.#ends[partition] as number) - next),
      0,
    )
    if (readable <= 0) return
    this.#told.push('loop')
    let left = 1 + this.#random.below(Math.min(readable, 9))
    const read = async (): Promise<void> => {
      for await (const { partition, offset } of this.#consumer) {
        this.#read(partition, offset)
        if (--left === 0) return
      }
    }
    await this.#cluster.run(read())
  }

  async #seek(): Promise<void> {
    const partition = this.#anyAssigned()
    if (partition === undefined) return
    const end = this.#ends[partition] as number
    const to = this.#random.below(4) === 0 ? 'earliest' : this.#random.below(end + 1)
    this.#next.set(partition, to === 'earliest' ? 0 : to)
    await this.#call(`seek ${partition} to ${to}`, this.#consumer.seek({ ...nameOf(partition), offset: to }))
  }

  #pause(): Promise<void> {
    return this.#setPaused(this.#anyAssigned(), true)
  }

  #resume(): Promise<void> {
    return this.#setPaused([...this.#paused][0], false)
  }

  async #setPaused(partition: number | undefined, isPaused: boolean): Promise<void> {
    if (partition === undefined) return
    if (isPaused) this.#paused.add(partition)
    else this.#paused.delete(partition)
    const names = [nameOf(partition)]
    const call = isPaused ? this.#consumer.pause(names) : this.#consumer.resume(names)
    await this.#call(`${isPaused ? 'pause' : 'resume'} ${partition}`, call)
  }

  /** Awaited: what is assigned is what the later calls name. */
  async #assign(): Promise<void> {
    const wanted = PARTITIONS.filter(() => this.#random.below(3) > 0).map((partition) => {
      const isPlaced = this.#random.below(2) === 0
      return isPlaced
        ? { ...nameOf(partition), offset: this.#random.below((this.#ends[partition] as number) + 1) }
        : nameOf(partition)
    })
    const before = new Map(this.#next)
    this.#next.clear()
    for (const { partition, ...where } of wanted) {
      this.#next.set(partition, 'offset' in where ? where.offset : (before.get(partition) ?? 0))
    }
    for (const partition of PARTITIONS) if (!this.#next.has(partition)) this.#paused.delete(partition)
    this.#told.push(`assign ${JSON.stringify(wanted)}`)
    await this.#cluster.run(this.#consumer.assign(wanted))
    expect(this.#consumer.assignment, this.#says()).toEqual(wanted.map(({ partition }) => nameOf(partition)))
  }

  async #wake(): Promise<void> {
    if (this.#next.size === 0) return
    this.#told.push('wake up')
    this.#consumer.wakeup()
    await expect(this.#cluster.run(this.#consumer.poll(10))).rejects.toMatchObject({ name: 'WakeupError' })
  }

  async #pollTwice(): Promise<void> {
    if (this.#next.size === 0) return
    this.#told.push('poll twice')
    const [first, second] = [this.#consumer.poll(20), this.#consumer.poll(20)]
    await expect(this.#cluster.run(second)).rejects.toMatchObject({ name: 'ConfigError' })
    const batch = await this.#cluster.run(first)
    for (const { offset } of batch ?? []) this.#read(batch?.partition ?? -1, offset)
  }

  async #leaveWaiting(): Promise<void> {
    if (this.#next.size === 0) return
    this.#told.push('leave a loop that waits')
    const records = this.#consumer[Symbol.asyncIterator]()
    const next: Promise<IteratorResult<KeptRecord>> = records.next()
    if (this.#random.below(2) === 0) await this.#cluster.run(this.#consumer.pause([]))
    await this.#cluster.run(records.return?.() as Promise<unknown>)
    const { done, value } = await this.#cluster.run(next)
    if (done !== true) this.#read(value.partition, value.offset)
  }
}

const nameOf = (partition: number): { topic: string; partition: number } => ({ topic: 'orders', partition })

async function walk(host: HostName, seed: number): Promise<void> {
  const cluster = await given({ host, brokers: 2, topics: { orders: PARTITIONS.length } })
  await new Walk(cluster, seededRandom(`reading ${seed}`)).take()
}

const seeds = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

test.each(seeds(30))(
  'in the simulation, whatever order chance makes up, each record is the next one (seed %d)',
  (seed) => walk('simulation', seed),
)

test.each(seeds(3))('on threads, whatever order chance makes up, each record is the next one (seed %d)', (seed) =>
  walk('threads', seed),
)
