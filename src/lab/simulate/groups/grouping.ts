import { KafkaError } from '../../../base/errors.js'
import type { Random } from '../../../base/random.js'
import type { GroupDescription } from '../../../client/admin/group-admin.js'
import type { SimulatedCluster } from '../../../cluster/simulated.js'
import { GROUP_CODEC, type GroupRecord } from '../../../coordinator/group/group-records.js'
import type { SeenRecord } from '../compacted-logs.js'
import { GroupFinding } from './group-findings.js'
import { GroupLedger, type Owner } from './group-ledger.js'
import { RETENTION_MS } from './group-plays.js'
import { GroupReader } from './group-reader.js'
import { drawReader, type GroupShape, type GroupSwarm, MEMBERS_MAX } from './group-swarm.js'

/** Simulated milliseconds within which a group comes to rest once all faults are healed. */
const REST_MS = 120_000
/** Milliseconds between two questions whether a group is Stable. */
const ASK_EVERY_MS = 100

/** One group of the simulation: its processes, and what they have seen. */
export interface SimulatedGroup {
  readonly shape: GroupShape
  readonly ledger: GroupLedger
  readonly readers: GroupReader[]
}

export interface GroupingParts {
  readonly swarm: GroupSwarm
  readonly random: Random
  /** The topic that the groups read. */
  readonly topic: string
}

/** Groups of consumers that read a topic while things go wrong, through the public consumer. */
export class Grouping {
  readonly groups: readonly SimulatedGroup[]
  readonly #cluster: SimulatedCluster
  readonly #parts: GroupingParts
  #started = 0
  /** Whether each group is to have a process that reads: all is well, and groups are not closed yet. */
  #isStaffed = false

  constructor(cluster: SimulatedCluster, parts: GroupingParts) {
    this.#cluster = cluster
    this.#parts = parts
    this.groups = parts.swarm.groups.map((shape) => ({
      shape,
      ledger: new GroupLedger(shape.groupId, RETENTION_MS),
      readers: [],
    }))
  }

  start(): void {
    for (const group of this.groups) for (let left = group.shape.members; left > 0; left--) this.join(group)
  }

  /** Starts one more process. False: enough are there. */
  join(group: SimulatedGroup): boolean {
    const living = this.living(group)
    if (living.length >= MEMBERS_MAX) return false
    const taken = new Set(living.map(({ instanceId }) => instanceId))
    const free = instanceIdsOf(group.shape).find((id) => !taken.has(id))
    this.startReader(group, group.shape.areStatic ? (free ?? null) : null)
    return true
  }

  /** Starts a process, whoever else goes by its instance id. */
  startReader(group: SimulatedGroup, instanceId: string | null): void {
    this.#started += 1
    const name = `reader-${this.#started}`
    const random = this.#parts.random.fork(name)
    const { topic } = this.#parts
    const about = { group: group.shape, ledger: group.ledger, shape: drawReader(random), topic }
    const onFenced = (reader: GroupReader): void => this.#fenced(group, reader)
    group.readers.push(new GroupReader({ ...about, cluster: this.#cluster, random, name, instanceId, onFenced }))
  }

  /**
   * A process has ended because another one goes by its instance id. That one may be gone by then, while this one was
   * silent: whoever looks after processes starts one again when it was the last.
   */
  #fenced(group: SimulatedGroup, { name, instanceId }: GroupReader): void {
    if (!group.readers.some((other) => other.instanceId === instanceId && other.name !== name))
      group.ledger.report('member', `${name} was fenced, and no other process has been ${instanceId}`)
    if (this.#isStaffed) this.#staff(group)
  }

  /** Sees that the group has a process, and one beside those that hang. */
  #staff(group: SimulatedGroup): void {
    if (this.living(group).every(({ isToHang }) => isToHang)) this.join(group)
  }

  living({ readers }: SimulatedGroup): GroupReader[] {
    return readers.filter(({ isAlive }) => isAlive)
  }

  /** Ends the stalls whose time is over. Throws what was found. */
  goOn(): void {
    for (const { readers } of this.groups) for (const reader of readers) reader.goOn(this.#cluster.now)
    this.check()
  }

  /** Throws the first thing that was found. */
  check(): void {
    for (const { ledger } of this.groups) if (ledger.found !== null) throw ledger.found
  }

  /** Takes in a record of `__consumer_offsets` that is committed. */
  logs({ key, value }: SeenRecord): void {
    const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
    const record: GroupRecord | null = GROUP_CODEC.decode(bytes(key), value === null ? null : bytes(value))
    if (record === null) return
    this.groups.find(({ shape }) => shape.groupId === record.groupId)?.ledger.logs(record, this.#cluster.now)
  }

  /** Ends all that members were made to do, and sees that each group has one. */
  heal(): void {
    this.#isStaffed = true
    for (const group of this.groups) {
      for (const reader of group.readers) {
        reader.goOn(Number.POSITIVE_INFINITY)
        reader.throwsNext = false
      }
      this.#staff(group)
    }
  }

  /** Has an application of each group hang, where there are others. */
  hang(): void {
    for (const group of this.groups) {
      const [first, ...others] = this.living(group)
      if (first === undefined || others.length === 0) continue
      first.stall(Number.POSITIVE_INFINITY)
      first.isToHang = true
    }
  }

  /** Ends what `hang` has begun. */
  unhang(): void {
    for (const { readers } of this.groups) {
      for (const reader of readers) {
        reader.isToHang = false
        reader.goOn(Number.POSITIVE_INFINITY)
      }
    }
  }

  /** Runs until all has been read, every partition has one member, and the groups are Stable. */
  async settle(ends: readonly number[]): Promise<void> {
    const { topic } = this.#parts
    const isRead = (): boolean => {
      this.goOn()
      return this.groups.every(({ ledger }) =>
        ends.every((end, partition) => ledger.unread({ topic, partition }, end) === null),
      )
    }
    await this.#within(isRead, () => this.#unread(ends))
    const isOwned = (): boolean => {
      this.goOn()
      return this.groups.every(({ ledger, readers }) => {
        const hanging = new Set<Owner>(readers.filter(({ hangs }) => hangs))
        return ledger.orphans(topic, ends.length, hanging).length === 0
      })
    }
    await this.#within(isOwned, () => 'a partition has no member')
    for (const group of this.groups) await this.#stable(group)
  }

  /** Ends all members. Each group is Empty then. */
  async close(): Promise<void> {
    this.#isStaffed = false
    for (const { readers } of this.groups) for (const reader of readers) reader.leave().catch(() => {})
    const haveClosed = (): boolean =>
      this.groups.every(({ readers }) => readers.every(({ isAlive, hasClosed }) => !isAlive && hasClosed))
    await this.#within(haveClosed, () => 'a member does not leave')
    for (const { ledger } of this.groups) ledger.checkAcknowledged()
    this.check()
  }

  /** Resolves when the group is Stable, with those who live as its members. */
  async #stable(group: SimulatedGroup): Promise<GroupDescription> {
    const { groupId } = group.shape
    const admin = this.#cluster.admin({ 'request.timeout.ms': 500, 'default.api.timeout.ms': 60_000 })
    const until = this.#cluster.now + REST_MS
    for (;;) {
      // A group that was deleted while all of its members were silent is there again when they come back.
      const describing = admin.describeGroups([groupId]).catch((error) => {
        if (error instanceof KafkaError && error.code === 'GROUP_ID_NOT_FOUND') return { groups: [] }
        throw error
      })
      const [described] = (await this.#cluster.run(describing, { msMax: REST_MS })).groups
      const alive = this.living(group).filter(({ hangs }) => !hangs)
      if (described?.state === 'Stable' && described.members.length === alive.length) return described
      if (this.#cluster.now > until)
        throw new GroupFinding('A28', `${groupId} is ${described?.state} with ${described?.members.length} members`)
      await this.#cluster.advance(ASK_EVERY_MS)
      this.goOn()
    }
  }

  #unread(ends: readonly number[]): string {
    const { topic } = this.#parts
    const left = this.groups.flatMap(({ shape, ledger }) =>
      ends.map((end, partition) => {
        const at = ledger.unread({ topic, partition }, end)
        return at === null ? '' : `${shape.groupId} has not read ${at} of ${end} in ${topic}-${partition}`
      }),
    )
    return left.filter((says) => says !== '').join(', ')
  }

  async #within(isSo: () => boolean, says: () => string): Promise<void> {
    try {
      await this.#cluster.runUntil(isSo, { msMax: REST_MS })
    } catch (error) {
      if (error instanceof GroupFinding) throw error
      throw new GroupFinding('A28', `${says()}. ${error instanceof Error ? error.message : error}`)
    }
  }
}

/** The instance ids of a group of static members. */
function instanceIdsOf({ groupId }: GroupShape): string[] {
  return Array.from({ length: MEMBERS_MAX }, (_, index) => `${groupId}-${index + 1}`)
}
