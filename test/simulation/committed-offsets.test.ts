import { expect, test } from 'vitest'
import { parseBrokerOptions } from '../../src/base/config/broker-options.js'
import { type Random, seededRandom } from '../../src/base/random.js'
import type { LogReader } from '../../src/log/log-reader.js'
import type { Response } from '../../src/protocol/api.js'
import { topicUuidOf } from '../../src/protocol/topic-uuid.js'
import type { Asked } from '../support/scripted-actor.js'
import { commitOf, fetchOf } from '../unit/broker/handlers/given-groups.js'
import { batchesFrom } from '../unit/log/given-compaction.js'
import { ShakenBrokers } from './shaken-brokers.js'

const SEEDS = 60
const STEPS = 300
const BROKERS = [1, 2, 3]
const GROUPS = ['a', 'b', 'c']
const ORDERS = [{ topicId: topicUuidOf(1), partitions: [0] }]

const OPTIONS = parseBrokerOptions({
  'offsets.topic.num.partitions': GROUPS.length,
  'offsets.topic.replication.factor': BROKERS.length,
  // A segment takes a few commits, and is compacted as soon as it may be.
  'offsets.topic.segment.bytes': 1_024,
  'log.cleaner.backoff.ms': 1,
  'log.cleaner.min.cleanable.ratio': 0,
  'odradek.restart.intensity': 1_000,
  'replica.fetch.backoff.ms': 20,
})

/** One group, whose owner commits 1, 2, 3…, one after the other, and looks up what is committed in between. */
class Committer {
  readonly seen = { committed: 0, fetched: 0, refused: 0, lost: 0 }
  readonly #groupId: string
  readonly #shaken: ShakenBrokers
  readonly #random: Random
  #coordinator: number | null = null
  #asked: Asked | null = null
  /** The last offset that was sent, and the largest that was acknowledged or read. */
  #sent = 0
  #known = 0

  constructor(groupId: string, shaken: ShakenBrokers, random: Random) {
    this.#groupId = groupId
    this.#shaken = shaken
    this.#random = random
  }

  /** Goes on, if there is an answer. */
  act(): void {
    if (this.#asked !== null && this.#asked.answer === undefined) return
    if (this.#asked !== null) this.#hear(this.#asked.answer ?? null)
    if (this.#coordinator === null) this.#find()
    else if (this.#random.boolean(0.6)) this.#commit(this.#coordinator)
    else this.#fetch(this.#coordinator)
  }

  /** What is committed when all is well. */
  finally(): number {
    for (let attempt = 0; attempt < 50; attempt++) {
      if (this.#asked !== null) this.#shaken.answerOf(this.#asked)
      if (this.#asked?.answer !== undefined) this.#hear(this.#asked.answer)
      if (this.#coordinator === null) this.#find()
      else this.#fetch(this.#coordinator)
      const before = this.seen.fetched
      this.#hear(this.#shaken.answerOf(this.#asked as Asked) ?? null)
      if (this.seen.fetched > before) return this.#known
    }
    throw new Error(`Nobody says what ${this.#groupId} has committed`)
  }

  #find(): void {
    const request = { api: 'FindCoordinator' as const, keyType: 0, coordinatorKeys: [this.#groupId] }
    this.#asked = this.#shaken.ask(this.#random.pick(BROKERS), request)
  }

  #commit(coordinator: number): void {
    this.#sent += 1
    const request = commitOf(this.#groupId, ORDERS)
    const topics = request.topics.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((partition) => ({ ...partition, committedOffset: this.#sent })),
    }))
    this.#asked = this.#shaken.ask(coordinator, { ...request, topics })
  }

  #fetch(coordinator: number): void {
    const groups = [fetchOf(this.#groupId, ORDERS)]
    this.#asked = this.#shaken.ask(coordinator, { api: 'OffsetFetch', groups, requireStable: true })
  }

  #hear(answer: Response | null): void {
    this.#asked = null
    if (answer?.api === 'FindCoordinator') {
      const [found] = answer.coordinators
      this.#coordinator = found?.errorCode === 'NONE' ? found.nodeId : null
    } else if (answer?.api === 'OffsetCommit' && answer.topics[0]?.partitions[0]?.errorCode === 'NONE') {
      this.seen.committed += 1
      this.#known = this.#sent
    } else if (answer?.api === 'OffsetFetch' && answer.groups[0]?.errorCode === 'NONE') {
      this.seen.fetched += 1
      this.#note(answer.groups[0].topics[0]?.partitions[0]?.committedOffset ?? Number.NaN)
    } else {
      this.seen[answer === null ? 'lost' : 'refused'] += 1
      this.#coordinator = null
    }
  }

  #note(committed: number): void {
    const read = committed === -1 ? 0 : committed
    if (!(read >= this.#known && read <= this.#sent))
      throw new Error(`${this.#groupId} has committed ${read}: ${this.#known} was known, and ${this.#sent} was sent`)
    this.#known = read
  }
}

/** Whether compaction has taken records out of a log. */
function holdsFewerThanWritten(log: LogReader): boolean {
  return batchesFrom(log).reduce((sum, { records }) => sum + records.length, 0) < log.logEndOffset
}

test('a committed offset is not lost and does not go back, whoever is killed and elected in between', () => {
  const seen = { committed: 0, fetched: 0, refused: 0, lost: 0, kills: 0, faults: 0, compacted: 0 }
  for (let seed = 0; seed < SEEDS; seed++) {
    const random = seededRandom(`committed offsets ${seed}`)
    const shaken = new ShakenBrokers({
      options: OPTIONS,
      brokers: BROKERS,
      random,
      struck: ['OffsetCommit', 'OffsetFetch', 'FindCoordinator'],
      error: 'NOT_COORDINATOR',
    })
    const orders = { name: 'orders', numPartitions: 1, replicationFactor: 1, configs: {} }
    shaken.answerOf(shaken.ask(1, { api: 'CreateTopics', topics: [orders], validateOnly: false }))
    const committers = GROUPS.map((groupId) => new Committer(groupId, shaken, random))
    for (let step = 0; step < STEPS; step++) {
      if (random.boolean(0.3)) random.pick(committers).act()
      else shaken.act()
    }

    shaken.recover()
    const committed = committers.map((one) => one.finally())
    for (const id of BROKERS) {
      shaken.kill(id)
      shaken.recover()
      expect(
        committers.map((one) => one.finally()),
        `seed ${seed}`,
      ).toEqual(committed)
    }
    for (const { seen: one } of committers)
      for (const key of ['committed', 'fetched', 'refused', 'lost'] as const) seen[key] += one[key]
    for (const { log } of shaken.partitions) if (holdsFewerThanWritten(log)) seen.compacted += 1
    seen.kills += shaken.seen.kills
    seen.faults += shaken.seen.faults
  }
  // A run in which nothing happens proves nothing.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(SEEDS)
})
