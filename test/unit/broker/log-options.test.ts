import { expect, test } from 'vitest'
import { parseTopicOptions } from '../../../src/base/config/topic-options.js'
import { isOnlyCompacted, logOptionsOf } from '../../../src/broker/log-options.js'

const LIMITS = { 'retention.ms': 1_000, 'retention.bytes': 2_000 }

// TopicConfig.CLEANUP_POLICY_DOC: an empty list means that log segments are kept for ever.
test.each([
  [['delete'], 1_000, 2_000, false, false],
  [['compact'], -1, -1, true, true],
  [['compact', 'delete'], 1_000, 2_000, true, false],
  [[], -1, -1, false, false],
] as const)('cleanup.policy %j', (policy, retentionMs, retentionBytes, isCompacted, isOnly) => {
  const options = parseTopicOptions({ ...LIMITS, 'cleanup.policy': policy })
  const log = logOptionsOf(options, 1)
  expect(log).toMatchObject({ retentionMs, retentionBytes })
  expect([log.compaction !== undefined, isOnlyCompacted(options)]).toEqual([isCompacted, isOnly])
})
