import CliTable3 from 'cli-table3'
import { spreadOf } from '../../src/lab/measure/bench-result.js'
import { compact, threeDigits } from '../../src/lab/numbers.js'
import { KAFKA_VERSION, missingForKafka } from '../../test/support/kafka-broker.js'
import { fairness } from './fairness.js'
import { idle } from './idle.js'
import { kcat } from './kcat.js'
import { kafkajs, latency, platformatic } from './node-clients.js'
import { canReadProcesses } from './process-reading.js'
import { quiet } from './quiet.js'
import { startKafkaServer, startOdradekServer } from './servers.js'
import type { WireBench, WireFigure, WireOptions, WireUnit } from './wire-bench.js'

export const WIRE_BENCHES: readonly WireBench[] = [kcat, kafkajs, platformatic, latency, idle, fairness, quiet]

export interface WireResult {
  readonly kafka: string | null
  readonly figures: readonly WireFigure[]
  /** Sentences that say what was left out, and why. */
  readonly skipped: readonly string[]
}

interface RunOptions extends Omit<WireOptions, 'servers'> {
  /** Whether a real broker of Kafka is asked for. */
  readonly besideKafka: boolean
}

/** Each bench has servers of its own. */
export async function runWire(benches: readonly WireBench[], options: RunOptions): Promise<WireResult> {
  if (!canReadProcesses()) throw new Error('Cannot measure what servers cost: that takes Linux, which has /proc')
  endChildrenWithUs()
  const [skipped, figures]: [string[], WireFigure[]] = [[], []]
  const without = options.besideKafka ? await missingForKafka() : 'being asked for it'
  if (without !== null) skipped.push(`Kafka is left out: it is not started without ${without}`)
  const servers = { odradek: startOdradekServer, ...(without === null && { kafka: startKafkaServer }) }
  for (const bench of benches) {
    const missing = (await bench.missing?.()) ?? null
    if (missing !== null) {
      skipped.push(`${bench.name} is left out: it takes ${missing}`)
      continue
    }
    const onProgress = (line: string): void => options.onProgress(`${bench.name}: ${line}`)
    figures.push(...(await bench.run({ ...options, servers, onProgress })))
  }
  return { kafka: without === null ? KAFKA_VERSION : null, figures, skipped }
}

/** Servers and clients end when this process exits, and so a signal makes it exit. */
function endChildrenWithUs(): void {
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
}

export function wireTable({ kafka, figures, skipped }: WireResult): string {
  const table = new CliTable3({
    head: ['', 'unit', 'Odradek', 'min – max', kafka === null ? 'no Kafka' : `Kafka ${kafka}`, 'min – max', 'ratio'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const { what, unit, odradek, kafka: beside } of figures) {
    table.push([
      what,
      unit,
      ...columns(odradek, unit),
      ...(beside === undefined ? ['', ''] : columns(beside, unit)),
      beside === undefined ? '' : ratioOf(odradek, beside),
    ])
  }
  return [table.toString(), ...skipped].join('\n')
}

function columns(values: readonly number[], unit: WireUnit): readonly string[] {
  const shown = unit === 'records/s' ? compact : threeDigits
  const { min, median, max } = spreadOf(values)
  return [shown(median), `${shown(min)} – ${shown(max)}`]
}

/** How many times as much Odradek has: the median over the turns, in each of which both were measured. */
function ratioOf(odradek: readonly number[], kafka: readonly number[]): string {
  const { median } = spreadOf(odradek.map((value, turn) => value / (kafka[turn] as number)))
  return Number.isFinite(median) ? threeDigits(median) : ''
}
