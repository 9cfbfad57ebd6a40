import { performance } from 'node:perf_hooks'

/**
 * The clocks of the process, as they were when this was loaded. A test that puts others in their place
 * (`jest.useFakeTimers`) means its own code: threads go on in real time, and whoever talks to them must.
 */

/** Milliseconds since 1970, as the system's clock has them. */
export const systemMs: () => number = Date.now

/** Milliseconds since this thread began. */
export const threadMs: () => number = performance.now.bind(performance)

/** Nanoseconds since the machine's monotonic clock was 0. */
export const monotonicNs: () => bigint = process.hrtime.bigint.bind(process.hrtime)

/** Runs it when no microtask is left. */
export const nextTick = process.nextTick.bind(process)
