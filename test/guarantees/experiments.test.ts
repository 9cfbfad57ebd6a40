import { expect, test } from 'vitest'
import { acks } from '../../src/lab/experiments/acks.js'
import { failover } from '../../src/lab/experiments/failover.js'
import { cellOf, runOn } from '../unit/lab/experiments/given-experiment.js'

// ProducerConfig acks: with 1, "should the leader fail immediately after acknowledging the record but before the followers have
// replicated it then the record will be lost"; with all, "the record will not be lost as long as at least one in-sync replica
// remains alive".
test('on threads, too, the leader takes with it what acks=0 and acks=1 have acknowledged, and nothing of acks=all', async () => {
  const cells = [0, 1, -1].map((of) => cellOf({ acks: of, 'min.insync.replicas': 2 }))
  const { result } = await runOn('threads', acks, cells)
  expect(result.verdict).toBe('holds')
  expect(result.runs.map(({ lost }) => lost > 0)).toEqual([true, true, false])
})

test('on threads, too, min.insync.replicas at the factor stops all writes while one broker is down', async () => {
  const { result, shown } = await runOn('threads', acks, [cellOf({ acks: -1, 'min.insync.replicas': 3 })])
  expect(result).toMatchObject({ verdict: 'holds', lost: 0 })
  expect(shown[0]?.outcome?.facts).toMatchObject({ 'while one broker is down': 'NOT_ENOUGH_REPLICAS' })
})

test('on threads, too, a failover loses nothing and ends by itself', async () => {
  const { result } = await runOn('threads', failover, [cellOf({ acks: -1, 'min.insync.replicas': 2 })])
  expect(result).toMatchObject({ host: 'threads', verdict: 'holds', lost: 0 })
})
