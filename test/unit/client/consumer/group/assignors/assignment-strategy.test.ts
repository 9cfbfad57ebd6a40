import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../../../../../src/base/errors.js'
import { parseAssignmentStrategy } from '../../../../../../src/client/consumer/group/assignors/assignment-strategy.js'

const parse = (given?: unknown) => parseAssignmentStrategy(given as string)
const namesOf = (given?: unknown) => parse(given).assignors.map(({ name }) => name)
const custom = (name: string, ...supportedProtocols: readonly string[]) => ({
  name,
  assign: () => ({}),
  ...(supportedProtocols.length > 0 && { supportedProtocols }),
})

test("the default is Kafka's: range, and cooperative-sticky for who leaves range out later", () => {
  expect(namesOf()).toEqual(['range', 'cooperative-sticky'])
  expect(parse().protocol).toBe('EAGER')
})

test.each([
  ['a name', 'roundrobin', ['roundrobin']],
  ['names with commas', 'sticky, range', ['sticky', 'range']],
  ['a list', ['cooperative-sticky', 'sticky'], ['cooperative-sticky', 'sticky']],
  ['any iterable', new Set(['range']), ['range']],
  [
    "names of Kafka's classes",
    [
      'org.apache.kafka.clients.consumer.RangeAssignor',
      'org.apache.kafka.clients.consumer.RoundRobinAssignor',
      'org.apache.kafka.clients.consumer.StickyAssignor',
      'org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
    ],
    ['range', 'roundrobin', 'sticky', 'cooperative-sticky'],
  ],
  ['an assignor of the application', custom('mine'), ['mine']],
  ['both', ['range', custom('mine')], ['range', 'mine']],
])('it may be %s', (_, given, names) => expect(namesOf(given)).toEqual(names))

// ConsumerCoordinator: of what all support, the newer one.
test.each([
  ['EAGER', 'range'],
  ['EAGER', 'sticky'],
  ['COOPERATIVE', 'cooperative-sticky'],
  ['EAGER', 'cooperative-sticky, range'],
  ['EAGER', custom('mine')],
  ['COOPERATIVE', custom('mine', 'COOPERATIVE')],
  ['COOPERATIVE', ['cooperative-sticky', custom('mine', 'EAGER', 'COOPERATIVE')]],
])('a member rebalances %s with %j', (protocol, given) => expect(parse(given).protocol).toBe(protocol))

test('an assignor may be an object of a class', () => {
  class Mine {
    readonly name = 'mine'
    assign() {
      return { [this.name]: [] }
    }
  }
  const { assignors } = parse(new Mine())
  const member = {
    topics: [],
    ownedPartitions: [],
    generationId: -1,
    userData: null,
    groupInstanceId: null,
    rackId: null,
  }
  const given = assignors[0]!.assign({ members: [{ ...member, memberId: 'mine' }], topics: [] })
  expect(given).toEqual(new Map([['mine', []]]))
})

describe('is refused, with what would be right', () => {
  test.each([
    [
      'an unknown name',
      'roundrobbin',
      'to "roundrobbin": it must be range, roundrobin, sticky, cooperative-sticky or {',
    ],
    ['a comma at the end', 'range,', 'to "": it must be range'],
    ['a misspelt name', 'cooperativestick', '{ name, assign }; the nearest one is cooperative-sticky'],
    ['a number', 5, 'to 5: it must be range'],
    ['null', null, 'to null: it must be range'],
    ['an empty list', [], 'to nothing: a group needs at least one assignor'],
    ['an empty text', '', 'to nothing: a group needs at least one assignor'],
    ['a name twice', 'range,range', 'to two assignors named "range": members know them by their names'],
    ['a name that another one has', ['sticky', custom('sticky')], 'to two assignors named "sticky"'],
    [
      'assignors with nothing in common',
      ['range', custom('mine', 'COOPERATIVE')],
      'to assignors with no kind of rebalance in common: range supports EAGER; mine supports COOPERATIVE',
    ],
    ['an assignor without a kind', { ...custom('mine'), supportedProtocols: [] }, 'to mine: it supports no kind'],
  ])('%s', (_, given, says) => {
    expect(() => parse(given)).toThrow(expect.objectContaining({ option: 'partition.assignment.strategy' }))
    expect(() => parse(given)).toThrow('Cannot set partition.assignment.strategy to ')
    expect(() => parse(given)).toThrow(says)
  })

  test.each([
    ['no name', { assign: () => ({}) }],
    ['an empty name', custom('')],
    ['no function', { name: 'mine' }],
    ['an unknown field', { ...custom('mine'), version: 1 }],
    ['an unknown kind', custom('mine', 'LAZY')],
  ])('an assignor with %s', (_, given) => {
    expect(() => parse([given])).toThrow(KafkaError)
    expect(() => parse([given])).toThrow(/partition\.assignment\.strategy/)
  })
})
