import { expect, test } from 'vitest'
import { type ElectionType, electLeader } from '../../../src/controller/election.js'

interface Situation {
  readonly isr?: readonly number[]
  readonly elr?: readonly number[]
  readonly leader?: number
  readonly last?: number
  readonly active: readonly number[]
  /** Alive, but shutting down. */
  readonly ending?: readonly number[]
  readonly type?: ElectionType
}

/** Of a partition with the replicas 1, 2 and 3. */
function elected({
  isr = [],
  elr = [],
  leader = -1,
  last = -1,
  active,
  ending = [],
  type = 'online',
}: Situation): string {
  const partition = { replicas: [1, 2, 3], isr, elr, leader, lastKnownLeader: last }
  const result = electLeader(partition, type, {
    mayLead: (brokerId) => active.includes(brokerId),
    isAlive: (brokerId) => active.includes(brokerId) || ending.includes(brokerId),
  })
  return `${result.leader}${result.isUnclean ? ' unclean' : ''}`
}

test.each<[string, Situation, string]>([
  ['a good leader stays', { isr: [1, 2], leader: 2, active: [1, 2, 3] }, '2'],
  ['the first replica of the isr follows', { isr: [3, 2], leader: 1, active: [2, 3] }, '2'],
  ['a replica that is not alive is passed over', { isr: [2, 3], leader: 1, active: [3] }, '3'],
  ['nobody outside of the isr is elected', { isr: [2], leader: 1, active: [1, 3] }, '-1'],
  ['the elr is asked when the isr is empty', { elr: [3, 2], active: [2, 3] }, '2'],
  ['the elr is not asked while the isr is not empty', { isr: [2], elr: [3], leader: 1, active: [3] }, '-1'],
  ['an elr that is not alive elects nobody', { elr: [2], last: 2, active: [1, 3] }, '-1'],
  ['the last known leader follows when both are empty', { last: 3, active: [1, 2, 3] }, '3 unclean'],
  ['the last known leader must live', { last: 3, active: [1, 2] }, '-1'],
  ['the last known leader waits while there is an elr', { elr: [2], last: 3, active: [3] }, '-1'],
  ['a clean election elects nobody for lack of better', { active: [1, 2, 3] }, '-1'],
  ['an unclean one elects the first that lives', { elr: [1], active: [2, 3], type: 'unclean' }, '2 unclean'],
  ['an unclean one prefers the isr', { isr: [3], active: [1, 2, 3], type: 'unclean' }, '3'],
  ['an unclean one prefers the elr', { elr: [3], active: [1, 2, 3], type: 'unclean' }, '3'],
  ['an unclean one prefers the last known leader', { last: 3, active: [1, 2, 3], type: 'unclean' }, '3 unclean'],
  ['an unclean one needs somebody alive', { active: [], type: 'unclean' }, '-1'],
  ['a preferred leader is given its place', { isr: [1, 2], leader: 2, active: [1, 2], type: 'preferred' }, '1'],
  ['a preferred leader must be in the isr', { isr: [2], leader: 2, active: [1, 2], type: 'preferred' }, '2'],
  ['a preferred leader must live', { isr: [1, 2], leader: 2, active: [2], type: 'preferred' }, '2'],
  ['a preferred election finds another as well', { isr: [3], leader: -1, active: [1, 3], type: 'preferred' }, '3'],
  ['a leader that shuts down hands over', { isr: [1, 2], leader: 1, active: [2], ending: [1] }, '2'],
  ['a leader that shuts down stays if nobody follows', { isr: [1], leader: 1, active: [2, 3], ending: [1] }, '1'],
  [
    'a replica that shuts down is elected if nobody else may lead',
    { isr: [2], leader: 1, active: [], ending: [2] },
    '2',
  ],
  ['a replica that shuts down is passed over', { isr: [2, 3], leader: 1, active: [3], ending: [2] }, '3'],
])('%s', (_title, situation, leader) => {
  expect(elected(situation)).toBe(leader)
})
