import { expect, test } from 'vitest'
import { changePartition, type PartitionWish } from '../../../src/controller/partition-change.js'
import type { PartitionMetadata } from '../../../src/protocol/apis/metadata.js'

const PARTITION: PartitionMetadata = {
  partition: 0,
  leader: 1,
  leaderEpoch: 7,
  partitionEpoch: 9,
  replicas: [1, 2, 3],
  isr: [1, 2, 3],
  elr: [],
  lastKnownLeader: -1,
}
const LEADERLESS = { ...PARTITION, leader: -1, isr: [], elr: [2, 3], lastKnownLeader: 3 }

function changed(before: PartitionMetadata, wish: Partial<PartitionWish>, minIsr: number, alive: readonly number[]) {
  const isAlive = (brokerId: number): boolean => alive.includes(brokerId)
  return changePartition(before, { election: 'online', ...wish }, minIsr, { mayLead: isAlive, isAlive })
}

test('a smaller isr begins no leader epoch', () => {
  expect(changed(PARTITION, { isr: [1, 2] }, 1, [1, 2, 3])).toEqual({
    ...{ leader: 1, leaderEpoch: 7, partitionEpoch: 10 },
    ...{ isr: [1, 2], elr: [], lastKnownLeader: -1 },
  })
})

test('a new leader begins a leader epoch, and so does the loss of the last one', () => {
  expect(changed(PARTITION, { isr: [2, 3] }, 1, [2, 3])).toMatchObject({
    leader: 2,
    leaderEpoch: 8,
    partitionEpoch: 10,
  })
  expect(changed(PARTITION, { isr: [] }, 1, [])).toMatchObject({ leader: -1, leaderEpoch: 8, lastKnownLeader: 1 })
})

test('a partition where all is as it should be does not change', () => {
  expect(changed(PARTITION, {}, 2, [1, 2, 3])).toBeNull()
  expect(changed(PARTITION, { isr: [3, 2, 1] }, 2, [1, 2, 3])).toBeNull()
  expect(changed(LEADERLESS, {}, 2, [1])).toBeNull()
})

test('a leader from the elr begins with an isr of itself, and the rest of the elr stays', () => {
  expect(changed(LEADERLESS, {}, 2, [1, 2])).toMatchObject({ leader: 2, isr: [2], elr: [3], lastKnownLeader: -1 })
})

test('the elr is emptied when one in the isr is enough by now', () => {
  expect(changed(LEADERLESS, {}, 1, [1, 2])).toMatchObject({ leader: 2, isr: [2], elr: [] })
})

test('after an unclean election nobody else is known to hold anything', () => {
  expect(changed(LEADERLESS, { election: 'unclean' }, 2, [1])).toMatchObject({ leader: 1, isr: [1], elr: [] })
})

test('a last leader that has lost its memory is forgotten, and stays so though nothing else changes', () => {
  const before = { ...LEADERLESS, elr: [] }
  const change = changed(before, { lossy: 3 }, 2, [1, 2, 3])
  expect(change).toMatchObject({ leader: -1, leaderEpoch: 7, partitionEpoch: 10, elr: [], lastKnownLeader: -1 })
  expect(changed({ ...before, lastKnownLeader: -1 }, { lossy: 3 }, 2, [1, 2, 3])).toBeNull()
})

test('the last leader is not forgotten while nobody leads', () => {
  expect(changed(LEADERLESS, { lossy: 2 }, 2, [])).toMatchObject({
    leader: -1,
    leaderEpoch: 7,
    elr: [3],
    lastKnownLeader: 3,
  })
})
