import { ConfigError } from '../base/errors.js'
import type { ClusterOptions } from '../cluster/cluster.js'
import { TestKafka } from './test-kafka.js'

type Hook = (run: () => Promise<void>) => unknown

/** The hooks of a test runner by their names in vitest, jest and jasmine, or in node:test and mocha. */
export interface TestHooks {
  readonly beforeAll?: Hook
  readonly before?: Hook
  readonly beforeEach?: Hook
  readonly afterAll?: Hook
  readonly after?: Hook
}

/**
 * One Kafka for all tests of a file: it starts before the first one, is reset before each, and stops after the last.
 * `hooks` are those of the test runner, `import * as hooks from 'vitest'` or `'node:test'`; they may be absent where
 * they are global, as in jest and mocha. Throws a ConfigError where there are none.
 */
export function kafkaForFile(options: ClusterOptions = {}, hooks: TestHooks = globalThis as TestHooks): TestKafka {
  const before = hookOf(hooks, 'beforeAll', 'before')
  const beforeEach = hookOf(hooks, 'beforeEach')
  const after = hookOf(hooks, 'afterAll', 'after')
  const kafka = new TestKafka()
  // What a hook returns has a meaning in vitest: nothing is returned.
  before(async () => {
    await kafka.start(options)
  })
  beforeEach(() => kafka.reset())
  after(() => kafka.stop())
  return kafka
}

function hookOf(hooks: TestHooks, ...names: (keyof TestHooks)[]): Hook {
  const hook = names.map((name) => hooks?.[name]).find((one) => typeof one === 'function')
  if (hook !== undefined) return hook
  const says = `Cannot start a Kafka for this file: there is no hook ${names.join(' or ')}; give those of the test runner, as in kafkaForFile({}, await import('vitest'))`
  throw new ConfigError('hooks', says)
}
