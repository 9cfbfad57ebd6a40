import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RawClient } from './raw-client.js'

/**
 * A real broker of Kafka, from the artifacts that Maven gets, on loopback. Its jars are kept from run to run; its data
 * and the process end with the command.
 */
export const KAFKA_VERSION = '4.2.0'

const KEPT = join(tmpdir(), `odradek-oracle-${process.getuid?.() ?? 'user'}`)
const CLUSTER_ID = 'AAAAAAAAQACAAAAAAAAAAQ'
const MAVEN_MS_MAX = 300_000
const START_MS_MAX = 60_000
const LOG_CHARACTERS_MAX = 20_000
/** A Java that starts soon and stays small, and is slow at what it does long. */
export const SMALL_JAVA: readonly string[] = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

interface KafkaOptions {
  /** Options of the Java that the broker runs in. */
  readonly java: readonly string[]
  /** The broker's properties, beside those without which it does not start. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
}

interface KafkaBroker {
  /** `host:port`. */
  readonly server: string
  readonly pid: number
  stop(): Promise<void>
}

/** Says which of the programs that a real broker needs is not here; null: it can be started. */
export async function missingForKafka(): Promise<string | null> {
  for (const [program, name] of [
    ['java', 'a Java of version 17 or newer'],
    ['mvn', 'Maven'],
  ] as const) {
    const version = await run(program, ['-version'], {}).catch(() => null)
    if (version === null) return name
  }
  return null
}

export async function startKafka({ java, settings }: KafkaOptions): Promise<KafkaBroker> {
  const classPath = await classPathOfKafka()
  const folder = mkdtempSync(join(tmpdir(), 'odradek-oracle-kafka-'))
  const [port, controllerPort] = await freePorts()
  const properties = join(folder, 'server.properties')
  writeFileSync(properties, propertiesOf({ folder, port, controllerPort, settings }))
  const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties]
  await run('java', [...SMALL_JAVA, '-cp', classPath, ...format], {})
  const broker = spawn('java', [...java, '-cp', classPath, 'kafka.Kafka', properties], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const endWithUs = (): void => {
    // It has nothing to keep.
    broker.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  process.once('exit', endWithUs)
  const said = tailOf(broker)
  const exited = new Promise<void>((resolve) => broker.once('exit', () => resolve()))
  const server = `127.0.0.1:${port}`
  try {
    await untilConnected(server, broker, said)
  } catch (error) {
    process.off('exit', endWithUs)
    endWithUs()
    throw error
  }
  return {
    server,
    pid: broker.pid as number,
    async stop() {
      broker.kill('SIGKILL')
      await exited
      process.off('exit', endWithUs)
      endWithUs()
    },
  }
}

interface Properties extends Pick<KafkaOptions, 'settings'> {
  readonly folder: string
  readonly port: number
  readonly controllerPort: number
}

function propertiesOf({ folder, port, controllerPort, settings }: Properties): string {
  const all = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    ...settings,
  }
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

async function classPathOfKafka(): Promise<string> {
  const folder = join(KEPT, `kafka-${KAFKA_VERSION}`)
  const file = join(folder, 'class-path.txt')
  const known = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (known !== '' && known.split(':').every((jar) => existsSync(jar))) return known
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'pom.xml'), POM)
  const options = [`-Dmdep.outputFile=${file}`, '-Dmdep.includeScope=runtime']
  await run('mvn', ['-q', '-B', 'dependency:build-classpath', ...options], { cwd: folder, timeout: MAVEN_MS_MAX })
  return readFileSync(file, 'utf8')
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>odradek</groupId><artifactId>oracle</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version>
  </dependency></dependencies>
</project>
`

function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly timeout?: number },
): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: START_MS_MAX, ...options })
  const said = tailOf(child)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(said())
      else reject(new Error(`${program} ended with exit code ${code}: ${said()}`))
    })
  })
}

/** The end of all that a process says. */
function tailOf(child: ChildProcess): () => string {
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-LOG_CHARACTERS_MAX)
    })
  return () => said
}

async function untilConnected(server: string, broker: ChildProcess, said: () => string): Promise<void> {
  const deadline = Date.now() + START_MS_MAX
  while (broker.exitCode === null && Date.now() < deadline) {
    const connection = await RawClient.to(server).catch(() => null)
    if (connection !== null) return connection.close()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`The broker of Kafka did not start: ${said()}`)
}

/** Two ports that nobody listened at a moment ago. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()] as const
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { readonly port: number }).port))
        }),
    ),
  )
  for (const server of servers) server.close()
  return ports as [number, number]
}
