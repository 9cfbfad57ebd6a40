/** What `run-churn.ts` reads: a process in which things of one kind come and go, one after the other. */
import { CHURNS, type ChurnKind } from './kinds.js'
import { type ChurnReading, readingAt } from './reading.js'
import { WARM_UP } from './run-churn.js'

const SETTLING_MS = 500

const kind = process.argv[2] as ChurnKind
const last = Number(process.argv[3])
const { cluster, one } = await CHURNS[kind]()
const first = Math.min(WARM_UP, Math.ceil(last / 2))
const readings: ChurnReading[] = []
/** Bytes of the present connections and producers. */
const used = async (): Promise<number> => {
  if (cluster === null) return 0
  const { memory } = await cluster.describe()
  return memory.connections + memory.producers - memory.unused
}
let usedAtFirst = Number.POSITIVE_INFINITY
for (let count = 1; count <= last; count++) {
  await one()
  if (count === 1) await new Promise((resolve) => setTimeout(resolve, SETTLING_MS))
  // Brokers hear of a closed client a moment later, and its memory can be used again only then.
  while ((await used()) > usedAtFirst);
  if (count === 1) usedAtFirst = await used()
  if (count === first || count === last) readings.push(await readingAt(count, cluster))
}
await cluster?.close()
process.stdout.write(JSON.stringify(readings))
