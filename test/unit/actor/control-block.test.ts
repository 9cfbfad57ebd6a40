import { expect, test } from 'vitest'
import { ControlBlock } from '../../../src/actor/control-block.js'

/** The block as another thread sees it. */
const seenByOthers = (block: ControlBlock): ControlBlock => new ControlBlock(block.memory.shared)

test('a bell that rings between the last look and the sleep is not slept over', () => {
  const block = new ControlBlock()
  const bell = block.prepareToPark()
  seenByOthers(block).ring()
  block.park(bell, Number.POSITIVE_INFINITY)
  expect(block.parkAsync(bell, () => {})).toBe(false)
})

test('a thread that is awake is not woken', () => {
  const block = new ControlBlock()
  seenByOthers(block).ring()
  const bell = block.prepareToPark()
  block.unpark()
  seenByOthers(block).ring()
  expect(block.prepareToPark()).toBe(bell)
})

test('one of several that ring at once wakes the sleeper', () => {
  const block = new ControlBlock()
  const bell = block.prepareToPark()
  seenByOthers(block).ring()
  seenByOthers(block).ring()
  expect(block.prepareToPark()).toBe(bell + 1)
})

test('an asynchronous sleep ends with the bell', async () => {
  const block = new ControlBlock()
  await new Promise<void>((resolve) => {
    expect(block.parkAsync(block.prepareToPark(), resolve)).toBe(true)
    seenByOthers(block).ring()
  })
})

test('mail is counted, and rings', () => {
  const block = new ControlBlock()
  const bell = block.prepareToPark()
  seenByOthers(block).announceMail()
  expect(block.mail).toBe(1)
  block.park(bell, Number.POSITIVE_INFINITY)
})

test('heartbeats and busy time are seen by others', () => {
  const block = new ControlBlock()
  block.beat()
  block.beat()
  block.addBusy(1.5)
  block.addBusy(2)
  expect([seenByOthers(block).heartbeat, seenByOthers(block).busyMs]).toEqual([2, 3.5])
})

test('a thread that is asked to stand still is awaited until it does, or is told to go on', async () => {
  const block = new ControlBlock()
  expect([block.isPaused, block.standingStill()]).toEqual([false, null])
  seenByOthers(block).pause()
  const standing = seenByOthers(block).standingStill()
  expect([block.isPaused, standing]).toEqual([true, expect.any(Promise)])
  seenByOthers(block).resume()
  expect([await standing, block.isPaused]).toEqual(['ok', false])
})

test('a parked thread is woken to stand still', () => {
  const block = new ControlBlock()
  const bell = block.prepareToPark()
  seenByOthers(block).pause()
  expect(block.prepareToPark()).toBe(bell + 1)
})

test('nobody waits for a thread that has ended to stand still', async () => {
  const block = new ControlBlock()
  block.pause()
  const standing = block.standingStill()
  block.end()
  expect([await standing, block.hasEnded, block.isPaused]).toEqual(['ok', true, false])
})

test('the next incarnation runs, and goes on counting', () => {
  const block = new ControlBlock()
  block.beat()
  block.prepareToPark()
  block.end()
  block.renew()
  block.beat()
  expect([block.hasEnded, block.heartbeat, block.words[16]]).toEqual([false, 2, 0])
})
