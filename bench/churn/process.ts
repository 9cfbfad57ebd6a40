/** What `run-churn.ts` reads: a process in which things of one kind come and go, one after the other. */
import { CHURNS, type ChurnKind } from './kinds.js'
import { type ChurnReading, heldNow, readingAt } from './reading.js'
import { WARM_UP } from './run-churn.js'

const SETTLING_MS = 500
/** After so many of the last ones, what is held is looked at. */
const HELD_MAX = 20

const kind = process.argv[2] as ChurnKind
const last = Number(process.argv[3])
const { cluster, one } = await CHURNS[kind]()
const first = Math.min(WARM_UP, Math.ceil(last / 2))
const readings: ChurnReading[] = []
let usedAtFirst = Number.POSITIVE_INFINITY
let held: readonly number[] = []
for (let count = 1; count <= last; count++) {
  await one()
  if (count === 1) await new Promise((resolve) => setTimeout(resolve, SETTLING_MS))
  let now = await heldNow(cluster)
  // Brokers hear of a closed client a moment later, and its memory can be used again only then.
  while (now.used > usedAtFirst) now = await heldNow(cluster)
  if (count === 1) usedAtFirst = now.used
  held = [...held, now.bytes].slice(-HELD_MAX)
  if (count === first || count === last) readings.push(await readingAt(count, held))
}
await cluster?.close()
process.stdout.write(JSON.stringify(readings))
