import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { deferred } from '../../src/base/deferred.js'
import type { Serving } from '../../src/cli/serving.js'
import { odradek } from '../support/command-line.js'
import { repositoryRoot } from '../support/source-tree.js'

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'
const MAIN = join(repositoryRoot(), 'dist', 'cli', 'odradek.js')

interface Served {
  readonly child: ChildProcess
  /** Resolves with what standard output says when it says something like this, and rejects when the process ends. */
  says(pattern: RegExp): Promise<string>
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>
}

/** `odradek serve` with these arguments, at any free ports. It ends with the test. */
function served(...args: readonly string[]): Served {
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = deferred<number | null>()
  child.on('close', ended.resolve)
  let [said, tell] = ['', (): void => {}]
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text
    tell()
  })
  const says = (pattern: RegExp): Promise<string> => {
    const heard = deferred<string>()
    tell = () => pattern.test(said) && heard.resolve(said)
    tell()
    void ended.promise.then((code) => heard.reject(new Error(`It has ended with ${code}, and said ${said}`)))
    return heard.promise
  }
  return { child, says, ended: ended.promise }
}

test.each(['SIGINT', 'SIGTERM'] as const)('clients come in until %s ends it with exit code 0', async (signal) => {
  const { child, says, ended } = served('--brokers', '3', '--topic', 'orders:3', '--topic', 'audit:2:1')
  const [, servers = ''] = /^bootstrap\.servers=(\S+)\n$/.exec(await says(/\n/)) ?? []
  expect(servers.split(',')).toHaveLength(3)
  const kafka = new Kafka({ brokers: servers.split(','), logLevel: logLevel.NOTHING })
  const [admin, producer] = [kafka.admin(), kafka.producer()]
  await Promise.all([admin.connect(), producer.connect()])
  const { topics } = await admin.fetchTopicMetadata({ topics: ['orders', 'audit'] })
  const shape = topics.map(({ name, partitions }) => [name, partitions.length, partitions[0]?.replicas.length])
  expect(shape.sort()).toEqual([
    ['audit', 2, 1],
    ['orders', 3, 3],
  ])
  const [sent] = await producer.send({ topic: 'orders', messages: [{ value: 'one tea' }] })
  expect(sent?.baseOffset).toBe('0')
  // A client that is connected keeps nobody from ending.
  child.kill(signal)
  expect(await ended).toBe(0)
  await Promise.all([admin.disconnect(), producer.disconnect()])
})

test('what it is ready with is told as JSON, and in a file that is gone when it ends', async () => {
  const readyFile = join(mkdtempSync(join(tmpdir(), 'odradek-')), 'ready')
  writeFileSync(readyFile, 'of an earlier run')
  const { child, says, ended } = served('--json', '--ready-file', readyFile, '--num.partitions', '2', '--topic', 'a')
  const { bootstrapServers, brokers, topics, pid } = JSON.parse(await says(/\n\}\n/)) as Serving
  expect(brokers.map(({ host, port }) => `${host}:${port}`).join()).toBe(bootstrapServers)
  expect([topics, pid]).toEqual([[{ name: 'a', partitions: 2, replicas: 1 }], child.pid])
  while (!existsSync(readyFile) || readFileSync(readyFile, 'utf8') !== `${bootstrapServers}\n`)
    await new Promise((resolve) => setImmediate(resolve))
  child.kill('SIGTERM')
  expect([await ended, existsSync(readyFile)]).toEqual([0, false])
})

test('a second server is refused the file of one that is there, and takes it when that one is gone', async () => {
  const readyFile = join(mkdtempSync(join(tmpdir(), 'odradek-')), 'ready')
  const first = served('--ready-file', readyFile)
  while (!existsSync(readyFile)) await new Promise((resolve) => setImmediate(resolve))
  const servers = readFileSync(readyFile, 'utf8')
  const { code, stdout, stderr } = await odradek(['serve', '--port', '0', '--ready-file', readyFile])
  const says = `Cannot write ${readyFile} for --ready-file: it is the file of the server at ${servers}`
  expect([code, stdout, stderr]).toEqual([1, '', says])
  expect(readFileSync(readyFile, 'utf8')).toBe(servers)
  // It leaves its file behind.
  first.child.kill('SIGKILL')
  await first.ended
  const second = served('--ready-file', readyFile)
  // The file is there with what is new as soon as this is said, or a little later.
  await second.says(/\n/)
  while (!existsSync(readyFile)) await new Promise((resolve) => setImmediate(resolve))
  expect(readFileSync(readyFile, 'utf8')).not.toBe(servers)
  // Somebody else's by now.
  writeFileSync(readyFile, servers)
  second.child.kill('SIGTERM')
  expect([await second.ended, readFileSync(readyFile, 'utf8')]).toEqual([0, servers])
})

test('a terminal that is closed leaves no file behind that says it is ready', async () => {
  const readyFile = join(mkdtempSync(join(tmpdir(), 'odradek-')), 'ready')
  const { child, ended } = served('--ready-file', readyFile)
  while (!existsSync(readyFile)) await new Promise((resolve) => setImmediate(resolve))
  child.kill('SIGHUP')
  expect([await ended, existsSync(readyFile)]).toEqual([0, false])
})

test('clients are told another host, if they reach it by another name', async () => {
  const { child, says, ended } = served('--host', '0.0.0.0', '--advertised-host', 'localhost')
  expect(await says(/\n/)).toMatch(/^bootstrap\.servers=localhost:\d+\n$/)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})

test('a port that is taken is a sentence, and exit code 1', async () => {
  const server = createServer()
  const listening = deferred<void>()
  server.listen(0, '127.0.0.1', listening.resolve)
  await listening.promise
  onTestFinished(() => void server.close())
  const { port } = server.address() as { readonly port: number }
  const { code, stdout, stderr } = await odradek(['serve', '--port', String(port)])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toBe(`Cannot listen for broker 1: port ${port} of 127.0.0.1 is taken\n`)
})

test.each([
  ['--port 70000', 'Cannot set port to 70000: it must be an integer from 0 to 65535'],
  ['--port 65535 --brokers 2', 'broker 2 would be at port 65536'],
  ['--brokers none', 'Cannot set brokers to "none": it must be an integer from 1'],
  ['--host 192.0.2.1 --port 0', 'Cannot listen for broker 1'],
  ['--topic a:0', 'Cannot set the partitions of --topic a:0 to 0: it must be an integer from 1'],
  ['--topic a:1:many', 'Cannot set the replicas of --topic a:1:many to "many": it must be an integer from 1'],
  ['--topic :3 --port 0', 'Cannot create the topic ":3": it must be NAME'],
  ['--topic a/b --port 0', "'a/b'"],
  ['--num.partitions few --port 0', 'Cannot set num.partitions to "few"'],
  ['--unknown', 'There is no option unknown: odradek serve --help names all of them'],
  ['--num.partition 3', 'There is no option num.partition: the nearest one is num.partitions'],
  ['--ready-file not/there --port 0', 'there is no folder not'],
])('a bad command line is one sentence on standard error, and exit code 1: %s', async (args, sentence) => {
  const { code, stdout, stderr } = await odradek(['serve', ...args.split(' ')])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain(sentence)
  expect(stderr.trim().split('\n')).toHaveLength(1)
})
