import type { ConsumerOptions } from '../../../base/config/consumer-options.js'
import type { GroupMemberOptions } from '../../../base/config/group-member-options.js'

/** An assignor that a member offers its group, as data that crosses threads. */
export interface OfferedAssignor {
  readonly name: string
  /** The application's own: it is called there, by a step. */
  readonly isCustom: boolean
  readonly supportedProtocols: readonly ('EAGER' | 'COOPERATIVE')[]
}

/** What the member of a group is made with. */
export interface GroupOptions extends GroupMemberOptions {
  readonly 'group.id': string
  /** In the order of preference. */
  readonly assignors: readonly OfferedAssignor[]
  /** How this member rebalances: what all of its assignors support. */
  readonly protocol: 'EAGER' | 'COOPERATIVE'
}

/** All options that the parts of a member need. */
export type MemberOptions = GroupOptions & Omit<ConsumerOptions, 'group.id'>
