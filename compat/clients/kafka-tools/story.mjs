// Kafka's command-line tools, each as its script of that name would run it. See story.mjs for what a program says and
// asks. KAFKA_CLASSPATH has the jars, KAFKA_VERSION tells them.
import assert from 'node:assert'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run as runProgram } from '../../workshop.mjs'
import { ask, messages, numbered, SECURE, SERVERS, tell } from '../telling.mjs'

const { KAFKA_CLASSPATH, KAFKA_VERSION } = process.env
const BOOTSTRAP = ['--bootstrap-server', SERVERS.join(',')]
const LIMIT_MS = 90_000
const isOld = KAFKA_VERSION.startsWith('3.')
const TOOLS = {
  topics: 'org.apache.kafka.tools.TopicCommand',
  producer: isOld ? 'kafka.tools.ConsoleProducer' : 'org.apache.kafka.tools.ConsoleProducer',
  consumer: 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  groups: 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  offsets: 'org.apache.kafka.tools.GetOffsetShell',
  configs: 'kafka.admin.ConfigCommand',
  'delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  election: 'org.apache.kafka.tools.LeaderElectionCommand',
  'verifiable-producer': 'org.apache.kafka.tools.VerifiableProducer',
  'verifiable-consumer': 'org.apache.kafka.tools.VerifiableConsumer',
  'producer-performance': 'org.apache.kafka.tools.ProducerPerformance',
  'consumer-performance': 'org.apache.kafka.tools.ConsumerPerformance',
}

/** Runs a tool to its end, and gives what it printed. Rejects where it says that it has failed. */
async function run(tool, args, input = '') {
  const memory = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const command = [...memory, '-cp', KAFKA_CLASSPATH, TOOLS[tool], ...args]
  const { stdout, stderr } = await runProgram('java', command, { input, limitMs: LIMIT_MS })
  process.stderr.write(`-- ${tool} ${args.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

const create = (topic, partitions) =>
  run('topics', [
    ...BOOTSTRAP,
    ...['--create', '--topic', topic, '--partitions', String(partitions), '--replication-factor', '3'],
  ])

const lines = (text) => text.trim().split('\n')

async function topics() {
  assert.match(await create('topics', 3), /Created topic topics/)
  assert.ok(lines(await run('topics', [...BOOTSTRAP, '--list'])).includes('topics'))
  const described = await run('topics', [...BOOTSTRAP, '--describe', '--topic', 'topics'])
  assert.match(described, /PartitionCount: 3\s+ReplicationFactor: 3/)
  assert.equal(described.match(/Isr: \d,\d,\d/g).length, 3)
  await run('topics', [...BOOTSTRAP, '--delete', '--topic', 'topics'])
  assert.ok(!lines(await run('topics', [...BOOTSTRAP, '--list'])).includes('topics'))
}

async function partitions() {
  await create('partitions', 3)
  await run('topics', [...BOOTSTRAP, '--alter', '--topic', 'partitions', '--partitions', '5'])
  const described = await run('topics', [...BOOTSTRAP, '--describe', '--topic', 'partitions'])
  assert.match(described, /PartitionCount: 5/)
}

/** The console's producer and consumer, with keys and headers. */
async function records() {
  await create('console', 1)
  const typed = messages(50).map(({ key, value }) => `a:1,b:2\t${key}\t${value}\n`)
  const [reader, formatter] = isOld ? ['--property', '--property'] : ['--reader-property', '--formatter-property']
  const parse = [reader, 'parse.headers=true', reader, 'parse.key=true']
  await run('producer', [...BOOTSTRAP, '--topic', 'console', ...parse], typed.join(''))
  await ask('check console 50')
  const printed = [formatter, 'print.headers=true', formatter, 'print.key=true']
  const read = ['--from-beginning', '--max-messages', '50', '--timeout-ms', '30000', '--group', 'console']
  const out = await run('consumer', [...BOOTSTRAP, '--topic', 'console', ...read, ...printed])
  assert.deepEqual(
    lines(out),
    typed.map((line) => line.trim()),
  )
  assert.match(await run('offsets', [...BOOTSTRAP, '--topic', 'console']), /^console:0:50$/m)
  assert.match(await run('offsets', [...BOOTSTRAP, '--topic', 'console', '--time', 'earliest']), /^console:0:0$/m)
  assert.match(
    await run('offsets', [...BOOTSTRAP, '--topic', 'console', '--time', 'max-timestamp']),
    /^console:0:\d+$/m,
  )
}

/** The verifiable producer and consumer say what they have sent and read as JSON. */
async function group() {
  await create('verifiable', 3)
  const many = ['--topic', 'verifiable', '--max-messages', '5000']
  const sent = lines(await run('verifiable-producer', [...BOOTSTRAP, ...many])).map((line) => JSON.parse(line))
  assert.equal(sent.filter(({ name }) => name === 'producer_send_success').length, 5000)
  assert.equal(sent.filter(({ name }) => name === 'producer_send_error').length, 0)
  const read = lines(
    await run('verifiable-consumer', [...BOOTSTRAP, ...many, '--group-id', 'verifiable', ...FROM_BEGINNING]),
  )
  const told = read.map((line) => JSON.parse(line))
  const count = told.filter(({ name }) => name === 'records_consumed').reduce((sum, one) => sum + one.count, 0)
  assert.equal(count, 5000)
  assert.ok(told.every(({ name, success }) => name !== 'offsets_committed' || success))
}

const FROM_BEGINNING = ['--reset-policy', 'earliest']

async function groups() {
  await create('groups', 2)
  await ask('write groups 100')
  const read = ['--from-beginning', '--max-messages', '100', '--timeout-ms', '30000', '--group', 'groups']
  const out = await run('consumer', [...BOOTSTRAP, '--topic', 'groups', ...read])
  assert.deepEqual(lines(out).sort(), numbered(100).sort())
  const of = (...args) => run('groups', [...BOOTSTRAP, ...args])
  assert.ok(lines(await of('--list')).includes('groups'))
  const lags = async () =>
    lines(await of('--describe', '--group', 'groups'))
      .filter((line) => /^groups\s+groups/.test(line))
      .reduce((sum, line) => sum + Number(line.split(/\s+/)[5]), 0)
  assert.equal(await lags(), 0)
  assert.match(await of('--describe', '--group', 'groups', '--state'), /Empty/)
  await of('--reset-offsets', '--group', 'groups', '--topic', 'groups', '--to-earliest', '--execute')
  assert.equal(await lags(), 100)
  await of('--delete-offsets', '--group', 'groups', '--topic', 'groups:0')
  assert.match(await of('--delete', '--group', 'groups'), /successful/)
}

async function configs() {
  await create('configs', 1)
  const of = (...args) => run('configs', [...BOOTSTRAP, '--entity-type', 'topics', '--entity-name', 'configs', ...args])
  await of('--alter', '--add-config', 'cleanup.policy=compact')
  assert.match(await of('--describe'), /cleanup\.policy=compact/)
  const all = await run('configs', [
    ...BOOTSTRAP,
    '--entity-type',
    'brokers',
    '--entity-name',
    '1',
    '--describe',
    '--all',
  ])
  assert.match(all, /min\.insync\.replicas=2/)
}

async function deleteRecords() {
  await create('delete-records', 1)
  await ask('write delete-records 100')
  const file = join(tmpdir(), `delete-records-${process.pid}.json`)
  const partitions = [{ topic: 'delete-records', partition: 0, offset: 40 }]
  writeFileSync(file, JSON.stringify({ partitions, version: 1 }))
  const out = await run('delete-records', [...BOOTSTRAP, '--offset-json-file', file])
  assert.match(out, /low_watermark: 40/)
}

async function elect() {
  await create('elect', 3)
  await run('election', [...BOOTSTRAP, '--election-type', 'preferred', '--all-topic-partitions'])
}

async function secure() {
  const { servers, ca, username, password } = SECURE
  const as = (given) => {
    const file = join(tmpdir(), `secure-${process.pid}.properties`)
    const login = `org.apache.kafka.common.security.plain.PlainLoginModule required username="${username}"`
    const lines = [
      ...['security.protocol=SASL_SSL', 'ssl.truststore.type=PEM', `ssl.truststore.location=${ca}`],
      ...['sasl.mechanism=PLAIN', `sasl.jaas.config=${login} password="${given}";`],
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    return ['--bootstrap-server', servers.join(','), '--command-config', file]
  }
  await run('topics', [...as(password), '--create', '--topic', 'secure'])
  assert.deepEqual(lines(await run('topics', [...as(password), '--list'])), ['secure'])
  await assert.rejects(run('topics', [...as('wrong'), '--list']), /Invalid username or password/)
}

async function bulk() {
  await create('bulk', 3)
  const sent = await run('producer-performance', [
    ...['--topic', 'bulk', '--num-records', '200000', '--record-size', '100', '--throughput', '-1'],
    ...['--producer-props', `bootstrap.servers=${SERVERS.join(',')}`, 'compression.type=none'],
  ])
  assert.match(sent, /200000 records sent/)
  const read = await run('consumer-performance', [
    ...BOOTSTRAP,
    ...['--topic', 'bulk', isOld ? '--messages' : '--num-records', '200000', '--timeout', '30000'],
  ])
  assert.match(read, /\b200\d{3}\b/)
}

await tell(KAFKA_VERSION, {
  topics,
  partitions,
  records,
  group,
  groups,
  configs,
  'delete-records': deleteRecords,
  elect,
  secure,
  bulk,
})
