import { afterEach, expect, test } from 'vitest'
import { OrderedPool } from '../../../../src/lab/simulate/ordered-pool.js'
import type { Task } from './task-thread.js'

const pools: OrderedPool<Task, string>[] = []
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close()
})

function givenPool(taskMsMax?: number): OrderedPool<Task, string> {
  const pool = new OrderedPool<Task, string>(new URL('./task-thread.js', import.meta.url), taskMsMax)
  pools.push(pool)
  return pool
}

const tasks = (...ends: readonly Task['ends'][]): Task[] => ends.map((end, number) => ({ number, ends: end }))

async function resultsOf(pool: OrderedPool<Task, string>, ...ends: readonly Task['ends'][]): Promise<string> {
  const results: string[] = []
  for await (const result of pool.run(tasks(...ends))) results.push(result)
  return results.join(' ')
}

test('the results of tasks come in the order of the tasks, whichever ends first', async () => {
  const pool = givenPool()
  expect(await resultsOf(pool, 'later', 'at once', 'at once', 'later', 'at once')).toBe('0a 0b 1a 1b 2a 2b 3a 3b 4a 4b')
  expect(await resultsOf(pool, 'at once')).toBe('0a 0b')
  expect(await resultsOf(pool)).toBe('')
})

test('a task that throws rejects in its turn, and the pool goes on', async () => {
  const pool = givenPool()
  const taken: string[] = []
  const run = async (): Promise<void> => {
    for await (const result of pool.run(tasks('at once', 'with an error', 'never'))) taken.push(result)
  }
  await expect(run()).rejects.toThrow(new RangeError('task 1'))
  expect(taken).toEqual(['0a', '0b'])
  expect(await resultsOf(pool, 'at once', 'later')).toBe('0a 0b 1a 1b')
})

test('a thread of the pool that ends with its task rejects, and another takes its place', async () => {
  const pool = givenPool()
  await expect(resultsOf(pool, 'with the thread', 'at once')).rejects.toThrow('ended with code 3')
  expect(await resultsOf(pool, 'at once', 'at once', 'at once')).toBe('0a 0b 1a 1b 2a 2b')
})

test('a reader that stops taking ends tasks of the pool that would not end', async () => {
  const pool = givenPool()
  for await (const result of pool.run(tasks('at once', 'never', 'never', 'never'))) if (result === '0b') break
  expect(await resultsOf(pool, 'at once', 'later')).toBe('0a 0b 1a 1b')
})

test('a task that turns for ever is given up, and named', async () => {
  await expect(resultsOf(givenPool(1_000), 'never')).rejects.toThrow(
    'A task has not come to its end within 1 second: {"number":0,"ends":"never"}',
  )
})
