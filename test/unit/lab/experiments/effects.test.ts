import { expect, test } from 'vitest'
import { Effects } from '../../../../src/lab/experiments/effects.js'
import type { TrialMember } from '../../../../src/lab/experiments/trial-member.js'

const [A, B] = [{ name: 'a' } as TrialMember, { name: 'b' } as TrialMember]
const record = (number: number, timestamp = number) => ({
  partition: 0,
  offset: number,
  producer: 0,
  number,
  timestamp,
})

test('a member that goes on late with what another one has applied has no effect with a shared number', () => {
  const effects = new Effects()
  const applied = [effects.apply(A, record(0)), effects.apply(B, record(0)), effects.apply(B, record(1))]
  expect([...applied, effects.apply(A, record(1))]).toEqual([true, false, true, false])
  const totals = (['naive', 'in memory', 'sequence', 'timestamp'] as const).map((guard) => effects.total(guard))
  expect(totals).toEqual([4, 4, 2, 2])
})

test('the memory of a member helps against what the same member is handed again', () => {
  const effects = new Effects()
  for (const number of [0, 1, 0, 1]) effects.apply(A, record(number))
  expect([effects.repeated('naive'), effects.repeated('in memory')]).toEqual([2, 0])
})

test('two records that share a time are one for a handler that goes by time', () => {
  const effects = new Effects()
  for (const number of [0, 1]) effects.apply(A, record(number, 7))
  expect([effects.once('sequence'), effects.once('timestamp')]).toEqual([2, 1])
})
