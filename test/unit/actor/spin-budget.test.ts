import { expect, test } from 'vitest'
import { AWAITED, SpinBudget, type SpinLimits } from '../../../src/actor/spin-budget.js'

const TURNS_MAX = 64

/** A budget that has grown to its limit. */
function fullBudget(limits?: SpinLimits): SpinBudget {
  const budget = new SpinBudget(limits)
  for (let spins = 0; spins < 100; spins++) budget.succeeded()
  return budget
}

test('a thread that has just started does not spin', () => {
  expect([new SpinBudget().turns, new SpinBudget(AWAITED).turns]).toEqual([0, 0])
})

test('the spin budget shrinks to nothing while spinning finds no work', () => {
  const budget = fullBudget()
  expect(budget.turns).toBe(TURNS_MAX)
  for (let spins = 0; spins < 100; spins++) budget.failed()
  expect(budget.turns).toBe(0)
})

test('work that is found makes the spin budget grow again, up to its limit', () => {
  const budget = new SpinBudget()
  budget.succeeded()
  expect(budget.turns).toBeGreaterThan(0)
  for (let spins = 0; spins < 100; spins++) budget.succeeded()
  expect(budget.turns).toBe(TURNS_MAX)
})

test('a short sleep earns turns of spinning, a long one none', () => {
  const budget = new SpinBudget()
  budget.parked(1)
  expect(budget.turns).toBe(0)
  budget.parked(0.01)
  expect(budget.turns).toBeGreaterThan(0)
})

test('a thread that is awaited spins longer, for as long as answers come no later than that', () => {
  const budget = fullBudget(AWAITED)
  expect(budget.turns).toBeGreaterThan(TURNS_MAX)
  for (let spins = 0; spins < 100; spins++) budget.failed()
  expect(budget.turns).toBe(0)
  budget.parked(0.2)
  expect(budget.turns).toBeGreaterThan(0)
})
