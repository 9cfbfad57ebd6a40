import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { assert } from '../../src/base/assert.js'
import { inTurns } from './in-turns.js'
import { timed } from './process-reading.js'
import { withTopic } from './requests.js'
import { runProgram } from './run-program.js'
import type { Server } from './servers.js'
import type { Contest, Measured, WireBench } from './wire-bench.js'

/**
 * kcat, which is librdkafka at the command line, writes the lines of a file as records with acks=1, and reads them
 * again. A time is that of the whole process: its start, its connection and its end count.
 */
export const kcat: WireBench = {
  name: 'kcat',
  async missing() {
    const version = await runProgram('kcat', ['-V'], {}).catch(() => null)
    return version === null ? 'kcat, which is a package of Debian' : null
  },
  async run(options) {
    const records = Math.ceil(RECORDS * options.scale)
    const folder = mkdtempSync(join(tmpdir(), 'odradek-bench-kcat-'))
    try {
      const file = join(folder, 'lines.txt')
      await pipeline(Readable.from(lines(records)), createWriteStream(file))
      return await inTurns(
        options,
        SETTINGS.map((settings) => contest({ file, records, settings })),
      )
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

const RECORDS = 1_000_000
const RECORD_BYTES = 100
const LINES_AT_ONCE = 10_000

interface BatchSettings {
  readonly 'batch.size': number
  readonly 'linger.ms': number
}

const SETTINGS: readonly BatchSettings[] = [
  { 'batch.size': 1_000_000, 'linger.ms': 50 },
  { 'batch.size': 16_384, 'linger.ms': 5 },
]

function* lines(count: number): Generator<string> {
  for (let first = 0; first < count; first += LINES_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(LINES_AT_ONCE, count - first) }, (_, index) => first + index)
    yield numbers.map((number) => `${String(number).padStart(RECORD_BYTES, 'record ')}\n`).join('')
  }
}

interface Work {
  readonly file: string
  readonly records: number
  readonly settings: BatchSettings
}

const contest =
  ({ file, records, settings }: Work): Contest =>
  (server, turn) => {
    const { 'batch.size': batchSize, 'linger.ms': lingerMs } = settings
    const topic = `kcat-${batchSize}-${turn}`
    const batches = `batch.size ${batchSize.toLocaleString('en')}, linger.ms ${lingerMs}`
    const isWarmUp = turn === 0
    return withTopic(server, { name: topic }, async () => [
      ...(await measured(`kcat -P, ${batches}`, { server, records }, () => write({ server, topic, file, settings }))),
      ...(await measured(`kcat -C, ${batches}`, { server, records }, () => read({ server, topic, records, isWarmUp }))),
    ])
  }

async function measured(
  what: string,
  { server, records }: { readonly server: Server; readonly records: number },
  work: () => Promise<void>,
): Promise<readonly Measured[]> {
  const { ms, cpuMs } = await timed(server.pid, work)
  return [
    { what, unit: 'records/s', value: records / (ms / 1e3) },
    { what: `${what}: CPU of a million`, unit: 'ms', value: cpuMs / (records / 1e6) },
  ]
}

interface Writing {
  readonly server: Server
  readonly topic: string
  readonly file: string
  readonly settings: BatchSettings
}

function write({ server, topic, file, settings }: Writing): Promise<void> {
  const all = Object.entries({ ...settings, acks: 1, 'queue.buffering.max.messages': 1_000_000 })
  const options = all.flatMap(([name, value]) => ['-X', `${name}=${value}`])
  return runProgram('kcat', ['-P', '-b', server.address, '-t', topic, '-p', '0', ...options, '-l', file], {})
}

interface Reading {
  readonly server: Server
  readonly topic: string
  readonly records: number
  readonly isWarmUp: boolean
}

/** A client whose queue is full looks again a second later (`fetch.queue.backoff.ms`): its queue has room for all. */
const QUEUE = ['-X', 'queued.min.messages=10000000', '-X', 'queued.max.messages.kbytes=1000000']

/** Ends with the last record: the end of the partition is told half a second later, by a fetch that finds nothing. */
async function read({ server, topic, records, isWarmUp }: Reading): Promise<void> {
  const args = [
    '-C',
    '-b',
    server.address,
    '-t',
    topic,
    '-p',
    '0',
    '-o',
    'beginning',
    '-e',
    '-q',
    '-c',
    `${records}`,
    ...QUEUE,
  ]
  if (!isWarmUp) return runProgram('kcat', args, {})
  // Whether all records come is looked at where nobody measures.
  let bytes = 0
  const onOutput = (output: Buffer): void => {
    bytes += output.length
  }
  await runProgram('kcat', args, { onOutput })
  const expected = records * (RECORD_BYTES + 1)
  assert(bytes === expected, `kcat has read ${bytes} bytes from ${server.name}, and not ${expected}`)
}
