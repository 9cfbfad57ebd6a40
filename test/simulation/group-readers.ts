import type { Address } from '../../src/actor/address.js'
import { parseConsumerOptions } from '../../src/base/config/consumer-options.js'
import { parseOptions } from '../../src/base/config/definition.js'
import { GROUP_MEMBER_OPTIONS } from '../../src/base/config/group-member-options.js'
import type { Random } from '../../src/base/random.js'
import { ConsumerBack } from '../../src/client/consumer/consumer-back.js'
import type { OfferedAssignor } from '../../src/client/consumer/group/group-options.js'
import { SharedProgress } from '../../src/client/consumer/group/shared-progress.js'
import type { ResponseOf } from '../../src/protocol/api.js'
import type { RebalanceStep } from '../../src/protocol/inner/group-words.js'
import type { PartitionName } from '../../src/protocol/partition.js'
import { type Asked, ScriptedActor } from '../support/scripted-actor.js'
import type { Stage } from '../support/stage.js'

const SHARE = -5

/** What all readers of a group know together. */
export class Ledger {
  readonly violations: string[] = []
  readonly seen = { assigned: 0, revoked: 0, lost: 0, acknowledged: 0, refused: 0, failed: 0, conflicts: 0 }
  /** The readers that believe to own a partition, by its name. */
  readonly owners = new Map<string, Set<GroupReader>>()
  /** The largest offset that was acknowledged as committed. */
  readonly acknowledged = new Map<string, number>()
}

const nameOf = ({ topic, partition }: PartitionName): string => `${topic}-${partition}`

/** A consumer of a group and its application, which reads one record after the other of whatever it owns. */
export class GroupReader {
  readonly address: Address
  readonly client: Address
  /** The partitions that it was told are its own, and how far it has read in each; -1: it does not know yet. */
  readonly owned = new Map<string, number>()
  /** Partitions that another reader was given meanwhile: it has to be told that it has lost them. */
  readonly #taken = new Set<string>()
  readonly #progress = new SharedProgress()
  readonly #application: ScriptedActor
  readonly #stage: Stage
  readonly #ledger: Ledger
  #indexes = new Map<string, number>()
  #asked: Asked | null = null
  /** Whether nothing got to the brokers since it was assigned what it has. */
  #isCutOff = false
  #lastCall = 0
  #stepTaken = 0
  readonly #calls = new Map<number, ReadonlyMap<string, number> | readonly string[]>()

  constructor(
    id: number,
    parts: {
      readonly stage: Stage
      readonly ledger: Ledger
      readonly bootstrap: readonly Address[]
      readonly assignor: OfferedAssignor
      readonly autoCommit: boolean
      readonly instance: string | null
    },
  ) {
    const { stage, ledger, bootstrap, assignor, autoCommit, instance } = parts
    this.#stage = stage
    this.#ledger = ledger
    this.address = `consumer-${id}`
    this.client = `client-${1000 + id}`
    this.#application = new ScriptedActor(
      () => null,
      (connection) => connection.attach(SHARE, this.#progress.shared),
    )
    // An answer that a fault has swallowed is missed after max.poll.interval.ms and some more.
    const options = {
      'session.timeout.ms': 6_000,
      'heartbeat.interval.ms': 300,
      'max.poll.interval.ms': 10_000,
      'enable.auto.commit': autoCommit,
      'group.instance.id': instance,
    }
    const protocol = assignor.supportedProtocols.includes('COOPERATIVE') ? 'COOPERATIVE' : 'EAGER'
    const group = {
      ...parseOptions(GROUP_MEMBER_OPTIONS, { ...options, 'auto.commit.interval.ms': 500 }, { what: 'consumer' }),
      'group.id': 'readers',
      assignors: [assignor],
      protocol,
    } as const
    stage.seat(this.client, this.#application)
    const consumer = new ConsumerBack({
      bootstrap,
      group,
      loadHandler: () => {},
      wake: () => {},
      options: parseConsumerOptions({ 'auto.offset.reset': 'earliest', 'request.timeout.ms': 2000 }),
    })
    stage.seat(this.address, consumer)
    this.#application.ask(this.address, { api: 'Share', attachment: SHARE })
    this.#application.ask(this.address, { api: 'Subscribe', topics: ['orders'], pattern: null, reset: null })
  }

  /** Polls, and does one thing more. */
  act(random: Random): void {
    this.#progress.notePoll(this.#stage.now)
    this.#hear()
    const chance = random.below(10)
    if (chance < 4) this.#read(random)
    else if (chance < 5) this.#commit()
    this.#asked ??= this.#application.ask(this.address, { api: 'News' })
  }

  noteCutOff(): void {
    this.#isCutOff = true
  }

  /** Whether it has ended all that it has begun. */
  get isStable(): boolean {
    return [...this.owned.values()].every((offset) => offset >= 0)
  }

  #ask(...asked: Parameters<ScriptedActor['ask']> extends [unknown, infer Body] ? [Body] : never): void {
    this.#application.ask(this.address, asked[0])
  }

  #hear(): void {
    const news = this.#asked?.answer as ResponseOf<'News'> | undefined
    if (news === undefined) return
    this.#asked = null
    this.#indexes = new Map(news.partitions.map((one) => [nameOf(one), one.index]))
    for (const { call, error, offsets } of news.ended) this.#ended(call, error === 'NONE', offsets ?? [])
    if (news.member?.step != null) this.#take(news.member.step)
  }

  #take(step: RebalanceStep): void {
    if (step.step === this.#stepTaken) return
    this.#stepTaken = step.step
    const { seen, violations } = this.#ledger
    if (step.type === 'assign') violations.push('nobody has an assignor of its own')
    else if (step.type === 'failed') seen.failed += 1
    else if (step.type === 'assigned') this.#ownAll(step.partitions.map(nameOf))
    else if (step.type !== 'hold') for (const name of step.partitions.map(nameOf)) this.#disown(name, step.type)
    this.#ask({ api: 'StepTaken', step: step.step })
    if (step.type === 'assigned' && step.partitions.length > 0) this.#askForStart(step.partitions)
  }

  #ownAll(names: readonly string[]): void {
    this.#isCutOff = false
    for (const name of names) this.#own(name)
  }

  #own(name: string): void {
    const { owners, seen, violations } = this.#ledger
    seen.assigned += 1
    if (this.owned.has(name)) violations.push(`${this.address} was assigned ${name} twice`)
    this.owned.set(name, -1)
    const others = owners.get(name) ?? new Set()
    for (const other of others) {
      seen.conflicts += 1
      other.#taken.add(name)
    }
    owners.set(name, others.add(this))
  }

  #disown(name: string, how: 'revoked' | 'lost'): void {
    const { owners, seen, violations } = this.#ledger
    // A loss may take the place of a revocation that was taken just now.
    if (how === 'lost' && !this.owned.has(name)) return
    seen[how] += 1
    if (!this.owned.has(name)) violations.push(`${this.address} was told that ${name} is ${how}, and did not own it`)
    // Whoever hears nothing of its coordinator gives up in good faith what it has lost already.
    if (how === 'revoked' && this.#taken.has(name) && !this.#isCutOff)
      violations.push(`${this.address} gives ${name} up after somebody else was given it`)
    this.#taken.delete(name)
    this.owned.delete(name)
    owners.get(name)?.delete(this)
  }

  #askForStart(partitions: readonly PartitionName[]): void {
    const call = ++this.#lastCall
    this.#calls.set(call, partitions.map(nameOf))
    this.#ask({ api: 'Committed', call, partitions, timeoutMs: 60_000 })
  }

  #read(random: Random): void {
    for (const [name, offset] of this.owned) {
      const index = this.#indexes.get(name)
      if (offset < 0 || index === undefined) continue
      const position = offset + random.below(3)
      this.owned.set(name, position)
      this.#progress.positions.set(index, position)
    }
  }

  /** Commits what it has read, as whoever commits by hand does. */
  #commit(): void {
    const offsets = [...this.owned].filter(([, offset]) => offset >= 0)
    const call = ++this.#lastCall
    this.#calls.set(call, new Map(offsets))
    this.#ask({
      api: 'Commit',
      call,
      timeoutMs: null,
      offsets: offsets.map(([name, offset]) => {
        const [topic, partition] = name.split('-') as [string, string]
        return { topic, partition: Number(partition), offset, leaderEpoch: -1, metadata: '' }
      }),
    })
  }

  #ended(call: number, isGood: boolean, offsets: readonly (PartitionName & { readonly offset: number })[]): void {
    const { acknowledged, seen, violations } = this.#ledger
    const what = this.#calls.get(call)
    this.#calls.delete(call)
    if (what instanceof Map) {
      seen[isGood ? 'acknowledged' : 'refused'] += 1
      if (!isGood) return
      for (const [name, offset] of what) acknowledged.set(name, Math.max(offset, acknowledged.get(name) ?? 0))
      return
    }
    if (!isGood) {
      const wanted = (what as readonly string[]).filter((name) => this.owned.get(name) === -1)
      if (wanted.length > 0) this.#askForStart(wanted.map((name) => partitionNamed(name)))
      return
    }
    for (const one of offsets) {
      const name = nameOf(one)
      if (this.owned.get(name) !== -1) continue
      const known = acknowledged.get(name) ?? -1
      if (one.offset < known && !this.#taken.has(name))
        violations.push(`${this.address} begins in ${name} at ${one.offset}, and ${known} was acknowledged`)
      this.owned.set(name, Math.max(one.offset, 0))
    }
  }
}

function partitionNamed(name: string): PartitionName {
  const [topic, partition] = name.split('-') as [string, string]
  return { topic, partition: Number(partition) }
}
