import { describe, expect, onTestFinished, test } from 'vitest'
import { Cluster } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, type HostName } from '../support/given.js'

const source = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`

/** What is no module to run, and what `run` says of each. */
const MISSING: readonly [string, string, RegExp][] = [
  ['is not there', 'file:///nowhere/handler.js', /Cannot find module/],
  ['imports what is not there', source('import "file:///nowhere/other.js"; export default () => {}'), /nowhere/],
  ['exports nothing', source('1 + 1'), /exports nothing/],
]

/** Modules of which none makes a handler, and what `stopped` says of each. */
const BROKEN: readonly [string, string, RegExp][] = [
  ['throws when it is imported', source('throw new Error("at import")'), /at import/],
  ['has no default export', source('export const other = 1'), /The default export of .* must be a function/],
  ['is not JavaScript', source('export default ('), /Unexpected/],
  ['makes nothing', source('export default () => undefined'), /must have eachMessage or eachBatch/],
  ['makes an empty handler', source('export default () => ({})'), /must have eachMessage or eachBatch/],
  [
    'makes a handler of both kinds',
    source('export default () => ({ eachMessage() {}, eachBatch() {} })'),
    /must have eachMessage or eachBatch, and not both/,
  ],
  ['throws when it makes its handler', source('export default () => { throw new Error("at making") }'), /at making/],
  ['rejects when it makes its handler', source('export default async () => { throw new Error("late") }'), /late/],
  ['throws null', source('export default () => { throw null }'), /null/],
  ['throws what has no text', source('throw Object.create(null)'), /Object/],
  [
    'throws a proxy that throws when it is looked at',
    source('export default () => { throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } }) }'),
    /handler module .*: \{\}/,
  ],
  [
    'makes a handler whose getter throws',
    source('export default () => ({ get eachMessage() { throw new Error("in a getter") } })'),
    /in a getter/,
  ],
]

function refusal(says: RegExp): object {
  return { name: 'ConfigError', code: 'INVALID_CONFIG', option: 'module', message: expect.stringMatching(says) }
}

async function givenRecords(host: HostName, records: number): Promise<GivenCluster> {
  const cluster = await given({ host, topics: { orders: 1 } })
  if (records > 0) await cluster.send(cluster.producer(), 'orders', Array(records).fill('x'))
  return cluster
}

describe.each(HOSTS)('a handler module that cannot be used (%s)', (host) => {
  test.each([0, 3])('stopped says why, with %d records waiting, and the consumer closes', async (records) => {
    const cluster = await givenRecords(host, records)
    for (const [what, module, says] of BROKEN) {
      const consumer = cluster.consumer()
      await cluster.run(consumer.subscribe({ topic: 'orders' }))

      await cluster.run(consumer.run({ module }))
      await expect(cluster.run(consumer.stopped), `a module that ${what}`).rejects.toMatchObject(refusal(says))
      await cluster.run(consumer.close())
    }
  })

  test.each(MISSING)('run says why of a module that %s', async (_what, module, says) => {
    const cluster = await givenRecords(host, 1)
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    await expect(cluster.run(consumer.run({ module }))).rejects.toMatchObject(refusal(says))
    await cluster.run(consumer.close())
    await consumer.stopped
  })

  test('the consumer may be used again, and has read nothing', async () => {
    const cluster = await givenRecords(host, 3)
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    for (const [, module] of MISSING)
      await expect(cluster.run(consumer.run({ module }))).rejects.toThrow('Cannot run the handler module')
    for (const [, module] of BROKEN.slice(0, 5)) {
      await cluster.run(consumer.run({ module }))
      await expect(cluster.run(consumer.stopped)).rejects.toThrow('Cannot run the handler module')
    }

    const read: number[] = []
    await cluster.run(consumer.run({ eachMessage: ({ message }) => void read.push(message.offset) }))
    await cluster.until(() => read.length === 3)
    expect(read).toEqual([0, 1, 2])
  })

  test('a handler of a module keeps its object, and may be made late', async () => {
    const cluster = await givenRecords(host, 3)
    const shared = new SharedArrayBuffer(4)
    const text = `class Counting {
        constructor({ shared }) { this.count = new Int32Array(shared) }
        eachMessage() { Atomics.add(this.count, 0, 1) }
      }
      export default async (options) => new Counting(options)`
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    await cluster.run(consumer.run({ module: source(text), options: { shared } }))
    await cluster.until(() => Atomics.load(new Int32Array(shared), 0) === 3)
    await cluster.run(consumer.close())
  })
})

/** What ends the thread that a handler runs in, between two of its turns. */
const ENDINGS: readonly [string, string, RegExp][] = [
  ['throws in a timer', 'setImmediate(() => { throw new Error("too late") })', /has ended: Error: too late/],
  ['leaves a rejection', 'Promise.reject(new Error("for nobody"))', /has ended: Error: for nobody/],
  ['ends its thread', 'process.exit(7)', /has ended, with exit code 7/],
]

test.each(ENDINGS)('stopped says why of a handler module that %s', async (_what, body, says) => {
  const cluster = await Cluster.start()
  onTestFinished(() => cluster.close())
  await cluster.producer().send({ topic: 'orders', messages: [{ value: 'x' }] })
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
  await consumer.subscribe({ topic: 'orders' })
  await consumer.run({ module: source(`export default () => ({ eachMessage() { ${body} } })`) })
  await expect(consumer.stopped).rejects.toThrow(says)
  await expect(consumer.poll(0)).rejects.toThrow(says)
})
