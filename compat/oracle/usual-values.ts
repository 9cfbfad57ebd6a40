import type { Message } from './script.js'

/** What requests have where a script does not say otherwise, and the default of Kafka's schema is of no use. */
const USUAL: { readonly [api: string]: Message } = {
  Produce: { acks: -1, timeoutMs: 10_000 },
  Fetch: { minBytes: 1, maxBytes: 10_000_000 },
  CreateTopics: { timeoutMs: 10_000 },
  DeleteTopics: { timeoutMs: 10_000 },
  CreatePartitions: { timeoutMs: 10_000 },
  DeleteRecords: { timeoutMs: 10_000 },
  ElectLeaders: { timeoutMs: 10_000 },
  JoinGroup: { sessionTimeoutMs: 20_000, rebalanceTimeoutMs: 20_000, protocolType: 'consumer' },
}

export function withUsualValues(api: string, message: Message): Message {
  return { ...USUAL[api], ...message }
}
