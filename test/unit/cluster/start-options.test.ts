import { expect, test } from 'vitest'
import { signature } from '../../../src/base/arguments/shape.js'
import { startOptions } from '../../../src/cluster/argument-shapes.js'

const START = signature('start', ['', startOptions({})])
const factorOf = (given: object): number => START(given)[0].broker['offsets.topic.replication.factor']

test.each([
  [{}, 1],
  [{ brokers: 2 }, 2],
  [{ brokers: 3 }, 3],
  [{ brokers: 5 }, 3],
  [{ brokers: 1, 'offsets.topic.replication.factor': 3 }, 3],
  [{ brokers: 3, 'offsets.topic.replication.factor': 1 }, 1],
  [{ brokers: 2, 'offsets.topic.replication.factor': undefined }, 2],
])('a cluster that is started with %j keeps what groups commit %i times', (given, factor) => {
  expect(factorOf(given)).toBe(factor)
})
