import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as pass } from 'node:timers/promises'
import { spreadOf } from '../../src/lab/measure/bench-result.js'

/** Linux counts CPU time in hundredths of a second for whoever reads it (`USER_HZ`). */
const MS_PER_TICK = 10
const READINGS = 5
const BETWEEN_READINGS_MS = 200

/** Whether other processes can be read here, which takes Linux. */
export const canReadProcesses = (): boolean => existsSync('/proc/self/stat')

/** Milliseconds of CPU that a process has used so far, those of threads that have ended included. */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name of the program stands in parentheses, and may hold any character.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK
}

/** Megabytes of resident memory: the median of some readings. */
export async function residentMegabytesOf(pid: number): Promise<number> {
  const readings: number[] = []
  while (readings.length < READINGS) {
    await pass(BETWEEN_READINGS_MS)
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    readings.push((Number(kilobytes) * 1_024) / 1e6)
  }
  return spreadOf(readings).median
}

/** Milliseconds that have passed, and those of CPU that a process has used. */
export interface Clocks {
  readonly ms: number
  readonly cpuMs: number
}

export const clocksOf = (pid: number): Clocks => ({ ms: performance.now(), cpuMs: cpuMsOf(pid) })

/** Runs the work. Returns what it took. */
export async function timed(pid: number, work: () => Promise<void>): Promise<Clocks> {
  const start = clocksOf(pid)
  await work()
  const end = clocksOf(pid)
  return { ms: end.ms - start.ms, cpuMs: end.cpuMs - start.cpuMs }
}
