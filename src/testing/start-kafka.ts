import type { ClusterOptions } from '../cluster/cluster.js'
import { TestKafka } from './test-kafka.js'

/**
 * Starts a Kafka for tests, in a fraction of a second. The options are those of `Cluster.start`. Unless they say
 * otherwise, it listens at any free ports of this machine, and topics have as many replicas as there are brokers, up to
 * 3. It lets the process end: whoever forgets to stop it is not kept waiting. Rejects with a ConfigError for bad
 * options.
 */
export function startKafka(options: ClusterOptions = {}): Promise<TestKafka> {
  return new TestKafka().start(options)
}
