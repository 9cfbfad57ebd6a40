import { expect, test } from 'vitest'
import type { FaultHandle } from '../../src/cluster/scripted-faults.js'
import { type GivenCluster, given, HOSTS, type HostName, values } from '../support/given.js'

/** What a cluster says of its threads at one moment. */
interface Chapter {
  readonly after: string
  readonly threads: readonly string[]
  readonly exits: readonly string[]
  /** How many requests the fault has hit that was set while broker 1 was down. */
  readonly hits: number
}

test('launcher and simulation tell the same of the same deaths', async () => {
  const [simulated, launched] = [await storyOn(HOSTS[0]), await storyOn(HOSTS[1])]
  expect(launched).toEqual(simulated)
  const all = ['broker-1', 'broker-2', 'consumer-3', 'controller-0', 'sender-2']
  const without = (...gone: string[]): string[] => all.filter((address) => !gone.includes(address))
  expect(simulated).toEqual([
    { after: 'the start', threads: all, exits: [], hits: 0 },
    { after: 'a death that was asked for', threads: without('broker-1'), exits: [], hits: 0 },
    { after: 'the return', threads: all, exits: [], hits: 1 },
    { after: 'the death of the supervisor', threads: all, exits: [], hits: 1 },
    { after: 'a crash', threads: without('broker-2'), exits: ['broker-2 1 null'], hits: 1 },
    {
      after: 'the crash of a consumer',
      threads: without('broker-2', 'consumer-3'),
      exits: ['broker-2 1 null', 'consumer-3 1 null'],
      hits: 1,
    },
    {
      after: 'the end of a producer',
      threads: ['broker-1', 'controller-0'],
      exits: ['broker-2 1 null', 'consumer-3 1 null'],
      hits: 1,
    },
  ])
})

async function storyOn(host: HostName): Promise<Chapter[]> {
  const cluster = await given({ host, brokers: 2, topics: { orders: 2 } })
  const producer = cluster.producer()
  await cluster.send(producer, 'orders', values(3))
  const consumer = cluster.consumer()
  await cluster.run(consumer.subscribe({ topic: 'orders' }))
  await cluster.collect(consumer)

  let fault: FaultHandle | null = null
  const story: Chapter[] = []
  const tell = async (after: string): Promise<void> =>
    void story.push({ after, ...(await lookAt(cluster)), hits: fault?.count ?? 0 })
  await tell('the start')

  await cluster.killBroker(1, { loses: 'unwritten' })
  fault = await cluster.addFault({ api: 'ListOffsets', broker: 1, action: 'delay', delayMs: 1, once: true })
  await tell('a death that was asked for')

  await cluster.restartBroker(1)
  await cluster.run(cluster.admin().fetchTopicOffsets('orders'))
  await cluster.run(fault.hit())
  await tell('the return')

  await cluster.killSupervisor()
  await tell('the death of the supervisor')

  await cluster.kill('broker-2', { staysDown: true })
  await tell('a crash')

  await cluster.kill('consumer-3')
  await tell('the crash of a consumer')

  await cluster.run(producer.close())
  await tell('the end of a producer')
  return story
}

/** The supervisor is asked, so whoever was started again is there. */
async function lookAt(cluster: GivenCluster): Promise<Pick<Chapter, 'threads' | 'exits'>> {
  const { threads } = await cluster.run(cluster.describe())
  return {
    threads: threads.map(({ address }) => address).sort(),
    exits: cluster.unexpectedExits.map(({ address, code, error }) => `${address} ${code} ${error}`),
  }
}
