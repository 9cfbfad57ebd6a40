import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { deferred } from '../../../src/base/deferred.js'
import { timestamp } from '../../../src/base/ids.js'
import { SupervisorLine } from '../../../src/cluster/supervisor-line.js'
import { SupervisorRestarts } from '../../../src/cluster/supervisor-restarts.js'

interface Surface {
  name(): string | Promise<string>
}

const never = new Promise<string>(() => {})

test('a question waits for the first supervisor', async () => {
  const line = new SupervisorLine<Surface>()
  const answer = line.ask((surface) => surface.name())
  line.renew({ name: () => 'first' })
  expect(await answer).toBe('first')
})

test('a question that a supervisor takes with it is asked of the next', async () => {
  const line = new SupervisorLine<Surface>()
  line.renew({ name: () => never })
  const answer = line.ask((surface) => surface.name())
  line.lost()
  line.renew({ name: () => 'second' })
  expect(await answer).toBe('second')
})

test('every question rejects when there is no next supervisor', async () => {
  const line = new SupervisorLine<Surface>()
  line.renew({ name: () => never })
  const pending = line.ask((surface) => surface.name())
  line.end(new Error('over'))
  await expect(pending).rejects.toThrow('over')
  await expect(line.ask((surface) => surface.name())).rejects.toThrow('over')
  await expect(line.whileThereIsOne(never)).rejects.toThrow('over')
})

test('an answer is not kept once it was given', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const line = new SupervisorLine<{ answer(): object }>()
  line.renew({ answer: () => ({ topics: [] }) })
  const answer = new WeakRef(await line.ask((surface) => surface.answer()))
  // What a weak reference was made of in this job is kept until the next one.
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  expect(answer.deref()).toBeUndefined()
})

test("an error that a question throws is the asker's", async () => {
  const line = new SupervisorLine<Surface>()
  line.renew({ name: () => Promise.reject(new Error('no')) })
  await expect(line.ask((surface) => surface.name())).rejects.toThrow('no')
})

test('a supervisor that crashes too often within a period stays down', () => {
  const restarts = new SupervisorRestarts({ intensity: 2, periodMs: 1000 })
  const says = [0, 500, 900, 1400].map((now) => restarts.crashed(timestamp(now)))
  expect(says).toEqual([null, null, expect.stringContaining('more than 2 times in 1000 ms'), null])
})

test('a question is not pending any more when nobody waits for its answer', async () => {
  const [line, lost] = [new SupervisorLine<object>(), deferred<never>()]
  line.renew({})
  const asked = [line.ask(() => never, lost.promise), line.whileThereIsOne(never, lost.promise)]
  expect(line.hasPending).toBe(true)
  lost.reject(new Error('it was killed'))
  for (const one of asked) await expect(one).rejects.toThrow('it was killed')
  expect(line.hasPending).toBe(false)
})
