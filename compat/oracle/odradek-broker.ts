import { Cluster } from '../../src/index.js'
import { type OracleBroker, SETTINGS } from './brokers.js'

/** A cluster of one broker. */
export async function startOdradek(): Promise<OracleBroker> {
  const cluster = await Cluster.start({ brokers: 1, listen: { port: 0 }, ...SETTINGS })
  return { server: cluster.bootstrapServers, stop: () => cluster.close() }
}
