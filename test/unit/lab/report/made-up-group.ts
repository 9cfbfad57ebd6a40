import type { GroupStep, ToldStep } from '../../../../src/lab/experiments/group-step.js'
import type { TimelineEntry } from '../../../../src/lab/experiments/recording.js'

/** A step of a member of group `kitchen`, in generation 1 unless it says otherwise. */
export function step(atMs: number, member: string, told: ToldStep, generation = 1): TimelineEntry {
  const group: GroupStep = { ...told, group: 'kitchen', member, generation }
  return { atMs, actor: member, event: told.step, says: `${told.step} of ${member}`, group }
}

/**
 * Member a reads two partitions and is cut off; the group goes on with b, which is handed again what a was at work on;
 * then a hears of it, and they share the partitions. c is there and gets nothing, until it dies.
 */
export const TAKEN_OVER: readonly TimelineEntry[] = [
  { atMs: 0, actor: 'producer', event: 'send', says: 'sends 20 records' },
  step(0, 'a', { step: 'starts' }, -1),
  step(10, 'a', { step: 'generation' }),
  step(10, 'a', { step: 'assigned', partitions: [0, 1] }),
  step(12, 'a', { step: 'handed-out', partition: 0, from: 0, to: 4, isAgain: false }),
  step(20, 'a', { step: 'stalls' }),
  step(30, 'b', { step: 'starts' }, -1),
  step(40, 'b', { step: 'generation' }, 2),
  step(40, 'b', { step: 'assigned', partitions: [0, 1] }, 2),
  step(44, 'b', { step: 'handed-out', partition: 0, from: 0, to: 4, isAgain: true }, 2),
  step(46, 'b', { step: 'handled', partition: 0, from: 0, to: 4, isAgain: true }, 2),
  step(48, 'b', { step: 'committed', partition: 0, offset: 4, error: 'NONE' }, 2),
  step(52, 'a', { step: 'expelled' }),
  step(60, 'a', { step: 'goes-on' }),
  step(64, 'a', { step: 'committed', partition: 0, offset: 4, error: 'UNKNOWN_MEMBER_ID' }),
  step(66, 'a', { step: 'lost', partitions: [0, 1] }),
  step(70, 'b', { step: 'revoked', partitions: [1] }, 2),
  step(74, 'c', { step: 'starts' }, -1),
  step(80, 'a', { step: 'generation' }, 3),
  step(80, 'a', { step: 'assigned', partitions: [1] }, 3),
  step(90, 'c', { step: 'dies' }, 3),
  step(100, 'b', { step: 'leaves' }, 3),
]
