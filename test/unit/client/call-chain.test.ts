import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { deferred } from '../../../src/base/deferred.js'
import { CallChain } from '../../../src/client/call-chain.js'

const [chain, other] = [new CallChain(), new CallChain()]

const OUT_OF_A_CALL: Record<string, (ask: () => void) => Promise<unknown>> = {
  'in its first piece': async (ask) => ask(),
  'after it has waited': async (ask) => {
    await turn()
    ask()
  },
  'in a function that it awaits': async (ask) => {
    const inner = async (): Promise<void> => {
      await turn()
      ask()
    }
    await inner()
  },
  'in a chain of promises that it returns': (ask) =>
    turn()
      .then(() => {})
      .then(ask),
  'in one of several that it awaits at once': async (ask) => {
    const inner = async (): Promise<void> => {
      await turn()
      ask()
    }
    await Promise.all([inner(), turn()])
  },
  'in one of several that race': async (ask) => {
    const inner = async (): Promise<void> => {
      await turn()
      ask()
    }
    await Promise.race([inner(), new Promise(() => {})])
  },
  'in a generator that it goes through': async (ask) => {
    async function* inner(): AsyncGenerator<number> {
      await turn()
      ask()
      yield 1
    }
    for await (const _ of inner()) await turn()
  },
  'in what it does at last': (ask) => turn().finally(ask),
  'where it catches': async (ask) => {
    try {
      await Promise.reject(new Error('no tea'))
    } catch {
      ask()
    }
  },
}

test.each(Object.keys(OUT_OF_A_CALL))('a question is asked inside of a call %s', async (how) => {
  const answers: boolean[] = []
  const ask = (): void => void answers.push(chain.isInside, other.isInside)
  await chain.wait(chain.call(() => OUT_OF_A_CALL[how]!(ask)))
  expect(answers).toEqual([true, false])
})

test('a question from elsewhere is not asked inside, though a call is waited for', async () => {
  const { promise, resolve } = deferred<void>()
  const waiting = chain.wait(chain.call(() => promise))
  await turn()
  expect(chain.isInside).toBe(false)
  resolve()
  await waiting
  expect(chain.isInside).toBe(false)
})

test('what a call has begun and does not wait for is not inside', async () => {
  let isInside = true
  const hasAsked = deferred<void>()
  const call = async (): Promise<void> => {
    turn().then(() => {
      isInside = chain.isInside
      hasAsked.resolve()
    })
    await hasAsked.promise
  }
  await chain.wait(chain.call(call))
  expect(isInside).toBe(false)
})

test('stack traces are what they were after a question', () => {
  const prepare = (_: Error, sites: readonly NodeJS.CallSite[]): string => `of ${sites.length}`
  const { stackTraceLimit, prepareStackTrace } = Error
  Error.stackTraceLimit = 2
  Error.prepareStackTrace = prepare
  try {
    expect(chain.isInside).toBe(false)
    expect([Error.stackTraceLimit, Error.prepareStackTrace, new Error('tea').stack]).toEqual([2, prepare, 'of 2'])
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    Error.prepareStackTrace = prepareStackTrace
  }
})

test('a call that throws is over', () => {
  expect(() =>
    chain.call(() => {
      throw new Error('no tea')
    }),
  ).toThrow('no tea')
  expect(chain.isInside).toBe(false)
})
