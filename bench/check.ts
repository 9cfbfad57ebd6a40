import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { counted, grouped } from '../src/base/words.js'
import { checkFlatHistory } from '../src/lab/history/check-history.js'
import { readHistory } from '../src/lab/history/read-history.js'
import { threeDigits } from '../src/lab/numbers.js'

const PRODUCERS = 4
const PARTITIONS = 8
const OUTSTANDING = 200
const RECORDS_OF_A_POLL = 100

export interface CheckFigures {
  readonly operations: number
  readonly readings: number
  readonly megabytes: number
  readonly readSeconds: number
  readonly checkSeconds: number
  /** CPU seconds of both, on all threads of the process: the steadier figure where others use the machine. */
  readonly cpuSeconds: number
  readonly residentMegabytes: number
  readonly anomalies: number
}

/** Writes a faultless history of so many sends, acks and polls, and checks it. */
export async function runCheck({ operations }: { readonly operations: number }): Promise<CheckFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'odradek-check-'))
  const file = join(folder, 'history.ndjson')
  try {
    await pipeline(Readable.from(blocks(madeUp(operations))), createWriteStream(file))
    const cpu = process.cpuUsage()
    const began = performance.now()
    const history = await readHistory(file)
    const read = performance.now()
    const { counts } = checkFlatHistory(history)
    const checked = performance.now()
    const { user, system } = process.cpuUsage(cpu)
    return {
      operations,
      readings: history.read.offset.length,
      megabytes: statSync(file).size / 1e6,
      readSeconds: (read - began) / 1e3,
      checkSeconds: (checked - read) / 1e3,
      cpuSeconds: (user + system) / 1e6,
      residentMegabytes: process.memoryUsage().rss / 1e6,
      anomalies: Object.values(counts).reduce((sum, count) => sum + count, 0),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Every record is sent, acknowledged and read once: two lines of its own, and a hundredth of a poll's. */
function* madeUp(operations: number): Generator<string> {
  const records = Math.floor(operations / (2 + 1 / RECORDS_OF_A_POLL))
  const ends = Array.from({ length: PARTITIONS }, () => 0)
  const acks: string[] = []
  const unread = ends.map((): string[] => [])
  for (let number = 0; number < records; number++) {
    const partition = (number * 7 + Math.floor(number / 13)) % PARTITIONS
    const producer = `p${1 + (number % PRODUCERS)}`
    const id = `${producer}-${number}`
    const time = number / 100
    const offset = ends[partition] as number
    ends[partition] = offset + 1
    yield JSON.stringify({ op: 'send', producer, id, topic: 'orders', partition, time })
    acks.push(JSON.stringify({ op: 'ack', id, offset, time: time + OUTSTANDING / 100 }))
    if (acks.length === OUTSTANDING) yield acks.shift() as string
    const waiting = unread[partition] as string[]
    if (waiting.push(JSON.stringify({ id, offset })) === RECORDS_OF_A_POLL) yield pollOf(partition, waiting.splice(0))
  }
  yield* acks
  for (const [partition, records] of unread.entries()) yield pollOf(partition, records)
  yield '{"op":"end","consumer":"c1"}'
}

const pollOf = (partition: number, records: readonly string[]): string =>
  `{"op":"poll","consumer":"c1","topic":"orders","partition":${partition},"records":[${records.join(',')}]}`

const BLOCK_LINES = 1_000

function* blocks(lines: Iterable<string>): Generator<string> {
  let block: string[] = []
  for (const line of lines) {
    if (block.push(line) < BLOCK_LINES) continue
    yield `${block.join('\n')}\n`
    block = []
  }
  yield `${block.join('\n')}\n`
}

export function checkFiguresTable(figures: CheckFigures): string {
  const { operations, readings, megabytes, readSeconds, checkSeconds, cpuSeconds, residentMegabytes, anomalies } =
    figures
  return [
    `${counted(operations, 'operation')}, ${counted(readings, 'record')} read in them, ${grouped(megabytes)} MB`,
    `${threeDigits(readSeconds)} s to read, ${threeDigits(checkSeconds)} s to check, ${threeDigits(cpuSeconds)} CPU seconds, ${grouped(residentMegabytes)} MB resident; ${anomalies} anomalies`,
  ].join('\n')
}
