import { expect, test } from 'vitest'
import { parseProducerOptions } from '../../../../src/base/config/producer-options.js'
import { KafkaError } from '../../../../src/base/errors.js'
import { seededRandom } from '../../../../src/base/random.js'
import {
  type PartitionChooser,
  type Partitioner,
  partitionChooser,
} from '../../../../src/client/producer/partitioner.js'

type Named = Parameters<typeof parseProducerOptions>[0]['partitioner.class']

function given(named: Named, custom: Partitioner | null = null): PartitionChooser {
  const chooser = partitionChooser(parseProducerOptions({ 'partitioner.class': named }), custom, seededRandom(1))
  if (chooser === null) throw new Error('Nothing takes the place of the built-in partitioner')
  return chooser
}

const orders = { name: 'orders', nextRoundRobin: 0 }

test('without partitioner.class the built-in partitioner is left in its place', () => {
  expect(partitionChooser(parseProducerOptions({}), null, seededRandom(1))).toBeNull()
})

// `RoundRobinPartitionerTest.testRoundRobinWithKeyBytes` in Kafka: 30 records with a key, 10 for each of three
// partitions.
test.each(['RoundRobinPartitioner', 'org.apache.kafka.clients.producer.RoundRobinPartitioner'] as const)(
  '%s gives each partition its turn, whatever the key',
  (named) => {
    const choose = given(named)
    const counts = [0, 0, 0]
    for (let nextRoundRobin = 0; nextRoundRobin < 30; nextRoundRobin++) {
      counts[choose({ name: 'orders', nextRoundRobin }, 'key', null, 3)]! += 1
    }
    expect(counts).toEqual([10, 10, 10])
  },
)

// librdkafka's tests/0048-partitioner.c, with 7 and with 17 partitions.
test.each([7, 17])('consistent_random puts a key where librdkafka puts it (%i partitions)', (count) => {
  const choose = given('consistent_random')
  const keys = ['23456', 'this is another string with more length to it perhaps', 'hejsan']
  expect(keys.map((key) => choose(orders, key, null, count))).toEqual([
    0xb1b451d7 % count,
    0xb0150df7 % count,
    0xd077037e % count,
  ])
})

test.each([null, '', new Uint8Array(0)])('consistent_random spreads records with the key %o at random', (key) => {
  const choose = given('consistent_random')
  const counts = new Array<number>(8).fill(0)
  for (let record = 0; record < 8_000; record++) counts[choose(orders, key, 'value', 8)]! += 1
  for (const count of counts) expect(count).toBeGreaterThan(800)
})

class Uneven {}

test.each<[unknown, string]>([
  [1n, '1n'],
  [new Uneven(), 'an Uneven'],
  [Object.create(null), 'an object'],
  [Promise.resolve(1), 'a Promise'],
  [Symbol('s'), 'Symbol(s)'],
])("a partitioner's answer that is not a number is refused as what it is", (answer, says) => {
  const choose = given(null, () => answer as number)
  expect(() => choose(orders, 'key', null, 2)).toThrow(`The partitioner gave ${says} for a record of 'orders'`)
})

test('the rejection of a promise that a partitioner gave is heard, and refused as a promise is', () => {
  const choose = given(null, (async () => {
    throw new Error('no region')
  }) as unknown as Partitioner)
  expect(() => choose(orders, 'key', null, 2)).toThrow("gave a Promise for a record of 'orders'")
})

const unreadable = new Proxy(new Error('hidden'), {
  get: () => {
    throw new Error('a trap')
  },
})

test.each<[unknown, string]>([
  [new Error('no region'), 'no region'],
  [Object.freeze(new Error('frozen')), 'frozen'],
  [null, 'null'],
  [undefined, 'undefined'],
  ['text', 'text'],
  [Object.freeze({}), '{}'],
  [unreadable, 'something that cannot be described'],
])('a value that a partitioner throws becomes the cause of an error', (thrown, says) => {
  const choose = given(null, function byRegion() {
    throw thrown
  })
  let error: unknown = 'nothing was thrown'
  try {
    choose(orders, 'key', null, 2)
  } catch (caught) {
    error = caught
  }
  expect(error).toBeInstanceOf(KafkaError)
  expect((error as KafkaError).message).toBe(`The partitioner 'byRegion' failed for a record of 'orders': ${says}`)
  expect((error as KafkaError).cause).toBe(thrown)
})

test.each([2, -1, 0.5, Number.NaN, '1', undefined])(
  "a partitioner's answer %o is refused, and it is named",
  (answer) => {
    const choose = given(null, function byRegion() {
      return answer as number
    })
    expect(() => choose(orders, 'key', null, 2)).toThrow(
      `The partitioner 'byRegion' gave ${answer} for a record of 'orders': it must give an integer from 0 to 1`,
    )
  },
)
