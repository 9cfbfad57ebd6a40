/** What went wrong in Kafka, or could go wrong with what members claim. */
import { describe, expect, test } from 'vitest'
import { stickyAssignor } from '../../../../../../src/client/consumer/group/assignors/sticky-assignor.js'
import { stickyUserData } from '../../../../../../src/protocol/records/sticky-user-data.js'
import { partitions, shared } from './given-group.js'

const COOPERATIVE = 'cooperative-sticky'

describe('a partition that several members claim', () => {
  // KAFKA-12984
  test('belongs to none of those that were given it in one generation, and goes to one when all have given it up', () => {
    expect(shared(COOPERATIVE, 'A3', 'a:A[A0A1@5] b:A[A1A2@5] c:A[A1@5]')).toBe('a=A0 b=A2 c=')
    expect(shared(COOPERATIVE, 'A3', 'a:A[A0@6] b:A[A2@6] c:A[@6]')).toBe('a=A0 b=A2 c=A1')
  })

  // KAFKA-14639
  test('stays with the one of the newest generation, whoever else was once given it', () => {
    expect(shared(COOPERATIVE, 'A2', 'a:A[A0@6] b:A[A1@6] c:A[A0A1@5]')).toBe('a=A0 b=A1 c=')
  })

  // KAFKA-13406
  test('of an older generation belongs to its claimant while nobody claims it since', () => {
    expect(shared(COOPERATIVE, 'A4', 'a:A[A0A1@6] b:A[A2A3@4]')).toBe('a=A0A1 b=A2A3')
  })

  test('is not given to a third member before the owner has given it up', () => {
    expect(shared(COOPERATIVE, 'A2', 'a:A[A0A1@6] b:A[A1@5]')).toBe('a=A0 b=')
  })

  test.each(['a:A[A0@4] b:A[A0@4] c:A[A0@5]', 'c:A[A0@5] a:A[A0@4] b:A[A0@4]', 'a:A[A0@4] c:A[A0@5] b:A[A0@4]'])(
    'is won by the newest generation in any order: %s',
    (members) => {
      expect(shared(COOPERATIVE, 'A1', members)).toBe('a= b= c=A0')
    },
  )
})

describe('a claim that means nothing', () => {
  test('to a partition that does not exist is passed over: its topic was made again with fewer', () => {
    expect(shared('sticky', 'A2', 'a:A[A0A1A2A3@1] b:A')).toBe('a=A0 b=A1')
    expect(shared(COOPERATIVE, 'A2', 'a:A[A1A2A3@1] b:A')).toBe('a=A1 b=A0')
  })

  test('to a topic that nobody wants any more is passed over', () => {
    expect(shared(COOPERATIVE, 'A2 B2', 'a:A[A0B0B1@1] b:A')).toBe('a=A0 b=A1')
  })

  test('to a topic that the member itself does not want any more: others get it when it is given up', () => {
    expect(shared(COOPERATIVE, 'A1 B2', 'a:A[B0B1@1] b:AB')).toBe('a=A0 b=')
    expect(shared(COOPERATIVE, 'A1 B2', 'a:A[@2] b:AB[@2]')).toBe('a=A0 b=B0B1')
  })
})

test('a member that wants nothing gets nothing, though it is the first one', () => {
  expect(shared('sticky', 'A2', 'a: b:A c:A')).toBe('a= b=A0 c=A1')
})

test('without members or partitions there is nothing to share', () => {
  expect(stickyAssignor.assign({ members: [], topics: [] })).toEqual(new Map())
  expect(shared('sticky', 'A1', 'a:B b:B')).toBe('a= b=')
})

describe('members that want different topics', () => {
  test.each([
    ['get back what went to a member with more', 'A1 B3', 'a:AB b:A c:AB[A0B0B1B2@1]', 'a=B2 b=A0 c=B0B1'],
    [
      'lose nothing while what was given anew can move',
      'A2 B2 C3',
      'a:AB[B1@1] b:AC[A0A1@1] c:BC',
      'a=B1B0 b=A0A1C1 c=C0C2',
    ],
    ['get neighbouring partitions in turn', 'A1 B4', 'a:AB b:B', 'a=A0B1B3 b=B0B2'],
  ])('%s', (_, topics, members, assignment) => expect(shared('sticky', topics, members)).toBe(assignment))
})

describe('racks', () => {
  test('a member gives up what is near to others, and not only what is above its share', () => {
    expect(shared('sticky', 'A=r1,r2,r1,r2', 'a~r1:A[A0A1@1] b~r2:A[A2A3@1]')).toBe('a=A0A2 b=A3A1')
  })

  test('a member in a rack without replicas gets back what nobody near has room for', () => {
    expect(shared('sticky', 'A=r1,r3,r3', 'a~r2:A[A0A2@1] b~r1:A')).toBe('a=A2 b=A0A1')
  })

  test('in a cooperative round, what goes to a nearer member is given up first', () => {
    expect(shared(COOPERATIVE, 'A=r1,r2', 'a~r1:A[A1@1] b~r2:A[A0@1]')).toBe('a= b=')
    expect(shared(COOPERATIVE, 'A=r1,r2', 'a~r1:A[@2] b~r2:A[@2]')).toBe('a=A0 b=A1')
  })

  test.each([
    ['what is owned in another rack goes to a nearer member', 'A=r2,r3 B=r3', 'a~r2:AB[A0A1@1] b~r3:A', 'a=B0A0 b=A1'],
    ['what must move goes to a nearer member first', 'A=r1,r3 C=r2', 'a~r2:AC b:C c~r2:C', 'a=A0A1 b= c=C0'],
    ['what is lost to a nearer member is not given back', 'A=r3,r3 B=r1', 'a~r2:AB[A0@1] b~r3:A', 'a=B0 b=A0A1'],
    [
      'of members with the same load, one that has lost some gets back its own',
      'A=r3,r1 B=r2,r3,r1,r2',
      'a:B[B0@1] b~r3:AB[B2B3@1] c~r1:B[B1@1]',
      'a=B0B3 b=A0A1 c=B1B2',
    ],
  ])('different subscriptions: %s', (_, topics, members, assignment) => {
    expect(shared('sticky', topics, members)).toBe(assignment)
  })
})

describe('what a member of sticky says that it had', () => {
  const owned = partitions('A0A1')
  const given = (userData: Uint8Array | null) => {
    const other = { groupInstanceId: null, topics: ['A'], ownedPartitions: [], generationId: 5, rackId: null }
    const members = [
      { ...other, memberId: 'a', userData: null },
      { ...other, memberId: 'b', userData },
    ]
    return stickyAssignor.assign({ members, topics: [{ topic: 'A', partitionCount: 4 }] }).get('b')
  }

  test('is nothing before its first assignment', () => expect(stickyAssignor.userData(null)).toBeNull())

  test('counts, if it is of version 1', () => {
    const said = stickyAssignor.userData({ partitions: owned, generationId: 5 })
    expect(given(said)).toEqual(owned)
  })

  test('counts as older than all that name a generation, if it is of version 0', () => {
    const said = stickyUserData.encode(0, { previousAssignment: [{ topic: 'A', partitions: [0, 1] }], generation: -1 })
    expect(given(said)).toEqual(owned)
  })

  test.each([
    ['no bytes', new Uint8Array()],
    ['bytes of another assignor', new Uint8Array([0, 0, 0, 7])],
    ['a list that is longer than its bytes', new Uint8Array([127, 255, 255, 255])],
  ])('is passed over, if it is %s', (_, said) => expect(given(said)).toEqual(partitions('A1A3')))
})
