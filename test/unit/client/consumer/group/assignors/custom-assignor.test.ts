import { describe, expect, test } from 'vitest'
import type { Group } from '../../../../../../src/client/consumer/group/assignors/assignor.js'
import type { CustomAssignor } from '../../../../../../src/client/consumer/group/assignors/custom-assignor.js'
import { partitions, shared } from './given-group.js'

const giving = (assign: (group: Group) => unknown, more: Partial<CustomAssignor> = {}) =>
  ({ name: 'mine', assign, ...more }) as CustomAssignor
const sharedBy = (assign: (group: Group) => unknown) => shared(giving(assign), 'A2 B1', 'a:A b:AB')

test('the function is told of members and of topics that exist, and what it says is done', () => {
  let told: Group | undefined
  const everythingToB = giving((group) => {
    told = group
    return { b: partitions('A1A0B0') }
  })
  expect(shared(everythingToB, 'A2 B1', 'a#x~r1:AC b:AB')).toBe('a= b=A1A0B0')
  expect(told!.topics).toEqual([
    { topic: 'A', partitionCount: 2 },
    { topic: 'B', partitionCount: 1 },
  ])
  const subscription = { ownedPartitions: [], generationId: -1, userData: null }
  expect(told!.members).toEqual([
    { ...subscription, memberId: 'a', groupInstanceId: 'x', rackId: 'r1', topics: ['A', 'C'] },
    { ...subscription, memberId: 'b', groupInstanceId: null, rackId: null, topics: ['A', 'B'] },
  ])
})

test.each([
  ['an object', { a: partitions('A0'), b: partitions('A1') }],
  [
    'a Map',
    new Map([
      ['b', partitions('A1')],
      ['a', partitions('A0')],
    ]),
  ],
  ['any iterables', { a: new Set(partitions('A0')), b: partitions('A1').values() }],
])('it may return %s, and leave partitions out', (_, returned) => {
  expect(sharedBy(() => returned)).toBe('a=A0 b=A1')
})

describe('is refused, with what was wrong', () => {
  test.each([
    ['nothing', () => undefined, 'returned undefined: it must be an object or a Map of partitions by member id'],
    ['a promise', () => Promise.resolve({}), 'returned Promise { {} }: it must be an object or a Map'],
    ['a list', () => [{ memberId: 'a' }], "returned [ { memberId: 'a' } ]: it must be an object or a Map"],
    ['a member that is none', () => ({ c: [] }), 'gave partitions to "c", which is not a member of the group'],
    ['a partition that does not exist', () => ({ a: partitions('A2') }), 'gave A-2 to a: there is no such partition'],
    ['a topic that nobody wants', () => ({ a: partitions('C0') }), 'gave C-0 to a: there is no such partition'],
    [
      'a topic that the member does not want',
      () => ({ a: partitions('B0') }),
      'gave B-0 to a, which has not subscribed',
    ],
    ['one partition twice', () => ({ a: partitions('A0A0') }), 'gave A-0 to a and to a: one partition, one consumer'],
    ['one partition to two', () => ({ a: partitions('A0'), b: partitions('A0') }), 'gave A-0 to b and to a'],
    [
      'numbers instead of partitions',
      () => ({ a: [0] }),
      'returned [ 0 ]: it must be for a a list of { topic, partition }',
    ],
    ['no list of partitions', () => ({ a: 'A0' }), 'returned "A0": it must be for a a list of { topic, partition }'],
    ['a partition below 0', () => ({ a: [{ topic: 'A', partition: -1 }] }), 'returned [ { topic: '],
    [
      'an object that throws',
      () => ({
        get a() {
          throw new Error('no')
        },
      }),
      'returned ',
    ],
    [
      'a member id that is not a text',
      () => new Map([[Symbol('a'), []]]),
      'gave partitions to Symbol(a), which is not',
    ],
  ])('%s', (_, assign, says) => {
    const refused = expect(() => sharedBy(assign))
    refused.toThrow(expect.objectContaining({ name: 'ConfigError', option: 'partition.assignment.strategy' }))
    refused.toThrow(`The assignor "mine" ${says}`)
  })

  test('an async function, whose error is then not an unhandled one', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    const assign = async () => {
      throw new Error('out of luck')
    }
    expect(() => sharedBy(assign)).toThrow('The assignor "mine" returned Promise {')
    // Rejections without a handler are told when the microtasks are over.
    await new Promise(setImmediate)
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  test('what the function itself throws, which is the cause', () => {
    const cause = new Error('out of luck')
    const assign = () => {
      throw cause
    }
    expect(() => sharedBy(assign)).toThrow(expect.objectContaining({ cause }))
    expect(() => sharedBy(assign)).toThrow('The assignor "mine" threw: out of luck')
  })
})

test('in a cooperative rebalance, it need not know who holds what: that is given one round later', () => {
  const swap = giving(() => ({ a: partitions('A1'), b: partitions('A0') }), {
    supportedProtocols: ['COOPERATIVE'],
  })
  expect(shared(swap, 'A2', 'a:A[A0@3] b:A[A1@3]')).toBe('a= b=')
  expect(shared(swap, 'A2', 'a:A[@4] b:A[@4]')).toBe('a=A1 b=A0')
})
