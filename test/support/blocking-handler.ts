/** A handler module that keeps its thread for so many milliseconds at its first record, and counts its calls. */
export default ({ calls, ms }: { calls: Int32Array; ms: number }) => ({
  eachMessage(): void {
    if (Atomics.add(calls, 0, 1) === 0) Atomics.wait(calls, 1, 0, ms)
  },
})
