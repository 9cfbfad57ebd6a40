/** Everything that can go wrong with groups, by the numbers of the tables in `test/README.md`. */
const GROUP_FINDINGS = {
  A12: 'a member was handed records that do not follow one another',
  A23: 'what a group has committed went back',
  A24: 'a commit of a generation that is over was accepted',
  A25: 'more was committed than was handed out',
  A27: 'two members have one partition',
  A28: 'a partition has no member, or records that nobody has read',
  A29: 'a group rebalanced without a cause',
  A30: 'a member began elsewhere than where its group has committed',
  I17: 'an acknowledged commit is not in the log',
  I28: 'a member is told that it gets a partition before it is told that it has lost it',
  I29: 'a member is handed records of the partitions that it has',
  I30: 'what was read and committed was read again, though nothing had gone wrong',
  member: 'a member failed for no reason',
} as const

export type GroupFindingId = keyof typeof GROUP_FINDINGS

export class GroupFinding extends Error {
  readonly id: GroupFindingId

  constructor(id: GroupFindingId, says: string) {
    super(`${id}: ${GROUP_FINDINGS[id]}. ${says}`)
    this.name = 'GroupFinding'
    this.id = id
  }
}
