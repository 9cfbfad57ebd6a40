import { fileURLToPath } from 'node:url'
import type { ClientTask, ClientTimes } from './client-process.js'
import { inTurns } from './in-turns.js'
import { withTopic } from './requests.js'
import { runProgram } from './run-program.js'
import type { Contest, WireBench } from './wire-bench.js'

/**
 * A client for Node in a process of its own writes records, 1,000 a call with 5 calls under way and acks=1, and another
 * process reads them. The first third of the records of each process warms it up.
 */
const nodeClient = (client: 'kafkajs' | 'platformatic', recordsOfTurn: number): WireBench => ({
  name: client,
  run: (options) => inTurns(options, [contest(client, Math.ceil(recordsOfTurn * options.scale))]),
})

export const kafkajs = nodeClient('kafkajs', 150_000)
export const platformatic = nodeClient('platformatic', 300_000)

const WARM_UP = 500
const SENDS = 2_000

/** One record at a time with acks=all: the next one is sent when the last was acknowledged. */
export const latency: WireBench = {
  name: 'latency',
  run: (options) =>
    inTurns(options, [
      (server, turn) => {
        const topic = `latency-${turn}`
        const counts = { records: Math.ceil(SENDS * options.scale), warmUp: Math.ceil(WARM_UP * options.scale) }
        return withTopic(server, { name: topic }, async () => {
          const { percentiles } = await inProcess({ task: 'latency', client: 'kafkajs', server, topic, ...counts })
          return [
            { what: 'kafkajs, an awaited send of one record, p50', unit: 'ms', value: percentiles.p50 },
            { what: 'kafkajs, an awaited send of one record, p99', unit: 'ms', value: percentiles.p99 },
          ]
        })
      },
    ]),
}

function contest(client: 'kafkajs' | 'platformatic', total: number): Contest {
  const warmUp = Math.ceil(total / 3)
  const counts = { warmUp, records: total - warmUp }
  return (server, turn) => {
    const topic = `${client}-${turn}`
    return withTopic(server, { name: topic }, async () => {
      const told = []
      for (const [task, name] of [
        ['produce', 'produces'],
        ['consume', 'consumes'],
      ] as const) {
        const { ms, cpuMs } = await inProcess({ task, client, server, topic, ...counts })
        const what = `${client} ${name}`
        const perMillion = cpuMs / (counts.records / 1e6)
        told.push(
          { what, unit: 'records/s', value: counts.records / (ms / 1e3) } as const,
          { what: `${what}: CPU of a million`, unit: 'ms', value: perMillion } as const,
        )
      }
      return told
    })
  }
}

const CHILD = fileURLToPath(new URL('./client-process.js', import.meta.url))

async function inProcess(task: ClientTask): Promise<ClientTimes> {
  let told = ''
  await runProgram(process.execPath, [CHILD, JSON.stringify(task)], {
    env: { KAFKAJS_NO_PARTITIONER_WARNING: '1' },
    onOutput: (bytes) => {
      told += bytes.toString()
    },
  })
  return JSON.parse(told) as ClientTimes
}
