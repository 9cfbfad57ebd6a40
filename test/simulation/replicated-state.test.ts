import { expect, test } from 'vitest'
import { type Random, seededRandom } from '../../src/base/random.js'
import { SimulatedCluster } from '../../src/cluster/simulated.js'
import { Chaos } from '../../src/lab/simulate/chaos.js'
import { drawSwarm, type Swarm } from '../../src/lab/simulate/swarm.js'
import { WhiteBox } from '../../src/lab/simulate/white-box.js'
import { CounterHistory } from '../support/counter-history.js'
import type { CounterRequest } from '../support/counters.js'
import { type AskedCounter, HostedCounters } from '../support/hosted-counters.js'

const SEEDS = 30
const ROUNDS = 300
const LIVENESS_MS = 120_000
const TOPIC = 'counters'
const NAMES = ['a', 'b']

/** Counters on the brokers of a simulated cluster, which a swarm of faults strikes. */
class Run {
  readonly history = new CounterHistory()
  /** Values of the counters when all is well again. */
  readonly standing = new Map<string, number>()
  readonly #swarm: Swarm
  readonly #random: Random
  readonly #hosted = new Map<number, HostedCounters>()
  readonly #whiteBox: WhiteBox
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
    this.#random = seededRandom(`replicated state ${seed}`)
    // What was answered is to survive: two replicas have it.
    let swarm = drawSwarm(this.#random)
    while (swarm.minIsr < 2) swarm = drawSwarm(this.#random)
    this.#swarm = swarm
    const whiteBox = new WhiteBox({ topic: TOPIC, minIsr: swarm.minIsr, lagMsMax: swarm.lagMsMax })
    this.#whiteBox = Object.assign(whiteBox, { statesOf: (id: number) => [this.#host(id)] })
  }

  async play(): Promise<Chaos['counts']> {
    const { replicationFactor, minIsr } = this.#swarm
    const cluster = await this.#start()
    const configs = { 'min.insync.replicas': minIsr }
    const topics = [{ topic: TOPIC, numPartitions: 1, replicationFactor, configs }]
    await cluster.run(cluster.admin().createTopics({ topics }))
    const chaos = new Chaos(cluster, {
      swarm: this.#swarm,
      random: this.#random.fork('chaos'),
      partitions: () => this.#whiteBox.partitions,
      renewal: null,
      isLastCopy: () => false,
    })
    for (let round = 0; round < ROUNDS; round++) {
      await cluster.advance(chaos.nextGapMs())
      await chaos.strike()
      this.#ask(cluster)
      this.history.note(cluster.steps)
    }
    await chaos.heal()
    await cluster.runUntil(() => this.#whiteBox.isAtRest, { msMax: LIVENESS_MS })
    for (const name of NAMES) this.standing.set(name, await this.#read(cluster, name))
    this.history.note(cluster.steps)
    await cluster.close()
    return chaos.counts
  }

  #start(): Promise<SimulatedCluster> {
    const { brokers, sessionTimeoutMs, lagMsMax } = this.#swarm
    return SimulatedCluster.start({
      seed: this.#seed,
      brokers,
      probe: this.#whiteBox,
      keepsTrace: false,
      isSelfContained: true,
      simulatesSleep: this.#swarm.sleeps,
      'log.segment.bytes': 16_384,
      'min.insync.replicas': this.#swarm.minIsr,
      'broker.heartbeat.interval.ms': sessionTimeoutMs - 1,
      'broker.session.timeout.ms': sessionTimeoutMs,
      'replica.lag.time.max.ms': lagMsMax,
      'replica.fetch.wait.max.ms': Math.min(100, lagMsMax),
      'replica.fetch.backoff.ms': 100,
      'odradek.restart.intensity': 1_000,
    })
  }

  #host(id: number): HostedCounters {
    const hosted = new HostedCounters(TOPIC)
    this.#hosted.set(id, hosted)
    return hosted
  }

  #ask(cluster: SimulatedCluster): void {
    const [partition] = this.#whiteBox.partitions
    if (partition === undefined) return
    const isStray = this.#random.below(10) === 0
    const id = isStray ? this.#of(partition.replicas) : partition.leader
    this.#put(cluster, id, { type: this.#of(['read', 'count', 'count', 'next'] as const), name: this.#of(NAMES) })
  }

  #put(cluster: SimulatedCluster, id: number, request: CounterRequest): AskedCounter {
    const asked = this.history.ask(request, cluster.steps)
    this.#hosted.get(id)?.ask(asked)
    return asked
  }

  async #read(cluster: SimulatedCluster, name: string): Promise<number> {
    let asked = this.#put(cluster, this.#leader, { type: 'read', name })
    const isTold = (): boolean => {
      if (typeof asked.answer === 'string') asked = this.#put(cluster, this.#leader, { type: 'read', name })
      return typeof asked.answer === 'number'
    }
    await cluster.runUntil(isTold, { msMax: LIVENESS_MS })
    return asked.answer as number
  }

  get #leader(): number {
    return this.#whiteBox.partitions[0]?.leader ?? -1
  }

  #of<T>(choices: readonly T[]): T {
    return choices[this.#random.below(choices.length)] as T
  }
}

test('replies of a replicated state hold under a swarm of faults', async () => {
  const seen = { answered: 0, failed: 0, faults: 0 }
  for (let seed = 0; seed < SEEDS; seed++) {
    const run = new Run(seed)
    const faults = await run.play()
    for (const name of NAMES) {
      expect(run.history.contradictions(name), `seed ${seed}`).toEqual([])
      expect(run.standing.get(name), `seed ${seed}`).toBeGreaterThanOrEqual(run.history.largest(name))
    }
    seen.answered += run.history.answered
    seen.failed += run.history.failed
    seen.faults += Object.values(faults).reduce((sum, count) => sum + count, 0)
  }
  // A run in which nothing happens proves nothing.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(SEEDS)
})
