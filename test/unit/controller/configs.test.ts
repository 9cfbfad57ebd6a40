import { describe, expect, test } from 'vitest'
import { ConfigControl } from '../../../src/controller/configs.js'
import { contentsOf, GivenControls, givenPartition } from './given-image.js'

const OPERATIONS = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const
type Change = readonly [name: string, value: string | null, operation?: keyof typeof OPERATIONS | number]

const given = (configs: object = {}): GivenControls => {
  const controls = new GivenControls([1, 2, 3], { 'log.segment.bytes': 2 ** 20 })
  controls.create({ name: 'orders', numPartitions: 1, configs: configs as Record<string, unknown> })
  return controls
}
const configsOf = ({ image }: GivenControls) => image.topicNamed('orders')?.configs
const topic = (resourceName: string, resourceType = 2) => ({ resourceType, resourceName })

function change(controls: GivenControls, changes: readonly Change[], of = topic('orders'), validateOnly = false) {
  const configs = changes.map(([name, value, operation = 'SET']) => {
    return { name, value, configOperation: typeof operation === 'number' ? operation : OPERATIONS[operation] }
  })
  const control = new ConfigControl(controls.image, controls.options)
  const request = { api: 'IncrementalAlterConfigs' as const, resources: [{ ...of, configs }], validateOnly }
  return controls.commit(control.incrementalAlterConfigs(request))[0]
}

function replace(controls: GivenControls, configs: readonly (readonly [string, string | null])[]) {
  const control = new ConfigControl(controls.image, controls.options)
  const named = configs.map(([name, value]) => ({ name, value }))
  const request = { api: 'AlterConfigs' as const, resources: [{ ...topic('orders'), configs: named }] }
  return controls.commit(control.alterConfigs({ ...request, validateOnly: false }))[0]
}

describe('options of a topic', () => {
  test('are set and given back one by one, and the others stay', () => {
    const controls = given({ 'retention.ms': 5, 'min.insync.replicas': 2 })
    const done = { errorCode: 'NONE', errorMessage: null, ...topic('orders') }
    const changes: Change[] = [
      ['retention.ms', null, 'DELETE'],
      ['max.message.bytes', '100'],
    ]
    expect(change(controls, changes)).toEqual(done)
    expect(configsOf(controls)).toEqual({ 'min.insync.replicas': 2, 'max.message.bytes': '100' })
  })

  test('are replaced as a whole', () => {
    const controls = given({ 'retention.ms': 5, 'min.insync.replicas': 2 })
    replace(controls, [['max.message.bytes', '100']])
    expect(configsOf(controls)).toEqual({ 'max.message.bytes': '100' })
  })

  // ConfigurationControlManager.incrementalAlterConfigResource: a list that is not set begins with its default.
  test.each([
    ['delete', 'compact', 'APPEND', 'delete,compact'],
    ['delete', 'delete', 'APPEND', 'delete'],
    ['compact,delete', 'delete', 'SUBTRACT', 'compact'],
    [undefined, 'compact', 'APPEND', 'delete,compact'],
    ['compact', 'compact', 'SUBTRACT', ''],
    ['', 'compact', 'APPEND', 'compact'],
  ] as const)('that are lists: %s after %s of %s is %s', (before, value, operation, after) => {
    const controls = given({ 'cleanup.policy': before })
    expect(change(controls, [['cleanup.policy', value, operation]])).toMatchObject({ errorCode: 'NONE' })
    expect(configsOf(controls)).toEqual({ 'cleanup.policy': after })
  })

  test('survive a snapshot', () => {
    const controls = given()
    change(controls, [['retention.ms', '9']])
    const other = new GivenControls([])
    for (const record of controls.image.snapshot()) other.image.replay(record)
    expect(contentsOf(other.image)).toEqual(contentsOf(controls.image))
  })

  test('that are only to be validated stay as they were', () => {
    const controls = given()
    expect(change(controls, [['retention.ms', '9']], topic('orders'), true)).toMatchObject({ errorCode: 'NONE' })
    expect(configsOf(controls)).toEqual({})
  })
})

// The sentences are those of Kafka's ConfigAdminManager, ConfigurationControlManager and LogConfig.
test.each([
  ['an unknown option', [['no.such', '1']], topic('orders'), 'INVALID_CONFIG', 'Unknown topic config name: no.such'],
  ['a long value', [['retention.ms', `${' '.repeat(1_000)}5`]], topic('orders'), 'INVALID_CONFIG', 'more than 1000'],
  ['a wrong value', [['retention.ms', 'soon']], topic('orders'), 'INVALID_CONFIG', 'an integer from -1'],
  [
    'a list of what is none',
    [['retention.ms', '1', 'APPEND']],
    topic('orders'),
    'INVALID_CONFIG',
    "Can't APPEND to key",
  ],
  ['an unknown operation', [['retention.ms', '1', 7]], topic('orders'), 'INVALID_REQUEST', 'Unknown operation type 7'],
  [
    'no value',
    [['retention.ms', null]],
    topic('orders'),
    'INVALID_REQUEST',
    'Null value not supported for : retention.ms',
  ],
  [
    'an option twice',
    [
      ['a', '1'],
      ['a', '2'],
    ],
    topic('orders'),
    'INVALID_REQUEST',
    'Error due to duplicate config keys',
  ],
  ['an unknown topic', [], topic('tea'), 'UNKNOWN_TOPIC_OR_PARTITION', "The topic 'tea' does not exist."],
  [
    'a broker',
    [['num.partitions', '2']],
    topic('1', 4),
    'INVALID_REQUEST',
    'Cannot update these configs dynamically: Set(num.partitions)',
  ],
  [
    'all brokers',
    [['num.partitions', '2']],
    topic('', 4),
    'INVALID_REQUEST',
    'Cannot update these configs dynamically',
  ],
  ['an unknown broker', [], topic('9', 4), 'INVALID_REQUEST', 'there is no broker 9'],
  ['a broker without a number', [], topic('x', 4), 'INVALID_REQUEST', 'must be an integer, but it is: x'],
  ['something else', [], topic('x', 32), 'INVALID_REQUEST', 'Unknown resource type 32'],
] as const)('%s is refused, and nothing changes', (_what, changes, of, errorCode, says) => {
  const controls = given()
  const before = contentsOf(controls.image)
  expect(change(controls, changes, of)).toEqual({ errorCode, errorMessage: expect.stringContaining(says), ...of })
  expect(contentsOf(controls.image)).toEqual(before)
})

test('a resource that is named twice is refused, and the others are changed', () => {
  const controls = given()
  controls.create({ name: 'tea' })
  const resources = ['orders', 'tea', 'orders'].map((name) => ({
    ...topic(name),
    configs: [{ name: 'retention.ms', value: '5' }],
  }))
  const control = new ConfigControl(controls.image, controls.options)
  const told = controls.commit(control.alterConfigs({ api: 'AlterConfigs', resources, validateOnly: false }))
  expect(told.map(({ errorCode }) => errorCode)).toEqual(['INVALID_REQUEST', 'NONE', 'INVALID_REQUEST'])
  expect([configsOf(controls), controls.image.topicNamed('tea')?.configs]).toEqual([{}, { 'retention.ms': '5' }])
})

describe('what becomes of partitions', () => {
  // KIP-966: the high watermark moves again without those that had left, so they hold less than is committed.
  test('whose isr is large enough for a smaller min.insync.replicas: nobody outside of it may be elected', () => {
    const controls = givenPartition(3)
    controls.fence(3)
    expect(controls.state).toBe('leader 1@0 isr 1,2 elr 3 last -1')
    change(controls, [['min.insync.replicas', '2']])
    expect(controls.state).toBe('leader 1@0 isr 1,2 elr  last -1')
  })

  test('that have no leader: an unclean one is elected as soon as it is allowed', () => {
    const controls = givenPartition(1)
    controls.fence(2, 3, 1)
    controls.unfence(2)
    expect(controls.state).toBe('leader -1@1 isr  elr 1 last 1')
    change(controls, [['unclean.leader.election.enable', 'true']])
    expect(controls.state).toBe('leader 2@2 isr 2 elr  last -1')
  })
})
