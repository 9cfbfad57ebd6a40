import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startKafka } from '../../test/support/kafka-broker.js'
import { repositoryRoot } from '../../test/support/source-tree.js'

/** One broker in a process of its own, at a port of this machine. */
export interface Server {
  readonly name: 'Odradek' | 'Kafka'
  /** `host:port`. */
  readonly address: string
  readonly pid: number
  stop(): Promise<void>
}

export type StartServer = () => Promise<Server>

/** As in the package: one file. */
const ODRADEK = join(repositoryRoot(), 'dist', 'cli', 'odradek.js')
const STOP_MS_MAX = 10_000
/** What Kafka's own start script gives to Java. */
const JAVA = [
  ...['-server', '-Xms1g', '-Xmx1g', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-XX:MaxInlineLevel=15'],
  ...['-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent', '-Djava.awt.headless=true'],
]
/** What both are started with; anything else is each one's default. */
const SETTINGS = {
  'auto.create.topics.enable': false,
  'offsets.topic.num.partitions': 1,
  'offsets.topic.replication.factor': 1,
  'group.initial.rebalance.delay.ms': 0,
} as const

/** `odradek serve`, as users start it. */
export const startOdradekServer: StartServer = async () => {
  const settings = Object.entries(SETTINGS).map(([name, value]) => `--${name}=${value}`)
  const child = spawn(process.execPath, [ODRADEK, 'serve', '--port', '0', ...settings], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [line = ''] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'close'),
  ])) as readonly string[]
  const address = /^bootstrap\.servers=(.+)$/.exec(line)?.[1]
  if (address === undefined) throw new Error(`odradek serve did not start: ${said}`)
  return {
    name: 'Odradek',
    address,
    pid: child.pid as number,
    async stop() {
      await ended(child)
      process.off('exit', endWithUs)
    },
  }
}

export const startKafkaServer: StartServer = async () => {
  const { server, pid, stop } = await startKafka({ java: JAVA, settings: SETTINGS })
  return { name: 'Kafka', address: server, pid, stop }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
  await exited
  clearTimeout(timer)
}
