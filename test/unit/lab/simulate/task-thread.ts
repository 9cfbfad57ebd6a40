/** One thread of a pool, whose tasks say what becomes of them. */
import { serveTasks } from '../../../../src/lab/simulate/pool-thread.js'

export interface Task {
  readonly number: number
  readonly ends: 'at once' | 'later' | 'never' | 'with an error' | 'with the thread'
}

serveTasks(async ({ number, ends }: Task): Promise<string[]> => {
  if (ends === 'with an error') throw new RangeError(`task ${number}`)
  if (ends === 'with the thread') process.exit(3)
  for (let turn = 0; ends !== 'at once' && (ends === 'never' || turn < 2e7); turn++);
  return [`${number}a`, `${number}b`]
})
