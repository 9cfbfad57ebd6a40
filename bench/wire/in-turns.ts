import { systemTimers } from '../../src/cluster/system-timers.js'
import type { Server } from './servers.js'
import type { Contest, Measured, WireFigure, WireOptions } from './wire-bench.js'

/** No measurement of one server takes longer. */
const CONTEST_MS_MAX = 300_000

/**
 * Starts the servers, and measures them in turns: Odradek, Kafka, Odradek, Kafka, … Before that, both have a turn that
 * does the same and counts for nothing.
 */
export async function inTurns(options: WireOptions, contests: readonly Contest[]): Promise<readonly WireFigure[]> {
  const { repeats, onProgress } = options
  const servers: Server[] = []
  const collected = new Figures()
  try {
    for (const start of startersOf(options)) servers.push(await start())
    for (let turn = 0; turn <= repeats; turn++) {
      for (const contest of contests) {
        for (const server of servers) {
          onProgress(`${server.name}, ${turn === 0 ? 'warming up' : `${turn} of ${repeats}`}`)
          const measured = await inTime(contest(server, turn))
          if (turn > 0) collected.add(server, measured)
        }
      }
    }
    return collected.all()
  } finally {
    for (const server of servers) await server.stop()
  }
}

/** The same with a new server for each measurement, alone on the machine, which nothing has warmed up. */
export async function afresh(options: WireOptions, contest: Contest): Promise<readonly WireFigure[]> {
  const { repeats, onProgress } = options
  const collected = new Figures()
  for (let turn = 1; turn <= repeats; turn++) {
    for (const start of startersOf(options)) {
      const server = await start()
      try {
        onProgress(`${server.name}, ${turn} of ${repeats}`)
        collected.add(server, await inTime(contest(server, turn)))
      } finally {
        await server.stop()
      }
    }
  }
  return collected.all()
}

const startersOf = ({ servers: { odradek, kafka } }: WireOptions) =>
  kafka === undefined ? [odradek] : [odradek, kafka]

class Figures {
  readonly #byName = new Map<string, { unit: Measured['unit']; Odradek: number[]; Kafka: number[] }>()

  add(server: Server, measured: readonly Measured[]): void {
    for (const { what, unit, value } of measured) {
      const figure = this.#byName.get(what) ?? { unit, Odradek: [], Kafka: [] }
      this.#byName.set(what, figure)
      figure[server.name].push(value)
    }
  }

  all(): readonly WireFigure[] {
    return [...this.#byName].map(([what, { unit, Odradek: odradek, Kafka: kafka }]) => {
      return { what, unit, odradek, ...(kafka.length > 0 && { kafka }) }
    })
  }
}

function inTime<Value>(work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const limit = systemTimers.after(CONTEST_MS_MAX, () => {
      reject(new Error(`A measurement took longer than ${CONTEST_MS_MAX / 1e3} s`))
    })
    work.then(resolve, reject).finally(() => limit.cancel())
  })
}
