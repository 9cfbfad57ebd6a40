// One bus for many threads: three worker threads attach to the cluster of the main thread and produce orders, a handler
// module serves them on a thread of its own, and tells the main thread how far it is. One worker is killed in the
// middle of it all; everything else goes on.
// All three parts stand in this file: which one runs, the thread decides.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { Cluster } from 'odradek'

const ORDERS = 200 // of each worker that is not killed

if (isMainThread) await main()
else if (workerData?.handle !== undefined) await work()

async function main() {
  const cluster = await Cluster.start()
  try {
    await cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions: 3 }, { topic: 'served' }] })
    const served = { 'worker-1': 0, 'worker-2': 0, 'worker-3': 0 }
    const kitchen = cluster.consumer({ 'auto.offset.reset': 'earliest' })
    await kitchen.subscribe({ topics: ['orders'] })
    /** @type {Promise<void>} */
    const allServed = new Promise((resolve) => {
      kitchen.run({
        module: import.meta.url,
        onEmit(name) {
          served[name] += 1
          if (served['worker-1'] === ORDERS && served['worker-2'] === ORDERS) resolve()
        },
      })
    })

    const workers = ['worker-1', 'worker-2', 'worker-3'].map((name) => start(name, cluster))
    workers[2].once('message', () => workers[2].terminate()) // it has sent its first orders
    await allServed
    await kitchen.close() // what its module has produced is sent by then

    for (const name of ['worker-1', 'worker-2']) console.log(name, 'was served', served[name], 'times')
    console.log('worker-3 was killed after', served['worker-3'] > 0 ? 'some orders' : 'no order')
    const [{ high }] = await cluster.admin().fetchTopicOffsets('served')
    const total = Object.values(served).reduce((sum, count) => sum + count)
    console.log('the topic has', Number(high) >= total ? 'all that was served' : `${high} of ${total}`)
  } finally {
    await cluster.close()
  }
}

/** A handle goes to one thread, with its port in the transfer list. */
function start(name, cluster) {
  const handle = cluster.handle()
  return new Worker(new URL(import.meta.url), { workerData: { name, handle }, transferList: handle.transfer })
}

async function work() {
  const { name, handle } = workerData
  const cluster = await Cluster.attach(handle)
  const producer = cluster.producer({ acks: 'all' })
  for (let order = 0; name === 'worker-3' || order < ORDERS; order++) {
    await producer.send({ topic: 'orders', messages: [{ key: name, value: `tea ${order}` }] })
    if (order === 10) parentPort?.postMessage('at work')
  }
  await producer.close()
  await cluster.close()
}

/** The handler module: `producer` and `emit` are its ways to the rest of the program. */
export default (_options, { producer, emit }) => {
  const served = producer({ acks: 'all' })
  return {
    async eachMessage({ message: { key, value } }) {
      served.produce({ topic: 'served', key, value: `served: ${value}` })
      await emit(String(key))
    },
  }
}
