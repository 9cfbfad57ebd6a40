import { describe, expect, test } from 'vitest'
import { listenPlan } from '../../../src/gateway/listen-options.js'

test('nobody but this machine gets in unless somebody says so, at any ports', () => {
  expect(listenPlan({}, 2)).toEqual({
    host: '127.0.0.1',
    advertisedHost: '127.0.0.1',
    ports: [0, 0],
    advertisedPorts: null,
    shares: [[1, 2]],
    tls: null,
    sasl: null,
  })
})

test('brokers have the ports that follow one another, or those that are named', () => {
  expect(listenPlan({ port: 9092 }, 3).ports).toEqual([9092, 9093, 9094])
  expect(listenPlan({ port: [1, 7, 0] }, 3).ports).toEqual([1, 7, 0])
  expect(listenPlan({ advertisedPort: 19092 }, 2).advertisedPorts).toEqual([19092, 19093])
})

test('whoever listens at every address is reached by one', () => {
  expect(listenPlan({ host: '0.0.0.0' }, 1).advertisedHost).toBe('127.0.0.1')
  expect(listenPlan({ host: '0.0.0.0', advertisedHost: 'kafka' }, 1).advertisedHost).toBe('kafka')
})

test('threads share the brokers, and there are no more of them', () => {
  expect(listenPlan({ threads: 2 }, 5).shares).toEqual([
    [2, 4],
    [1, 3, 5],
  ])
  expect(listenPlan({ threads: 9 }, 2).shares).toHaveLength(2)
})

describe('what cannot be is refused with a sentence', () => {
  test.each([
    [{ port: 65_535 }, 2, 'broker 2 would be at port 65536'],
    [{ port: [1, 2] }, 3, 'names 2 ports for 3 brokers'],
    [{ port: [7, 7] }, 2, 'names a port twice'],
    [{ advertisedPort: [1] }, 2, 'listen.advertisedPort names 1 port'],
  ])('%j', (options, brokers, says) => expect(() => listenPlan(options, brokers)).toThrow(says))
})
