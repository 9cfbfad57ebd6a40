import { expect, test } from 'vitest'
import { readSubscription } from '../../../../../../src/client/consumer/group/front/subscription.js'

const matches = (given: object, ...names: string[]): string[] => {
  const { pattern } = readSubscription(given, true)
  const whole = new RegExp(`^(?:${pattern?.source})$`, pattern?.flags)
  return names.filter((name) => whole.test(name))
}

test('names are listed once, and fromBeginning says where partitions begin without a commit', () => {
  expect(readSubscription({ topic: 'a', topics: ['b', 'a', 'b'], fromBeginning: true }, true)).toMatchObject({
    topics: ['b', 'a'],
    pattern: null,
    reset: 'earliest',
  })
})

// Kafka: Pattern.matcher(topic).matches(); KafkaJS: regExp.test(topic).
test('a pattern is for whole names, as in Kafka, and one among topics is looked for in them, as in KafkaJS', () => {
  expect(matches({ pattern: /orders/ }, 'orders', 'my-orders-2')).toEqual(['orders'])
  expect(matches({ topics: [/orders/i] }, 'ORDERS', 'my-orders-2', 'other')).toEqual(['ORDERS', 'my-orders-2'])
  expect(matches({ topics: [/^a/, /z$/] }, 'a1', '1z', 'bab')).toEqual(['a1', '1z'])
})

test('the text of a regular expression is taken as one, and what remembers a place is left out', () => {
  expect(readSubscription({ pattern: 'a.*' }, true).pattern).toEqual({ source: 'a.*', flags: '' })
  expect(readSubscription({ pattern: /a/gy }, true).pattern).toEqual({ source: 'a', flags: '' })
})

test.each([
  ['a text that is none', { pattern: '(' }, 'INVALID_REGULAR_EXPRESSION'],
  ['no regular expression at all', { pattern: 5 }, 'INVALID_CONFIG'],
  ['flags that differ', { topics: [/a/, /b/i] }, 'INVALID_CONFIG'],
  ['nothing', {}, 'INVALID_CONFIG'],
  ['a callback that is none', { topics: ['a'], onPartitionsLost: 5 }, 'INVALID_CONFIG'],
])('%s is refused', (_what, given, code) => {
  expect(() => readSubscription(given, true)).toThrow(expect.objectContaining({ code }))
})

test('a callback is called on the object that it is of', async () => {
  let seen: unknown
  const listener = {
    topics: ['a'],
    onPartitionsAssigned(this: { topics: string[] }): void {
      seen = this.topics
    },
  }
  await readSubscription(listener, true).callbacks.onPartitionsAssigned?.([])
  expect(seen).toBe(listener.topics)
})
