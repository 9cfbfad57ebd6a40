import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deserialize, serialize } from 'node:v8'
import { deferred } from '../base/deferred.js'
import type { ClusterOptions } from '../cluster/cluster.js'
import { type Asked, SHARED, SHARED_QUESTIONS, type SharedPlace, type Told } from './shared-kafka.js'
import { startKafka } from './start-kafka.js'
import type { TestKafka } from './test-kafka.js'
import { toldError } from './told-error.js'

let stop = async (): Promise<void> => {}

/**
 * One Kafka for all workers of a test runner, for its global setup: starts it, and tells the workers that are started
 * from now on by a variable of the environment, so that `sharedKafka` finds it there. Resolves with what stops it, which
 * vitest calls itself. The options are those of `startKafka`.
 */
export async function shareKafka(options: ClusterOptions = {}): Promise<() => Promise<void>> {
  await stop()
  const kafka = await startKafka(options)
  const server = await listening(kafka)
  const { port } = server.address() as AddressInfo
  process.env[SHARED] = JSON.stringify({ bootstrapServers: kafka.bootstrapServers, port } satisfies SharedPlace)
  stop = async () => {
    delete process.env[SHARED]
    server.close()
    server.closeAllConnections()
    await kafka.stop()
  }
  return stop
}

/** Stops what `shareKafka` has started, for a global teardown that is a file of its own, as in jest. */
export function stopSharedKafka(): Promise<void> {
  return stop()
}

async function listening(kafka: TestKafka): Promise<Server> {
  const server = createServer((asking, answer) => void serve(kafka, asking, answer))
  const opened = deferred<void>()
  server.on('error', opened.reject)
  server.listen(0, '127.0.0.1', opened.resolve)
  await opened.promise
  return server.unref()
}

async function serve(kafka: TestKafka, asking: IncomingMessage, answer: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of asking) chunks.push(chunk as Buffer)
    const { question, args } = deserialize(Buffer.concat(chunks)) as Asked
    answer.end(serialize(await toldBy(kafka, { question, args })))
  } catch {
    // Whoever asks in another way, or is gone, is told nothing.
    answer.destroy()
  }
}

async function toldBy(kafka: TestKafka, { question, args }: Asked): Promise<Told> {
  try {
    if (!SHARED_QUESTIONS.includes(question)) throw new Error(`There is no question ${question}`)
    const ask = kafka[question] as (...given: readonly unknown[]) => Promise<unknown>
    return { value: await ask.apply(kafka, [...args]) }
  } catch (error) {
    return { error: toldError(error) }
  }
}
