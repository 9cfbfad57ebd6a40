import { type Area, ask, inVersions, type Message, type Step, script, until } from '../script.js'
import { settings, topic } from './given.js'

const TOPIC = 2
const BROKER = 4
const NOWHERE = ['nowhere', '', 'a/b', 'x'.repeat(250)]
const resource = (resourceName: string, resourceType = TOPIC): Message => ({ resourceType, resourceName })

/** Options that topics have here and there, with the same default. */
const OPTIONS = ['cleanup.policy', 'retention.ms', 'max.message.bytes', 'unclean.leader.election.enable']

const describing = (resourceName: string, keys: readonly string[] | null = OPTIONS, resourceType = TOPIC): Message => ({
  resources: [{ ...resource(resourceName, resourceType), configurationKeys: keys }],
})

/** Waits until the broker has heard of what the controller has decided, which in Kafka it may do after the answer. */
function has(name: string, option: string, value: string): Step {
  return until('DescribeConfigs', 4, describing(name, [option]), 'results.0.configs.0.value', value)
}

export const DESCRIBE_CONFIGS: Area = {
  name: 'DescribeConfigs',
  scripts: [
    script('of a topic, in all versions', [
      topic('described', settings({ 'retention.ms': '1000', 'cleanup.policy': 'compact' })),
      ...inVersions('DescribeConfigs', [1, 2, 3, 4], describing('described')),
      ...inVersions('DescribeConfigs', [1, 3, 4], { ...describing('described'), includeSynonyms: true }),
      ask('DescribeConfigs', 4, describing('described', ['retention.ms', 'no.such.option'])),
      ask('DescribeConfigs', 4, describing('described', ['no.such.option'])),
      ask('DescribeConfigs', 4, describing('described', ['retention.ms', 'retention.ms'])),
    ]),
    script('of a topic that is not there', [
      ...NOWHERE.map((name) => ask('DescribeConfigs', 4, describing(name))),
      ask('DescribeConfigs', 4, {
        resources: ['described', 'nowhere'].map((name) => ({ ...resource(name), configurationKeys: OPTIONS })),
      }),
      ask('DescribeConfigs', 4, {}),
    ]),
    script('of what has no options', [
      ...[0, 1, 3, 99, -1].map((type) => ask('DescribeConfigs', 4, describing('x', OPTIONS, type))),
      ask('DescribeConfigs', 4, {
        resources: [2, 3, 2].map((type) => ({ ...resource('described', type), configurationKeys: OPTIONS })),
      }),
    ]),
    script('of brokers', [
      ask('DescribeConfigs', 4, describing('1', ['num.partitions', 'default.replication.factor'], BROKER)),
      ...['', '2', 'one', '-1', ' 1', '01'].map((name) =>
        ask('DescribeConfigs', 4, describing(name, ['num.partitions'], BROKER)),
      ),
    ]),
  ],
}

const OPERATIONS = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const
type Change = readonly [name: string, value: string | null, operation?: keyof typeof OPERATIONS | number]

const changing = (resourceName: string, changes: readonly Change[], resourceType = TOPIC): Message => ({
  resources: [{ ...resource(resourceName, resourceType), configs: changes.map(changeOf) }],
})

function changeOf([name, value, operation = 'SET']: Change): Message {
  return { name, value, configOperation: typeof operation === 'number' ? operation : OPERATIONS[operation] }
}

export const INCREMENTAL_ALTER_CONFIGS: Area = {
  name: 'IncrementalAlterConfigs',
  scripts: [
    script('options of a topic, in all versions', [
      topic('changed'),
      ...inVersions('IncrementalAlterConfigs', [0, 1], changing('changed', [['retention.ms', '1000']])),
      ask('IncrementalAlterConfigs', 1, { ...changing('changed', [['retention.ms', '5']]), validateOnly: true }),
      ask('IncrementalAlterConfigs', 1, changing('changed', [])),
      ask('IncrementalAlterConfigs', 1, {}),
      ask('IncrementalAlterConfigs', 1, changing('changed', [['retention.ms', null, 'DELETE']])),
      ask('IncrementalAlterConfigs', 1, changing('changed', [['retention.ms', '7', 'DELETE']])),
      ask('IncrementalAlterConfigs', 1, changing('changed', [['no.such.option', null, 'DELETE']])),
    ]),
    script('values that are not allowed', [
      topic('unchanged'),
      ...(
        [
          ['retention.ms', 'soon'],
          ['retention.ms', '-2'],
          ['retention.ms', ''],
          ['retention.ms', null],
          ['retention.ms', ' 5 '],
          ['retention.ms', '9223372036854775807'],
          ['retention.ms', '9223372036854775808'],
          ['retention.ms', '1.5'],
          ['retention.ms', '+5'],
          ['unclean.leader.election.enable', 'TRUE'],
          ['unclean.leader.election.enable', 'yes'],
          ['cleanup.policy', 'burn'],
          ['cleanup.policy', 'compact, delete'],
          ['cleanup.policy', ' delete , compact '],
          ['cleanup.policy', 'delete,delete'],
          ['cleanup.policy', 'Delete'],
          ['cleanup.policy', ''],
          ['cleanup.policy', ','],
          ['cleanup.policy', 'delete,'],
          ['min.insync.replicas', '0'],
          ['min.insync.replicas', '5'],
          ['max.message.bytes', '-1'],
          ['min.cleanable.dirty.ratio', '1.5'],
          ['compression.type', 'pkzip'],
          ['compression.gzip.level', '0'],
          ['message.timestamp.type', 'logappendtime'],
          ['no.such.option', '1'],
          ['', '1'],
        ] as const
      ).map((change) => ask('IncrementalAlterConfigs', 1, changing('unchanged', [change]))),
      ask(
        'IncrementalAlterConfigs',
        1,
        changing('unchanged', [
          ['min.compaction.lag.ms', '10'],
          ['max.compaction.lag.ms', '5'],
        ]),
      ),
      ask(
        'IncrementalAlterConfigs',
        1,
        changing('unchanged', [
          ['retention.ms', '5'],
          ['max.message.bytes', 'many'],
        ]),
      ),
    ]),
    script('lists', [
      topic('listed'),
      ...(
        [
          ['compact', 'APPEND', 'delete,compact'],
          ['compact', 'APPEND', 'delete,compact'],
          ['delete', 'SUBTRACT', 'compact'],
          ['burn', 'SUBTRACT', 'compact'],
          ['burn', 'APPEND', 'compact'],
          ['', 'APPEND', 'compact'],
          ['compact', 'SUBTRACT', ''],
          [null, 'APPEND', ''],
          ['delete,compact', 'APPEND', 'delete,compact'],
          ['delete, compact', 'SUBTRACT', 'compact'],
          ['compact, delete', 'SET', 'compact,delete'],
          [' delete , compact ', 'SET', 'delete,compact'],
          ['delete,delete', 'SET', 'delete'],
          ['', 'SET', ''],
        ] as const
      ).flatMap(([value, operation, after]) => [
        ask('IncrementalAlterConfigs', 1, changing('listed', [['cleanup.policy', value, operation]])),
        has('listed', 'cleanup.policy', after),
      ]),
      ...(['APPEND', 'SUBTRACT'] as const).flatMap((operation) => [
        ask('IncrementalAlterConfigs', 1, changing('listed', [['retention.ms', '5', operation]])),
        ask('IncrementalAlterConfigs', 1, changing('listed', [['no.such.option', '5', operation]])),
      ]),
    ]),
    // An operation that is not there is an UNKNOWN_SERVER_ERROR in Kafka.
    script('options that are named twice', [
      topic('operated'),
      ask(
        'IncrementalAlterConfigs',
        1,
        changing('operated', [
          ['retention.ms', '5'],
          ['retention.ms', null],
        ]),
      ),
      ask('IncrementalAlterConfigs', 1, {
        resources: ['operated', 'nowhere', 'operated'].map((name) => ({
          ...resource(name),
          configs: [changeOf(['retention.ms', '5'])],
        })),
      }),
    ]),
    script('topics that are not there, and what else may be wrong with them', [
      ...NOWHERE.flatMap((name) => [
        ask('IncrementalAlterConfigs', 1, changing(name, [['retention.ms', '5']])),
        ask('IncrementalAlterConfigs', 1, changing(name, [['retention.ms', 'soon']])),
        ask('IncrementalAlterConfigs', 1, changing(name, [['retention.ms', '5', 'APPEND']])),
        ask('IncrementalAlterConfigs', 1, changing(name, [['retention.ms', null]])),
        ask('IncrementalAlterConfigs', 1, changing(name, [])),
      ]),
    ]),
    script('brokers, and what is none', [
      ...['', '1', '9', 'one', '-1'].flatMap((name) => [
        ask('IncrementalAlterConfigs', 1, changing(name, [['num.partitions', '2']], BROKER)),
        ask('IncrementalAlterConfigs', 1, changing(name, [['num.partitions', null]], BROKER)),
        ask('IncrementalAlterConfigs', 1, changing(name, [], BROKER)),
      ]),
      ...[0, 1, 3].map((type) => ask('IncrementalAlterConfigs', 1, changing('x', [['retention.ms', '5']], type))),
    ]),
  ],
}

const replacing = (
  resourceName: string,
  values: readonly (readonly [string, string | null])[],
  type = TOPIC,
): Message => ({
  resources: [{ ...resource(resourceName, type), configs: values.map(([name, value]) => ({ name, value })) }],
})

export const ALTER_CONFIGS: Area = {
  name: 'AlterConfigs',
  scripts: [
    script('all options of a topic, in all versions', [
      topic('replaced', settings({ 'max.message.bytes': '1000' })),
      ...inVersions('AlterConfigs', [0, 1, 2], replacing('replaced', [['retention.ms', '1000']])),
      has('replaced', 'max.message.bytes', '1048588'),
      ask('AlterConfigs', 2, { ...replacing('replaced', [['retention.ms', '5']]), validateOnly: true }),
      ask('AlterConfigs', 2, replacing('replaced', [])),
      has('replaced', 'retention.ms', '604800000'),
      ask('AlterConfigs', 2, {}),
    ]),
    script('what is not allowed', [
      topic('kept'),
      ask('AlterConfigs', 2, replacing('kept', [['retention.ms', 'soon']])),
      ask('AlterConfigs', 2, replacing('kept', [['retention.ms', null]])),
      ask('AlterConfigs', 2, replacing('kept', [['no.such.option', '1']])),
      ask(
        'AlterConfigs',
        2,
        replacing('kept', [
          ['retention.ms', '1'],
          ['retention.ms', '2'],
        ]),
      ),
      ...NOWHERE.flatMap((name) => [
        ask('AlterConfigs', 2, replacing(name, [['retention.ms', '5']])),
        ask('AlterConfigs', 2, replacing(name, [['retention.ms', 'soon']])),
        ask('AlterConfigs', 2, replacing(name, [])),
      ]),
      ...['', '1', '9', 'one'].map((name) =>
        ask('AlterConfigs', 2, replacing(name, [['num.partitions', '2']], BROKER)),
      ),
      ask('AlterConfigs', 2, replacing('x', [['retention.ms', '5']], 8)),
    ]),
  ],
}
