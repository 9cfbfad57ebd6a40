import { expect, test } from 'vitest'
import type { Experiment } from '../../src/lab/experiments/experiment.js'
import { idempotenceKeepsOrder, inFlightOneKeepsOrder, inFlightReorders } from '../../src/lab/experiments/in-flight.js'
import { keyKeepsOrderPerKey } from '../../src/lab/experiments/key-order.js'
import { idempotenceDeduplicates, retryDuplicates } from '../../src/lab/experiments/lost-answer.js'
import { notEnoughReplicasAfterAppend } from '../../src/lab/experiments/not-enough-replicas.js'
import type { TimelineEntry } from '../../src/lab/experiments/recording.js'
import type { Workload } from '../../src/lab/measure/workload.js'
import { labPage } from '../../src/lab/report/lab-page.js'
import { keyCellOf, orderCellOf, replicasCellOf, runOn } from '../unit/lab/experiments/given-experiment.js'

const IN_FLIGHT = 'max.in.flight.requests.per.connection'
const PLAIN = { [IN_FLIGHT]: 5, 'enable.idempotence': false }
const IDEMPOTENT = { [IN_FLIGHT]: 5, 'enable.idempotence': true }

// ProducerConfig max.in.flight.requests.per.connection: "if this configuration is set to be greater than 1 and
// enable.idempotence is set to false, there is a risk of message reordering after a failed send due to retries".
test('on threads, too, an error with 5 requests in flight and no idempotence changes the order', async () => {
  const { result } = await runOn('threads', inFlightReorders, [orderCellOf(PLAIN)])
  expect(result).toMatchObject({ host: 'threads', verdict: 'holds', lost: 0, duplicated: 0 })
  expect(result.outOfOrder).toBeGreaterThan(0)
})

/** How many requests are on their way after each step. */
function inFlight(timeline: readonly TimelineEntry[]): number[] {
  const requests = new Set<number | undefined>()
  return timeline.map(({ event, batch }) => {
    if (event === 'sent') requests.add(batch?.request)
    if (event === 'answered') requests.delete(batch?.request)
    return requests.size
  })
}

// ProducerConfig max.in.flight.requests.per.connection: "The maximum number of unacknowledged requests the client will
// send on a single connection before blocking."
test('on threads, too, the recording tells of each request, as many at once as may be, and the page draws them', async () => {
  const { workload, ...rest } = orderCellOf(PLAIN)
  const report = await runOn('threads', inFlightReorders, [{ ...rest, workload: { ...workload, partitions: 1 } }])
  const timeline = report.shown[0]?.outcome?.recording.timeline ?? []
  const steps = (event: string) => timeline.filter((entry) => entry.event === event).map(({ batch }) => batch)
  const attempts = (event: string) => steps(event).map((batch) => `${batch?.batch} ${batch?.attempt}`)
  const numbers = steps('closed').flatMap((batch) => batch?.numbers ?? [])
  expect(numbers).toEqual(numbers.map((_, index) => index))
  const log = timeline.flatMap(({ record }) => record?.number ?? [])
  expect([...log].sort((a, b) => a - b)).toEqual(numbers)
  expect(attempts('answered').sort()).toEqual(attempts('sent').sort())
  expect(steps('sent').some((batch) => batch?.attempt === 2)).toBe(true)
  const counts = inFlight(timeline)
  expect([Math.max(...counts), counts.at(-1)]).toEqual([5, 0])
  const page = labPage(report, { command: '' })
  expect(page).toContain('aria-label="Batches along time"')
  expect(page.match(/class="flight[ "]/g)?.length).toBeGreaterThanOrEqual(steps('sent').length)
  expect(page).toContain('<line class="way moved"')
})

// ProducerConfig enable.idempotence: "the producer will ensure that exactly one copy of each message is written in the
// stream. If 'false', producer retries due to broker failures, etc., may write duplicates of the retried message in the
// stream."
test('on threads, too, a retry after a lost answer writes records twice without idempotence', async () => {
  const { result } = await runOn('threads', retryDuplicates, [orderCellOf(PLAIN)])
  expect(result).toMatchObject({ host: 'threads', verdict: 'holds', lost: 0 })
  expect(result.duplicated).toBeGreaterThan(0)
})

const KEPT: readonly (readonly [string, Experiment, Workload['options']])[] = [
  ['one request in flight', inFlightOneKeepsOrder, { ...PLAIN, [IN_FLIGHT]: 1 }],
  ['idempotence', idempotenceKeepsOrder, IDEMPOTENT],
  ['idempotence and lost answers', idempotenceDeduplicates, IDEMPOTENT],
]
test.each(KEPT)(
  'on threads, too, with %s no record changes places and none is there twice',
  async (_, experiment, of) => {
    const { result } = await runOn('threads', experiment, [orderCellOf(of)])
    expect(result).toMatchObject({ host: 'threads', verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0 })
  },
)

test('on threads, too, a key keeps the order of its records, and keys do not keep one among them', async () => {
  const { result, shown } = await runOn('threads', keyKeepsOrderPerKey, [keyCellOf({})])
  expect(result).toMatchObject({ host: 'threads', verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0 })
  expect(shown[0]?.outcome?.facts['passed another key']).toBeGreaterThan(0)
})

// TopicConfig min.insync.replicas: "If this minimum cannot be met, then the producer will raise an exception (either
// NotEnoughReplicas or NotEnoughReplicasAfterAppend)."
test('on threads, too, what a failure has appended is there twice without idempotence, and once with it', async () => {
  const cells = [replicasCellOf(false), replicasCellOf(true)]
  const { result } = await runOn('threads', notEnoughReplicasAfterAppend, cells)
  expect(result).toMatchObject({ host: 'threads', verdict: 'holds', lost: 0 })
  expect(result.runs.map(({ duplicated }) => duplicated > 0)).toEqual([true, false])
})
