import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { type AttachedCluster, Cluster, type ClusterHandle, type ClusterOptions } from '../../src/index.js'
import { guestIn, LIBRARY, moduleOf, startGuest } from '../support/guest.js'

async function givenCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = await Cluster.start(options)
  onTestFinished(() => cluster.close())
  await cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions: 2 }] })
  return cluster
}

async function attachedTo(cluster: Pick<Cluster, 'handle'>): Promise<AttachedCluster> {
  const attached = await Cluster.attach(cluster.handle())
  onTestFinished(() => attached.close())
  return attached
}

/** The values of the first records of a topic, by their partitions. */
async function read(cluster: Pick<Cluster, 'consumer'>, count: number): Promise<string[]> {
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
  await consumer.subscribe({ topics: ['orders'] })
  const records: string[] = []
  for await (const { partition, value } of consumer) {
    records.push(`${partition} ${value}`)
    if (records.length === count) break
  }
  await consumer.close()
  return records.sort()
}

test('a thread that has attached writes, reads and asks in the cluster of another thread', async () => {
  const cluster = await givenCluster({ brokers: 2 })
  await cluster.producer().send({ topic: 'orders', messages: [{ partition: 0, value: 'of the owner' }] })
  const guest = startGuest(
    cluster,
    "const messages = [{ partition: 1, value: 'of the guest' }]",
    "say(await cluster.producer({ acks: 'all' }).send({ topic: 'orders', messages }))",
    "const consumer = cluster.consumer({ 'group.id': 'tea', 'auto.offset.reset': 'earliest' })",
    "await consumer.subscribe({ topics: ['orders'] })",
    'const records = []',
    'for await (const { partition, value } of consumer) {',
    '  records.push([partition, String(value)].join(" "))',
    '  if (records.length === 2) break',
    '}',
    'say(records.sort())',
    'say(await cluster.admin().listTopics())',
    'await cluster.close()',
  )
  expect(await guest.next()).toMatchObject([{ topicName: 'orders', partition: 1, baseOffset: 0 }])
  expect(await guest.next()).toEqual(['0 of the owner', '1 of the guest'])
  expect(await guest.next()).toEqual(['orders'])
  await guest.ended
  expect(await read(cluster, 2)).toEqual(['0 of the owner', '1 of the guest'])
})

test('a handle comes by a message as well, and a thread that has attached hands on handles to its own', async () => {
  const cluster = await givenCluster()
  const inner = `import { parentPort, workerData } from 'node:worker_threads'
    import { Cluster } from '${LIBRARY}'
    const cluster = await Cluster.attach(workerData)
    parentPort.postMessage(await cluster.admin().listTopics())
    await cluster.close()`
  const outer = `import { once } from 'node:events'
    import { parentPort, Worker } from 'node:worker_threads'
    import { Cluster } from '${LIBRARY}'
    const [given] = await once(parentPort, 'message')
    const cluster = await Cluster.attach(given)
    const handle = cluster.handle()
    const worker = new Worker(new URL(${JSON.stringify(moduleOf(inner).href)}), { workerData: handle, transferList: handle.transfer })
    parentPort.postMessage((await once(worker, 'message'))[0])
    await once(worker, 'exit')
    await cluster.close()`
  const guest = guestIn(new Worker(moduleOf(outer)))
  const handle = cluster.handle()
  guest.worker.postMessage(handle, handle.transfer)
  expect(await guest.next()).toEqual(['orders'])
  await guest.ended
})

test('a thread of CommonJS attaches as well', async () => {
  const cluster = await givenCluster()
  const library = fileURLToPath(new URL('../../index.cjs', import.meta.url))
  const code = `const { parentPort, workerData } = require('node:worker_threads')
    const { Cluster } = require(${JSON.stringify(library)})
    Cluster.attach(workerData.handle).then(async (cluster) => {
      parentPort.postMessage(await cluster.admin().listTopics())
      await cluster.close()
    })`
  const handle = cluster.handle()
  const worker = new Worker(code, { eval: true, workerData: { handle }, transferList: handle.transfer })
  expect(await guestIn(worker).next()).toEqual(['orders'])
})

test('closing what is attached closes its clients alone', async () => {
  const cluster = await givenCluster()
  const [one, other] = [await attachedTo(cluster), await attachedTo(cluster)]
  const [ours, theirs] = [one.producer(), other.producer()]
  await ours.send({ topic: 'orders', messages: [{ partition: 0, value: 'a' }] })
  await theirs.send({ topic: 'orders', messages: [{ partition: 0, value: 'b' }] })

  await one.close()
  const closed = { name: 'ClosedError' }
  await expect(ours.send({ topic: 'orders', messages: [{ value: 'c' }] })).rejects.toMatchObject(closed)
  expect(() => one.consumer()).toThrow('The attached cluster is closed')
  expect(() => one.handle()).toThrow('The attached cluster is closed')
  await theirs.send({ topic: 'orders', messages: [{ partition: 1, value: 'd' }] })
  expect(await read(cluster, 3)).toEqual(['0 a', '0 b', '1 d'])
  const { threads } = await cluster.describe()
  expect(threads.map(({ address }) => address).filter((address) => address.startsWith('sender-'))).toHaveLength(1)
})

test('the end of the cluster ends what is attached to it, with the same error as its own clients', async () => {
  const cluster = await givenCluster()
  const attached = await attachedTo(cluster)
  const consumer = attached.consumer()
  await consumer.subscribe({ topics: ['orders'] })
  const polled = consumer.poll(Number.POSITIVE_INFINITY)
  const ended = expect(polled).rejects.toMatchObject({ name: 'ClosedError', message: 'The cluster is closed' })
  const handle = cluster.handle()

  await cluster.close()
  await ended
  expect(() => attached.producer()).toThrow('The cluster is closed')
  expect(() => cluster.handle()).toThrow('The cluster is closed')
  await expect(Cluster.attach(handle)).rejects.toMatchObject({ name: 'ClosedError' })
  await attached.close()
})

test('the owner that ends without closing its cluster ends what is attached to it', async () => {
  const owner = guestIn(
    new Worker(
      moduleOf(`import { parentPort } from 'node:worker_threads'
        import { Cluster } from '${LIBRARY}'
        const cluster = await Cluster.start()
        const [handle, late] = [cluster.handle(), cluster.handle()]
        parentPort.postMessage([handle, late], [handle.port, late.port])`),
    ),
  )
  const [handle, late] = (await owner.next()) as [ClusterHandle, ClusterHandle]
  const attached = await Cluster.attach(handle)
  const admin = attached.admin()
  await admin.listTopics()
  const consumer = attached.consumer()
  await consumer.subscribe({ topics: ['orders'] })
  const ended = expect(consumer.poll(Number.POSITIVE_INFINITY)).rejects.toMatchObject({ name: 'WorkerDiedError' })

  await owner.worker.terminate()
  await ended
  await expect(admin.listTopics()).rejects.toMatchObject({ name: 'WorkerDiedError' })
  await expect(Cluster.attach(late)).rejects.toThrow(/has ended/)
  await attached.close()
})

test('a handle attaches once, in one thread', async () => {
  const cluster = await givenCluster()
  const handle = cluster.handle()
  await (await Cluster.attach(handle)).close()
  const used = { name: 'ConfigError', option: 'handle', message: expect.stringContaining('it was used or sent on') }
  await expect(Cluster.attach(handle)).rejects.toMatchObject(used)

  const sent = cluster.handle()
  const { port1 } = new MessageChannel()
  port1.postMessage(sent, sent.transfer)
  await expect(Cluster.attach(sent)).rejects.toMatchObject(used)
  port1.close()
})

test.each([
  ['nothing', undefined],
  ['an empty object', {}],
  ['a port', new MessageChannel().port1],
  ['an object with a port', { port: new MessageChannel().port1, transfer: [], cluster: {} }],
  [
    'what throws when it is read',
    {
      get port(): never {
        throw new Error('no port')
      },
    },
  ],
])('%s is no handle, and is refused', async (_what, given) => {
  const refused = { name: 'ConfigError', message: expect.stringMatching(/Cannot call Cluster.attach.*handle/) }
  await expect(Cluster.attach(given as ClusterHandle)).rejects.toMatchObject(refused)
})

test('a handle of another version of the package is refused', async () => {
  const cluster = await givenCluster()
  const handle = cluster.handle()
  const old = { ...handle, cluster: { ...handle.cluster, version: '0.0.1' } }
  await expect(Cluster.attach(old)).rejects.toThrow(/Cannot attach to a cluster of version 0.0.1 with version/)
})

test('a thread ends though it is attached, once it is unreferenced and nothing is pending', async () => {
  const cluster = await givenCluster()
  const guest = startGuest(
    cluster,
    'cluster.unref()',
    "const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })",
    "await consumer.subscribe({ topics: ['orders'] })",
    'consumer.run({ eachMessage() {} })',
    "await cluster.producer().send({ topic: 'orders', messages: [{ partition: 0, value: 'sent' }] })",
    "say('sent')",
  )
  expect(await guest.next()).toBe('sent')
  await guest.ended
  expect(await read(cluster, 1)).toEqual(['0 sent'])
})
