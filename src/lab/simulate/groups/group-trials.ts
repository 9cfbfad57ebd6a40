import type { SimulatedCluster } from '../../../cluster/simulated.js'
import { GroupFinding } from './group-findings.js'
import type { GroupTrial } from './group-swarm.js'
import type { Grouping } from './grouping.js'

export interface TrialParts {
  readonly cluster: SimulatedCluster
  readonly grouping: Grouping
  /** Returns the offset behind everything that is committed, for each partition of the topic. */
  readonly ends: () => readonly number[]
  /** Returns the broker that leads a partition of `__consumer_offsets`. */
  readonly coordinator: (partition: number) => number
  readonly sendOne: () => void
  /** Resolves when every record is acknowledged or given up. */
  readonly sent: () => Promise<void>
}

/** Milliseconds that a coordinator is down. */
const SHOCK_MS = 150
/** Milliseconds after which applications go on that have worked for long enough. */
const TEND_EVERY_MS = 20
/** How often groups may go on rebalancing before they are quiet. */
const ROUNDS_MAX = 20
/** Records that are sent while a member joins, and the milliseconds between two of them. */
const MORE_RECORDS = 12
const RECORD_EVERY_MS = 15

/** What is tried with groups when all is well: see `GroupTrial`. */
export const TRIALS: Readonly<Record<GroupTrial, (parts: TrialParts) => Promise<void>>> = {
  async shock(parts) {
    const { cluster, coordinator } = parts
    const broker = coordinator(0)
    await undisturbed(parts, `broker ${broker} was killed`, async () => {
      await cluster.run(cluster.killBroker(broker))
      await cluster.advance(SHOCK_MS)
      await cluster.run(cluster.restartBroker(broker))
    })
  },

  async return(parts) {
    const { cluster, grouping } = parts
    await undisturbed(parts, 'a static member has returned', async () => {
      for (const group of grouping.groups) {
        const reader = grouping.living(group).find(({ instanceId }) => instanceId !== null)
        if (reader === undefined) continue
        await cluster.run(reader.leave())
        grouping.startReader(group, reader.instanceId)
      }
    })
  },

  async newcomer(parts) {
    const { cluster, grouping, sendOne, sent, ends } = parts
    await rest(parts)
    for (const { ledger } of grouping.groups) ledger.isAtPeace = true
    for (const group of grouping.groups) grouping.join(group)
    for (let left = MORE_RECORDS; left > 0; left--) {
      sendOne()
      await cluster.advance(RECORD_EVERY_MS)
      grouping.goOn()
    }
    await cluster.run(sent())
    await grouping.settle(ends())
  },
}

/** Does something for which no group may rebalance. */
async function undisturbed(parts: TrialParts, what: string, act: () => Promise<void>): Promise<void> {
  const before = await rest(parts)
  await act()
  const after = await quiet(parts)
  if (after !== before) throw new GroupFinding('A29', `${what}: ${before} became ${after}`)
}

/** Waits until no group has rebalanced for a while. Returns their generations. */
async function rest(parts: TrialParts): Promise<string> {
  let last = await quiet(parts)
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const next = await quiet(parts)
    if (next === last) return next
    last = next
  }
  throw new GroupFinding('A29', `groups go on rebalancing: ${last}`)
}

/** Waits for as long as a session, and until the groups have settled. Returns their generations, for comparison. */
async function quiet({ cluster, grouping, ends }: TrialParts): Promise<string> {
  const { groups } = grouping
  for (let left = Math.max(...groups.map(({ shape }) => shape.sessionMs)); left > 0; left -= TEND_EVERY_MS) {
    await cluster.advance(TEND_EVERY_MS)
    grouping.goOn()
  }
  await grouping.settle(ends())
  return groups.map(({ shape, ledger }) => `${shape.groupId} ${ledger.logged?.generation}`).join(', ')
}
