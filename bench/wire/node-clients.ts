import { fileURLToPath } from 'node:url'
import type { ClientTask, ClientTimes } from './client-process.js'
import { CONNECTIONS, connectIdly } from './idle.js'
import { inTurns } from './in-turns.js'
import { withTopic } from './requests.js'
import { runProgram } from './run-program.js'
import type { Server } from './servers.js'
import type { Contest, Measured, WireBench } from './wire-bench.js'

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

/**
 * One record at a time with acks=all: the next one is sent when the last was acknowledged. Once more beside connections
 * that say nothing.
 */
export const latency: WireBench = {
  name: 'latency',
  run(options) {
    const idle = Math.ceil(CONNECTIONS * options.scale)
    const counts = { records: Math.ceil(SENDS * options.scale), warmUp: Math.ceil(WARM_UP * options.scale) }
    return inTurns(options, [
      (server, turn) => awaitedSends(server, { topic: `latency-${turn}`, where: '', ...counts }),
      async (server, turn) => {
        const clients = await connectIdly(server.address, idle)
        const where = ` beside ${idle.toLocaleString('en')} idle connections`
        const measured = await awaitedSends(server, { topic: `latency-beside-${turn}`, where, ...counts })
        for (const client of clients) client.close()
        return measured
      },
    ])
  },
}

interface Sends {
  readonly topic: string
  readonly where: string
  readonly records: number
  readonly warmUp: number
}

function awaitedSends(server: Server, { topic, where, ...counts }: Sends): Promise<readonly Measured[]> {
  return withTopic(server, { name: topic }, async () => {
    const { percentiles } = await inProcess({ task: 'latency', client: 'kafkajs', server, topic, ...counts })
    const what = `kafkajs, an awaited send of one record${where}`
    return [
      { what: `${what}, p50`, unit: 'ms', value: percentiles.p50 },
      { what: `${what}, p99`, unit: 'ms', value: percentiles.p99 },
    ]
  })
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
