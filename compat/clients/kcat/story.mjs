// kcat, which is librdkafka at the command line. See story.mjs for what a program says and asks.
import assert from 'node:assert'
import { run } from '../../workshop.mjs'
import { ask, complete, messages, SECURE, SERVERS, tell } from '../telling.mjs'

const BOOTSTRAP = ['-b', SERVERS.join(',')]
const LIMIT_MS = 60_000

async function kcat(args, input = '') {
  const { stdout, stderr } = await run('kcat', [...BOOTSTRAP, ...args], { input, limitMs: LIMIT_MS })
  process.stderr.write(`-- kcat ${args.join(' ')}\n${stderr}`)
  return stdout
}

/** kcat makes no topics: who writes to one that is not there makes it. */
const write = (topic, count, ...options) =>
  kcat(
    ['-P', '-t', topic, '-K', '\t', ...options],
    messages(count)
      .map(({ key, value }) => `${key}\t${value}\n`)
      .join(''),
  )

const lines = (text) => text.split('\n').slice(0, -1)
const read = async (topic, ...options) =>
  lines(await kcat(['-C', '-t', topic, '-o', 'beginning', '-e', '-q', ...options]))

async function acks() {
  for (const acks of ['0', '1', 'all']) {
    await write(`acks-${acks}`, 100, '-X', `acks=${acks}`)
    complete(await read(`acks-${acks}`), 100)
    await ask(`check acks-${acks} 100`)
  }
}

async function codec(name) {
  const topic = `codec-${name}`
  await write(topic, 2000, '-z', name, '-X', 'linger.ms=20')
  complete(await read(topic), 2000)
  await ask(`check ${topic} 2000`)
  await write(`from-odradek-${name}`, 0)
  await ask(`write from-odradek-${name} 2000 ${name}`)
  complete(await read(`from-odradek-${name}`), 2000)
}

async function records() {
  await ask('write-records records-of-odradek')
  const told = await read('records-of-odradek', '-f', '%T|%k|%S|%h\n')
  assert.deepEqual(told, [
    '1600000000000|a tombstone|-1|',
    '1600000001000||6|name=one,name=two,empty=',
    '1600000002000|é|2|null=NULL',
  ])
}

async function large() {
  const value = 'x'.repeat(900_000)
  await kcat(['-P', '-t', 'large', '-X', 'message.max.bytes=5000000'], `${value}\n`)
  const tooLarge = kcat(['-P', '-t', 'large', '-X', 'message.max.bytes=5000000'], `${'x'.repeat(2_000_000)}\n`)
  await assert.rejects(tooLarge, /too large/)
  assert.deepEqual(await read('large'), [value])
}

async function seek() {
  await write('seek', 100, '-p', '0')
  assert.equal((await read('seek', '-o', '40', '-p', '0'))[0], 'value 40')
  assert.equal((await read('seek', '-o', '-10', '-p', '0')).length, 10)
  assert.match(await kcat(['-Q', '-t', 'seek:0:-1']), /offset 100/)
  assert.match(await kcat(['-Q', '-t', 'seek:0:0']), /offset 0/)
}

async function group() {
  await write('group', 400)
  const out = await kcat(['-G', 'readers', '-c', '400', '-q', '-X', 'auto.offset.reset=earliest', 'group'])
  complete(lines(out), 400)
}

async function idempotent() {
  await write('idempotent', 3000, '-X', 'enable.idempotence=true', '-X', 'batch.num.messages=20')
  await ask('check idempotent 3000')
}

async function cluster() {
  const told = JSON.parse(await kcat(['-L', '-J']))
  assert.deepEqual(told.brokers.map(({ name }) => name).sort(), [...SERVERS].sort())
}

async function secure() {
  const { servers, ca, username, password } = SECURE
  const as = (given) => {
    const options = ['security.protocol=SASL_SSL', `ssl.ca.location=${ca}`, 'sasl.mechanisms=PLAIN']
    const all = [...options, `sasl.username=${username}`, `sasl.password=${given}`]
    return ['-b', servers.join(','), ...all.flatMap((option) => ['-X', option])]
  }
  await write('secure', 100, ...as(password))
  complete(await read('secure', ...as(password)), 100)
  await assert.rejects(kcat(['-L', '-m', '1', ...as('wrong')]), /Invalid username or password/)
}

async function bulk() {
  await write('bulk', 200_000)
  complete(await read('bulk'), 200_000)
}

const [, version] = /librdkafka ([\d.]+)/.exec(await kcat(['-V'])) ?? []
await tell(`librdkafka ${version ?? ''}`.trim(), {
  acks,
  'codec-none': () => codec('none'),
  'codec-gzip': () => codec('gzip'),
  'codec-snappy': () => codec('snappy'),
  'codec-lz4': () => codec('lz4'),
  'codec-zstd': () => codec('zstd'),
  records,
  large,
  seek,
  group,
  idempotent,
  cluster,
  secure,
  bulk,
})
