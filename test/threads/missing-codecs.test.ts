/** A process in which the packages of codecs are not installed. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { RawClient } from '../support/raw-client.js'
import { PRODUCE, toProduce } from '../support/raw-requests.js'
import { goldenBatches } from '../unit/record/codecs/golden.js'

const at = (path: string): string => new URL(path, import.meta.url).href
// From dist/test/threads, where the compiled tests run.
const PRELOADED = new URL('../../../test/support/without-codecs.cjs', import.meta.url).pathname
const PROGRAM = `
  import { once } from 'node:events'
  import { Cluster } from ${JSON.stringify(at('../../index.mjs'))}
  const say = (what) => console.log(JSON.stringify(what))
  const cluster = await Cluster.start({ brokers: 1, listen: {} })
  const admin = cluster.admin()
  const refusalOf = async (run) => { try { await run(); return null } catch ({ code, message }) { return { code, message } } }
  await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 1 }] })
  say({
    servers: cluster.bootstrapServers,
    producer: await refusalOf(() => cluster.producer({ 'compression.type': 'snappy' })),
    topic: await refusalOf(() => admin.createTopics({ topics: [{ topic: 'b', configs: { 'compression.type': 'lz4' } }] })),
    start: await refusalOf(() => Cluster.start({ 'compression.type': 'lz4' })),
  })
  await once(process.stdin, 'data')
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
  await consumer.subscribe({ topic: 'orders' })
  say(await refusalOf(() => consumer.run({ eachMessage: () => {} }).then(() => consumer.stopped)))
  await cluster.close()
  process.exit()
`

test('whoever needs a codec is told what to install, and whoever does not is served', async () => {
  const env = { ...process.env, NODE_OPTIONS: `--require ${PRELOADED}` }
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill())
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => JSON.parse((await lines.next()).value as string)

  const snappy = 'the package snappy (npm install snappy@7)'
  const lz4 = 'Cannot set compression.type to lz4: it takes the package lz4-napi (npm install lz4-napi@2)'
  const { servers, ...refusals } = await next()
  expect(refusals).toMatchObject({
    producer: {
      code: 'INVALID_CONFIG',
      message: `Cannot set compression.type to snappy: it takes ${snappy}`,
    },
    topic: { message: expect.stringContaining(lz4) },
    start: { code: 'INVALID_CONFIG', message: expect.stringContaining(lz4) },
  })

  const client = await RawClient.to(servers)
  const batch = goldenBatches.find(({ codec }) => codec === 'snappy')?.bytes as string
  const { responses } = await client.ask(PRODUCE, 9, toProduce('orders', Buffer.from(batch, 'base64')))
  expect(responses[0]?.partitionResponses).toMatchObject([{ errorCode: 'NONE', baseOffset: 0 }])
  client.close()

  child.stdin.write('read\n')
  const { code, message } = await next()
  expect(code).toBe('UNSUPPORTED_COMPRESSION_TYPE')
  expect(message).toContain(
    `Partition 0 of 'orders' cannot be read on at offset 0, where a batch is compressed with snappy, which takes ${snappy}`,
  )
})
