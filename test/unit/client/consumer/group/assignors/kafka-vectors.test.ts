/** What Kafka 4.2's own assignors give, for groups that show one thing each. */
import { expect, test } from 'vitest'
import { shared } from './given-group.js'

type Vector = readonly [about: string, topics: string, members: string, assignment: string]

const RANGE: readonly Vector[] = [
  ['the first members get the odd partition', 'A3', 'a:A b:A', 'a=A0A1 b=A2'],
  ['each topic begins with the first member again', 'A3 B3', 'a:AB b:AB', 'a=A0A1B0B1 b=A2B2'],
  ['a member more than there are partitions gets none', 'A2', 'a:A b:A c:A', 'a=A0 b=A1 c='],
  ['ids are compared as texts', 'A10', 'm1:A m2:A m10:A', 'm1=A0A1A2A3 m10=A4A5A6 m2=A7A8A9'],
  ['static members are in the order of their names', 'A3', 'a#z:A b#y:A', 'a=A2 b=A0A1'],
  ['static members come before dynamic ones', 'A3', 'a:A b#y:A c#x:A', 'a=A2 b=A1 c=A0'],
  ['each member gets what is in its rack', 'A=r1,r2,r3', 'a~r3:A b~r2:A c~r1:A', 'a=A2 b=A1 c=A0'],
  ['a rack may have several partitions', 'A=r1,r1,r2,r2', 'a~r2:A b~r1:A', 'a=A2A3 b=A0A1'],
  ['the partitions of a member are in their order', 'A=r3,r2,r1', 'a~r2:A b~r2:A', 'a=A0A1 b=A2'],
  ['racks do not matter where all partitions are in the same ones', 'A=r1,r1,r1,r1', 'a~r2:A b~r1:A', 'a=A0A1 b=A2A3'],
]

const ROUND_ROBIN: readonly Vector[] = [
  ['the circle goes on from one topic to the next', 'A3 B3', 'a:AB b:AB', 'a=A0A2B1 b=A1B0B2'],
  ['who does not want a topic is passed over', 'A1 B2 C3', 'a:A b:AB c:ABC', 'a=A0 b=B0 c=B1C0C1C2'],
  ['static members are in the order of their names', 'A3', 'a#z:A b#y:A', 'a=A1 b=A0A2'],
]

const STICKY: readonly Vector[] = [
  ['without a past it is a circle', 'A3 B3', 'a:AB b:AB', 'a=A0A2B1 b=A1B0B2'],
  ['a new member gets what is above the share of the other', 'A4', 'a:A[A0A1A2A3@1] b:A', 'a=A0A1 b=A2A3'],
  ['of two claims the newer one is true', 'A4', 'a:A[A0A1@5] b:A[A0A2@4]', 'a=A0A1 b=A2A3'],
  ['of two claims of one generation neither is true', 'A4', 'a:A[A0A1@5] b:A[A0A2@5]', 'a=A1A0 b=A2A3'],
  ['different subscriptions', 'A1 B2 C3', 'a:A b:AB c:ABC', 'a=A0 b=B0B1 c=C0C1C2'],
]

const COOPERATIVE: readonly Vector[] = [
  ['nothing is given that its owner still holds', 'A4', 'a:A[A0A1A2A3@1] b:A', 'a=A0A1 b='],
  ['and it is given in the round after', 'A4', 'a:A[A0A1@2] b:A[@2]', 'a=A0A1 b=A2A3'],
  ['two owners give up one each', 'A6', 'a:A[A0A1A2@1] b:A[A3A4A5@1] c:A', 'a=A0A1 b=A3A4 c='],
  ['the third member gets both', 'A6', 'a:A[A0A1@2] b:A[A3A4@2] c:A[@2]', 'a=A0A1 b=A3A4 c=A2A5'],
  ['two claims of one generation are both taken back first', 'A4', 'a:A[A0A1@5] b:A[A0A2@5]', 'a=A1 b=A2A3'],
  ['members that change places', 'A2 B2', 'a:B[A0A1@1] b:AB[B0B1@1]', 'a= b='],
]

test.each(RANGE)('range: %s', (_, topics, members, assignment) => {
  expect(shared('range', topics, members)).toBe(assignment)
})

test.each(ROUND_ROBIN)('roundrobin: %s', (_, topics, members, assignment) => {
  expect(shared('roundrobin', topics, members)).toBe(assignment)
})

test.each(STICKY)('sticky: %s', (_, topics, members, assignment) => {
  expect(shared('sticky', topics, members)).toBe(assignment)
})

test.each(COOPERATIVE)('cooperative-sticky: %s', (_, topics, members, assignment) => {
  expect(shared('cooperative-sticky', topics, members)).toBe(assignment)
})
