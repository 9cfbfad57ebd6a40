import { expect, test } from 'vitest'
import { SimulatedCluster } from '../../../../src/cluster/simulated.js'
import { FaultRules } from '../../../../src/lab/simulate/fault-rules.js'

test('a rule that brokers have not heard of yet is removed as well', async () => {
  const cluster = await SimulatedCluster.start({ seed: 1, brokers: 1 })
  const rules = new FaultRules(cluster)
  rules.add({ api: 'CreateTopics', action: 'error', error: 'NOT_CONTROLLER', times: 1_000 })
  await rules.removeAll()
  const admin = cluster.admin({ 'request.timeout.ms': 500, 'default.api.timeout.ms': 1_000 })
  await cluster.run(admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 1 }] }))
  const { topics } = await cluster.run(admin.fetchTopicMetadata({ topics: ['orders'] }))
  expect(topics.map(({ name }) => name)).toEqual(['orders'])
  await cluster.close()
})
