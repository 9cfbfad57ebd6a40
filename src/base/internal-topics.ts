/** What groups have decided and committed; each broker keeps the groups of those of its partitions that it leads. */
export const CONSUMER_OFFSETS_TOPIC = '__consumer_offsets'

/** Topics that brokers write themselves. (`Topic.INTERNAL_TOPICS`) */
const INTERNAL: ReadonlySet<unknown> = new Set([CONSUMER_OFFSETS_TOPIC, '__share_group_state', '__transaction_state'])

/** Whether clients can read the topic of this name, and neither create it nor write to it nor delete it. */
export function isInternalTopic(name: unknown): boolean {
  return INTERNAL.has(name)
}
