import { assert } from '../../base/assert.js'
import { inJavaHashOrder } from '../../base/java-hash.js'
import type { MemberWish } from './member.js'

/**
 * The assignor of the next generation: each member votes for the first of its list that all support, and most votes
 * win. A tie falls to the order of a Java `HashMap`: `range` before `roundrobin` and `cooperative-sticky`, `sticky`
 * before all three. (`ClassicGroup.selectProtocol`)
 */
export function chosenProtocol(members: readonly Pick<MemberWish, 'protocols'>[]): string {
  const votes = new Map<string, number>()
  const supported = supportCounts(members)
  for (const { protocols } of members) {
    const vote = protocols.find(({ name }) => supported.get(name) === members.length)
    assert(vote !== undefined, 'Members share an assignor')
    votes.set(vote.name, (votes.get(vote.name) ?? 0) + 1)
  }
  const most = Math.max(...votes.values())
  const winner = inJavaHashOrder([...votes.keys()]).find((name) => votes.get(name) === most)
  assert(winner !== undefined, 'A group that chooses has members')
  return winner
}

/** How many of the members support each assignor. */
export function supportCounts(members: Iterable<Pick<MemberWish, 'protocols'>>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const member of members) count(counts, member, 1)
  return counts
}

/** Adds a member to the counts, or takes it out. A name counts once, however often the member says it. */
export function count(counts: Map<string, number>, { protocols }: Pick<MemberWish, 'protocols'>, by: 1 | -1): void {
  for (const name of new Set(protocols.map((protocol) => protocol.name))) {
    const now = (counts.get(name) ?? 0) + by
    if (now === 0) counts.delete(name)
    else counts.set(name, now)
  }
}
