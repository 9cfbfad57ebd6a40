import type { Address } from '../../src/actor/address.js'
import type { Random } from '../../src/base/random.js'
import { GroupLedger } from './group-ledger.js'
import { GroupMember, type GroupMemberParts, type GroupSetting } from './group-member.js'

/** How groups rebalance and commit: each way of both is there. */
const GROUPS: readonly GroupSetting[] = [
  { name: 'by-itself', assignor: 'range', commits: 'auto' },
  { name: 'in-step', assignor: 'cooperative-sticky', commits: 'sync' },
  { name: 'ahead', assignor: 'sticky', commits: 'async' },
]
const MEMBERS = 2
/** Readers of groups are named above all others of the history. */
const FIRST_READER = 100

type Counts = Readonly<Partial<Record<string, number>>>

export interface GroupCounts {
  readonly membersKilled: number
  readonly tenures: number
  readonly read: number
  /** Records that a group has read again, by the group. */
  readonly redelivered: Counts
  readonly acknowledgedCommits: number
  /** Commits that have failed, by their error. */
  readonly failedCommits: Counts
  /** How often what is committed was looked at. */
  readonly looks: number
  readonly violations: readonly string[]
}

/** Adds up what was seen in two clusters; null: there was none before. */
export function sumOf(one: GroupCounts | null, other: GroupCounts): GroupCounts {
  if (one === null) return other
  return {
    membersKilled: one.membersKilled + other.membersKilled,
    tenures: one.tenures + other.tenures,
    read: one.read + other.read,
    redelivered: together([one.redelivered, other.redelivered]),
    acknowledgedCommits: one.acknowledgedCommits + other.acknowledgedCommits,
    failedCommits: together([one.failedCommits, other.failedCommits]),
    looks: one.looks + other.looks,
    violations: [...one.violations, ...other.violations],
  }
}

function together(all: readonly Counts[]): Counts {
  const sums: { [name in string]?: number } = {}
  for (const counts of all)
    for (const [name, count = 0] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count
  return sums
}

export interface WatchedGroupsParts extends Pick<GroupMemberParts, 'cluster' | 'topic' | 'take'> {
  readonly partitions: number
  readonly random: Random
}

interface WatchedGroup {
  readonly setting: GroupSetting
  readonly ledger: GroupLedger
  members: GroupMember[]
}

interface Waiting {
  readonly isTrue: () => boolean
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/** Groups that read along while threads die, their own among them, and what is seen of them. */
export class WatchedGroups {
  readonly #parts: WatchedGroupsParts
  readonly #groups: readonly WatchedGroup[]
  /** The threads of members that have ended because they were killed. */
  readonly killed = new Set<Address>()
  #lastReader = FIRST_READER
  #waiting: Waiting[] = []
  #failure: { readonly error: unknown } | null = null

  constructor(parts: WatchedGroupsParts) {
    this.#parts = parts
    const nextReader = (): number => ++this.#lastReader
    this.#groups = GROUPS.map((setting) => {
      return { setting, ledger: new GroupLedger(setting.name, parts.partitions, nextReader), members: [] }
    })
  }

  async start(): Promise<void> {
    for (let member = 0; member < MEMBERS; member++) for (const group of this.#groups) await this.#join(group)
    await this.readOn()
  }

  counts(): GroupCounts {
    const ledgers = this.#groups.map(({ ledger }) => ledger)
    const sum = (count: 'tenures' | 'read' | 'acknowledgedCommits' | 'looks'): number =>
      ledgers.reduce((total, ledger) => total + ledger[count], 0)
    return {
      membersKilled: this.killed.size,
      tenures: sum('tenures'),
      read: sum('read'),
      redelivered: Object.fromEntries(ledgers.map(({ name, redelivered }) => [name, redelivered])),
      acknowledgedCommits: sum('acknowledgedCommits'),
      failedCommits: together(ledgers.map(({ failedCommits }) => failedCommits)),
      looks: sum('looks'),
      violations: ledgers.flatMap(({ violations }) => violations),
    }
  }

  /** Resolves when every group has read something more of each partition. */
  readOn(): Promise<void> {
    const more = this.#groups.map(({ ledger }) => ledger.ends.map((end) => end + 1))
    return this.#until(() => this.#groups.every(({ ledger }, at) => ledger.hasReadTo(more[at] as number[])))
  }

  /** Resolves when every group has read everything: somebody has what was sent to each partition. */
  async readEverything(): Promise<void> {
    const ends: number[] = []
    for (const { partition, high } of await this.#parts.cluster.admin().fetchTopicOffsets(this.#parts.topic))
      ends[partition] = high
    await this.#until(() => this.#groups.every(({ ledger }) => ledger.hasReadTo(ends)))
  }

  /** Has a member end, whatever it is at, and another one join in its place. */
  async killMember(): Promise<void> {
    const group = this.#parts.random.pick(this.#groups)
    const member = this.#parts.random.pick(group.members)
    group.members = group.members.filter((one) => one !== member)
    this.killed.add(member.thread)
    await member.kill()
    await this.#join(group)
  }

  /** The broker that coordinates one of the groups; -1: its members do not know. */
  async coordinator(): Promise<number> {
    const member = this.#parts.random.pick(this.#parts.random.pick(this.#groups).members)
    const { coordinator } = await member.consumer.describe()
    return coordinator
  }

  /** Has told what all groups have committed, which must not be less than what is known. */
  async lookAtCommitted(): Promise<void> {
    const admin = this.#parts.cluster.admin()
    for (const { setting, ledger } of this.#groups) {
      const before = ledger.committed
      const [said] = await admin.fetchOffsets({ groupId: setting.name, topics: [this.#parts.topic] })
      ledger.noteSaid(
        (said?.partitions ?? []).map(({ partition, offset }) => ({ partition, offset: Number(offset) })),
        before,
      )
    }
    await admin.close()
  }

  async close(): Promise<void> {
    for (const { members } of this.#groups) await Promise.all(members.map((member) => member.close()))
  }

  async #join(group: WatchedGroup): Promise<void> {
    const { cluster, topic, take } = this.#parts
    const member = await GroupMember.join({
      cluster,
      topic,
      take,
      group: group.setting,
      ledger: group.ledger,
      onRead: () => this.#look(),
      onFailure: (error) => this.#fail(error),
    })
    group.members.push(member)
  }

  #until(isTrue: () => boolean): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure.error)
    if (isTrue()) return Promise.resolve()
    return new Promise((done, failed) => this.#waiting.push({ isTrue, done, failed }))
  }

  #look(): void {
    this.#waiting = this.#waiting.filter(({ isTrue, done }) => {
      if (!isTrue()) return true
      done()
      return false
    })
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    for (const { failed } of this.#waiting) failed(error)
    this.#waiting = []
  }
}
