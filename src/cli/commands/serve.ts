import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { BROKER_OPTIONS } from '../../base/config/broker-options.js'
import type { OptionDefinition } from '../../base/config/definition.js'
import { deferred } from '../../base/deferred.js'
import { counted } from '../../base/words.js'
import { Cluster } from '../../cluster/cluster.js'
import { HeldTimers } from '../../cluster/system-timers.js'
import { checkOutputs, writeJson } from '../outputs.js'
import { ReadyFile } from '../ready-file.js'
import { clusterOptionsOf, type ServeTexts, servingOf, topicOf } from '../serving.js'

/** After so long the process ends, whatever there is still to end. */
const END_MS_MAX = 5_000

const EXAMPLES = `
Examples:
  serve --brokers 3                                  ports 9092, 9093 and 9094 of this machine
  serve --port 0 --json                              any free port; which one, says the JSON
  serve --topic orders:3 --topic audit               topics that are there when it is ready
  serve --host 0.0.0.0 --advertised-host kafka       for clients in containers, which reach it as kafka
  serve --port 0 --ready-file kafka.txt              a file with the bootstrap servers, while clients can connect

It prints a line with bootstrap.servers when clients can connect, and ends with SIGINT or SIGTERM: exit code 0. Everything
is in memory, and gone then.
`

interface Texts extends ServeTexts {
  readonly json?: string | true | undefined
  readonly readyFile?: string | undefined
}

export function serveCommand(): CommandUnknownOpts {
  const command = new Command('serve')
    .description('be a Kafka for clients in any language, at ports of this machine')
    .usage('[options]')
    .option('--brokers <n>', 'how many brokers', '1')
    .option('--port <port>', 'the port of broker 1, the next ones for the others; 0: any that are free', '9092')
    .option('--host <host>', 'the address or name at which it listens (default: 127.0.0.1)')
    .option('--advertised-host <host>', 'the host that clients are told (default: that of --host)')
    .option('--topic <name:partitions:replicas>', 'a topic to create, such as orders:3; may be given again', collected)
    .option('--json [file]', 'where it listens as JSON, when it is ready; - is standard output, and the default')
    .option('--ready-file <file>', 'holds the bootstrap servers from when it is ready until it ends')
    .optionsGroup('Options of brokers:')
    .addHelpText('after', EXAMPLES)
  for (const [name, { doc }] of Object.entries(BROKER_OPTIONS) as [string, OptionDefinition][])
    command.option(`--${name} <value>`, doc)
  command.action(async (options, self) => {
    process.exitCode = await serve(options as Texts, brokerTexts(self))
  })
  return command
}

const collected = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

/** The options of brokers that were given, by Kafka's names. */
function brokerTexts(command: CommandUnknownOpts): Record<string, string> {
  const given = command.options.flatMap((option) => {
    const name = option.long?.slice(2) ?? ''
    const text: unknown = (command.opts() as Record<string, unknown>)[option.attributeName()]
    return Object.hasOwn(BROKER_OPTIONS, name) && text !== undefined ? [[name, String(text)] as const] : []
  })
  return Object.fromEntries(given)
}

async function serve(texts: Texts, broker: Record<string, string>): Promise<number> {
  const readyFile = texts.readyFile === undefined ? null : new ReadyFile(texts.readyFile)
  const json = texts.json === true ? '-' : texts.json
  const options = clusterOptionsOf(texts, broker)
  const topics = (texts.topic ?? []).map(topicOf)
  checkOutputs({ json, 'ready-file': texts.readyFile })
  // A file of an earlier run would say that this one is ready.
  await readyFile?.clear()
  const asked = untilSignal()
  const cluster = await Cluster.start(options)
  try {
    await ready(cluster, topics, { json, readyFile })
    await asked
    return 0
  } finally {
    endInTime()
    readyFile?.remove()
    await cluster.close({ timeoutMs: END_MS_MAX })
  }
}

async function ready(
  cluster: Cluster,
  topics: readonly ReturnType<typeof topicOf>[],
  { json, readyFile }: { readonly json: string | undefined; readonly readyFile: ReadyFile | null },
): Promise<void> {
  if (topics.length > 0) {
    const admin = cluster.admin()
    await admin.createTopics({ topics })
    await admin.close()
  }
  const serving = await servingOf(cluster)
  const { bootstrapServers, brokers } = serving
  if (json !== undefined) writeJson(json, serving)
  if (json !== '-') process.stdout.write(`bootstrap.servers=${bootstrapServers}\n`)
  process.stderr.write(`${counted(brokers.length, 'broker')} listening at ${bootstrapServers}\n`)
  readyFile?.write(bootstrapServers)
}

/** Resolves when somebody asks the process to end, which it may from now on, or its terminal is gone. */
async function untilSignal(): Promise<void> {
  const asked = deferred<void>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => asked.resolve())
  await asked.promise
}

/** The process ends by itself when nothing is left of the cluster, and otherwise by this. */
function endInTime(): void {
  const timers = new HeldTimers()
  timers.reference(false)
  timers.after(END_MS_MAX, () => process.exit())
}
