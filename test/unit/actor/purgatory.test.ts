import { expect, test } from 'vitest'
import { Purgatory } from '../../../src/actor/purgatory.js'
import { NEVER, timestamp } from '../../../src/base/ids.js'

interface Waiter {
  readonly name: string
  readonly deadline: ReturnType<typeof timestamp>
  readonly watched: readonly string[]
}

const waiter = (name: string, deadline: number, ...watched: string[]): Waiter => ({
  name,
  deadline: timestamp(deadline),
  watched,
})

function givenPurgatory(...waiters: Waiter[]): Purgatory<Waiter, string> {
  const purgatory = new Purgatory<Waiter, string>()
  for (const one of waiters) purgatory.enter(one, one.watched)
  return purgatory
}

/** Who is looked at, sorted; those who are `served` leave. */
function lookedAt(purgatory: Purgatory<Waiter, string>, served: (name: string) => boolean = () => true): string[] {
  const names: string[] = []
  purgatory.serveStirred(({ name }) => {
    names.push(name)
    return served(name)
  })
  return names.sort()
}

test('news of a subject concerns only those who watch it', () => {
  const purgatory = givenPurgatory(waiter('a', 9, 'x'), waiter('b', 9, 'y'), waiter('c', 9, 'x', 'y'))
  purgatory.stir('x')
  expect(lookedAt(purgatory)).toEqual(['a', 'c'])
  expect(lookedAt(purgatory)).toEqual([])
})

test('a waiter that watches two subjects of which there is news is looked at once', () => {
  const purgatory = givenPurgatory(waiter('a', 9, 'x', 'y', 'x'))
  for (const subject of ['x', 'y', 'x']) purgatory.stir(subject)
  expect(lookedAt(purgatory)).toEqual(['a'])
})

test('a waiter that is not served waits on, and hears of the next news', () => {
  const purgatory = givenPurgatory(waiter('a', 9, 'x'), waiter('b', 9, 'x'))
  purgatory.stir('x')
  expect(lookedAt(purgatory, (name) => name === 'a')).toEqual(['a', 'b'])
  purgatory.stir('x')
  expect(lookedAt(purgatory)).toEqual(['b'])
  expect(purgatory.isEmpty).toBe(true)
})

test('a waiter whose deadline has come is looked at, and the next deadline is that of the others', () => {
  const purgatory = givenPurgatory(waiter('late', 30), waiter('early', 10))
  expect(purgatory.nextDeadline).toBe(10)
  purgatory.stirOverdue(timestamp(9))
  expect(purgatory.hasStirred).toBe(false)
  purgatory.stirOverdue(timestamp(10))
  expect(lookedAt(purgatory)).toEqual(['early'])
  expect(purgatory.nextDeadline).toBe(30)
  purgatory.stirOverdue(timestamp(30))
  expect(lookedAt(purgatory)).toEqual(['late'])
  purgatory.stirOverdue(timestamp(31))
  expect(purgatory.nextDeadline).toBe(NEVER)
})

test('a waiter that was released is not looked at, though there was news of it before', () => {
  const purgatory = givenPurgatory(waiter('a', 9, 'x'), waiter('b', 9, 'x'))
  purgatory.stir('x')
  purgatory.release(({ name }) => name === 'a')
  expect(lookedAt(purgatory)).toEqual(['b'])
})

test('a subject that is forgotten stirs its watchers once more', () => {
  const purgatory = givenPurgatory(waiter('a', 9, 'x'))
  purgatory.forget('x')
  expect(lookedAt(purgatory, () => false)).toEqual(['a'])
  purgatory.stir('x')
  expect(lookedAt(purgatory)).toEqual([])
})

test('every waiter is noted once, whatever it watches', () => {
  const purgatory = givenPurgatory(waiter('a', 9), waiter('b', 9, 'x', 'y'))
  const noted: string[] = []
  purgatory.noteAll(({ name }) => void noted.push(name))
  expect(noted.sort()).toEqual(['a', 'b'])
})
