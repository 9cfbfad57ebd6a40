/** What `run-churn.ts` reads: a process in which things of one kind come and go, one after the other. */
import { CHURNS, type ChurnKind } from './kinds.js'
import { type ChurnReading, readingAt } from './reading.js'
import { WARM_UP } from './run-churn.js'

const kind = process.argv[2] as ChurnKind
const last = Number(process.argv[3])
const { cluster, one } = await CHURNS[kind]()
const first = Math.min(WARM_UP, Math.ceil(last / 2))
const readings: ChurnReading[] = []
for (let count = 1; count <= last; count++) {
  await one()
  if (count === first || count === last) readings.push(await readingAt(count, cluster))
}
await cluster?.close()
process.stdout.write(JSON.stringify(readings))
